"""In which order the parts of a checkpoint run: proposed, and as one answers."""

from pathlib import Path

import pytest
import torch
from torch import nn

from lstm_studio.core.errors import DoesNotFit
from tests.engine.models.checkpoints import Language, agree, names, opened, prefixed

pytestmark = pytest.mark.usefixtures("seeded")


def test_embedding_and_head_are_proposed(path: Path) -> None:
    module = Language()
    letters = list("abcdefghijk")
    model = opened(path, {"model": module.state_dict(), "chars": letters})
    assert model.summary.answers["run"] == "embedding > lstm > decoder"
    needs = model.summary.needs
    assert (needs.kind, needs.features) == ("tokens", 11)
    assert needs.vocabulary == tuple(letters)
    assert agree(model, module, torch.randint(11, (2, 9)))


def test_head_reads_the_last_step_when_told(path: Path) -> None:
    module = Language()
    model = opened(path, module.state_dict())
    last = model.answered({"head": "last step"})
    assert last.summary.answers["head"] == "last step"
    x = torch.randint(11, (2, 9))
    with torch.inference_mode():
        every = model.module(x)
        torch.testing.assert_close(last.module(x), every[:, -1], rtol=0, atol=1e-6)


def test_answers_change_without_the_file(path: Path) -> None:
    model = opened(path, Language().state_dict())
    path.unlink()
    plain = model.answered({"run": "lstm"})
    assert plain.summary.needs.kind == "features"
    assert plain.module(torch.zeros(1, 3, 6)).shape == (1, 3, 8)
    assert plain.answered({}).summary == model.summary


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"run": "lstm > attention"}, "no part 'attention'.*embedding"),
        ({"run": "embedding > decoder"}, "runs no recurrent part"),
        ({"run": "decoder > lstm"}, "decoder gives 11 values.*lstm takes 6"),
        ({"head": "first step"}, "'first step' is no answer to 'head'"),
        ({"colour": "red"}, "no question 'colour'"),
    ],
)
def test_answers_that_do_not_fit(
    path: Path, answers: dict[str, str], message: str
) -> None:
    with pytest.raises(DoesNotFit, match=message):
        opened(path, Language().state_dict(), **answers)


def test_linear_layers_follow_with_relu_between(path: Path) -> None:
    rnn = nn.GRU(3, 8, batch_first=True)
    fc1, fc2 = nn.Linear(8, 8), nn.Linear(8, 2)
    model = opened(
        path, prefixed("rnn.", rnn) | prefixed("fc1.", fc1) | prefixed("fc2.", fc2)
    )
    assert model.summary.answers["run"] == "rnn > fc1 > relu > fc2"
    assert agree(model, lambda x: fc2(torch.relu(fc1(rnn(x)[0]))), torch.randn(2, 4, 3))


def test_several_modules_follow_by_their_widths(path: Path) -> None:
    one, two = nn.LSTM(3, 4, batch_first=True), nn.GRU(4, 5, batch_first=True)
    model = opened(path, prefixed("one.", one) | prefixed("two.", two))
    assert model.summary.answers["run"] == "one > two"
    assert agree(model, lambda x: two(one(x)[0])[0], torch.randn(2, 5, 3))


def test_encoder_and_decoder_do_not_follow(path: Path) -> None:
    weights = prefixed("encoder.rnn.", nn.LSTM(4, 4)) | prefixed(
        "decoder.rnn.", nn.LSTM(4, 4)
    )
    model = opened(path, weights)
    assert model.summary.answers["run"] == "encoder.rnn"
    assert names(model.answered({"run": "decoder.rnn"})) == ["decoder.rnn.l0"]


def test_parts_that_do_not_run_are_named(path: Path) -> None:
    weights = prefixed("lstm.", nn.LSTM(3, 4)) | prefixed("norm.", nn.BatchNorm1d(9))
    summary = opened(path, weights).summary
    assert "These parts of the file do not run: norm." in summary.notes
    norm = next(part for part in summary.parts if part.name == "norm")
    assert ("weight", "9") in {(part.name, part.text) for part in norm.parts}
