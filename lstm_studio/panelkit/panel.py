"""The base of all panels: drawn from the session, at most once a frame."""

import math
from dataclasses import fields
from operator import attrgetter
from typing import ClassVar, Final, Literal

from PySide6.QtCore import (
    QCoreApplication,
    QElapsedTimer,
    QEvent,
    QSize,
    QTimer,
    Signal,
)
from PySide6.QtGui import QPaintEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from lstm_studio.core.view import View
from lstm_studio.panelkit.colours import Colours, colours
from lstm_studio.session.session import Session
from lstm_studio.session.turn import TURN, WAIT_MS, Patience

FRAME_MS: Final = 16
"""Least time between two pictures of a plot."""
BESIDE_MS: Final = 33
"""The same of a panel beside the plots, where numbers are read, and during a run."""
AFTER_MS: Final = 8
"""How much later than the plots the panels beside them are drawn.

In a turn of the event loop of their own: all at once would hold the mouse up.
"""

WORD: Final = "border: 0; background: transparent; padding: 0"
"""A button that only says something, such as which stream is shown."""

Area = Literal["left", "center", "right", "aside", "bottom"]
"""Where a panel stands: ``aside`` and ``bottom`` are tabs, right and in the middle."""


class Panel(QWidget):
    """One way to look at the session.

    A panel makes its items in ``__init__``, gives them their colours and letters in
    ``recolour`` and draws in ``refresh``, from the session as it is at that moment.
    Signals only mark it dirty; it draws at most once a frame, and not while hidden.

    Attributes
    ----------
    height_hint
        Pixels that the panel would like to have, beside the others of its area.
    thinning
        How what is shown was thinned, ``"8:1 (peak)"``; empty where it was not.
    """

    export_wished = Signal(object)
    """The ``Part`` of the recording that is to be saved."""

    id: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    area: ClassVar[Area] = "center"
    height_hint: ClassVar[int] = 150
    blind_to: ClassVar[frozenset[str]] = frozenset({"follow"})
    """Fields of the view that change nothing in the panel."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.thinning = ""
        sees = {field.name for field in fields(View)} - self.blind_to
        self._seen_of = attrgetter(*sorted(sees))
        self._dirty = self._recoloured = True
        self._since_drawn = QElapsedTimer()
        self._is_plot = self.area == "center"
        self._least_ms, self._lag_ms = (
            (FRAME_MS, 0) if self._is_plot else (BESIDE_MS, AFTER_MS)
        )
        self._patience = Patience()
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.timeout.connect(self._draw)
        self.setAccessibleName(self.title)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        session.opened.connect(self.request_refresh)
        session.advanced.connect(self.request_refresh)
        session.view_changed.connect(self._on_view_changed)
        session.ended.connect(self.request_refresh)

    def sizeHint(self) -> QSize:
        return QSize(max(super().sizeHint().width(), 240), self.height_hint)

    @property
    def colours(self) -> Colours:
        """Colours of the theme that the panel has now."""
        return colours(self.palette())

    def refresh(self) -> None:
        """Draw from the session as it is now."""
        raise NotImplementedError

    def recolour(self) -> None:
        """Give the colours and the letters of now to what was made in ``__init__``."""

    def draw(self) -> None:
        """Draw at once, in sight or not: for a picture."""
        if self._recoloured:
            self._recoloured = False
            self.recolour()
        self.refresh()

    def take_after(self, other: "Panel") -> None:
        """Take from a panel of the same kind what was chosen in it alone."""

    def show_alone(self, layer: str) -> None:
        """Leave out all layers but one, where the panel shows several at once."""

    def lay_bare(self) -> None:
        """Hide what only a mouse needs; call it whenever it was drawn."""
        for button in self.findChildren(QAbstractButton):
            if not button.isChecked():
                button.hide()
            elif button.styleSheet() != WORD:
                button.setStyleSheet(WORD)

    @property
    def whole_height(self) -> int:
        """Pixels that show all of it, with nothing to scroll."""
        return self.height_hint

    def request_refresh(self, *_facts: object) -> None:
        """Draw with the next frame, or when the panel is shown."""
        self._dirty = True
        if self._in_sight and not self._frame.isActive():
            # At once after a pause, so that a cursor does not lag by a frame.
            wait = max(self._lag_ms, math.ceil(self._least - self._rested_ms))
            self._frame.start(wait)
            if self._is_plot:
                TURN.come(wait / 1000)

    @property
    def _least(self) -> int:
        return BESIDE_MS if self.session.busy else self._least_ms

    @property
    def _rested_ms(self) -> float:
        if self._is_plot:
            # All of them together: they show one step, and are painted in one turn.
            return min(1000 * TURN.rested_s, BESIDE_MS)
        since = self._since_drawn
        return since.elapsed() if since.isValid() else BESIDE_MS

    def _on_view_changed(self, old: View, new: View) -> None:
        if self._seen_of(old) != self._seen_of(new):
            self.request_refresh()

    @property
    def _in_sight(self) -> bool:
        # Behind another tab a dock is visible too, but has been moved out of sight.
        return self.isVisible() and not self.visibleRegion().isEmpty()

    def _draw(self) -> None:
        if not self._is_plot and self._patience.stands_aside():
            self._frame.start(WAIT_MS)
            return
        if not (self._dirty and self._in_sight):
            return
        if self._is_plot:
            TURN.begin_picture(self._least / 1000)
        if self._recoloured:
            self.recolour()
        self._dirty = self._recoloured = False
        self._since_drawn.start()
        self.refresh()
        if self._is_plot:
            TURN.end()
        else:
            # Now: else it would be painted with the plots that come next.
            paint = QEvent.Type.UpdateRequest.value
            QCoreApplication.sendPostedEvents(self.window(), paint)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._dirty:
            self.request_refresh()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._dirty:
            self.request_refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (
            QEvent.Type.PaletteChange,
            QEvent.Type.FontChange,
            QEvent.Type.StyleChange,
        ):
            # Not at once: this also comes while a panel is being made.
            self._recoloured = True
            self.request_refresh()
