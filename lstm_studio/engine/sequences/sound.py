"""Sound in .flac, .ogg and .mp3, read through soundfile."""

from typing import Any, Final

import numpy as np

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.extras import bring
from lstm_studio.core.found import Found
from lstm_studio.core.memory import machine_memory
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.sequences.audio import cut_sound
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.named import Tell
from lstm_studio.engine.sequences.raw import Raw

_SIGNATURES: Final = {b"fLaC": "FLAC", b"OggS": "Ogg", b"ID3": "MP3"}
_FRAMES: Final = tuple(
    bytes((0xFF, second)) for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2)
)
"""How an MP3 without a title begins; the last two up to 12,000 samples a second."""
_BLOCK: Final = 2**20


def sound_form(head: bytes) -> str:
    """Return the form of a sound that begins so, ``""`` where it is none."""
    if head.startswith(_FRAMES):
        return "MP3"
    found = (form for sign, form in _SIGNATURES.items() if head.startswith(sign))
    return next(found, "")


def read_sound(
    source: Source, form: str, needs: InputNeeds, choices: Choices, tell: Tell
) -> Raw:
    """Read a compressed sound as windows (step, feature) of samples from -1 to 1."""
    soundfile = bring("soundfile", f"A sound in {form}")
    source.file.seek(0)
    name = source.path.name
    try:
        with soundfile.SoundFile(source.file) as file:
            rate = int(file.samplerate)
            samples = _samples(file, name)
    except (soundfile.SoundFileError, RuntimeError, TypeError) as error:
        raise CannotOpen(
            f"{name} is a damaged {form} file: it cannot be decoded.",
            "Save it again, or save it as .wav.",
            str(error),
        ) from error
    seconds = len(samples) / max(rate, 1)
    several = f", {samples.shape[1]} channels" if samples.shape[1] > 1 else ""
    tell(Found("sound", f"{form} sound of {seconds:.1f} s at {rate} Hz{several}."))
    return cut_sound(samples, rate, (name, str(source.path)), needs, choices)


def _samples(file: Any, name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Read to the end, block by block: what the head claims is not relied on."""
    blocks: list[np.ndarray[Any, Any]] = []
    taken = 0
    while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        blocks.append(block)
        taken += block.nbytes
        if taken > machine_memory() // 8:
            raise CannotOpen(
                f"{name} unpacks to more than {taken / 2**30:.1f} GB of samples.",
                "Cut the part that is meant, and open that.",
            )
    if not blocks:
        return np.zeros((0, max(file.channels, 1)), np.float32)
    return np.concatenate(blocks)
