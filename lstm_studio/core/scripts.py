"""What is shown, as a script: in plain PyTorch, and with ``lstm_studio.record``."""

from collections.abc import Sequence
from typing import Final

from lstm_studio.core.expressions import Layout, owner, watched, weight_suffix
from lstm_studio.core.layers import Call, Layer

_GIVEN: Final = "# model: your model; x: what it is called with\n"

_CELLS: Final = {
    "lstm": (
        "i_pre, f_pre, g_pre, o_pre = ({sum}).chunk(4)",
        "i, f, g, o = i_pre.sigmoid(), f_pre.sigmoid(), g_pre.tanh(), o_pre.sigmoid()",
        "c = f * c + i * g",
        "h = {project}",
    ),
    "gru": (
        "r_x, z_x, n_x = ({input}).chunk(3)",
        "r_h, z_h, n_h = ({recurrent}).chunk(3)",
        "r_pre, z_pre = r_x + r_h, z_x + z_h",
        "r, z = r_pre.sigmoid(), z_pre.sigmoid()",
        "n_pre = n_x + r * n_h",
        "n = n_pre.tanh()",
        "h = (1 - z) * n + z * h",
    ),
    "rnn_tanh": ("h_pre = {sum}", "h = h_pre.tanh()"),
    "rnn_relu": ("h_pre = {sum}", "h = h_pre.relu()"),
}


def record_script(layer: Layer, stream: str, sample: int = 0) -> str:
    """Return the script that reads a stream (step, unit) with this package."""
    return (
        "import lstm_studio\n\n"
        f"{_GIVEN}"
        "recording = lstm_studio.record(model, x)\n"
        f"values = recording.read({layer.name!r}, {stream!r}, sample={sample})\n"
    )


def torch_script(
    layer: Layer, layout: Layout, stream: str, calls: Sequence[Call], sample: int = 0
) -> str:
    """Return the shortest script in plain PyTorch that gives a stream (step, unit).

    It runs the model's own layers as far as they return what is asked, and unrolls
    the formulas of the cell only for what stays inside the kernel.

    Parameters
    ----------
    stream
        A stream of the layer or one of its pre-activations (``i_pre``).
    calls
        Of the layer in the recording.
    """
    return _TorchScript(layer, layout, stream, calls, sample).text()


class _TorchScript:
    def __init__(
        self,
        layer: Layer,
        layout: Layout,
        stream: str,
        calls: Sequence[Call],
        sample: int,
    ) -> None:
        self._layer = layer
        self._layout = layout
        self._stream = stream
        self._sample = sample
        self._one = len(calls) == 1
        self._given = any(call.initial_state != "zeros" for call in calls)
        self._packed = any(call.lengths is not None for call in calls)
        self._name = layer.kind.split("_")[0] + ("_cell" if layer.cell else "")
        if layer.kind == "module":
            self._name = "module"

    def text(self) -> str:
        body: list[str]
        if self._layer.kind == "module":
            # With its own axes: which of them are steps is not known here.
            index = watched(self._layout.module)[1]
            body = [f"values = outputs[0]{index}"]
            if not self._one:
                body = [f"values = torch.stack([out{index} for out in outputs])"]
        elif self._layer.cell:
            body = self._cell()
        elif self._stream == "h":
            body = self._returned()
        else:
            body = self._unrolled()
        return "\n".join([*self._head(body), *body, ""])

    def _head(self, body: Sequence[str]) -> list[str]:
        text = "\n".join(body)
        lines = ["import torch"]
        if "nn." in text:
            lines.append("from torch import nn")
        if "pad_packed_sequence" in text:
            lines.append("from torch.nn.utils.rnn import pad_packed_sequence")
        lines += ["", _GIVEN + "torch.set_grad_enabled(False)", "model.eval()"]
        lines.append(f"{self._name} = {owner(watched(self._layout.module)[0])}")
        if "calls" in text or "outputs" in text:
            keep = "register_forward_pre_hook(lambda _, inputs: calls.append(inputs))"
            if "outputs" in text:
                keep = "register_forward_hook(lambda _, x, out: outputs.append(out))"
            lines += [
                "outputs = []" if "outputs" in text else "calls = []",
                f"hook = {self._name}.{keep}",
                "model(x)",
                "hook.remove()",
            ]
        return [*lines, ""]

    # What PyTorch returns

    def _returned(self) -> list[str]:
        """Return h from ``output`` of the module, or of its lower layers alone."""
        count = self._layer.index + 1
        lines, part = self._part("part", count)
        if self._one and not self._given:
            source = "x" if not self._layout.module else "calls[0][0]"
            return [*lines, f"output, _ = {part}({source})", *self._rows("values = {}")]
        return [
            *lines,
            "rows = []",
            "for x, *state in calls:",
            f"    output, _ = {part}(x{self._state(count)})",
            *(f"    {line}" for line in self._rows("rows.append({})")),
            "values = torch.cat(rows)",
        ]

    def _part(self, name: str, count: int) -> tuple[list[str], str]:
        """Return lines that make the lowest ``count`` layers, and their name."""
        layout = self._layout
        if count == layout.layers:
            return [], self._name
        options = [f"{layout.sizes.input}", f"{layout.sizes.hidden}"]
        if count > 1:
            options.append(f"num_layers={count}")
        if layout.kind == "rnn_relu":
            options.append("nonlinearity='relu'")
        if not layout.bias:
            options.append("bias=False")
        if layout.directions == 2:
            options.append("bidirectional=True")
        if layout.sizes.projection:
            options.append(f"proj_size={layout.sizes.projection}")
        options.append(f"batch_first={self._name}.batch_first")
        return [
            f"# The lowest layers alone: they return the h that {self._name} hides.",
            f"{name} = nn.{layout.class_name}({', '.join(options)})",
            f"{name}.to({self._name}.weight_ih_l0)",
            f"{name}.load_state_dict({self._name}.state_dict(), strict=False)",
        ], name

    def _state(self, count: int) -> str:
        if not self._given:
            return ""
        if count == self._layout.layers:
            return ", *state"
        rows = f"[:{count * self._layout.directions}]"
        if self._layer.kind == "lstm":
            return f", *(tuple(s{rows} for s in pair) for pair in state if pair)"
        return f", *(s{rows} for s in state if s is not None)"

    def _rows(self, use: str) -> list[str]:
        """Return lines that take this direction and sample out of ``output``."""
        width = self._layer.sizes.state
        columns = ":"
        if self._layout.directions == 2:
            reverse = self._layer.direction == "reverse"
            columns = f"{width}:" if reverse else f":{width}"
        if self._packed:
            return [
                "output, lengths = pad_packed_sequence(output)",
                use.format(
                    f"output[: lengths[{self._sample}], {self._sample}, {columns}]"
                ),
            ]
        return [use.format(f"{self._samples('output')}[:, {columns}]")]

    def _samples(self, name: str) -> str:
        """Return the expression of (step, feature) of one sample."""
        sample = self._sample
        match self._layout:
            case Layout(batched=False):
                return name
            case Layout(batch_first=None):
                return f"{name}.select(0 if {self._name}.batch_first else 1, {sample})"
            case Layout(batch_first=True):
                return f"{name}[{sample}]"
        return f"{name}[:, {sample}]"

    # What stays inside the kernel

    def _unrolled(self) -> list[str]:
        index, reverse = self._layer.index, self._layer.direction == "reverse"
        lines, part = self._part("below", index) if index else ([], "")
        simple = self._one and not self._given
        inside: list[str] = []
        if simple and self._layout.module:
            inside.append("x, *_ = calls[0]")
        if index:
            inside.append(f"x, _ = {part}(x{self._state(index)})")
        steps = self._samples("x")
        if self._packed:
            inside.append("x, lengths = pad_packed_sequence(x)")
            steps = f"x[: lengths[{self._sample}], {self._sample}]"
        inside += self._start()
        flip = ".flip(0)" if reverse else ""
        inside += ["rows = []", f"for x_t in {steps}{flip}:"]
        inside += [f"    {line}" for line in self._formulas()]
        inside += [f"    rows.append({self._stream})"]
        lines += self._weights()
        if simple:
            return [*lines, *inside, f"values = torch.stack(rows){flip}"]
        return [
            *lines,
            "spans = []",
            "for x, *state in calls:",
            *(f"    {line}" for line in inside),
            f"    spans.append(torch.stack(rows){flip})",
            "values = torch.cat(spans)",
        ]

    def _start(self) -> list[str]:
        """Return lines that set the state before the first step of a call."""
        lstm = self._layer.kind == "lstm"
        zeros = [f"h = w_hh.new_zeros({self._layer.sizes.state})"]
        if lstm:
            zeros.append(f"c = w_hh.new_zeros({self._layer.sizes.hidden})")
        if not self._given:
            return zeros
        row = self._layout.directions * self._layer.index
        row += self._layer.direction == "reverse"
        at = [] if self._layer.cell else [str(row)]
        at += [str(self._sample)] if self._layout.batched else []
        index = f"[{', '.join(at)}]" if at else ""
        given = (
            f"h, c = (s{index} for s in state[0])" if lstm else f"h = state[0]{index}"
        )
        return [
            *zeros,
            "if state and state[0] is not None:",
            f"    {given}",
        ]

    def _weights(self) -> list[str]:
        suffix, name = weight_suffix(self._layer), self._name
        lines = [f"w_ih, w_hh = {name}.weight_ih{suffix}, {name}.weight_hh{suffix}"]
        if self._layer.bias:
            lines.append(f"b_ih, b_hh = {name}.bias_ih{suffix}, {name}.bias_hh{suffix}")
        if self._layer.sizes.projection:
            lines.append(f"w_hr = {name}.weight_hr{suffix}")
        return lines

    def _formulas(self) -> list[str]:
        bias = self._layer.bias
        words = {
            "input": "w_ih @ x_t + b_ih" if bias else "w_ih @ x_t",
            "recurrent": "w_hh @ h + b_hh" if bias else "w_hh @ h",
            "project": "o * c.tanh()",
        }
        words["sum"] = f"{words['input']} + {words['recurrent']}"
        if self._layer.sizes.projection:
            words["project"] = "w_hr @ (o * c.tanh())"
        return [line.format(**words) for line in _CELLS[self._layer.kind]]

    def _cell(self) -> list[str]:
        sample = f"[{self._sample}]" if self._layout.batched else ""
        lstm = self._layer.kind == "lstm"
        if self._stream == "h" or (self._stream == "c" and lstm):
            which = f"[{'hc'.index(self._stream)}]" if lstm else ""
            return [f"values = torch.stack([out{which}{sample} for out in outputs])"]
        return [
            *self._weights(),
            "rows = []",
            "for x, *state in calls:",
            f"    x_t = x{sample}",
            *(f"    {line}" for line in self._start()),
            *(f"    {line}" for line in self._formulas()),
            f"    rows.append({self._stream})",
            "values = torch.stack(rows)",
        ]
