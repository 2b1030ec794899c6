"""Frames as a film that any program plays: GIF, and MP4 with an extra."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from lstm_studio.core.atomic import atomic_file, atomic_path
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.extras import bring
from lstm_studio.core.shapes import UInt8, UInt32

Frame = UInt8[np.ndarray, "row column 3"]

MOST_FPS: Final = {".gif": 50, ".mp4": 60}
"""Frames a second; browsers show a GIF that is faster ten times slower."""
CLEAR: Final = 255
"""Index of the colour that leaves a pixel of a GIF as it was."""
UNKNOWN: Final = -1
AT_ONCE: Final = 4096
"""Colours that are compared with the palette at a time."""
EXACT: Final = 96
"""Colours that are kept as they are, the most frequent ones."""
CENTISECONDS: Final = 100
CRF: Final = "16"
"""How much x264 may change a frame: letters and cells stay as they are to the eye."""


class Film(Protocol):
    """Takes frames of one size, in turn."""

    def add(self, frame: Frame) -> None:
        """Write the next frame."""


def open_film(
    path: str | Path, fps: int, samples: Sequence[Frame]
) -> AbstractContextManager[Film]:
    """Open a film that is there when all went well, and not at all when not.

    Parameters
    ----------
    path
        Its ending says which: ``.gif``, or ``.mp4``, which takes the extra ``film``.
    samples
        Some frames of the film, for the colours of a GIF.

    Raises
    ------
    CannotSave
        With the cause; what stood at ``path`` is as it was.
    """
    path = Path(path)
    make = FILMS.get(path.suffix.lower())
    if make is None:
        raise CannotSave(
            f"{path.suffix or 'A name without an ending'} is no format for films.",
            f"End the name in {' or '.join(FILMS)}.",
        )
    most = MOST_FPS[path.suffix.lower()]
    if not 1 <= fps <= most:
        raise CannotSave(
            f"{fps} is no number of frames a second.", f"Choose one from 1 to {most}."
        )
    return make(path, fps, samples)


@contextmanager
def _gif(path: Path, fps: int, samples: Sequence[Frame]) -> Iterator[Film]:
    height, width = samples[0].shape[:2]
    if max(height, width) > 65_535:
        raise CannotSave("A GIF has 65 535 pixels a side at most.", "Choose fewer.")
    palette = Palette(samples)
    with atomic_file(path) as file:
        head = width.to_bytes(2, "little") + height.to_bytes(2, "little")
        file.write(b"GIF89a" + head + b"\xf7\0\0" + palette.table)
        # Again and again: what every browser takes as a loop.
        file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")
        yield _Gif(file.write, palette, fps)
        file.write(b";")


class _Gif:
    """Writes of each frame what is not as it was in the one before.

    By hand around Pillow's compression: its own writer keeps all frames in memory.
    """

    def __init__(
        self, write: Callable[[bytes], object], palette: "Palette", fps: int
    ) -> None:
        self._write = write
        self._palette = palette
        self._fps = fps
        self._count = 0
        self._before: np.ndarray | None = None

    def add(self, frame: Frame) -> None:
        # Here, not above: the first window would wait for it.
        from PIL import GifImagePlugin, Image

        now = self._palette.indices(frame)
        left, top, right, bottom = _changed(self._before, now)
        new = now[top:bottom, left:right]
        if self._before is not None:
            same = self._before[top:bottom, left:right] == new
            new = np.where(same, np.uint8(CLEAR), new)
        part = Image.fromarray(new)
        # The sum of all times is right, though a GIF counts hundredths.
        begin, end = (
            round(CENTISECONDS * number / self._fps)
            for number in (self._count, self._count + 1)
        )
        for block in GifImagePlugin.getdata(
            part,
            (left, top),
            duration=10 * (end - begin),
            transparency=CLEAR,
            disposal=1,
        ):
            self._write(block)
        self._count += 1
        self._before = now


def _changed(
    before: UInt8[np.ndarray, "row column"] | None, now: UInt8[np.ndarray, "row column"]
) -> tuple[int, int, int, int]:
    """Return the edges of what is new: left, top, right and bottom."""
    height, width = now.shape
    if before is None:
        return 0, 0, width, height
    other = before != now
    rows, columns = np.flatnonzero(other.any(axis=1)), np.flatnonzero(other.any(axis=0))
    if not len(rows):
        # A frame has one pixel at least.
        return 0, 0, 1, 1
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


class Palette:
    """The colours of a GIF, one palette for all frames, so that nothing flickers.

    The most frequent ones are kept as they are. Of the others each counts by the root
    of its pixels: a thin line is not lost to a large area.
    """

    def __init__(self, samples: Sequence[Frame]) -> None:
        from PIL import Image

        words = np.concatenate([_words(frame).ravel() for frame in samples])
        colours, counts = np.unique(words, return_counts=True)
        order = np.argsort(counts)[::-1]
        first, rest = colours[order[:EXACT]], colours[order[EXACT:]]
        palette = _colours(first)
        if len(rest):
            roots = np.ceil(np.sqrt(counts[order[EXACT:]])).astype(int)
            image = Image.fromarray(_colours(np.repeat(rest, roots))[np.newaxis])
            image = image.quantize(CLEAR - EXACT, Image.Quantize.MEDIANCUT, kmeans=1)
            others = np.array(image.getpalette(), np.uint8).reshape(-1, 3)
            palette = np.concatenate([palette, others])[:CLEAR]
        self._palette = palette
        # Pillow's own look-up is a few shades off: white would not be white.
        self._index = np.full(1 << 24, UNKNOWN, np.int16)

    @property
    def table(self) -> bytes:
        """The palette as it stands in a file: 256 colours."""
        return self._palette.tobytes().ljust(3 * (CLEAR + 1), b"\0")

    def indices(self, frame: Frame) -> UInt8[np.ndarray, "row column"]:
        """Return the index of the nearest colour for each pixel."""
        words = _words(frame)
        found = self._index[words]
        if (found == UNKNOWN).any():
            new = np.unique(words[found == UNKNOWN])
            for some in np.array_split(new, len(new) // AT_ONCE + 1):
                far = _colours(some)[:, np.newaxis].astype(np.int32) - self._palette
                self._index[some] = (far**2).sum(axis=2).argmin(axis=1)
            found = self._index[words]
        indices: UInt8[np.ndarray, "row column"] = found.astype(np.uint8)
        return indices


def _words(frame: Frame) -> UInt32[np.ndarray, "row column"]:
    wide = frame.astype(np.uint32)
    words: UInt32[np.ndarray, "row column"] = (
        wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
    )
    return words


def _colours(words: UInt32[np.ndarray, " colour"]) -> UInt8[np.ndarray, "colour 3"]:
    return np.stack([words >> 16, words >> 8 & 255, words & 255], axis=1).astype(
        np.uint8
    )


@contextmanager
def _mp4(path: Path, fps: int, samples: Sequence[Frame]) -> Iterator[Film]:
    av = bring("av", "An MP4 film", CannotSave)
    height, width = samples[0].shape[:2]
    with (
        atomic_path(path) as temporary,
        av.open(str(temporary), "w", format="mp4") as container,
    ):
        stream = container.add_stream("libx264", rate=Fraction(fps))
        # Half as many pixels of colour each way: sides are even.
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": CRF, "preset": "medium"}
        # What `lstm-studio` uses besides needs the other cores.
        stream.thread_count = 1
        yield _Mp4(av, container, stream)
        container.mux(stream.encode())


class _Mp4:
    """Gives frames to x264."""

    def __init__(self, av: Any, container: Any, stream: Any) -> None:
        self._av, self._container, self._stream = av, container, stream

    def add(self, frame: Frame) -> None:
        height, width = frame.shape[:2]
        edges = ((0, height % 2), (0, width % 2), (0, 0))
        even = np.ascontiguousarray(np.pad(frame, edges, mode="edge"))
        made = self._av.VideoFrame.from_ndarray(even, format="rgb24")
        self._container.mux(self._stream.encode(made))


FILMS: Final[
    dict[str, Callable[[Path, int, Sequence[Frame]], AbstractContextManager[Film]]]
] = {".gif": _gif, ".mp4": _mp4}
