"""Errors that a model raises, in the words that its user needs."""

import traceback
from dataclasses import dataclass
from typing import Final

import torch

from lstm_studio.core.errors import CannotRun, DoesNotFit, StudioError
from lstm_studio.engine.capture.naming import Names

_MEMORY: Final = ("can't allocate memory", "out of memory", "not enough memory")
_SHAPES: Final = (
    "mat1 and mat2 shapes cannot be multiplied",
    "expected input to have",
    "input.size(-1) must be equal to input_size",
    "input has inconsistent",
    "expected hidden",
    "expected 2d or 3d",
    "expected 1d or 2d",
    "expected input to be",
    "must be equal to input_size",
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What torch says, and what we say instead.

    In ``message`` ``{at}`` is the step, and ``{said}`` the sentence of torch.
    """

    signs: tuple[str, ...]
    kind: type[StudioError]
    message: str
    next_step: str


_KNOWN: Final = (
    _Known(
        ("inference tensor",),
        CannotRun,
        "The model leaves inference mode in its forward{at}, which the recording "
        "needs.",
        "Take `torch.inference_mode(False)` and `torch.enable_grad()` out of it.",
    ),
    _Known(
        ("device-side assert",),
        CannotRun,
        "The graphics card stopped the run{at}: an index was out of range, or another "
        "check in it failed.",
        "Run on the CPU, which says where; a fresh process is being made ready.",
    ),
    _Known(
        ("meta tensor", "at meta", "on device meta"),
        CannotRun,
        "The model is on the meta device: its weights have shapes, and no values.",
        "Load its weights into it first.",
    ),
    _Known(
        ("expected either 'mat1' to have sparse layout", "doesn't have storage"),
        CannotRun,
        "The model has sparse weights, which no recurrent layer computes with.",
        "Convert them: `weight.to_dense()`.",
    ),
    _Known(
        (
            "does not match weight dtype",
            "must have the same dtype",
            "to have the same dtype",
            "expected scalar type",
        ),
        DoesNotFit,
        "The input has another precision than the model{at}: {said}",
        "Give it numbers of the kind that its weights are.",
    ),
    _Known(
        ("index out of range in self",),
        DoesNotFit,
        "A token lies outside of the embedding of the model{at}.",
        "Encode the sequence with the vocabulary of this model.",
    ),
    _Known(
        ("scalar types: long, int",),
        DoesNotFit,
        "The model takes tokens, which are whole numbers{at}.",
        "Give whole numbers: `x.long()`.",
    ),
    _Known(
        ("`lengths` array must be sorted", "length of all samples has to be"),
        DoesNotFit,
        "The lengths do not fit{at}: {said}",
        "Give lengths of at least 1, the longest first, or enforce_sorted=False.",
    ),
    _Known(
        ("object has no attribute 'dim'", "'numpy.ndarray' object has no"),
        DoesNotFit,
        "The model takes tensors, and was given something else{at}: {said}",
        "Give it a tensor: `torch.as_tensor(x)`.",
    ),
)


def in_words(error: Exception | SystemExit, steps: int, names: Names) -> StudioError:
    """Return ``error`` as one of ours; ``steps`` were recorded before it."""
    known = _known(error, inside=bool(steps)) or _own(error, names)
    at = f" at step {steps}" if steps else ""
    said = known.message.format(at=at, said=_sentence(str(error)))
    kept = f" The {steps} steps before are kept." if steps else ""
    details = "".join(traceback.format_exception(error))
    return known.kind(said + kept, known.next_step, details)


def _known(error: BaseException, *, inside: bool) -> _Known | None:
    lower = str(error).lower()

    def says(signs: tuple[str, ...]) -> bool:
        return any(sign in lower for sign in signs)

    # CPU out of memory is a plain RuntimeError.
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or says(_MEMORY):
        return _out_of_memory(
            cuda=isinstance(error, torch.OutOfMemoryError) or "cuda" in lower
        )
    if says(_SHAPES):
        return _of_shapes(inside=inside)
    return next((each for each in _KNOWN if says(each.signs)), None)


def _own(error: BaseException, names: Names) -> _Known:
    """Return what is said of an error that is the model's own."""
    name = type(names.root).__name__ if names.root is not None else "The model"
    if isinstance(error, SystemExit):
        did = f"called sys.exit({_plain(error.code)}){{at}}."
        next_step = "Take it out of its forward."
    else:
        did = f"raised {type(error).__name__}{{at}}: {{said}}"
        next_step = "Its own code has to be mended."
    return _Known((), CannotRun, f"{name} {did}", next_step)


def _plain(code: object) -> str:
    return str(code).replace("{", "{{").replace("}", "}}")


def _out_of_memory(*, cuda: bool) -> _Known:
    where = " on the graphics card" if cuda else ""
    other = "run on the CPU" if cuda else "take another device"
    return _Known(
        (),
        CannotRun,
        f"There was not enough memory{where}{{at}}.",
        "Take a shorter sequence, fewer samples or a model of fewer layers, or "
        f"{other}.",
    )


def _of_shapes(*, inside: bool) -> _Known:
    if inside:
        return _Known(
            (),
            DoesNotFit,
            "Parts of the model do not fit together{at}: {said}",
            "Its own code has to be mended, or it takes another input.",
        )
    return _Known(
        (),
        DoesNotFit,
        "The input does not fit the model: {said}",
        "Compare its shape with what the model takes.",
    )


def _sentence(text: str) -> str:
    first = text.splitlines()[0].rstrip() if text.strip() else "no message"
    return first if first.endswith((".", "!", "?")) else f"{first}."
