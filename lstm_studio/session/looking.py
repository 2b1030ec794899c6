"""What is looked at: one view, the changes of it, and how they are undone."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from lstm_studio.core.view import Extent, Pin, View, resolve
from lstm_studio.session.history import History


class Looking(QObject):
    """Holds the view; every change of it goes through here."""

    view_changed = Signal(object, object)
    """The old ``View``, the new ``View``."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view = View()
        self.extent = Extent({}, 0, 0)
        self.history = History()

    @property
    def busy(self) -> bool:
        """Whether a command runs; then a chosen step ends the following."""
        return False

    def look(self, **changes: Any) -> None:
        """Change the view: fields of ``View`` by name; ``resolve`` clamps them."""
        if "step" in changes and self.busy:
            changes.setdefault("follow", False)
        old = self.view
        # What is brushed is no place that one would come back to.
        if self._show(replace(old, **changes)) and changes.keys() != {"brush"}:
            self.history.remember(old, frozenset(changes) - {"follow"})

    def come_along(self, **changes: Any) -> None:
        """Change the view as that of another session did: nothing to undo here."""
        if "step" in changes and self.busy:
            changes.setdefault("follow", False)
        self._show(replace(self.view, **changes))

    def undo(self) -> None:
        """Return to the view before."""
        self._restore(self.history.back(self.view))

    def redo(self) -> None:
        """Return to the view that was undone last."""
        self._restore(self.history.forth(self.view))

    def _restore(self, view: View | None) -> None:
        if view is not None:
            self._show(view)

    def _show(self, view: View) -> bool:
        old, new = self.view, resolve(view, self.extent)
        if old == new:
            return False
        self.view = new
        self.view_changed.emit(old, new)
        return True

    def pin(self, pin: Pin) -> None:
        """Draw a unit as a line until it is unpinned."""
        self.history.pause()
        self.look(pins=(*self.view.pins, pin))

    def unpin(self, pin: Pin) -> None:
        """Stop drawing a unit as a line."""
        self.history.pause()
        self.look(pins=tuple(p for p in self.view.pins if p != pin))
