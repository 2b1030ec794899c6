"""Sound: every sample format of .wav, channels, windows, and the rate."""

import struct
import wave
from pathlib import Path

import numpy as np
import pytest
import torch

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

NEEDS = InputNeeds("samples", 64, rate=8000)
TONE = 0.5 * np.sin(np.arange(200) / 7)


def pcm(path: Path, samples: np.ndarray, width: int, rate: int = 8000) -> Path:
    """Write (sample,) or (sample, channel) by the standard library."""
    whole = np.round(samples * (2 ** (8 * width - 1) - 1)).astype("<i8")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        if width == 1:
            whole = whole + 128
        file.writeframes(whole.reshape(-1, 1).view("u1")[:, :width].tobytes())
    return path


def riff(path: Path, code: int, bits: int, content: bytes, extra: bytes = b"") -> Path:
    form = struct.pack("<HHIIHH", code, 1, 8000, 0, 0, bits) + extra
    body = b"WAVE" + b"LIST" + struct.pack("<I", 3) + b"odd\0"
    body += b"fmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(content)) + content
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_integers_of_every_width(tmp_path: Path, width: int) -> None:
    prepared = open_sequence(pcm(tmp_path / "tone.wav", TONE, width), NEEDS)
    values = prepared.values.ravel()
    np.testing.assert_allclose(
        values[:200], TONE, atol=1.01 / 2 ** (8 * width - 1) + 1e-7
    )
    assert prepared.values.shape == (1, 4, 64)
    assert prepared.summary.rate == 8000 / 64


@pytest.mark.parametrize("bits", [32, 64])
def test_floats(tmp_path: Path, bits: int) -> None:
    content = TONE.astype(f"<f{bits // 8}").tobytes()
    prepared = open_sequence(riff(tmp_path / "tone.wav", 3, bits, content), NEEDS)
    np.testing.assert_array_equal(
        prepared.values.ravel()[:200], TONE.astype(np.float32)
    )


def test_extensible_format(tmp_path: Path) -> None:
    extra = struct.pack("<HHIH", 22, 24, 0, 1) + bytes(14)
    path = riff(tmp_path / "tone.wav", 0xFFFE, 24, b"\0\0\x40" * 64, extra)
    assert (open_sequence(path, NEEDS).values == 0.5).all()


def test_windows_and_the_padding_of_the_last(tmp_path: Path) -> None:
    path = pcm(tmp_path / "tone.wav", TONE, 2)
    prepared = open_sequence(path, NEEDS, {"hop": 48})
    assert prepared.values.shape == (1, 4, 64)
    whole = open_sequence(path, NEEDS).values.ravel()
    for step, window in enumerate(prepared.values[0]):
        there = whole[48 * step : 48 * step + 64]
        np.testing.assert_array_equal(window[: len(there)], there)
    assert prepared.summary.rate == 8000 / 48
    assert prepared.summary.notes == (
        "Cut in 4 windows of 64 samples, one every 48.",
        "The last window ends with 8 zeros.",
    )


@pytest.mark.parametrize(("length", "steps"), [(1, 1), (64, 1), (65, 2), (128, 2)])
def test_number_of_windows(tmp_path: Path, length: int, steps: int) -> None:
    prepared = open_sequence(pcm(tmp_path / "tone.wav", TONE[:length], 2), NEEDS)
    assert prepared.summary.steps == steps


def test_channels(tmp_path: Path) -> None:
    both = np.stack([TONE, -TONE, 0.5 * TONE, *[0 * TONE] * 5], axis=1)
    path = pcm(tmp_path / "eight.wav", both, 2)
    mean = open_sequence(path, NEEDS)
    np.testing.assert_allclose(mean.values.ravel()[:200], TONE / 16, atol=1e-4)
    assert mean.summary.notes[0] == "The mean of 8 channels was taken."
    second = open_sequence(path, NEEDS, {"channel": 1})
    np.testing.assert_allclose(second.values.ravel()[:200], -TONE, atol=1e-4)
    assert second.summary.notes[0] == "Channel 1 of 8 was taken."
    with pytest.raises(DoesNotFit, match="no channel 8: the file has 8"):
        open_sequence(path, NEEDS, {"channel": 8})


def test_another_rate_is_said(tmp_path: Path) -> None:
    path = pcm(tmp_path / "tone.wav", TONE, 2, rate=16000)
    note = open_sequence(path, NEEDS).summary.notes[0]
    assert "16000 samples a second, the model expects 8000" in note
    assert "0.5 times as fast" in note


def test_the_window_is_asked_for_where_it_is_not_known(tmp_path: Path) -> None:
    path = pcm(tmp_path / "tone.wav", TONE, 2)
    with pytest.raises(DoesNotFit, match="How many samples"):
        open_sequence(path, InputNeeds("samples"))
    assert open_sequence(path, InputNeeds("samples"), {"window": 50}).summary.steps == 4
    with pytest.raises(DoesNotFit, match="takes 64 features"):
        open_sequence(path, NEEDS, {"window": 50})


def test_samples_from_an_array(tmp_path: Path) -> None:
    np.save(tmp_path / "tone.npy", TONE)
    prepared = open_sequence(tmp_path / "tone.npy", NEEDS)
    np.testing.assert_array_equal(
        prepared.values.ravel()[:200], TONE.astype(np.float32)
    )


def test_a_file_that_ends_early_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = pcm(tmp_path / "tone.wav", TONE, 2)
    path.write_bytes(path.read_bytes()[:-101])
    prepared = open_sequence(path, NEEDS)
    assert prepared.summary.notes[0] == "The file ends early; what is there was read."
    np.testing.assert_allclose(prepared.values.ravel()[:149], TONE[:149], atol=1e-4)


@pytest.mark.parametrize(
    ("code", "bits", "message"),
    [
        (7, 8, "cannot be read: mu-law"),
        (0x55, 0, "cannot be read: MP3"),
        (1, 12, "code 1, 12 bits"),
    ],
)
def test_codecs_are_named(tmp_path: Path, code: int, bits: int, message: str) -> None:
    path = riff(tmp_path / "tone.wav", code, bits, bytes(100))
    with pytest.raises(CannotOpen, match=message):
        open_sequence(path, NEEDS)


def test_damaged_files(tmp_path: Path) -> None:
    path = pcm(tmp_path / "tone.wav", TONE, 2)
    content = path.read_bytes()
    for cut, message in ((16, "its format"), (30, "cut short"), (36, "any samples")):
        path.write_bytes(content[:cut])
        with pytest.raises(CannotOpen, match=message):
            open_sequence(path, NEEDS)
    with pytest.raises(DoesNotFit, match="no samples"):
        open_sequence(pcm(path, TONE[:0], 2), NEEDS)


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_real_speech_is_heard(shared_models: Path) -> None:
    folder = shared_models / "silero-vad"
    needs = InputNeeds("samples", 256, rate=8000)
    prepared = open_sequence(folder / "input" / "aepyx_8k.wav", needs)
    model = torch.jit.load(str(folder / "silero_vad.jit"), map_location="cpu")
    seconds = 20 * 8000 // 256
    with torch.inference_mode():
        heard = [
            float(model(window[None], 8000)) for window in prepared.tensor[0, :seconds]
        ]
    assert np.mean(heard) == pytest.approx(0.80, abs=0.02)
