"""Quantised tensors, and the packed layers of PyTorch's dynamic quantisation.

They become real numbers again where the file tells their scale and zero point.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch

from lstm_studio.engine.models.claims import Claim, Storage
from lstm_studio.engine.models.pickles import BadPickle, Made, Name

BUILDER: Final = "torch._utils._rebuild_qtensor"
_WHOLE: Final[Mapping[torch.dtype, torch.dtype]] = {
    torch.qint8: torch.int8,
    torch.quint8: torch.uint8,
    torch.qint32: torch.int32,
}
_CELL: Final = re.compile(
    r"(?P<module>(?:.+\.)?)_all_weight_values\.(?P<number>\d+)\.param"
)
_LINEAR: Final = "_packed_params._packed_params"
_ROLES: Final = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


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


def packed(name: str, value: object) -> dict[object, object]:
    """Return the tensors of a packed layer by name, ``{}`` for anything else."""
    if match := _CELL.fullmatch(name):
        state = _state(value)
        if not (isinstance(state, tuple) and len(state) == 5):
            return {}
        _, biases, _, _, linear = state
        if not isinstance(biases, list) or not isinstance(linear, list):
            return {}
        states = [_state(each) for each in linear]
        values = [
            *(each[0] for each in states if isinstance(each, tuple) and each),
            *biases,
        ]
        if len(values) != len(_ROLES):
            return {}
        start = f"{match['module']}_all_weight_values.{match['number']}."
        return {
            f"{start}{role}": each for role, each in zip(_ROLES, values, strict=True)
        }
    if name.endswith(_LINEAR) and isinstance(value, tuple) and len(value) == 2:
        start = name.removesuffix(_LINEAR)
        weight, bias = value
        return {f"{start}weight": weight} | (
            {} if bias is None else {f"{start}bias": bias}
        )
    return {}


def _state(value: object) -> object:
    """Return what an object of C++ kept: its state stands before its class."""
    if (
        isinstance(value, Made)
        and isinstance(value.of, Name)
        and str(value.of) == "torch.ScriptObject"
        and isinstance(value.state, tuple)
        and value.state
    ):
        return value.state[0]
    return None


def unpacked(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    """Return the names of PyTorch's layers for the names that ``packed`` gives.

    A layer of a bidirectional module takes the states of both directions below it;
    with one layer, two directions are two cells that take the same input.
    """
    modules: dict[str, dict[int, tuple[int, ...]]] = {}
    for name, shape in shapes.items():
        if found := re.fullmatch(
            r"((?:.+\.)?)_all_weight_values\.(\d+)\.weight_ih", name
        ):
            modules.setdefault(found[1], {})[int(found[2])] = shape
    renamed = {}
    for module, cells in modules.items():
        hidden = shapes.get(f"{module}_all_weight_values.0.weight_hh", (0, 0))[-1]
        widths = [shape[-1] for _, shape in sorted(cells.items())]
        above = widths[2:] or [2 * hidden if widths[-1] != hidden else hidden]
        both = len(widths) % 2 == 0 and set(above) == {2 * hidden}
        for number in cells:
            layer, reverse = divmod(number, 2) if both else (number, 0)
            for role in _ROLES:
                renamed[f"{module}_all_weight_values.{number}.{role}"] = (
                    f"{module}{role}_l{layer}{'_reverse' if reverse else ''}"
                )
    return renamed
