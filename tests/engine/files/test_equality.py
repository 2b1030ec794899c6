"""Our reader and ``torch.load(weights_only=True)`` make the same of a file."""

import warnings
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lstm_studio.engine.files.claims import Claim
from lstm_studio.engine.files.formats import contents_of
from lstm_studio.engine.files.leaves import as_leaf
from lstm_studio.engine.files.pickled import Made
from lstm_studio.engine.files.quantised import Quantised
from lstm_studio.engine.files.recognise import recognise
from lstm_studio.engine.files.source import open_source

MODELS = Path(__file__).resolve().parents[4] / "shared" / "models"
DTYPES = (
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    *(torch.complex64, torch.complex128),
    *(torch.float8_e4m3fn, torch.float8_e5m2, torch.uint16, torch.uint32, torch.uint64),
)
BASE = torch.arange(60.0).reshape(3, 4, 5)


def trained() -> dict[str, Any]:
    """Return a checkpoint after one step of an optimiser."""
    model = nn.Sequential(nn.Embedding(5, 3), nn.LSTM(3, 4, 2, bidirectional=True))
    optimiser = torch.optim.Adam(model.parameters())
    model(torch.tensor([[1, 2]]))[0].sum().backward()
    optimiser.step()
    return {
        "epoch": 3,
        "loss": 0.25,
        "done": False,
        "none": None,
        "model": model.state_dict(),
        "optimizer": optimiser.state_dict(),
        "names": ["a", "ß", "\u202e"],
        "sizes": (1, -2, 2**40),
    }


VALUES: dict[str, Any] = {
    "types": {str(each): torch.zeros(3, dtype=each) + 1 for each in DTYPES[:12]},
    "new types": {str(each): torch.ones(3).to(each) for each in DTYPES[12:]},
    "views": [BASE, BASE[1], BASE.transpose(0, 2), BASE[:, ::2, 1:], BASE.diagonal()],
    "expanded": torch.ones(1, 3).expand(4, 3),
    "shapes": [torch.tensor(7.0), torch.empty(0), torch.empty(3, 0, 2)],
    "parameters": OrderedDict(w=nn.Parameter(torch.ones(2)), b=torch.zeros(2)),
    "bad values": torch.tensor([float("nan"), float("inf"), -0.0, 1e-45]),
    "checkpoint": trained(),
    "a tensor": torch.linspace(0, 1, 4),
}


def ours(path: Path) -> object:
    with open_source(path) as source:
        contents = contents_of(source, recognise(source))

        def plain(node: object) -> object:
            leaf = as_leaf(node) if isinstance(node, Made) else node
            if isinstance(leaf, Claim):
                return contents.tensor(leaf).reshape(leaf.shape)
            if isinstance(leaf, Quantised):
                return leaf.dequantised(contents.tensor)
            if isinstance(leaf, dict):
                return {key: plain(value) for key, value in leaf.items()}
            if isinstance(leaf, list | tuple):
                return type(leaf)(plain(value) for value in leaf)
            return leaf

        return plain(contents.value)


def flat(node: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from flat(value, f"{path}/{key!r}")
    elif isinstance(node, list | tuple):
        yield f"{path} {type(node).__name__}", len(node)
        for index, value in enumerate(node):
            yield from flat(value, f"{path}/{index}")
    else:
        yield path, node


def assert_equal(path: Path) -> None:
    with warnings.catch_warnings(action="ignore"):
        expected = torch.load(path, map_location="cpu", weights_only=True)
    for (name, value), (own_name, own) in zip(
        flat(expected), flat(ours(path)), strict=True
    ):
        assert own_name == name
        if not isinstance(value, torch.Tensor):
            assert (type(own), own) == (type(value), value), name
            continue
        assert isinstance(own, torch.Tensor)
        plain = value.dequantize() if value.is_quantized else value.detach()
        assert (own.shape, own.dtype) == (plain.shape, plain.dtype), name
        if value.is_quantized:
            torch.testing.assert_close(own, plain, rtol=0, atol=1e-6)
        else:
            # Bit by bit, NaN and the sign of zero too.
            assert raw(own) == raw(plain), name


def raw(tensor: torch.Tensor) -> bytes:
    return bytes(tensor.contiguous().flatten().view(torch.uint8).numpy())


@pytest.mark.parametrize("form", ["zip", "legacy"])
@pytest.mark.parametrize("what", VALUES)
def test_values_of_every_kind(tmp_path: Path, what: str, form: str) -> None:
    if (what, form) == ("new types", "legacy"):
        return  # PyTorch writes them, and cannot read them again
    path = tmp_path / "values.pt"
    torch.save(VALUES[what], path, _use_new_zipfile_serialization=form == "zip")
    assert_equal(path)


def test_quantised_values(tmp_path: Path) -> None:
    path = tmp_path / "values.pt"
    scales, points = torch.tensor([0.1, 0.2]), torch.tensor([0, 1])
    with warnings.catch_warnings(action="ignore"):
        whole = torch.quantize_per_tensor(torch.randn(6), 0.1, 3, torch.qint8)
        rows = torch.quantize_per_channel(
            torch.randn(2, 3), scales, points, 0, torch.qint8
        )
        torch.save([whole, rows], path)
    assert_equal(path)


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(MODELS.glob("*/*"))
        if path.suffix in (".pt", ".ckpt")
        and path.name not in ("model-1_whole_module.pt", "sugar_creek_trained.pt")
    ],
    ids=lambda path: path.name,
)
def test_real_files(path: Path) -> None:
    assert_equal(path)
