"""Axes of an array, in the order that a model takes, and types that are numbers."""

from typing import Final

import numpy as np

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.shapes import Shaped
from lstm_studio.engine.sequences.choices import Choices

_TYPES: Final = {
    "O": "Python objects",
    "S": "texts",
    "U": "texts",
    "c": "complex numbers",
    "M": "dates",
    "m": "durations",
    "V": "records of several fields",
}


def refuse_type(values: Shaped[np.ndarray, "..."]) -> None:
    """Refuse what is not real numbers."""
    what = _TYPES.get(values.dtype.kind)
    if what is None:
        return
    advice = (
        "Save the real part, the magnitude, or both as two features."
        if values.dtype.kind == "c"
        else "Save the numbers alone: array.astype('float32')."
    )
    raise DoesNotFit(f"The array holds {what} (dtype {values.dtype}).", advice)


def arranged(
    values: Shaped[np.ndarray, "..."],
    wanted: tuple[str, ...],
    known: tuple[str, ...],
    choices: Choices,
) -> Shaped[np.ndarray, "..."]:
    """Return ``values`` with the axes ``wanted``, those that it lacks of length 1.

    The axes of ``values`` are those chosen, else ``known``, else the last of
    ``wanted``.
    """
    shape = _shape(values)
    if values.ndim == 0 or values.ndim > len(wanted):
        raise DoesNotFit(
            f"The array has {values.ndim} axes ({shape}); the model takes "
            f"{' × '.join(wanted)}.",
            "Save the part that is meant, for example array[0].",
        )
    # The step is there always; a single axis is steps.
    default = known or (wanted[-values.ndim :] if values.ndim > 1 else ("step",))
    given = choices.text("axes", ",".join(default))
    axes = tuple(axis.strip() for axis in given.split(","))
    if (
        len(axes) != values.ndim
        or len(set(axes)) != len(axes)
        or set(axes) - set(wanted)
        or "step" not in axes
    ):
        raise DoesNotFit(
            f"The axes {given!r} do not name the {values.ndim} of the array ({shape}).",
            f"Choose {values.ndim} of {', '.join(wanted)}, step among them.",
        )
    present = [axis for axis in wanted if axis in axes]
    turned = values.transpose([axes.index(axis) for axis in present])
    return turned.reshape(
        [turned.shape[present.index(axis)] if axis in axes else 1 for axis in wanted]
    )


def _shape(values: Shaped[np.ndarray, "..."]) -> str:
    return " × ".join(str(length) for length in values.shape) or "a single number"
