"""Outputs of modules that are not recurrent, recorded by forward hooks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.layers import Layer, Sizes
from lstm_studio.core.recorder import Recorder
from lstm_studio.engine.capture.findings import Findings
from lstm_studio.engine.capture.naming import Names
from lstm_studio.engine.capture.operations import to_array

Shape = tuple[int, int, bool]
"""Steps, samples and whether the batch comes first, of the last recurrent call."""


class Watch:
    """Hooks of one run.

    An embedding runs before the first recurrent operation, which tells how long the
    time axis is; so outputs wait until one has run.
    """

    def __init__(self, recorder: Recorder, names: Names, findings: Findings) -> None:
        self._recorder = recorder
        self._names = names
        self._findings = findings
        self._waiting: list[tuple[str, np.ndarray]] = []
        self._declared: dict[str, tuple[int, int]] = {}
        self._shape: Shape | None = None

    @contextmanager
    def attached(self, watch: Sequence[str]) -> Iterator[None]:
        """Watch the modules of these names."""
        modules = {}
        for name in watch:
            modules[name] = self._module(name)
        with ExitStack() as stack:
            for name, module in modules.items():
                hook = module.register_forward_hook(self._hook(name))
                stack.callback(hook.remove)
            yield

    def _module(self, name: str) -> nn.Module:
        root = self._names.root
        if root is None:
            raise DoesNotFit("Only modules can be watched, and this model is none.")
        # Not get_submodule(), which scripts refuse.
        module: nn.Module | None = dict(root.named_modules()).get(name)
        if module is None:
            raise DoesNotFit(
                f"The model has no module {name!r} to watch.",
                "Choose one of its named_modules().",
            )
        if isinstance(module, torch.jit.ScriptModule):
            raise DoesNotFit(
                f"{name or 'The model'} is a script: PyTorch lets nobody watch the "
                f"outputs of its modules.",
                "Watch nothing; its recurrent layers are recorded all the same.",
            )
        return module

    def _hook(self, name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            for path, tensor in _tensors(name, output):
                # A copy: the model may change its output in place later.
                self._waiting.append((path, to_array(tensor).copy()))
            if self._shape is not None:
                self.flush()

        return hook

    def ran(self, steps: int, samples: int, *, batch_first: bool) -> None:
        """Learn the axes from a recurrent call."""
        shape = (steps, samples, batch_first)
        if shape != self._shape:
            self._shape = shape
            self.flush()

    def flush(self) -> None:
        """Write the outputs that wait."""
        for path, values in self._waiting:
            self._write(path, values)
        self._waiting.clear()

    def _write(self, path: str, values: np.ndarray) -> None:
        rows = rows_of(values, self._shape)
        steps, samples, width = rows.shape
        if path not in self._declared:
            self._declared[path] = (samples, width)
            layer = Layer(path, "module", path, 0, "forward", Sizes(0, width), False)
            self._recorder.declare(layer, {}, samples, rows.dtype)
        if self._declared[path] != (samples, width):
            self._findings.say(
                f"{path} gave outputs of several shapes: only those of the first are "
                f"recorded."
            )
            return
        start = self._recorder.begin_call(path, steps, {}, "zeros")
        self._recorder.write(path, start, {"output": rows})


def _tensors(path: str, output: Any) -> Iterator[tuple[str, Tensor]]:
    if isinstance(output, Tensor):
        yield path, output
    elif isinstance(output, Mapping):
        for key, value in output.items():
            yield from _tensors(f"{path}[{key!r}]", value)
    elif isinstance(output, tuple | list):
        for index, value in enumerate(output):
            yield from _tensors(f"{path}[{index}]", value)


def rows_of(values: np.ndarray, shape: Shape | None) -> np.ndarray:
    """Return ``values`` as ``(step, sample, unit)``.

    The axes are those that are as long as the steps and samples of the recurrent
    call; what fits nowhere is one step of one sample.
    """
    if values.dtype.kind != "f":
        values = values.astype(np.float32)
    axes = values.shape
    steps, samples, batch_first = shape or (1, 1, False)
    if axes[:2] == ((samples, steps) if batch_first else (steps, samples)):
        pass
    elif axes[:2] == (samples, steps):
        batch_first = True
    elif axes[:2] == (steps, samples):
        batch_first = False
    elif axes[:1] == (steps,) and samples == 1:
        values, batch_first = values[:, None], False
    elif axes[:1] == (samples,) and axes[-1:] == (steps,) and len(axes) > 2:
        # Convolutions keep the time last.
        values, batch_first = np.moveaxis(values, -1, 0), False
    elif axes[:1] == (samples,):
        values, batch_first = values[None], False
    else:
        return values.reshape(1, 1, -1)
    if batch_first:
        values = values.swapaxes(0, 1)
    return values.reshape(*values.shape[:2], -1)
