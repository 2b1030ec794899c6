"""Films, read by Pillow and by FFmpeg, which did not write them."""

import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from lstm_studio.core.errors import CannotSave
from lstm_studio.export.film import CLEAR, Palette, open_film

SIZE = (47, 61)
"""Rows and columns: odd, as a window may be."""


def frames(count: int = 9) -> list[np.ndarray]:
    """Return a map of two colours over which a line goes, and a count of pixels."""
    made = []
    for number in range(count):
        frame = np.full((*SIZE, 3), 255, np.uint8)
        frame[5:25, :30] = (178, 24, 43)
        frame[5:25, 30:] = (33, 102, 172)
        frame[:, 4 + 5 * number] = (200, 80, 20)
        frame[-1, : number + 1] = (0, 0, 0)
        made.append(frame)
    return made


def write(path: Path, fps: int, made: list[np.ndarray]) -> None:
    with open_film(path, fps, made[::4]) as film:
        for frame in made:
            film.add(frame)


@pytest.mark.parametrize("fps", [1, 10, 30, 50])
def test_a_gif_has_every_frame_for_its_time(tmp_path: Path, fps: int) -> None:
    path, made = tmp_path / "film.gif", frames()
    write(path, fps, made)
    times = []
    with Image.open(path) as image:
        assert image.size == SIZE[::-1]
        assert image.n_frames == len(made)
        assert image.info["loop"] == 0
        for number, frame in enumerate(made):
            image.seek(number)
            times.append(image.info["duration"])
            # Few colours: each is there as it was.
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), frame)
    assert sum(times) == pytest.approx(1000 * len(made) / fps, abs=5)
    assert max(times) - min(times) <= 10


def test_frames_that_are_alike_are_all_there(tmp_path: Path) -> None:
    path, made = tmp_path / "film.gif", frames(1) * 4
    write(path, 10, made)
    with Image.open(path) as image:
        durations = []
        for number in range(image.n_frames):
            image.seek(number)
            durations.append(image.info["duration"])
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), made[0])
    assert sum(durations) == 400


def test_many_colours_come_near(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    frame = np.full((120, 120, 3), 255, np.uint8)
    frame[:60] = rng.integers(0, 256, (60, 120, 3))
    frame[100] = (200, 80, 20)
    palette = Palette([frame])
    indices = palette.indices(frame)
    table = np.frombuffer(palette.table, np.uint8).reshape(-1, 3)
    assert len(table) == CLEAR + 1
    shown = table[indices].astype(int)
    assert indices.max() < CLEAR
    # White and the thin line are frequent: they are what they were.
    np.testing.assert_array_equal(shown[60:], frame[60:])
    far = np.abs(table[:CLEAR].astype(int)[:, np.newaxis] - frame[0].astype(int))
    best = (far**2).sum(axis=2).min(axis=0)
    got = ((shown[0] - frame[0]) ** 2).sum(axis=1)
    np.testing.assert_array_equal(got, best)


def test_an_mp4_has_every_frame(tmp_path: Path) -> None:
    path, made = tmp_path / "film.mp4", frames()
    write(path, 25, made)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 25
        assert (stream.width, stream.height) == (62, 48)
        got = [each.to_ndarray(format="rgb24") for each in container.decode(stream)]
    assert len(got) == len(made)
    for one, frame in zip(got, made, strict=True):
        # Half as many pixels of colour: inside of an area they are right.
        inside = one[10:20, 50:60].astype(int) - frame[10:20, 50:60]
        assert np.abs(np.median(inside, axis=(0, 1))).max() <= 6


def test_an_mp4_without_its_library_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(CannotSave, match=r"lstm-studio\[film\]") as raised:
        write(tmp_path / "film.mp4", 25, frames())
    assert "library av" in str(raised.value)
    assert not list(tmp_path.glob("film*"))


@pytest.mark.parametrize("ending", ["gif", "mp4"])
def test_what_is_broken_off_is_not_left(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"film.{ending}"
    path.write_bytes(b"good")
    made = frames()

    def break_off() -> None:
        with open_film(path, 10, made[:1]) as film:
            film.add(made[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert path.read_bytes() == b"good"
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == [path.name]


@pytest.mark.parametrize(
    ("name", "fps", "said"),
    [
        ("film.avi", 10, "no format for films"),
        ("film", 10, "no format for films"),
        ("film.gif", 51, "from 1 to 50"),
        ("film.mp4", 61, "from 1 to 60"),
        ("film.gif", 0, "from 1 to 50"),
        ("no/film.gif", 10, "does not exist"),
        ("no/film.mp4", 10, "does not exist"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, name: str, fps: int, said: str
) -> None:
    with pytest.raises(CannotSave, match=said):
        write(tmp_path / name, fps, frames())
