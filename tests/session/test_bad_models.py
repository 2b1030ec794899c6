"""Models that misbehave, in one table: what is said, in the window and in a script.

A forward that never returns or ends its process, and 1 GB that it prints:
`test_runner`, `test_host`. Files that are no models: `tests/engine/models`.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot

import lstm_studio
from lstm_studio.core.errors import StudioError
from lstm_studio.core.messages import Failed
from lstm_studio.core.recording import Recording
from lstm_studio.engine.workbench import Workbench
from lstm_studio.session.runner import InlineRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from tests.session import misbehaved

STEPS = 50


@dataclass(frozen=True)
class Said:
    """What is said of a model; ``script`` where a script hears something else.

    ``reasons`` are those of the certificate of a run that came to its end, ``kept``
    the steps of one that did not.
    """

    message: str = ""
    next_step: str = ""
    reasons: tuple[str, ...] = ()
    kept: int = 0
    script: tuple[str, str] | None = None


MEND = "Its own code has to be mended."
MEND_FILE = "Its own code has to be mended; run it in Python to see the line."
KEPT = "The 50 steps before are kept."
PRECISE = (
    "The input has another precision than the model: RNN input dtype (torch.float32) "
    "does not match weight dtype (torch.{0}). Convert input: input.to(torch.{0}), or "
    "convert model: model.to(torch.float32).",
    "Give it numbers of the kind that its weights are.",
)


def other_precision(name: str) -> tuple[str, str]:
    return PRECISE[0].format(name), PRECISE[1]


TABLE: dict[str, Said] = {
    "Plain": Said(),
    "NothingRecurrent": Said(
        "The model has no recurrent layer in it: no LSTM, GRU or RNN was found or "
        "used.",
        "Choose a model with an LSTM, GRU or RNN.",
    ),
    "SizesDisagree": Said(
        "Parts of the model do not fit together at step 50: mat1 and mat2 shapes "
        f"cannot be multiplied (50x4 and 5x2). {KEPT}",
        "Its own code has to be mended, or it takes another input.",
        kept=50,
    ),
    "NotANumber": Said(
        reasons=(
            "lstm.l0: unit 1 is NaN at step 0, sample 0, the first value of the run "
            "that is not a number.",
        )
    ),
    # The window feeds numbers of the model's own kind.
    "half": Said(script=other_precision("float16")),
    "bfloat16": Said(script=other_precision("bfloat16")),
    "double": Said(script=other_precision("float64")),
    "quantised": Said(
        "The recurrent layer lstm is quantised: its states cannot be recorded.",
        "Choose the model from before it was quantised.",
    ),
    "Sparse": Said(
        "The model has sparse weights, which no recurrent layer computes with.",
        "Convert them: `weight.to_dense()`.",
    ),
    "Meta": Said(
        "The model is on the meta device: its weights have shapes, and no values.",
        "Load its weights into it first.",
    ),
    "Bypasses": Said(),
    "AnotherArgument": Said(
        "AnotherArgument raised TypeError: AnotherArgument.forward() missing 1 "
        "required positional argument: 'scale'.",
        MEND,
    ),
    "ReturnsADict": Said(),
    "ReturnsNothing": Said(),
    "Raises": Said(
        f"Raises raised ValueError at step 50: no head. {KEPT}", MEND, (), 50
    ),
    "RaisesAtOnce": Said("RaisesAtOnce raised ValueError: no message.", MEND),
    "RaisesWhenMade": Said(
        "misbehaved.py makes no model: RaisesWhenMade raised FileNotFoundError: no "
        "checkpoint.pt.",
        MEND_FILE,
    ),
    "Exits": Said(
        f"Exits called sys.exit(4) at step 50. {KEPT}",
        "Take it out of its forward.",
        kept=50,
    ),
    "ExitsWhenMade": Said(
        "misbehaved.py makes no model: ExitsWhenMade called sys.exit(4).", MEND_FILE
    ),
    "Reads": Said(
        f"Reads raised EOFError at step 50: EOF when reading a line. {KEPT}",
        MEND,
        kept=50,
    ),
    "OwnWeights": Said(
        reasons=(
            "The model changed its own weights while it ran: another run of it gives "
            "something else.",
        )
    ),
    "OwnHooks": Said(),
    "OwnRandomNumbers": Said(),
    "InAnotherThread": Said(
        "The model ran no recurrent operation that can be recorded.",
        "lstm (LSTM) never ran as an operation of its own: it was not called, was "
        "traced into others, or ran in another thread.",
    ),
    "BesideAThread": Said(),
    "OneUnit": Said(),
    "many_units": Said(),
    "too_many_units": Said(
        "misbehaved.py makes no model: too_many_units takes more memory than there is.",
        "Make it smaller, or open it on a machine with more memory.",
    ),
    "many_layers": Said(),
}


@pytest.fixture(autouse=True)
def _nothing_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is empty, as it is in the process of the window's models."""
    monkeypatch.setattr("sys.stdin", io.StringIO())


def path_of(name: str) -> str:
    return f"{misbehaved.__file__}:{name}"


@pytest.mark.parametrize("name", TABLE)
def test_in_the_window(name: str, qtbot: QtBot, tmp_path: Path) -> None:
    said = TABLE[name]
    workspace = Workspace(tmp_path / "sessions")
    session = Session(InlineRunner(Workbench().perform), workspace)
    wishes = (
        lambda: session.open_model(path_of(name), trust=True),
        lambda: session.open_sequence(
            "generate:noise", {"steps": STEPS, "features": 3}
        ),
        session.run,
    )
    for wish in wishes:
        with qtbot.waitSignal(session.ended):
            wish()
        if isinstance(session.outcome, Failed):
            break
    heard = session.outcome
    if not said.message:
        assert not isinstance(heard, Failed), heard
        assert session.recording is not None
        check(session.recording, said)
    else:
        assert isinstance(heard, Failed)
        assert (heard.message, heard.next_step) == (said.message, said.next_step)
        kept = session.recording.length("lstm.l0") if said.kept else 0
        assert kept == said.kept
    session.close()


@pytest.mark.parametrize("name", TABLE)
def test_in_a_script(name: str) -> None:
    said = TABLE[name]
    message, next_step = said.script or (said.message, said.next_step)
    if not message:
        check(recorded(name), said)
        return
    with pytest.raises(StudioError) as refused:
        recorded(name)
    assert (refused.value.message, refused.value.next_step) == (message, next_step)
    if said.kept:
        assert refused.value.recording.length("lstm.l0") == said.kept


def recorded(name: str) -> Recording:
    model = lstm_studio.open_model(path_of(name), trust=True)
    return lstm_studio.record(model, torch.zeros(1, STEPS, 3))


def check(recording: Recording, said: Said) -> None:
    assert recording.state == "complete"
    assert recording.certificate.reasons == said.reasons
    assert all(recording.length(layer) == STEPS for layer in recording.layers)


def test_a_model_keeps_what_it_had(tmp_path: Path) -> None:
    """Hooks, random numbers, weights and threads are those of before."""
    model = misbehaved.OwnRandomNumbers()
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(3)
    wanted = torch.rand(4)
    torch.manual_seed(3)
    lstm_studio.record(model, torch.zeros(1, STEPS, 3))
    assert torch.equal(torch.rand(4), wanted)
    assert all(
        torch.equal(value, weights[n]) for n, value in model.state_dict().items()
    )
    assert not any(part._forward_hooks for part in model.modules())
