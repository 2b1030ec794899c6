"""Files of Keras that are damaged, made to do harm, or cannot be read here."""

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import open_file
from tests.engine.models.foreign.kerasfiles import (
    dense,
    new_weights,
    recurrent,
    save,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.h5"


def damaged_config(path: Path, draw: np.random.Generator) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{")
        archive.writestr("model.weights.h5", new_weights([]))


def deep_config(path: Path, draw: np.random.Generator) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "[" * 60_000


def cut(path: Path, draw: np.random.Generator) -> None:
    save(path, [recurrent(draw, "LSTM", "lstm", 3, 4)], "keras 2")
    path.write_bytes(path.read_bytes()[:3000])


def no_layer(path: Path, draw: np.random.Generator) -> None:
    save(path, [dense(draw, "out", 3, 2)], "keras 3")


def plain_hdf5(path: Path, draw: np.random.Generator) -> None:
    with h5py.File(path, "w") as file:
        file["flow"] = np.zeros(3)


def missing_array(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    del layer.new["cell/vars/1"]
    save(path, [layer], "keras 3")


def disagreeing(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    layer.new["cell/vars/0"] = np.zeros((3, 15), np.float32)
    save(path, [layer], "keras 3")


def whole_numbers(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    layer.new["cell/vars/0"] = np.zeros((3, 16), np.int8)
    save(path, [layer], "keras 3")


def claim(path: Path, draw: np.random.Generator) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/lstm/cell/vars/0", (10**6, 10**6), "f4")


def linked(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    secret = path.with_name("secret.h5")
    save(secret, [layer], "keras 3 weights")
    with h5py.File(path, "w") as file:
        for index in range(3):
            inside = f"layers/lstm/cell/vars/{index}"
            file[inside] = h5py.ExternalLink(str(secret), inside)
        file.create_group("layers/lstm/vars")
        file.attrs["keras_version"] = "3.0.0"


BAD: dict[Callable[[Path, np.random.Generator], None], str] = {
    damaged_config: "model.h5 has a damaged description of its layers",
    deep_config: "model.h5 is a damaged or incomplete file of Keras",
    cut: "model.h5 is a damaged or incomplete file of Keras",
    no_layer: "model.h5 has no recurrent layer in it",
    plain_hdf5: "is an HDF5 file with 1 arrays, and holds no model of Keras",
    missing_array: "lstm: its recurrent_kernel is not in the file",
    disagreeing: "lstm: the sizes of its weights disagree",
    whole_numbers: "lstm: its weights are int8, no real numbers",
    claim: "take more than 16 times what is stored",
    linked: "model.h5 has no recurrent layer in it",
}


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__name__)
def test_bad_files(
    path: Path,
    draw: np.random.Generator,
    bad: Callable[[Path, np.random.Generator], None],
) -> None:
    bad(path, draw)
    with pytest.raises(CannotOpen, match=BAD[bad]) as refused:
        open_file(path)
    assert refused.value.next_step


def test_groups_that_hold_themselves(path: Path, draw: np.random.Generator) -> None:
    """Twice each: 2^20 paths for a naive walk."""
    save(path, [recurrent(draw, "LSTM", "lstm", 3, 4)], "keras 3 weights")
    with h5py.File(path, "a") as file:
        file["again"] = file["/"]
        file["once more"] = file["/"]
    assert len(open_file(path).summary.layers) == 1


def test_filters_that_are_programs_are_not_loaded(
    path: Path, draw: np.random.Generator
) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    save(path, [layer], "keras 3 weights")
    with h5py.File(path, "a") as file:
        del file["layers/lstm/cell/vars/0"]
        # Filters may be left out where they fail, so the file can be made without it.
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((3, 16))
        plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, ())
        space = h5py.h5s.create_simple((3, 16))
        h5py.h5d.create(
            file["layers/lstm/cell/vars"].id, b"0", h5py.h5t.IEEE_F32LE, space, plist
        )
    with pytest.raises(CannotOpen, match="packed by a program of others"):
        open_file(path)


def test_without_the_library(
    path: Path, draw: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(path, [recurrent(draw, "LSTM", "lstm", 3, 4)], "keras 3")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(CannotOpen, match="A Keras model takes the library h5py") as no:
        open_file(path)
    assert no.value.next_step == 'Install it: pip install "lstm-studio[hdf5]"'
