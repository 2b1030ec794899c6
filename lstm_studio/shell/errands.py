"""Wishes that follow each other: open a model, then its sequence, then run."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject

from lstm_studio.core.messages import Failed, Finished, Outcome
from lstm_studio.session.session import Session


class Errands(QObject):
    """Does one wish after the other, each when the one before went well."""

    def __init__(self, session: Session, wishes: Iterable[Callable[[], None]]) -> None:
        super().__init__(session)
        self._wishes = list(wishes)
        session.ended.connect(self._on_ended)

    def begin(self) -> None:
        """Do the first wish."""
        if self._wishes:
            self._wishes.pop(0)()

    def _on_ended(self, outcome: Outcome) -> None:
        if isinstance(outcome, Finished):
            self.begin()
        elif not (isinstance(outcome, Failed) and outcome.kind == "NeedsTrust"):
            # What needs trust may still get it; then the rest follows.
            self._wishes.clear()
