"""Undo and redo of views, and playback: how the view changes over time."""

from lstm_studio.core.view import View

DEPTH = 200


class History:
    """The views before and after the present one."""

    def __init__(self) -> None:
        self._before: list[View] = []
        self._after: list[View] = []
        self._kind: frozenset[str] = frozenset()

    def remember(self, view: View, kind: frozenset[str]) -> None:
        """Keep ``view``, unless it differs in the same fields as the one before.

        A drag of the cursor is then one entry, not one for each step on its way.
        """
        if kind != self._kind or not self._before:
            self._before.append(view)
            del self._before[:-DEPTH]
        self._after.clear()
        self._kind = kind

    def pause(self) -> None:
        """Make the next change an entry of its own."""
        self._kind = frozenset()

    def back(self, present: View) -> View | None:
        """Return the view before, or None."""
        return self._move(self._before, self._after, present)

    def forth(self, present: View) -> View | None:
        """Return the view that was undone last, or None."""
        return self._move(self._after, self._before, present)

    def _move(self, source: list[View], sink: list[View], present: View) -> View | None:
        self._kind = frozenset()
        if not source:
            return None
        sink.append(present)
        return source.pop()

    @property
    def can_undo(self) -> bool:
        """Whether there is a view before."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether there is a view that was undone."""
        return bool(self._after)
