"""The packed layers of PyTorch's dynamic quantisation, as tensors by name."""

import re
from collections.abc import Mapping
from typing import Final

from lstm_studio.engine.files.pickled import Made, Name

_LAYER: Final = re.compile(
    r"(?P<module>(?:.+\.)?)_all_weight_values\.(?P<number>\d+)\.param"
)
_CELL: Final = re.compile(r"(?P<module>(?:.+\.)?)_packed_weight_(?P<of>ih|hh)")
LINEAR: Final = "_packed_params._packed_params"
"""End of the name under which a quantised Linear keeps its matrix."""
_ROLES: Final = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def packed(name: str, value: object) -> dict[str, object]:
    """Return the tensors of a packed layer by name, ``{}`` for anything else."""
    if match := _LAYER.fullmatch(name):
        start = f"{match['module']}_all_weight_values.{match['number']}."
        roles = [(start + role, each) for role, each in _packed_layer(_state(value))]
        return dict(roles)
    if match := _CELL.fullmatch(name):
        weight, bias = _packed_matrix(_state(value))
        named = {f"{match['module']}weight_{match['of']}": weight}
        named[f"{match['module']}bias_{match['of']}"] = bias
    elif name.endswith(LINEAR):
        # A state_dict has the pair itself.
        state = value if isinstance(value, tuple) else _state(value)
        weight, bias = _packed_matrix(state)
        start = name.removesuffix(LINEAR)
        named = {f"{start}weight": weight, f"{start}bias": bias}
    else:
        return {}
    return {key: each for key, each in named.items() if each is not None}


def _packed_layer(state: object) -> list[tuple[str, object]]:
    if not (isinstance(state, tuple) and len(state) == 5):
        return []
    _, biases, _, _, linear = state
    if not isinstance(biases, list) or not isinstance(linear, list):
        return []
    pairs = [_packed_matrix(_state(each)) for each in linear]
    # In half precision each matrix keeps its bias, and the layer keeps none.
    values = [each for each, _ in pairs] + (biases or [each for _, each in pairs])
    return list(zip(_ROLES, values, strict=True)) if len(values) == len(_ROLES) else []


def _packed_matrix(state: object) -> tuple[object, object]:
    if isinstance(state, tuple) and len(state) > 1:
        return state[0], state[1]
    return None, None


def _state(value: object) -> object:
    """Return what an object of C++ kept, in a pickle or in a script."""
    if not isinstance(value, Made) or not isinstance(value.of, Name):
        return None
    if value.of.module.startswith("__torch__.torch.classes."):
        return value.state
    if str(value.of) == "torch.ScriptObject" and isinstance(value.state, tuple):
        # Its state stands before its class.
        return next(iter(value.state), None)
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
