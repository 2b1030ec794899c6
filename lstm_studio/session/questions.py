"""What can be asked about a recording, and how each question is answered.

A question is hashable, so that its answer is found again; what it holds of a size is
compared by identity. Its answer is read in a thread of its own and never changed.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal, Protocol, TypeVar

import numpy as np

from lstm_studio.core import badvalues, outputs, plane, saturation, unitorder
from lstm_studio.core.blocks import StepBlock, block_of, thin
from lstm_studio.core.recording import Recording
from lstm_studio.core.shapes import Float
from lstm_studio.core.sought import Found, Sought, find

MOST_VALUES: Final = 1 << 26
"""Values of an array that are looked at for a picture without leaving any out."""

SLICE_S: Final = 0.3
"""After so long a picture that is made finer is shown as far as it is."""

Value = TypeVar("Value", covariant=True)
Pace = Literal["quick", "slow", "at rest"]
"""When a question is answered: slow ones let the quick ones pass, and those at rest
are begun only where one has looked at the same place for a while."""


class Question(Protocol[Value]):
    """Something that a panel wants to know."""

    pace: ClassVar[Pace]

    def read(self, recording: Recording) -> Value:
        """Return the answer."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Values: every ``step``-th row of a window, of some units."""

    layer: str
    stream: str
    start: int
    stop: int
    step: int
    units: tuple[int, ...] | None
    sample: int
    pace: ClassVar[Pace] = "quick"

    def read(self, recording: Recording) -> np.ndarray:
        units = slice(None) if self.units is None else np.asarray(self.units)
        steps = slice(self.start, self.stop, self.step)
        return recording.read(self.layer, self.stream, steps, units, self.sample)


@dataclass(frozen=True, slots=True)
class OneUnit:
    """Several streams of one unit, which have much of their work in common."""

    layer: str
    streams: tuple[str, ...]
    start: int
    stop: int
    unit: int
    sample: int
    pace: ClassVar[Pace] = "quick"

    def read(self, recording: Recording) -> Float[np.ndarray, "step stream"]:
        steps, unit = slice(self.start, self.stop), [self.unit]
        found = recording.read_streams(
            self.layer, self.streams, steps, unit, self.sample
        )
        return np.concatenate([found[name] for name in self.streams], axis=1)


def _for_plots(block: StepBlock) -> StepBlock:
    """Return a block as plots draw it soonest.

    The columns of a unit lie side by side, as the pixels of its row will, and the
    ends of all values are known.
    """
    low = np.asfortranarray(block.low)
    high = low if block.high is block.low else np.asfortranarray(block.high)
    block = replace(block, low=low, high=high)
    assert block.ends is not None
    return block


@dataclass(frozen=True, slots=True)
class Picture:
    """A window thinned to columns."""

    layer: str
    stream: str
    start: int
    stop: int
    columns: int
    sample: int
    pace: ClassVar[Pace] = "quick"

    def read(self, recording: Recording) -> StepBlock:
        span = (self.start, self.stop)
        block = recording.overview(
            self.layer, self.stream, span, self.columns, self.sample
        )
        return _for_plots(block)


@dataclass(frozen=True, slots=True)
class Finer:
    """A picture of which only samples were looked at, some more of it each time."""

    picture: Picture
    pace: ClassVar[Pace] = "slow"

    def read(self, recording: Recording) -> StepBlock:
        of = self.picture
        span = (of.start, of.stop)
        block = recording.refine(
            of.layer, of.stream, span, of.columns, of.sample, seconds=SLICE_S
        )
        return _for_plots(block)


@dataclass(frozen=True, slots=True)
class UnitPicture:
    """A window of one unit in columns of ``size`` steps, all of them looked at."""

    layer: str
    stream: str
    start: int
    stop: int
    size: int
    unit: int
    sample: int
    pace: ClassVar[Pace] = "at rest"

    def read(self, recording: Recording) -> StepBlock:
        steps = slice(self.start, self.stop)
        rows = recording.read(self.layer, self.stream, steps, [self.unit], self.sample)
        return StepBlock(self.start, self.stop, self.size, *thin(rows, self.size))


@dataclass(frozen=True, slots=True)
class Saturation:
    """How long the units of a layer are at the ends of their range."""

    layer: str
    sample: int
    pace: ClassVar[Pace] = "slow"

    def read(self, recording: Recording) -> saturation.Shares:
        return saturation.shares(recording, self.layer, self.sample)


@dataclass(frozen=True, slots=True)
class Components:
    """The principal components of a stream of a layer."""

    layer: str
    stream: str
    sample: int
    pace: ClassVar[Pace] = "slow"

    def read(self, recording: Recording) -> plane.Plane:
        return plane.plane(recording, self.layer, self.stream, self.sample)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where the steps of a window are on a plane."""

    plane: plane.Plane
    start: int
    stop: int
    pace: ClassVar[Pace] = "quick"

    def read(self, recording: Recording) -> Float[np.ndarray, "step 3"]:
        of = self.plane
        steps = slice(self.start, self.stop)
        return of.place(recording.read(of.layer, of.stream, steps, sample=of.sample))


@dataclass(frozen=True, slots=True)
class UnitOrder:
    """The units of a layer in an order."""

    layer: str
    stream: str
    order: unitorder.Order
    sample: int
    pace: ClassVar[Pace] = "slow"

    def read(self, recording: Recording) -> np.ndarray:
        return unitorder.unit_order(
            recording, self.layer, self.stream, self.order, self.sample
        )


@dataclass(frozen=True, slots=True)
class WholeOutput:
    """What the model returned; ``state`` since it comes at the end of a run.

    ``steps`` are those of a recording that has gone on live, 0 for any other.
    """

    sample: int
    tokens: int
    state: str
    steps: int = 0
    pace: ClassVar[Pace] = "slow"

    def read(self, recording: Recording) -> outputs.Output:
        return outputs.read_output(recording, self.sample, self.tokens)


@dataclass(frozen=True, slots=True)
class Search:
    """Where something is first and last in a stretch of steps."""

    sought: Sought
    start: int
    stop: int
    pace: ClassVar[Pace] = "slow"

    def read(self, recording: Recording) -> Found:
        return find(recording, self.sought, self.start, self.stop)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """An array that is at hand whole, told from others by identity."""

    values: Float[np.ndarray, "step channel"]


@dataclass(frozen=True, slots=True)
class HeldPicture:
    """A window of an array thinned to columns of ``size`` steps."""

    of: Held
    start: int
    stop: int
    size: int
    pace: ClassVar[Pace] = "quick"

    def read(self, recording: Recording) -> StepBlock:
        span = (self.start, self.stop)
        block = block_of(self.of.values, span, self.size, MOST_VALUES)
        return _for_plots(block)


@dataclass(frozen=True, slots=True)
class Bad:
    """Where a stream is NaN or Inf."""

    layer: str
    stream: str
    sample: int
    pace: ClassVar[Pace] = "slow"

    def read(self, recording: Recording) -> badvalues.BadSteps:
        return badvalues.bad_steps(recording, self.layer, self.stream, self.sample)
