"""The layers of a run: their names, weights and last states."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.backends import cudnn

from lstm_studio.core.layers import Direction, InitialState, Layer
from lstm_studio.core.recorder import Recorder
from lstm_studio.engine.capture.findings import Findings
from lstm_studio.engine.capture.naming import Names, layer_name
from lstm_studio.engine.capture.operations import Weights, to_array
from lstm_studio.engine.capture.preserve import changes_of

REDUCED: Final = (torch.float16, torch.bfloat16)

State = tuple[Tensor, ...]
"""``(h, c)`` or ``(h,)``, each ``(sample, unit)``."""


@dataclass(slots=True)
class Track:
    """One layer of the recording, as the run goes on.

    Attributes
    ----------
    stored_input
        Whether its input is stored, and not found in other layers.
    last
        State after the last call: what a carried state is compared with.
    end
        Rows reserved so far.
    """

    layer: Layer
    stored_input: bool
    last: State | None = None
    end: int = 0


@dataclass(slots=True)
class Group:
    """The tracks of one recurrent module, and the weights it ran with last.

    The weights are kept, so that their memory is given to no others and a pointer
    is enough to know them again.
    """

    module: str
    tracks: tuple[Track, ...]
    weights: tuple[Weights, ...]
    samples: int
    directions: int
    pointers: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()


class Tracks:
    """Finds the tracks of a call, and declares them when they are met first."""

    def __init__(self, recorder: Recorder, names: Names, findings: Findings) -> None:
        self.recorder = recorder
        self.findings = findings
        self.names = names
        self._groups: dict[tuple[int, int], Group] = {}
        self._by_name: dict[tuple[str, int], Group] = {}
        self._first_samples: dict[str, int] = {}

    @property
    def groups(self) -> tuple[Group, ...]:
        """All groups, in the order in which they were met."""
        return tuple(self._by_name.values())

    def find(
        self,
        weights: tuple[Weights, ...],
        samples: int,
        directions: int = 1,
        *,
        cell: bool = False,
        drops: bool = False,
    ) -> Group:
        """Return the tracks of the module that owns ``weights``."""
        key = (weights[0].parameters[1].data_ptr(), samples)
        group = self._groups.get(key)
        if group is not None and group.pointers == _pointers(weights):
            self.look(group)
            return group
        group = self._named(weights, samples, directions, cell=cell, drops=drops)
        self._groups[key] = group
        return group

    def _named(
        self,
        weights: tuple[Weights, ...],
        samples: int,
        directions: int,
        *,
        cell: bool,
        drops: bool,
    ) -> Group:
        module = self.names.of(weights[0])
        if module is None:
            module = self._nameless(weights)
        group = self._by_name.get((module, samples))
        if group is not None and len(group.weights) == len(weights):
            self._take_weights(group, weights)
            return group
        first = self._first_samples.setdefault(module, samples)
        # A layer holds as many samples as it was declared with.
        name = module if samples == first else f"{module}@{samples}"
        tracks = tuple(
            self._declare(name, weights, number, directions, samples, cell, drops)
            for number in range(len(weights))
        )
        group = Group(module, tracks, weights, samples, directions)
        group.pointers, group.versions = _pointers(weights), _versions(weights)
        self._by_name[module, samples] = group
        return group

    def _nameless(self, weights: tuple[Weights, ...]) -> str:
        for group in self.groups:
            if _same(group.weights, weights):
                return group.module
        kind = weights[0].kind
        taken = {group.module for group in self.groups}
        return next(
            name for n in range(len(taken) + 1) if (name := f"{kind}_{n}") not in taken
        )

    def look(self, group: Group) -> None:
        """Note weights that were changed in place since the last look."""
        versions = _versions(group.weights)
        if group.versions != versions:
            group.versions = versions
            self._say_changed(group)

    def _take_weights(self, group: Group, weights: tuple[Weights, ...]) -> None:
        if not _same(group.weights, weights):
            self._say_changed(group)
        group.weights = weights
        group.pointers, group.versions = _pointers(weights), _versions(weights)

    def _say_changed(self, group: Group) -> None:
        for track in group.tracks:
            name = track.layer.name
            self.findings.say_of(name, "Its weights changed during the run.")

    def _declare(
        self,
        module: str,
        weights: tuple[Weights, ...],
        number: int,
        directions: int,
        samples: int,
        cell: bool,
        drops: bool,
    ) -> Track:
        own = weights[number]
        index, second = divmod(number, directions)
        direction: Direction = "reverse" if second else "forward"
        name = module if cell else layer_name(module, index, direction)
        layer = Layer(
            name,
            own.kind,
            module,
            index,
            direction,
            own.sizes,
            own.bias,
            cell,
            self.names.batch_first.get(module),
        )
        inputs = _inputs(module, index, directions, second, drops)
        tensor = own.parameters[0]
        dtype = np.dtype(np.float64 if tensor.dtype == torch.float64 else np.float32)
        self.recorder.declare(layer, own.arrays(), samples, dtype, inputs)
        reason = _reduced(tensor)
        if reason:
            self.findings.say_of(name, reason)
        return Track(layer, not inputs)


def _reduced(weight: Tensor) -> str:
    """Return why the states cannot be derived to the last digits, if so."""
    derived = "the other streams are derived in float32 and differ in the digits"
    if weight.dtype in REDUCED:
        kind = str(weight.dtype).removeprefix("torch.")
        return f"It ran in {kind}: {derived} that it rounds."
    if torch.is_autocast_enabled(weight.device.type):
        return f"It ran under autocast: {derived} that this rounds."
    if weight.is_cuda and weight.dtype == torch.float32 and cudnn.allow_tf32:
        return (
            f"It ran in TF32: {derived} that it rounds. Set "
            f"torch.backends.cudnn.allow_tf32 = False and run it again."
        )
    return ""


def _inputs(
    module: str, index: int, directions: int, second: int, drops: bool
) -> tuple[tuple[str, str], ...]:
    if index == 0 or drops:
        return ((layer_name(module, index, "forward"), "x"),) if second else ()
    below: tuple[Direction, ...] = ("forward", "reverse")
    return tuple(
        (layer_name(module, index - 1, direction), "h")
        for direction in below[:directions]
    )


def source_of(track: Track, state: State) -> InitialState:
    """Return where ``state`` came from, found by its values."""
    last = track.last
    if last is not None and all(
        new is old or new.data_ptr() == old.data_ptr()
        for new, old in zip(state, last, strict=True)
    ):
        return "carried"
    # Before comparing with the last state: after a dead run both may be zeros.
    if not any(bool(part.any()) for part in state):
        return "zeros"
    if last is not None and all(
        new.dtype == old.dtype and torch.equal(new, old)
        for new, old in zip(state, last, strict=True)
    ):
        return "carried"
    return "given"


def begin_call(
    recorder: Recorder,
    track: Track,
    steps: int,
    state: State,
    source: InitialState,
    lengths: tuple[int, ...] | None = None,
) -> int:
    """Reserve rows for a call, keep its initial state if it was given."""
    initial: Mapping[str, np.ndarray] = {}
    if source == "given":
        initial = {
            name: to_array(part) for name, part in zip("hc", state, strict=False)
        }
    start = recorder.begin_call(track.layer.name, steps, initial, source, lengths)
    track.end = start + steps
    return start


def _pointers(weights: tuple[Weights, ...]) -> tuple[int, ...]:
    return tuple(p.data_ptr() for own in weights for p in own.parameters)


def _versions(weights: tuple[Weights, ...]) -> tuple[int, ...]:
    return changes_of(p for own in weights for p in own.parameters)


def _same(left: tuple[Weights, ...], right: tuple[Weights, ...]) -> bool:
    return len(left) == len(right) and all(
        len(a.parameters) == len(b.parameters)
        and all(
            p.shape == q.shape and torch.equal(p, q)
            for p, q in zip(a.parameters, b.parameters, strict=True)
        )
        for a, b in zip(left, right, strict=True)
    )
