"""Errors that a model raises, in the words that its user needs."""

import traceback

import torch

from lstm_studio.core.errors import CannotRun, DoesNotFit, StudioError
from lstm_studio.engine.capture.naming import Names

_MEMORY = ("can't allocate memory", "out of memory", "not enough memory")
_SHAPES = (
    "mat1 and mat2 shapes cannot be multiplied",
    "expected input to have",
    "input.size(-1) must be equal to input_size",
    "input has inconsistent",
    "expected hidden",
    "expected 2d or 3d",
    "expected 1d or 2d",
    "must be equal to input_size",
    "index out of range in self",
)


def in_words(error: Exception | SystemExit, steps: int, names: Names) -> StudioError:
    """Return ``error`` as one of ours; ``steps`` were recorded before it."""
    text = str(error)
    lower = text.lower()
    details = "".join(traceback.format_exception(error))
    kept = f" The {steps} steps before are kept." if steps else ""
    at = f" at step {steps}" if steps else ""
    if "inference tensors cannot" in lower or "inference tensor" in lower:
        return CannotRun(
            f"The model leaves inference mode in its forward{at}, which the recording "
            f"needs.{kept}",
            "Take `torch.inference_mode(False)` and `torch.enable_grad()` out of it.",
            details,
        )
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or any(
        sign in lower for sign in _MEMORY
    ):
        cuda = isinstance(error, torch.OutOfMemoryError) or "cuda" in lower
        where = " on the graphics card" if cuda else ""
        other = "run on the CPU" if cuda else "take another device"
        return CannotRun(
            f"There was not enough memory{where}{at}.{kept}",
            f"Take a shorter sequence or fewer samples, or {other}.",
            details,
        )
    if "device-side assert" in lower:
        return CannotRun(
            f"The graphics card stopped the run{at}: an index was out of range, or "
            f"another check in it failed.{kept}",
            "Run on the CPU, which says where; a fresh process is being made ready.",
            details,
        )
    if any(sign in lower for sign in _SHAPES):
        return DoesNotFit(
            f"The input does not fit the model{at}: {text.splitlines()[0]}.{kept}",
            "Compare its shape with what the model takes.",
            details,
        )
    name = type(names.root).__name__ if names.root is not None else "The model"
    if isinstance(error, SystemExit):
        return CannotRun(
            f"{name} called sys.exit({error.code}){at}.{kept}",
            "Take it out of its forward.",
            details,
        )
    first = text.splitlines()[0] if text else "no message"
    return CannotRun(
        f"{name} raised {type(error).__name__}{at}: {first}{kept}",
        "Its own code has to be mended.",
        details,
    )
