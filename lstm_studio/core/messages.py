"""What a job says: facts in the order in which they happened, the outcome last."""

from collections.abc import Mapping
from dataclasses import dataclass

from lstm_studio.core.found import Sight
from lstm_studio.core.summary import ModelSummary, SequenceSummary


@dataclass(frozen=True, slots=True)
class EngineReady:
    """The engine can take commands: what it runs on."""

    torch: str
    devices: tuple[str, ...]
    threads: int


@dataclass(frozen=True, slots=True)
class ModelDescribed:
    """What a large file holds, while its weights are still being read.

    The model before it stays until ``ModelOpened``, which comes unless this fails.
    """

    model: ModelSummary


@dataclass(frozen=True, slots=True)
class ModelOpened:
    """A model was opened and takes the place of the one before."""

    model: ModelSummary


@dataclass(frozen=True, slots=True)
class SequenceOpened:
    """A sequence was prepared and takes the place of the one before."""

    sequence: SequenceSummary


@dataclass(frozen=True, slots=True)
class SequenceSeen:
    """What a sequence would be that was looked at; what is open stays open."""

    source: str
    sight: Sight


@dataclass(frozen=True, slots=True)
class RecordingOpened:
    """A run has begun to write the recording in this folder."""

    path: str
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class LiveChanged:
    """How far the model has gone on step by step, or why it cannot.

    Attributes
    ----------
    steps
        Steps of the recording, those of the sequence first.
    reason
        Why it cannot be stepped, ``""`` if it can.
    no_output_as_input
        Why it cannot go on with its own output, ``""`` if it can.
    """

    steps: int
    reason: str = ""
    no_output_as_input: str = ""


@dataclass(frozen=True, slots=True)
class Advanced:
    """Rows were committed: for each layer, how many it has now."""

    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stopped:
    """The run pauses: what it was to stop at begins to hold at ``step``."""

    step: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """The run pauses: the disk takes no more. Let run on, it tries again."""

    message: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is; ``total`` is None while it is not known."""

    what: str
    done: int
    total: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The job came to its end."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The job was cancelled; what it had is kept."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended with an error; what it had is kept.

    ``kind`` is the class name of the error (``NeedsTrust``, ``DoesNotFit``, ...),
    ``details`` its traceback or, for ``NeedsTrust``, what would be imported.
    """

    kind: str
    message: str
    next_step: str = ""
    details: str = ""
    sha256: str = ""


Outcome = Finished | Cancelled | Failed
Message = (
    EngineReady
    | ModelDescribed
    | ModelOpened
    | SequenceOpened
    | SequenceSeen
    | RecordingOpened
    | LiveChanged
    | Advanced
    | Stopped
    | Stuck
    | Progress
    | Outcome
)
