"""What the frame of a window says."""

from typing import Final

from lstm_studio.session.session import Session

TITLE: Final = "LSTM Studio"


def title_of(
    session: Session, letter: str = "", shown: str = "", *, read_only: bool = False
) -> str:
    """Return model, sequence and program; first which of two windows this one is."""
    model = session.model.name if session.model is not None else ""
    sequence = session.sequence.name if session.sequence is not None else ""
    if not model and session.recording is not None:
        origin = session.recording.origin
        model, sequence = origin.model, origin.sequence
    parts = [shown, model, sequence, TITLE]
    said = " – ".join(part for part in parts if part)
    said += " (read-only)" if read_only else ""
    return f"{letter}: {said}" if letter else said
