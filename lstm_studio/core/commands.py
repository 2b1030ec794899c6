"""What the window asks of the engine: values, small and picklable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lstm_studio.core.condition import Condition


@dataclass(frozen=True, slots=True)
class OpenModel:
    """Open a model file; ``trust`` allows code of the file to run.

    ``answers`` are the answers to the questions of an earlier ``ModelSummary``.
    """

    path: str
    trust: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenExample:
    """Open a bundled example with its sequence."""

    name: str


@dataclass(frozen=True, slots=True)
class OpenSequence:
    """Prepare a sequence for the opened model.

    ``source`` is a path, or a generated kind (``generate:sine``, ``generate:noise``,
    ``generate:pulses``, ``generate:one-hot``), or ``text:`` and the text itself.
    ``choices`` are those of ``engine.sequences.open_sequence``.
    """

    source: str
    choices: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LookAtSequence:
    """Say what ``OpenSequence`` would give, and leave what is open as it is."""

    source: str
    choices: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """Record the opened model over the opened sequence into ``folder``.

    The run pauses where it is first seen that ``until`` begins to hold: it is looked
    for between chunks, once a frame. ``sure`` takes whatever room the run needs.
    """

    folder: str
    device: str = "cpu"
    streams: Literal["derive", "all"] = "derive"
    watch: tuple[str, ...] = ()
    threads: int | None = None
    until: Condition | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Verify:
    """Measure the certificate of the last run over all steps."""


@dataclass(frozen=True, slots=True)
class Live:
    """Go on from the end of the opened sequence, one step at a time.

    The first one proves that the model can be stepped, and records the sequence into
    ``folder``; all others add to that recording until something else is opened or run.

    Attributes
    ----------
    source
        The next steps, as for ``OpenSequence``; ``""`` for none.
    generate
        Number of steps in which the model then goes on with its own output.
    temperature
        What the logits are divided by; 0 takes the most likely token.
    seed
        None goes on with the random numbers of the command before.
    reset
        Whether the first of these steps starts as a sequence does.
    carry
        Whether a step starts in the state of the one before.
    """

    folder: str
    device: str = "cpu"
    threads: int | None = None
    source: str = ""
    generate: int = 0
    temperature: float = 1.0
    seed: int | None = None
    reset: bool = False
    carry: bool = True


Command = OpenModel | OpenExample | OpenSequence | LookAtSequence | Run | Verify | Live
