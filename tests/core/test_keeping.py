"""Overviews that were made once are there when a recording is opened again."""

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstm_studio.core import overview, refining
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from tests.core.faults import largest_file
from tests.core.reference import Planned, feed
from tests.core.test_overview import SAMPLES, fake

SPAN = (0, 2000)
COLUMNS = 31


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Spans of steps of which bounds are made."""
    monkeypatch.setattr(overview, "DERIVED_PRODUCTS", 1)
    monkeypatch.setattr(overview, "SAMPLED_VALUES", 64)
    spans: list[tuple[int, int]] = []
    real: Callable[..., Any] = refining._bounds

    def bounds(*args: Any, **keywords: Any) -> Any:
        spans.append(next(a for a in args if isinstance(a, tuple)))
        return real(*args, **keywords)

    monkeypatch.setattr(refining, "_bounds", bounds)
    return spans


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    recorder = Recorder(tmp_path / "r")
    calls = [Planned(1500), Planned(500, "zeros", (500, 300))]
    feed(recorder, fake(calls), chunks=lambda steps: [100] * (steps // 100))
    recorder.finish("complete")
    recorder.close()
    return tmp_path / "r"


def refined(folder: Path, sample: int = 1) -> Any:
    recording = Recording.open(folder)
    block = recording.refine("rnn.l0", "i", SPAN, COLUMNS, sample, seconds=60.0)
    assert block.exact
    return block


def kept(folder: Path) -> Path:
    (path,) = folder.glob("*overview*")
    return path


def test_it_is_made_once(folder: Path, made: list[tuple[int, int]]) -> None:
    first = refined(folder)
    assert kept(folder).name == "000-rnn.l0.i_overview_1.npz"
    made.clear()
    again = Recording.open(folder).overview("rnn.l0", "i", SPAN, COLUMNS, 1)
    assert again.exact
    np.testing.assert_array_equal(first.low, again.low)
    np.testing.assert_array_equal(first.high, again.high)
    # Three rows were made anew, to see whether they agree.
    assert all(stop - start <= 64 for start, stop in made)
    assert len(made) == 3


def test_another_sample_has_its_own(folder: Path, made: list[tuple[int, int]]) -> None:
    refined(folder, 0)
    made.clear()
    assert SAMPLES == 2
    assert not Recording.open(folder).overview("rnn.l0", "i", SPAN, COLUMNS, 1).exact
    assert made == []


def test_half_of_it_is_not_kept(folder: Path, made: list[tuple[int, int]]) -> None:
    recording = Recording.open(folder)
    half = recording.refine("rnn.l0", "i", (0, 1024), 16, 1, seconds=60.0)
    assert half.exact
    assert list(folder.glob("*overview*")) == []


def _damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 16
    path.write_bytes(data)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _of_others(path: Path) -> None:
    with np.load(path) as file:
        about, rows = json.loads(str(file["about"])), file["rows"]
    rows[len(rows) // 2, 0] -= 0.5
    about["crc32"] = zlib.crc32(rows.data)
    np.savez(path, about=np.array(json.dumps(about)), rows=rows)


def _nonsense(path: Path) -> None:
    np.savez(path, about=np.array('["a"]'), rows=np.zeros((3, 4)))


@pytest.mark.parametrize("spoil", [_damage, _cut, _of_others, _nonsense])
def test_one_that_disagrees_is_as_if_it_were_not_there(
    folder: Path, made: list[tuple[int, int]], spoil: Callable[[Path], None]
) -> None:
    first = refined(folder)
    spoil(kept(folder))
    assert not Recording.open(folder).overview("rnn.l0", "i", SPAN, COLUMNS, 1).exact
    again = refined(folder)
    np.testing.assert_array_equal(first.low, again.low)


def test_where_rows_were_lost_it_is_made_anew(
    folder: Path, made: list[tuple[int, int]]
) -> None:
    refined(folder)
    path = folder / "000-rnn.l0.h.npy"
    data = bytearray(path.read_bytes())
    data[128 + 700 * SAMPLES * 2 * 4] ^= 1
    path.write_bytes(data)
    recording = Recording.open(folder)
    assert recording.damage("rnn.l0") == ((700, 800),)
    assert not recording.overview("rnn.l0", "i", SPAN, COLUMNS, 1).exact


def test_a_folder_that_cannot_be_written_keeps_none(
    folder: Path, made: list[tuple[int, int]]
) -> None:
    with largest_file(100):
        refined(folder)
    assert list(folder.glob("*overview*")) == []
    assert list(folder.glob("*.tmp")) == []


def test_it_goes_with_a_copy(
    folder: Path, tmp_path: Path, made: list[tuple[int, int]]
) -> None:
    refined(folder)
    Recording.open(folder).save(tmp_path / "copy")
    made.clear()
    copy = Recording.open(tmp_path / "copy")
    assert copy.overview("rnn.l0", "i", SPAN, COLUMNS, 1).exact
    assert len(made) == 3
