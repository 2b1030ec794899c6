"""A colour for each pinned unit, the same in all panels while it is pinned."""

from PySide6.QtCore import QObject

from lstm_studio.core.view import Pin, View
from lstm_studio.panelkit.colours import CURVES_LIGHT
from lstm_studio.session.session import Session


class PinColours(QObject):
    """Gives each pin the first free colour, and the one it had when it comes back."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._slots: dict[Pin, int] = {}
        self._pinned: frozenset[Pin] = frozenset()
        session.view_changed.connect(self._on_session_view_changed)
        self._assign(session.view.pins)

    @classmethod
    def of(cls, session: Session) -> "PinColours":
        """Return the colours of a session's pins; they live as long as it does."""
        return session.findChild(cls) or cls(session)

    def slot(self, pin: Pin) -> int:
        """Return the number of the curve colour of a pin."""
        # A panel may draw before this object hears of the new view.
        if pin not in self._pinned:
            self._assign(self._session.view.pins)
        return self._slots.get(pin, 0)

    def _on_session_view_changed(self, old: View, new: View) -> None:
        if old.pins != new.pins:
            self._assign(new.pins)

    def _assign(self, pins: tuple[Pin, ...]) -> None:
        taken = [self._slots[pin] for pin in pins if pin in self._pinned]
        for pin in pins:
            if pin in self._pinned:
                continue
            slot = self._slots.get(pin)
            if slot is None or slot in taken:
                # All taken: the colour that the fewest pins have.
                slot = min(range(len(CURVES_LIGHT)), key=taken.count)
            self._slots[pin] = slot
            taken.append(slot)
        self._pinned = frozenset(pins)
