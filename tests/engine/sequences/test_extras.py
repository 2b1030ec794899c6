"""Where a library is missing, its files say which extra brings it."""

import sys
from pathlib import Path

import pytest

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence


@pytest.mark.parametrize(
    ("library", "head", "words"),
    [
        ("pyarrow", b"PAR1", "A Parquet file takes the library pyarrow"),
        ("h5py", b"\x89HDF\r\n\x1a\n", "An HDF5 file takes the library h5py"),
        ("soundfile", b"fLaC", "A sound in FLAC takes the library soundfile"),
        ("zarr", b"", "A Zarr store takes the library zarr"),
    ],
)
def test_a_missing_library_is_named(
    tmp_path: Path,
    library: str,
    head: bytes,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "x"
    if head:
        path.write_bytes(head + bytes(100))
    else:
        path.mkdir()
        (path / "zarr.json").write_text("{}")
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(CannotOpen) as refusal:
        open_sequence(path, InputNeeds("samples", 4))
    assert refusal.value.message == f"{words}, which is not installed here."
    extra = {"pyarrow": "parquet", "h5py": "hdf5", "soundfile": "audio"}
    assert refusal.value.next_step == (
        f'Install it: pip install "lstm-studio[{extra.get(library, library)}]"'
    )
