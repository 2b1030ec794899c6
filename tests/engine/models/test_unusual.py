"""Bad and unusual files that are likely to be dropped on the window, in one table."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import open_file
from tests.engine.models.foreign import graphs, kerasfiles

LSTM = "lstm.weight_hh_l0"


def weights(**change: torch.Tensor) -> dict[str, torch.Tensor]:
    own = nn.LSTM(3, 4).state_dict()
    return {f"lstm.{name}": change.get(name, value) for name, value in own.items()}


def text(content: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(content, encoding="utf-8") and None


def torch_file(make: Callable[[], object]) -> Callable[[Path], None]:
    return lambda path: torch.save(make(), path)


def cut(path: Path) -> None:
    torch.save(weights(), path)
    path.write_bytes(path.read_bytes()[:-100])


def changed(change: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Path], None]:
    return torch_file(lambda: {n: change(value) for n, value in weights().items()})


def no_permission(path: Path) -> None:
    if sys.platform == "win32" or os.geteuid() == 0:
        pytest.skip("everything may be read here")
    torch.save(weights(), path)
    path.chmod(0)


def fifo(path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no such files")
    os.mkfifo(path)


def optimiser() -> object:
    adam = torch.optim.Adam(nn.LSTM(3, 4).parameters())
    return {"state": adam.state_dict()["state"], **adam.state_dict()}


CHOOSE = "Choose a .pt, .pth, .ckpt, .safetensors, TorchScript or Python file."
AGAIN = "Download or save it again."
WHOLE = "Save the state_dict of the whole model again."
TABLE: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "empty": (Path.touch, "model.pt is empty: it holds 0 bytes.", AGAIN),
    "cut zip": (
        cut,
        "model.pt is cut off: the zip directory at the end of the file is missing.",
        "Download or copy it again.",
    ),
    "LFS pointer": (
        text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
        "model.pt is a Git LFS pointer: it stands for the model, which was not "
        "downloaded.",
        "Run `git lfs pull` in its repository, or download the file itself.",
    ),
    "web page": (
        text("<!DOCTYPE html><html><body>404</body></html>"),
        "model.pt is not a model file: this is a web page; use the download link of "
        "the file itself.",
        CHOOSE,
    ),
    "text": (
        text("Trained for three days.\n"),
        "model.pt is not a model file: this is a text.",
        CHOOSE,
    ),
    "CSV": (
        text("time,flow\n1,2\n"),
        "model.pt is not a model file: this is a table of text (CSV): open it as the "
        "sequence.",
        CHOOSE,
    ),
    "folder": (
        Path.mkdir,
        "model.pt is not a file: it is a folder.",
        "Choose a model file.",
    ),
    "FIFO": (
        fifo,
        "model.pt is not a file: it is a named pipe.",
        "Choose a model file.",
    ),
    "no permission": (
        no_permission,
        "model.pt may not be read by you.",
        "Ask its owner for permission to read it, or copy it.",
    ),
    "optimiser only": (
        torch_file(optimiser),
        "model.pt holds the state of an optimiser, and no model.",
        "Choose the file that the model itself was saved to.",
    ),
    "no recurrent layer": (
        torch_file(nn.Linear(2, 3).state_dict),
        "model.pt has no recurrent layer in it: no weights are named weight_hh, as "
        "those of LSTM, GRU and RNN are. It holds 2 tensors: weight, bias.",
        "Choose a model with an LSTM, GRU or RNN, or open it as the sequence.",
    ),
    "sizes that disagree": (
        torch_file(lambda: weights(weight_ih_l0=torch.zeros(12, 3))),
        "model.pt has no recurrent layer that fits together: lstm: weight_ih_l0 is "
        "12 x 3, where the other weights give 16 x 3.",
        WHOLE,
    ),
    "sparse": (
        changed(torch.Tensor.to_sparse),
        "model.pt has no recurrent layer that fits together: lstm.weight_ih_l0 is left "
        "out: it is sparse.",
        WHOLE,
    ),
    "meta": (
        changed(lambda tensor: tensor.to("meta")),
        "model.pt has no recurrent layer that fits together: lstm.weight_ih_l0 is left "
        "out: only its shape is in the file.",
        WHOLE,
    ),
    "whole numbers": (
        changed(lambda tensor: tensor.to(torch.int8)),
        "model.pt has no recurrent layer that fits together: lstm.weight_ih_l0 is left "
        "out: its values are int8, where a recurrent layer has real numbers.",
        WHOLE,
    ),
}


@pytest.mark.parametrize("what", TABLE)
def test_bad_files_are_refused_in_these_words(tmp_path: Path, what: str) -> None:
    make, message, next_step = TABLE[what]
    path = tmp_path / "model.pt"
    make(path)
    with pytest.raises(CannotOpen) as refused:
        open_file(path)
    assert (refused.value.message, refused.value.next_step) == (message, next_step)


def onnx(path: Path) -> None:
    graph = graphs.Graph()
    graph.recurrent("LSTM", "x", 3, 4, name="lstm")
    graphs.save(graph.model("y"), path)


def keras(path: Path) -> None:
    draw = np.random.default_rng(0)
    kerasfiles.save(path, [kerasfiles.recurrent(draw, "LSTM", "lstm", 3, 4)], "keras 3")


def prefixed(prefix: str) -> Callable[[Path], None]:
    return torch_file(lambda: {f"{prefix}{n}": v for n, v in weights().items()})


def projected() -> object:
    return nn.LSTM(3, 65_536, proj_size=1).state_dict()


OPENED: dict[str, tuple[Callable[[Path], None], list[str], int]] = {
    "ONNX named .pt": (onnx, ["lstm.l0"], 4),
    "Keras named .pt": (keras, ["lstm.l0"], 4),
    "DataParallel": (prefixed("module."), ["module.lstm.l0"], 4),
    "EMA": (prefixed("ema_model.module."), ["ema_model.module.lstm.l0"], 4),
    "float16": (changed(torch.Tensor.half), ["lstm.l0"], 4),
    "bfloat16": (changed(torch.Tensor.bfloat16), ["lstm.l0"], 4),
    "NaN": (changed(lambda tensor: tensor * torch.nan), ["lstm.l0"], 4),
    "one unit": (torch_file(nn.LSTM(3, 1).state_dict), ["l0"], 1),
    "65,536 units": (torch_file(projected), ["l0"], 65_536),
    "500 layers": (
        torch_file(lambda: nn.RNN(2, 2, 500).state_dict()),
        [f"l{number}" for number in range(500)],
        2,
    ),
}


@pytest.mark.parametrize("what", OPENED)
@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")
def test_unusual_files_open(tmp_path: Path, what: str) -> None:
    make, names, hidden = OPENED[what]
    # The name says nothing of what it is.
    path = tmp_path / "model.pt"
    make(path)
    opened = open_file(path)
    layers = opened.summary.layers
    assert [layer.name for layer in layers] == names
    assert {layer.sizes.hidden for layer in layers} == {hidden}
    x = torch.zeros(1, 2, layers[0].sizes.input)
    with torch.inference_mode():
        assert opened.module(x).shape[:2] == (1, 2)
    counted = [note for note in opened.summary.notes if "NaN or infinite" in note]
    assert len(counted) == (4 if what == "NaN" else 0)


def test_more_units_than_memory(tmp_path: Path) -> None:
    """An LSTM of 65,536 units has 137 GB of weights, which a small file can claim."""
    path = tmp_path / "model.safetensors"
    sizes = {"weight_ih_l0": [262_144, 65_536], "weight_hh_l0": [262_144, 65_536]}
    head, position = "", 0
    for name, (rows, columns) in sizes.items():
        end = position + rows * columns * 4
        head += (
            f'{"," if head else "{"}"lstm.{name}":{{"dtype":"F32","shape":'
            f'[{rows},{columns}],"data_offsets":[{position},{end}]}}'
        )
        position = end
    data = (head + "}").encode()
    with path.open("wb") as file:
        file.write(len(data).to_bytes(8, "little") + data)
        # A file with holes: it takes no room on the disk.
        file.truncate(8 + len(data) + position)
    with pytest.raises(
        CannotOpen, match=r"takes 128.0 GB of memory, more than half of the [\d.]+ GB"
    ):
        open_file(path)
