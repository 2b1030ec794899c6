"""What the window knows of an opened model and sequence: small, picklable values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lstm_studio.core.layers import Layer


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a file cannot tell, asked in a form with a good default.

    ``options`` is empty for a free text answer.
    """

    name: str
    text: str
    default: str
    options: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class InputNeeds:
    """What a model takes per step.

    Attributes
    ----------
    kind
        ``features``: float rows; ``tokens``: integers below ``features``;
        ``samples``: windows of ``features`` audio samples.
    features
        Width of a row, number of tokens, or samples per window; None if unknown.
    vocabulary
        Token texts, index by index, where the model brings them.
    names
        Names of the features, where the model brings them.
    center, scale
        Standardisation that the model brings: ``(value - center) / scale``.
    rate
        Sampling rate in hertz that the model expects of audio.
    """

    kind: Literal["features", "tokens", "samples"] = "features"
    features: int | None = None
    vocabulary: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    center: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    rate: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the tree that shows what was recognised in a model, and why."""

    name: str
    text: str
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """An opened model, as the window shows it."""

    name: str
    path: str
    sha256: str
    form: str
    """What the file is, in words: ``state_dict (torch zip)``."""
    layers: tuple[Layer, ...]
    needs: InputNeeds
    questions: tuple[Question, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    """Names of the other modules, whose outputs may be watched."""


@dataclass(frozen=True, slots=True)
class SequenceSummary:
    """A sequence as prepared for the model.

    ``labels`` holds one text per step (tokens) or per channel (feature names).
    ``lengths`` holds the steps of each sample where samples end early: what comes
    after is padding.
    """

    name: str
    path: str
    steps: int
    samples: int
    shape: tuple[int, ...]
    dtype: str
    labels: tuple[str, ...] = ()
    rate: float | None = None
    notes: tuple[str, ...] = ()
    lengths: tuple[int, ...] = ()
