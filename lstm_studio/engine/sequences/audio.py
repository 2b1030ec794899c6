"""Sound: PCM and float .wav, mixed to mono and cut in windows of samples."""

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.found import Found
from lstm_studio.core.shapes import Float32
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.named import Tell
from lstm_studio.engine.sequences.raw import Raw

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_CODECS: Final = {2: "ADPCM", 6: "A-law", 7: "mu-law", 0x11: "ADPCM", 0x55: "MP3"}


@dataclass(frozen=True, slots=True)
class _Format:
    code: int
    channels: int
    rate: int
    bits: int


def is_wave(head: bytes) -> bool:
    """Return whether a file that begins so is a .wav."""
    return head[:4] == b"RIFF" and head[8:12] == b"WAVE"


def read_wave(source: Source, needs: InputNeeds, choices: Choices, tell: Tell) -> Raw:
    """Read a .wav file as windows (step, feature) of samples from -1 to 1."""
    form, start, size = _chunks(source)
    frame = form.channels * form.bits // 8
    there = min(size, source.size - start)
    content = source.read(start, there - there % frame)
    samples = _decode(content, form).reshape(-1, form.channels)
    several = f", {form.channels} channels" if form.channels > 1 else ""
    tell(
        Found(
            "sound",
            f"Sound of {len(samples) / form.rate:.1f} s at {form.rate} Hz{several}.",
        )
    )
    short = ("The file ends early; what is there was read.",) if there < size else ()
    where = source.path.name, str(source.path)
    return cut_sound(samples, form.rate, where, needs, choices, short)


def cut_sound(
    samples: Float32[np.ndarray, "sample channel"],
    rate: int,
    where: tuple[str, str],
    needs: InputNeeds,
    choices: Choices,
    notes: tuple[str, ...] = (),
) -> Raw:
    """Return a decoded sound as windows; ``where`` is its name and its path."""
    said = list(notes)
    mono = _mono(samples, choices, said)
    if needs.rate is not None and needs.rate != rate:
        said.append(
            f"The file has {rate} samples a second, the model expects "
            f"{needs.rate}: it hears the sound {needs.rate / rate:.3g} times as "
            "fast. Resample the file for a true run."
        )
    windows, cut_notes = cut(mono, needs, choices)
    hop = _hop(windows.shape[1], choices)
    return Raw(
        *where, windows, ("step", "feature"), rate=rate / hop,
        notes=(*said, *cut_notes),
    )  # fmt: skip


def cut(
    samples: Float32[np.ndarray, " sample"], needs: InputNeeds, choices: Choices
) -> tuple[Float32[np.ndarray, "step feature"], tuple[str, ...]]:
    """Cut samples in windows, and say what was done at the end.

    The last window is filled up with zeros.
    """
    window = choices.count("window", needs.features)
    if window is None:
        raise DoesNotFit(
            "How many samples the model takes per step is not known.",
            "Choose the window: its number of samples.",
        )
    if not len(samples):
        raise DoesNotFit("The sound has no samples.", "Choose another file.")
    hop = _hop(window, choices)
    steps = max(0, -(-(len(samples) - window) // hop)) + 1
    padding = (steps - 1) * hop + window - len(samples)
    notes = [f"Cut in {steps} windows of {window} samples, one every {hop}."]
    if padding > 0:
        samples = np.concatenate([samples, np.zeros(padding, np.float32)])
        notes.append(f"The last window ends with {padding} zeros.")
    windows = np.lib.stride_tricks.sliding_window_view(samples, window)[::hop]
    return np.ascontiguousarray(windows[:steps]), tuple(notes)


def _hop(window: int, choices: Choices) -> int:
    return choices.count("hop", None) or window


def _mono(
    samples: Float32[np.ndarray, "sample channel"], choices: Choices, notes: list[str]
) -> Float32[np.ndarray, " sample"]:
    channels = samples.shape[1]
    if "channel" not in choices.names or choices.says("channel", "mean"):
        if channels > 1:
            notes.append(f"The mean of {channels} channels was taken.")
        mean: np.ndarray = samples.mean(axis=1, dtype=np.float32)
        return mean
    channel = choices.count("channel", 0, least=0) or 0
    if channel >= channels:
        raise DoesNotFit(
            f"There is no channel {channel}: the file has {channels}.",
            f"Choose 0 to {channels - 1}, or 'mean'.",
        )
    if channels > 1:
        notes.append(f"Channel {channel} of {channels} was taken.")
    return np.ascontiguousarray(samples[:, channel])


def _chunks(source: Source) -> tuple[_Format, int, int]:
    """Return the format, and where the samples begin and how many bytes they are."""
    name = source.path.name
    form: _Format | None = None
    position = 12
    while position + 8 <= source.size:
        kind, size = struct.unpack("<4sI", source.read(position, 8))
        start = position + 8
        if kind == b"fmt ":
            form = _format(source.read(start, min(size, 40)), name)
        elif kind == b"data":
            if form is None:
                break
            # A recorder that was stopped leaves 0 or the largest number here.
            known = 0 < size < 0xFFFFFFFF
            return form, start, size if known else source.size - start
        position = start + size + size % 2
    missing = "its format" if form is None else "any samples"
    raise CannotOpen(
        f"{name} is a damaged .wav: it ends without {missing}.", "Save it again."
    )


def _format(content: bytes, name: str) -> _Format:
    if len(content) < 16:
        raise CannotOpen(
            f"{name} is a damaged .wav: its format is cut short.", "Save it again."
        )
    code, channels, rate, _, _, bits = struct.unpack("<HHIIHH", content[:16])
    if code == _EXTENSIBLE and len(content) >= 26:
        (code,) = struct.unpack("<H", content[24:26])
    if code not in (_PCM, _FLOAT) or bits not in _depths(code):
        what = _CODECS.get(code, f"code {code}, {bits} bits")
        raise CannotOpen(
            f"{name} is a .wav of a kind that cannot be read: {what}.",
            "Save it as PCM of 8, 16, 24 or 32 bits, or as float.",
        )
    if not channels or not rate:
        raise CannotOpen(
            f"{name} is a damaged .wav: {channels} channels, {rate} samples a second.",
            "Save it again.",
        )
    return _Format(code, channels, rate, bits)


def _depths(code: int) -> tuple[int, ...]:
    return (8, 16, 24, 32) if code == _PCM else (32, 64)


def _decode(content: bytes, form: _Format) -> Float32[np.ndarray, " value"]:
    """Return values from -1 to 1, channels interleaved."""
    if form.code == _FLOAT:
        return np.frombuffer(content, f"<f{form.bits // 8}").astype(np.float32)
    if form.bits == 8:
        # The one depth of .wav that is unsigned.
        unsigned = np.frombuffer(content, np.uint8).astype(np.float32)
        return (unsigned - 128) / 128
    if form.bits == 24:
        padded = np.zeros((len(content) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(content, np.uint8).reshape(-1, 3)
        integers = padded.view("<i4").ravel()
        return (integers / 2**31).astype(np.float32)
    integers = np.frombuffer(content, f"<i{form.bits // 8}")
    return (integers / 2.0 ** (form.bits - 1)).astype(np.float32)
