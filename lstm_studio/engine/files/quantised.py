"""Quantised tensors: real numbers again where the file tells scale and zero point."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch

from lstm_studio.engine.files.claims import Claim, Storage
from lstm_studio.engine.files.pickled import BadPickle, Name

BUILDER: Final = "torch._utils._rebuild_qtensor"
_WHOLE: Final[Mapping[torch.dtype, torch.dtype]] = {
    torch.qint8: torch.int8,
    torch.quint8: torch.uint8,
    torch.qint32: torch.int32,
}


@dataclass(frozen=True, slots=True)
class Quantised:
    """Whole numbers that stand for real ones: ``(number - zero_point) * scale``.

    With ``axis``, scale and zero point are tensors with one value per row.
    """

    claim: Claim
    scale: float | Claim
    zero_point: int | Claim
    axis: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the tensor."""
        return self.claim.shape

    def dequantised(self, tensor: Callable[[Claim], torch.Tensor]) -> torch.Tensor:
        """Return the real numbers, with ``tensor`` for the values of a claim."""
        numbers = tensor(self.claim)
        scale, zero_point = (
            tensor(each) if isinstance(each, Claim) else torch.tensor(each)
            for each in (self.scale, self.zero_point)
        )
        if self.axis is not None:
            sizes = [1] * numbers.ndim
            sizes[self.axis] = -1
            scale, zero_point = scale.reshape(sizes), zero_point.reshape(sizes)
        if numbers.is_meta:
            return torch.empty(numbers.shape, device="meta")
        whole = numbers.to(torch.float32) - zero_point.to(torch.float32)
        return whole * scale.to(torch.float32)


def quantised(args: tuple[Any, ...]) -> Quantised | None:
    """Return what PyTorch would make of the arguments, None of unknown ones."""
    if len(args) < 5 or not isinstance(args[0], Storage):
        return None
    storage, offset, shape, stride, how = args[:5]
    whole = _WHOLE.get(storage.dtype)
    if (
        whole is None
        or not isinstance(shape, tuple)
        or not isinstance(stride, tuple)
        or not isinstance(how, tuple)
        or not (how and isinstance(how[0], Name))
    ):
        return None
    claim = Claim(storage, whole, offset, shape, stride)
    if claim.nbytes > storage.count * storage.dtype.itemsize:
        raise BadPickle("a quantised tensor of more values than are stored")
    match (how[0].name, *how[1:]):
        case ("per_tensor_affine", float() as scale, int() as zero_point):
            return Quantised(claim, scale, zero_point)
        case (
            "per_channel_affine",
            Claim() as scales,
            Claim() as zero_points,
            int() as axis,
        ) if 0 <= axis < len(shape) and scales.shape == (shape[axis],):
            if zero_points.shape != scales.shape:
                raise BadPickle("a quantised tensor whose sizes disagree")
            return Quantised(claim, scales, zero_points, axis)
    return None
