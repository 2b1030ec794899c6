"""Compressed sound: the same windows as of a .wav."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.found import Found
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

SPEECH = InputNeeds("samples", 512, rate=16_000)


def tone(seconds: float = 1.0, rate: int = 16_000) -> np.ndarray:
    t = np.arange(int(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)


def test_flac_gives_every_sample(tmp_path: Path) -> None:
    samples = (tone() * 2**15).astype(np.int16)
    soundfile.write(tmp_path / "x.flac", samples, 16_000)
    soundfile.write(tmp_path / "x.wav", samples, 16_000)
    packed = open_sequence(tmp_path / "x.flac", SPEECH)
    plain = open_sequence(tmp_path / "x.wav", SPEECH)
    np.testing.assert_array_equal(packed.values, plain.values)
    assert packed.summary.rate == 16_000 / 512
    assert packed.summary.notes == plain.summary.notes


@pytest.mark.parametrize("ending", ["ogg", "mp3"])
def test_lossy_forms(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
    two = np.stack([tone(), np.zeros_like(tone())], axis=1)
    soundfile.write(path, two, 16_000)
    told: list[Found] = []
    prepared = open_sequence(path, SPEECH, {"channel": "0"}, told.append)
    spectrum = np.abs(np.fft.rfft(prepared.values[0, 10]))
    assert spectrum.argmax() == round(440 * 512 / 16_000)
    assert "16000 Hz, 2 channels" in told[0].text
    assert told[0].form == "sound"


@pytest.mark.parametrize(
    ("head", "form"), [(b"fLaC", "FLAC"), (b"OggS", "Ogg"), (b"ID3\x04", "MP3")]
)
def test_a_damaged_file(tmp_path: Path, head: bytes, form: str) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(head + bytes(200))
    with pytest.raises(CannotOpen) as refusal:
        open_sequence(path, SPEECH)
    assert refusal.value.message == (
        f"x.bin is a damaged {form} file: it cannot be decoded."
    )
    assert refusal.value.next_step == "Save it again, or save it as .wav."


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100])
def test_an_mp3_of_any_rate_is_known_by_its_first_bytes(
    tmp_path: Path, rate: int
) -> None:
    path = tmp_path / "x"
    soundfile.write(path, tone(rate=rate), rate, format="MP3")
    needs = InputNeeds("samples", 256, rate=rate)
    assert open_sequence(path, needs).summary.rate == rate / 256
