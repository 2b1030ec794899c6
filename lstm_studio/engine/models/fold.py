"""Weights that a wrapper keeps in parts, put together as the layer uses them."""

from collections.abc import Mapping

import torch

_NORM_DIMENSION = 0
"""What ``weight_norm`` normalises over, unless told otherwise."""


def fold(
    tensors: Mapping[str, torch.Tensor],
) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    """Return the weights with weight norm and weight drop undone.

    Both spellings of weight norm (``weight_hh_l0_g`` and ``_v``, and
    ``parametrizations.weight_hh_l0.original0`` and ``1``) and of weight drop
    (``weight_hh_l0_raw`` on the layer, or on the wrapper around ``module``).

    Returns
    -------
    tuple
        The weights, and a note for every kind of part that was put together.
    """
    whole: dict[str, torch.Tensor] = {}
    notes: dict[str, None] = {}
    raw: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        if name.endswith("_raw") and "weight_" in name:
            raw[_target(name, tensors)] = tensor
            notes["Weight drop: the raw weights are used, as in evaluation mode."] = (
                None
            )
        elif (parts := _norm_parts(name)) and parts[1] in tensors:
            plain, direction = parts
            whole[plain] = _normed(tensor, tensors[direction])
            notes["Weight norm: magnitudes and directions are multiplied."] = None
        elif not _is_direction(name, tensors):
            whole[name] = tensor
    # Last, because the layer may also hold the weights as they were dropped.
    whole.update(raw)
    return whole, tuple(notes)


def _target(name: str, tensors: Mapping[str, torch.Tensor]) -> str:
    owner, _, last = name.removesuffix("_raw").rpartition(".")
    start = f"{owner}." if owner else ""
    inner = f"{start}module."
    wrapped = any(other.startswith(f"{inner}weight_ih") for other in tensors)
    return f"{inner if wrapped else start}{last}"


def _norm_parts(name: str) -> tuple[str, str] | None:
    """Return the plain name and that of the direction, for the name of a magnitude."""
    owner, _, last = name.rpartition(".")
    if last == "original0":
        outer, _, weight = owner.rpartition(".")
        outer = outer.removesuffix("parametrizations").removesuffix(".")
        plain = f"{outer}.{weight}" if outer else weight
        return plain, f"{owner}.original1"
    if last.endswith("_g") and last.startswith("weight"):
        return name.removesuffix("_g"), f"{name.removesuffix('g')}v"
    return None


def _is_direction(name: str, tensors: Mapping[str, torch.Tensor]) -> bool:
    if name.endswith(".original1"):
        return f"{name.removesuffix('1')}0" in tensors
    last = name.rpartition(".")[2]
    return (
        last.startswith("weight")
        and last.endswith("_v")
        and f"{name.removesuffix('v')}g" in tensors
    )


def _normed(magnitude: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
    if magnitude.ndim == 0 or magnitude.numel() == 1:
        norm = torch.linalg.vector_norm(direction)
        return torch.mul(direction, magnitude / norm)
    # Some layers normalise over another dimension: that is where the magnitude has
    # more than one value.
    dimension = next(
        (axis for axis, size in enumerate(magnitude.shape) if size > 1),
        _NORM_DIMENSION,
    )
    others = [axis for axis in range(direction.ndim) if axis != dimension]
    norm = torch.linalg.vector_norm(direction, dim=others, keepdim=True)
    return torch.mul(direction, magnitude / norm)
