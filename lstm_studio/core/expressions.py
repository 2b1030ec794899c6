"""What PyTorch itself calls a number that is shown, in words that can be copied."""

import keyword
from collections.abc import Iterable
from dataclasses import dataclass

from lstm_studio.core.layers import GATES, Kind, Layer, Sizes
from lstm_studio.core.places import Place


@dataclass(frozen=True, slots=True)
class Layout:
    """How one recurrent module arranges what it takes and returns.

    ``batch_first`` is None where nobody could tell; the names are then those of
    ``batch_first=False``, and say so.
    """

    module: str
    kind: Kind
    layers: int
    directions: int
    sizes: Sizes
    bias: bool = True
    cell: bool = False
    batch_first: bool | None = False
    batched: bool = True

    @property
    def class_name(self) -> str:
        """Name of the class in ``torch.nn``."""
        return self.kind.split("_")[0].upper() + ("Cell" if self.cell else "")

    def index(self, batch: object, step: object, feature: object) -> str:
        """Return the index of a number in ``input`` or ``output``."""
        if not self.batched:
            return f"{step}, {feature}"
        if self.batch_first:
            return f"{batch}, {step}, {feature}"
        return f"{step}, {batch}, {feature}"


@dataclass(frozen=True, slots=True)
class Expression:
    """A name in PyTorch, or why there is none.

    Attributes
    ----------
    text
        Evaluates to the tensor, ``""`` where PyTorch returns no such tensor.
    about
        What it is, in one sentence.
    shown
        Whether it is the number shown, and not one of another step or a weight.
    """

    text: str
    about: str
    shown: bool = True


def layout_of(
    layer: Layer,
    layers: Iterable[Layer],
    *,
    batched: bool = True,
) -> Layout:
    """Return the layout of the module that ``layer`` is a part of."""
    parts = [part for part in layers if _together(part, layer)] or [layer]
    first = min(parts, key=lambda part: part.index)
    return Layout(
        module=layer.module,
        kind=layer.kind,
        layers=max(part.index for part in parts) + 1,
        directions=2 if any(part.direction == "reverse" for part in parts) else 1,
        sizes=first.sizes,
        bias=layer.bias,
        cell=layer.cell,
        batch_first=layer.batch_first,
        batched=batched,
    )


def _together(part: Layer, layer: Layer) -> bool:
    return (part.module, part.kind, part.cell) == (layer.module, layer.kind, layer.cell)


def owner(module: str, root: str = "model") -> str:
    """Return the Python expression of a module by its name in the model."""
    if not module:
        return root
    parts = module.split(".")
    if all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
        return f"{root}.{module}"
    return f"{root}.get_submodule({module!r})"


def watched(path: str) -> tuple[str, str]:
    """Return a watched module, and the index of what is shown in its output.

    ``"head['scores']"`` gives ``("head", "['scores']")``.
    """
    module, bracket, index = path.partition("[")
    return module, bracket + index


def call_line(layout: Layout, *, initial: bool = False) -> str:
    """Return the line of Python that names what the module returns."""
    if layout.kind == "module":
        return f"output = {owner(watched(layout.module)[0])}(...)"
    name = owner(layout.module)
    lstm = layout.kind == "lstm"
    if layout.cell:
        state = "h_0, c_0" if lstm else "h_0"
        result = "h_1, c_1" if lstm else "h_1"
    else:
        state = "h_0, c_0" if lstm else "h_0"
        result = "output, (h_n, c_n)" if lstm else "output, h_n"
    given = f", ({state})" if lstm else f", {state}"
    return f"{result} = {name}(input{given if initial else ''})"


def expressions(
    layer: Layer,
    layout: Layout,
    stream: str,
    unit: int,
    step: int,
    sample: int,
    place: Place | None,
) -> tuple[Expression, ...]:
    """Return PyTorch's names for one number: first the number, then its weights.

    Parameters
    ----------
    stream
        A stream of the layer, ``"x"``, or a pre-activation such as ``i_pre``.
    unit
        Index in the stream.
    step
        Step in the recording; names count from the start of the call.
    place
        Where the step stands in its call, None where it was not recorded.
    """
    if layer.kind == "module":
        about = "what this module returned, with its own axes"
        return (Expression(f"output{watched(layer.module)[1]}", about, shown=False),)
    if place is not None and place.padding:
        text = f"Step {step} is padding of sample {sample}: PyTorch computes nothing."
        return (Expression("", text),)
    values = _value_names(layer, layout, stream, unit, step, sample, place)
    return (*values, *weight_names(layer, stream, unit))


def _value_names(
    layer: Layer,
    layout: Layout,
    stream: str,
    unit: int,
    step: int,
    sample: int,
    place: Place | None,
) -> tuple[Expression, ...]:
    at = step - (place.call.start if place is not None else 0)
    if stream == "x":
        return _input_names(layer, layout, unit, at, sample)
    if stream not in ("h", "c") or (stream == "c" and layer.kind != "lstm"):
        what = "pre-activations" if "_pre" in stream else "gates"
        text = f"PyTorch returns no such tensor: {what} stay inside the kernel."
        return (Expression("", text),)
    if layer.cell:
        index = f"{sample}, {unit}" if layout.batched else f"{unit}"
        about = f"what the call of step {step} returned"
        return (Expression(f"{stream}_1[{index}]", about),)
    names: list[Expression] = []
    if stream == "h" and layer.index == layout.layers - 1:
        names.append(_output_name(layer, layout, unit, at, sample, place))
    elif stream == "h":
        text = (
            "PyTorch returns no such tensor: only h of the last layer is in `output`."
        )
        names.append(Expression("", text))
    final = place is not None and step == place.last
    if stream == "c" and not final:
        text = "PyTorch returns no such tensor: c leaves the kernel at the end only."
        names.append(Expression("", text))
    names.append(_final_name(layer, layout, stream, unit, sample, place, shown=final))
    return tuple(names)


def _input_names(
    layer: Layer, layout: Layout, unit: int, at: int, sample: int
) -> tuple[Expression, ...]:
    if layer.cell:
        index = f"{sample}, {unit}" if layout.batched else f"{unit}"
        return (Expression(f"input[{index}]", "what the cell was given"),)
    if layer.index == 0:
        index = layout.index(sample, at, unit)
        return (Expression(f"input[{index}]", "what the module was given"),)
    text = "PyTorch returns no such tensor: the input is h of the layer below"
    if layout.directions == 2:
        text += ", both directions joined"
    return (Expression("", text + "."),)


def _output_name(
    layer: Layer, layout: Layout, unit: int, at: int, sample: int, place: Place | None
) -> Expression:
    column = unit + (layout.sizes.state if layer.direction == "reverse" else 0)
    about = "h of the last layer"
    if layout.directions == 2:
        about += ", forward then reverse"
    if place is not None and place.call.lengths is not None:
        option = ", batch_first=True" if layout.batch_first else ""
        index = layout.index(sample, at, column)
        text = f"pad_packed_sequence(output{option})[0][{index}]"
        return Expression(text, about + "; `output` is packed")
    if layout.batch_first is None and layout.batched:
        other = f"{sample}, {at}, {column}"
        about += f"; with batch_first=True it is output[{other}]"
    return Expression(f"output[{layout.index(sample, at, column)}]", about)


def _final_name(
    layer: Layer,
    layout: Layout,
    stream: str,
    unit: int,
    sample: int,
    place: Place | None,
    *,
    shown: bool,
) -> Expression:
    row = final_row(layer, layout)
    index = f"{row}, {sample}, {unit}" if layout.batched else f"{row}, {unit}"
    name = f"{stream}_n[{index}]"
    if place is None:
        return Expression(name, f"{stream} after the last step", shown=False)
    end = "the last step of the call"
    if layer.direction == "reverse":
        end = "the first step of the call, where reverse ends"
    if shown:
        return Expression(name, f"the same: this is {end}")
    return Expression(name, f"{stream} of step {place.last}, {end}", shown=False)


def final_row(layer: Layer, layout: Layout) -> int:
    """Return the row of ``h_n`` and ``c_n`` that belongs to ``layer``."""
    return layout.directions * layer.index + (layer.direction == "reverse")


def weight_names(layer: Layer, stream: str, unit: int) -> tuple[Expression, ...]:
    """Return the weights that make a gate, or that project ``h``."""
    suffix = weight_suffix(layer)
    gate = stream.split("_pre")[0]
    gates = GATES[layer.kind]
    if gate == "h" and layer.sizes.projection:
        about = f"projects o·tanh(c) to unit {unit} of h"
        return (Expression(f"weight_hr{suffix}[{unit}]", about, shown=False),)
    if gate not in gates or unit >= layer.sizes.hidden:
        return ()
    hidden = layer.sizes.hidden
    first = gates.index(gate) * hidden
    names = ["weight_ih", "weight_hh"]
    if layer.bias:
        names += ["bias_ih", "bias_hh"]
    rows = f"[{first}:{first + hidden}]"
    block = [
        Expression(f"{name}{suffix}{rows}", f"rows of {gate}", shown=False)
        for name in names
    ]
    own = [
        Expression(
            f"{name}{suffix}[{first + unit}]", f"{gate} of unit {unit}", shown=False
        )
        for name in names
    ]
    return (*block, *own)


def weight_suffix(layer: Layer) -> str:
    """Return what PyTorch appends to the names of this layer's weights."""
    if layer.cell:
        return ""
    reverse = "_reverse" if layer.direction == "reverse" else ""
    return f"_l{layer.index}{reverse}"
