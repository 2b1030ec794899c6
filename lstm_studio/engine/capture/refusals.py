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
_PRECISION = (
    "does not match weight dtype",
    "must have the same dtype",
    "to have the same dtype",
    "expected scalar type",
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
            f"Take a shorter sequence, fewer samples or a model of fewer layers, or "
            f"{other}.",
            details,
        )
    if "device-side assert" in lower:
        return CannotRun(
            f"The graphics card stopped the run{at}: an index was out of range, or "
            f"another check in it failed.{kept}",
            "Run on the CPU, which says where; a fresh process is being made ready.",
            details,
        )
    if "meta tensor" in lower or "at meta" in lower or "on device meta" in lower:
        return CannotRun(
            "The model is on the meta device: its weights have shapes, and no values.",
            "Load its weights into it first.",
            details,
        )
    if any(sign in lower for sign in _PRECISION):
        return DoesNotFit(
            f"The input has another precision than the model{at}: {_sentence(text)}"
            f"{kept}",
            "Convert one of them: `x.to(torch.float16)`, say, or `model.float()`.",
            details,
        )
    if "sparse" in lower or "doesn't have storage" in lower:
        return CannotRun(
            "The model has sparse weights, which no recurrent layer computes with.",
            "Convert them: `weight.to_dense()`.",
            details,
        )
    if steps and any(sign in lower for sign in _SHAPES):
        return DoesNotFit(
            f"Parts of the model do not fit together{at}: {_sentence(text)}{kept}",
            "Its own code has to be mended, or it takes another input.",
            details,
        )
    if any(sign in lower for sign in _SHAPES):
        return DoesNotFit(
            f"The input does not fit the model: {_sentence(text)}",
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
    return CannotRun(
        f"{name} raised {type(error).__name__}{at}: {_sentence(text)}{kept}",
        "Its own code has to be mended.",
        details,
    )


def _sentence(text: str) -> str:
    first = text.splitlines()[0].rstrip() if text.strip() else "no message"
    return first if first.endswith((".", "!", "?")) else f"{first}."
