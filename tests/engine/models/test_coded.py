"""Files that are programs: asked for first, then run, and found their model."""

import textwrap
from pathlib import Path

import pytest
import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen, DoesNotFit, NeedsTrust
from lstm_studio.engine.capture.record import record
from lstm_studio.engine.models import open_file, open_model

MODEL = """
    import json
    from pathlib import Path
    import torch
    from torch import nn

    Path(__file__).with_name("ran").touch()

    class Net(nn.Module):
        def __init__(self, width=3):
            super().__init__()
            self.lstm = nn.LSTM(width, 4, batch_first=True)
            self.head = nn.Linear(4, 2)

        def forward(self, x):
            return self.head(self.lstm(x)[0])
"""
SIGMOID = """
    class Squashed(Net):
        def forward(self, x):
            return super().forward(x).sigmoid()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.py"


def write(path: Path, *more: str) -> None:
    path.write_text("\n".join(map(textwrap.dedent, (MODEL, *more))), encoding="utf-8")


def ran(path: Path) -> bool:
    return path.with_name("ran").exists()


def test_a_python_file_asks_first(path: Path) -> None:
    write(path)
    with pytest.raises(NeedsTrust, match=r"net.py is a Python file: it runs") as asked:
        open_file(path)
    assert asked.value.imports == "import json\nimport pathlib\nimport torch"
    assert len(asked.value.sha256) == 64
    assert not ran(path)


def test_a_class_without_arguments_is_the_model(path: Path) -> None:
    write(path)
    opened = open_file(path, trust=True)
    assert ran(path)
    assert opened.summary.name == "net.py:Net"
    assert [layer.name for layer in opened.summary.layers] == ["lstm.l0"]
    assert opened.summary.needs.features == 3
    assert not opened.module.training
    assert opened.module(torch.zeros(2, 5, 3)).shape == (2, 5, 2)


def test_a_function_comes_before_a_class(path: Path) -> None:
    write(
        path,
        """
        def small():
            return Net(5)

        def make_model(width=7):
            return Net(width)

        def train(data):
            raise AssertionError
        """,
    )
    opened = open_file(path, trust=True)
    assert opened.summary.name == "net.py:make_model"
    question = next(q for q in opened.summary.questions if q.name == "factory")
    assert question.options == ("small", "make_model", "Net")
    assert open_file(f"{path}:small", trust=True).summary.needs.features == 5
    chosen = open_file(path, trust=True, answers={"factory": "Net"})
    assert chosen.summary.needs.features == 3


def test_a_module_that_is_made_already(path: Path) -> None:
    write(path, "net = Net(6)")
    assert open_model(f"{path}:net", trust=True).lstm.input_size == 6


@pytest.mark.parametrize(
    ("more", "name", "message"),
    [
        ("", ":missing", "no function or class 'missing'.*Choose one of: Net"),
        ("def make_model(): return 3", "", "make_model of net.py returned a int"),
        ("Net = None", "", "no function or class that makes a model without arguments"),
    ],
)
def test_python_files_that_make_no_model(
    path: Path, more: str, name: str, message: str
) -> None:
    write(path, more)
    with pytest.raises(CannotOpen, match=message):
        open_file(f"{path}{name}", trust=True)


def test_the_file_may_import_its_neighbours(path: Path) -> None:
    write(path)
    other = path.with_name("factory.txt")
    other.write_text("from net import Net\ndef make_model(): return Net(9)\n")
    assert open_file(other, trust=True).summary.needs.features == 9


def test_a_whole_module_runs_with_its_class(path: Path) -> None:
    write(path)
    saved = path.with_name("saved") / "net.pt"
    saved.parent.mkdir()
    net = open_model(path, trust=True)
    save_whole(net, path, saved)
    weights = open_file(saved)
    assert weights.summary.form == "whole module net.Net (PyTorch zip file)"
    assert weights.summary.questions[0].options == ("weights", "whole")
    with pytest.raises(NeedsTrust, match=r"net.pt is PyTorch zip file") as asked:
        open_file(saved, answers={"open": "whole"})
    assert "net.Net" in asked.value.imports
    answers = {"open": "whole", "source": str(path)}
    whole = open_file(saved, trust=True, answers=answers)
    x = torch.randn(1, 5, 3)
    assert torch.equal(whole.module(x), weights.module(x))
    assert any("gives the same output" in note for note in whole.summary.notes)
    path.unlink()
    with pytest.raises(CannotOpen, match=r"classes that were not found.*its? .py|\.py"):
        open_file(saved, trust=True, answers={"open": "whole"})


def test_a_whole_module_may_do_more_than_its_weights_show(path: Path) -> None:
    write(path, SIGMOID)
    saved = path.with_name("net.pt")
    save_whole(open_model(f"{path}:Squashed", trust=True), path, saved)
    whole = open_file(saved, trust=True, answers={"open": "whole"})
    assert any("gives another output" in note for note in whole.summary.notes)


def save_whole(net: nn.Module, path: Path, saved: Path) -> None:
    """Save as a script of the author would, where ``net`` can be imported."""
    import importlib
    import sys

    sys.path.insert(0, str(path.parent))
    try:
        module = importlib.import_module("net")
        other = getattr(module, type(net).__name__)()
        other.load_state_dict(net.state_dict())
        torch.save(other, saved)
    finally:
        sys.path.remove(str(path.parent))
        del sys.modules["net"]


def test_trust_ends_when_the_file_changes(path: Path) -> None:
    write(path, "def small(): return Net(5)")
    opened = open_file(path, trust=True)
    answers = {"factory": "Net"}
    assert opened.answered(answers).summary.needs.features == 3
    write(path, "def small(): return Net(6)")
    with pytest.raises(NeedsTrust):
        opened.answered(answers)


def test_answers_to_what_was_not_asked(path: Path) -> None:
    write(path)
    with pytest.raises(DoesNotFit, match=r"no question 'colour'.*call, width"):
        open_file(path, trust=True, answers={"colour": "red"})


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_frozen_weights_are_part_of_the_program(path: Path) -> None:
    write(path)
    script = torch.jit.freeze(torch.jit.script(open_model(path, trust=True)))
    frozen = path.with_suffix(".pt")
    torch.jit.save(script, str(frozen))
    with pytest.raises(CannotOpen, match=r"frozen into its program\. Open it"):
        open_file(frozen, answers={"open": "weights"})
    opened = open_file(frozen, trust=True, answers={"width": "3"})
    recording = record(opened.module, torch.randn(1, 6, 3))
    assert [layer.sizes.hidden for layer in recording.layers.values()] == [4]


@pytest.mark.filterwarnings("ignore:The tensor attributes self.lstm:UserWarning")
def test_an_exported_program_runs_when_trusted(path: Path) -> None:
    write(path)
    net = open_model(path, trust=True)
    program = torch.export.export(net, (torch.zeros(1, 8, 3),))
    exported = path.with_suffix(".pt2")
    torch.export.save(program, exported)
    with pytest.raises(NeedsTrust, match=r"torch.export program"):
        open_file(exported)
    opened = open_file(exported, trust=True)
    assert [layer.name for layer in opened.summary.layers] == ["lstm.l0"]
    assert any("gives the same output" in note for note in opened.summary.notes)
    assert any("sequences of 8 steps" in note for note in opened.summary.notes)
    x = torch.randn(1, 8, 3)
    torch.testing.assert_close(opened.module(x), net(x), rtol=0, atol=1e-6)
