"""Brings previews from the engine into the dialog that asks for a sequence."""

from PySide6.QtCore import QObject

from lstm_studio.core.messages import Outcome, SequenceSeen
from lstm_studio.session.session import Session
from lstm_studio.shell.dialogs.sequence import SequenceDialog


class Previews(QObject):
    """Asks the session on behalf of a dialog; goes with it."""

    def __init__(self, session: Session, dialog: SequenceDialog) -> None:
        super().__init__(dialog)
        self._session = session
        self._dialog = dialog
        self._waits = False
        self._shown: SequenceSeen | None = session.seen
        dialog.asked.connect(self._on_asked)
        session.advanced.connect(self._on_advanced)
        session.ended.connect(self._on_ended)

    def _on_asked(self, source: str, choices: dict[str, object]) -> None:
        # What runs is not ended for a picture of what may come next.
        self._waits = not self._session.see_sequence(source, choices)
        if self._waits:
            self._dialog.wait()

    def _on_advanced(self) -> None:
        seen = self._session.seen
        if seen is not None and seen is not self._shown:
            self._shown = seen
            self._dialog.take_sight(seen.source, seen.sight)

    def _on_ended(self, _outcome: Outcome) -> None:
        if self._waits:
            self._waits = False
            self._dialog.ask_again()
