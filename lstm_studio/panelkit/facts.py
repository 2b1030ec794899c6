"""What is known of model, sequence and calls, as lines."""

from collections.abc import Iterator, Mapping
from typing import Final

from lstm_studio.core.layers import InitialState
from lstm_studio.core.sofar import CallsSoFar
from lstm_studio.core.summary import SequenceSummary
from lstm_studio.panelkit.listing import Line
from lstm_studio.panelkit.text import count_text, token_text
from lstm_studio.session.session import Session

RECORDED: Final = (
    "This window shows a recording. To run its model again, open the model with Ctrl+O."
)
SOURCES: Final[Mapping[InitialState, str]] = {
    "zeros": "from zeros",
    "given": "given",
    "carried": "carried on",
}


def name_text(name: str) -> str:
    """Return a name from a file as one line of plain text."""
    return token_text(name).replace("\u2423", " ")


def sequence_lines(session: Session) -> Iterator[Line]:
    """Return what the sequence is."""
    sequence = session.sequence
    yield Line("section", "SEQUENCE")
    if sequence is None:
        recorded = session.recording.sequence if session.recording else None
        if recorded is not None and recorded.name:
            yield _fact("name", recorded.name)
        else:
            yield Line("note", "None is open.")
        return
    yield _fact("name", sequence.name, tip=sequence.path)
    yield _fact("shape", _shape_text(sequence))
    yield _fact("values", _values_text(sequence))
    for note in sequence.notes:
        yield Line("note", note, copy=note)


def _shape_text(sequence: SequenceSummary) -> str:
    steps = f"{count_text(sequence.steps)} step{'s' * (sequence.steps != 1)}"
    samples = f"{count_text(sequence.samples)} sample{'s' * (sequence.samples != 1)}"
    return f"{samples} \u00d7 {steps}"


def _values_text(sequence: SequenceSummary) -> str:
    if len(sequence.shape) == 2:
        return f"tokens, {sequence.dtype}"
    features = sequence.shape[-1]
    text = f"{features} feature{'s' * (features != 1)}, {sequence.dtype}"
    return text + (f", {sequence.rate:g} Hz" if sequence.rate else "")


def model_lines(session: Session) -> Iterator[Line]:
    """Return what the model is, and what is to be known of its file."""
    model, recording = session.coming or session.model, session.recording
    yield Line("section", "MODEL")
    if model is None:
        if recording is not None and recording.origin.model:
            yield _fact("name", recording.origin.model)
        yield Line("note", "None is open." if recording is None else RECORDED)
        return
    yield _fact("name", model.name, tip=model.path)
    yield _fact("file", model.form, tip=f"sha256 {model.sha256}")
    for note in model.notes:
        yield Line("note", note, copy=note)


def damage_lines(session: Session) -> Iterator[Line]:
    """Return what of the files of the recording is damaged."""
    problems = session.recording.problems if session.recording is not None else ()
    if problems:
        yield Line("section", "DAMAGE")
    for problem in problems:
        yield Line("note", problem, copy=problem)


def call_lines(calls: CallsSoFar, layer: str) -> Iterator[Line]:
    """Return how many calls filled a layer, and where their states came from."""
    yield Line("section", "CALLS", label=name_text(layer))
    yield _fact("calls", count_text(len(calls)))
    for source, text in SOURCES.items():
        if calls.sources[source]:
            yield _fact("state", f"{text}: {count_text(calls.sources[source])}")
    if calls.packed:
        yield _fact("packed", count_text(calls.packed))


def _fact(label: str, text: str, tip: str = "") -> Line:
    text = name_text(text)
    return Line("fact", text, label=label, copy=text, tip=tip or text)
