"""Files that Keras itself wrote open, and give what Keras gave (``make_keras.py``)."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import open_file

FILES = sorted(Path(__file__).parent.glob("keras-*.zip"))
CLOSE = 1e-6
LAYERS = {
    "tokens": ["lstm"],
    "last_step": ["lstm", "lstm"],
    "gru": ["gru", "gru"],
    "rnn": ["rnn_tanh", "rnn_relu"],
    "both": ["lstm", "lstm", "gru", "gru"],
    "functional": ["lstm", "lstm"],
}
ANSWERS = {
    "tokens": {"run": "embedding > lstm > dense > softmax"},
    "last_step": {"head": "last step"},
    "both": {
        "run": "bidirectional > bidirectional_1 > dense > sigmoid",
        "head": "final state",
    },
    "functional": {"run": "lstm > sequential.lstm > dense"},
}
"""What weights alone do not tell: functions without weights, what the head reads."""


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def given(folder: Path, name: str) -> tuple[torch.Tensor, np.ndarray]:
    with np.load(folder / f"{name}.npz") as kept:
        return torch.from_numpy(kept["x"]), kept["y"]


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("name", LAYERS)
def test_a_model_gives_what_keras_gave(folder: Path, name: str, ending: str) -> None:
    x, expected = given(folder, name)
    opened = open_file(folder / f"{name}{ending}")
    assert [layer.kind for layer in opened.summary.layers] == LAYERS[name]
    with torch.inference_mode():
        np.testing.assert_allclose(opened.module(x).numpy(), expected, atol=CLOSE)


# The layers of "rnn" have two nonlinearities, where the form asks for one.
@pytest.mark.parametrize("name", [name for name in LAYERS if name != "rnn"])
def test_weights_alone_give_it_with_what_they_do_not_tell(
    folder: Path, name: str
) -> None:
    x, expected = given(folder, name)
    opened = open_file(folder / f"{name}.weights.h5", answers=ANSWERS.get(name))
    with torch.inference_mode():
        np.testing.assert_allclose(opened.module(x).numpy(), expected, atol=CLOSE)


@pytest.mark.parametrize("ending", [".keras", ".h5", ".weights.h5"])
def test_a_gru_that_resets_before_the_product_is_refused(
    folder: Path, ending: str
) -> None:
    with pytest.raises(CannotOpen, match=r"resets the state before .*torch\.nn\.GRU"):
        open_file(folder / f"gru_before{ending}")
