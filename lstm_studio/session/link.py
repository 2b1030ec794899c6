"""One cursor for two sessions: where one looks, the other looks too."""

from collections.abc import Iterable
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from lstm_studio.core.view import Extent, View
from lstm_studio.session.looking import Looking

CARRIED: Final = ("layer", "unit", "step", "span", "streams")
"""What is carried from one view to the other; pins and samples are each one's own."""


class Link(QObject):
    """Listens to the view of two sessions, and takes each along with the other."""

    changed = Signal()
    """It was turned on or off."""
    ended = Signal()

    def __init__(
        self, first: Looking, second: Looking, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.on = True
        self._first, self._second = first, second
        self._carries = False
        first.view_changed.connect(self._on_first_view_changed)
        second.view_changed.connect(self._on_second_view_changed)

    def turn(self, leader: Looking, *, on: bool) -> None:
        """Link the cursors or part them; linked, the other comes to the leader's."""
        self.on = on
        other = self._second if leader is self._first else self._first
        self._carry(CARRIED, leader.view, other)
        self.changed.emit()

    def end(self) -> None:
        """Leave both sessions alone."""
        self.on = False
        self._first.view_changed.disconnect(self._on_first_view_changed)
        self._second.view_changed.disconnect(self._on_second_view_changed)
        self.ended.emit()

    def _on_first_view_changed(self, old: View, new: View) -> None:
        self._carry(_changed(old, new), new, self._second)

    def _on_second_view_changed(self, old: View, new: View) -> None:
        self._carry(_changed(old, new), new, self._first)

    def _carry(self, names: Iterable[str], view: View, to: Looking) -> None:
        # What one carries to the other must not come back, clamped, to where it began.
        if not self.on or self._carries:
            return
        self._carries = True
        try:
            to.come_along(**carried(names, view, to.view, to.extent))
        finally:
            self._carries = False


def _changed(old: View, new: View) -> list[str]:
    return [name for name in CARRIED if getattr(old, name) != getattr(new, name)]


def carried(
    names: Iterable[str], new: View, there: View, extent: Extent
) -> dict[str, Any]:
    """Return those fields of ``new`` that can be looked at ``there``.

    A layer or unit that is not there changes nothing; steps beyond the last are left
    to be clamped: the shorter recording waits at its end.
    """
    changes = {name: getattr(new, name) for name in names}
    layer = None if new.layer is None else extent.layers.get(new.layer)
    if layer is None:
        changes.pop("layer", None)
        changes.pop("unit", None)
    elif changes.keys() & {"layer", "unit"}:
        units = layer.sizes.hidden or layer.sizes.state
        changes |= {"layer": layer.name, "unit": new.unit}
        if new.unit >= units:
            changes.pop("unit")
    if "streams" in changes:
        fitting = {
            name: stream
            for name, stream in new.streams.items()
            if name in extent.layers and stream in extent.layers[name].streams
        }
        changes["streams"] = {**there.streams, **fitting}
    return changes
