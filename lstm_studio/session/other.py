"""The recording that a session is compared with: that of the window beside it."""

from dataclasses import dataclass
from typing import ClassVar

from lstm_studio.core.difference import Difference, difference
from lstm_studio.core.recording import Recording
from lstm_studio.session.questions import Pace


@dataclass(frozen=True, slots=True)
class Other:
    """A recording to compare with; ``is_second`` says that it is B and not A."""

    recording: Recording
    is_second: bool


@dataclass(frozen=True, slots=True)
class Apart:
    """How B differs from A in a window of a stream of a layer."""

    layer: str
    stream: str
    span: tuple[int, int]
    size: int
    sample: int
    other: Other
    pace: ClassVar[Pace] = "slow"

    def read(self, recording: Recording) -> Difference:
        pair = recording, self.other.recording
        first, second = pair if self.other.is_second else pair[::-1]
        return difference(
            first, second, self.layer, self.stream, self.span, self.size, self.sample
        )
