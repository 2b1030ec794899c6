"""A figure of chosen panels, one below the other, in colours of its own."""

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractScrollArea, QLabel, QVBoxLayout, QWidget

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.export.caption import Caption, caption_of
from lstm_studio.export.captioned import caption_height
from lstm_studio.export.vector import DPI, MM
from lstm_studio.panelkit.panel import Panel
from lstm_studio.panelkit.stepview import DENSITY
from lstm_studio.session.session import Session
from lstm_studio.shell.schemes import SCHEMES
from lstm_studio.shell.sheet import style_sheet
from lstm_studio.shell.theme import GRID, palette_of
from lstm_studio.shell.wish import FIGURE_MM, Laid, Wish, lay_out

LEAST_HEIGHT: Final = 120
MOST_HEIGHT: Final = 4000
"""Pixels that one panel takes where all of it is to be seen."""
SOON_MS: Final = 8
MOST_DENSE: Final = 4.0
"""Pixels of a picture for each, beyond which no more steps are told apart."""
MOST_MEASURED: Final = 8
"""Times that a panel is made higher because it had to scroll."""
CALM: Final = 2
"""Times that a figure is drawn with nothing to come: a layout settles in between."""


class Figure(QWidget):
    """Panels of their own on a session, never seen on the screen.

    Parameters
    ----------
    scheme
        ``light`` is for print, whatever the window shows.
    like
        Panels of a window; what was chosen in them alone is taken over.
    """

    def __init__(
        self,
        session: Session,
        panels: Iterable[type[Panel]],
        scheme: str = "light",
        like: Sequence[Panel] = (),
    ) -> None:
        super().__init__()
        chosen = SCHEMES[scheme]
        self._session = session
        self._like = {panel.id: panel for panel in like}
        self._dressed = False
        self._overflown: dict[Panel, int] = {}
        self._least_width = 0
        self._measured = 0
        self.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self.setPalette(palette_of(chosen))
        self.setStyleSheet(style_sheet(chosen))
        self.setBackgroundRole(self.palette().ColorRole.Base)
        self.setAutoFillBackground(True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(GRID, GRID, GRID, GRID)
        self._column.setSpacing(0)
        self.panels = tuple(panel(session, self) for panel in panels)
        for panel in self.panels:
            # One panel needs no heading: the figure is what it shows.
            if len(self.panels) > 1:
                label = QLabel(panel.title, self)
                label.setTextFormat(Qt.TextFormat.PlainText)
                label.setIndent(2 * GRID)
                self._column.addWidget(label)
            self._column.addWidget(panel, self._wanted(panel))
        self.resize(round(FIGURE_MM / MM * DPI), self.natural_height)
        self.show()

    @property
    def natural_height(self) -> int:
        """Pixels in which no panel has to scroll."""
        label = self.fontMetrics().height() + GRID
        labels = len(self.panels) if len(self.panels) > 1 else 0
        return sum(map(self._wanted, self.panels)) + label * labels + 2 * GRID

    def _wanted(self, panel: Panel) -> int:
        return max(panel.whole_height, LEAST_HEIGHT, self._overflown.get(panel, 0))

    def draw(self) -> bool:
        """Draw at once; return whether nothing more is to come."""
        for panel in self.panels:
            panel.draw()
            if self._dressed:
                panel.lay_bare()
        if self._colour():
            for panel in self.panels:
                panel.recolour()
            return False
        if not self._session.settled:
            return False
        if not self._dressed:
            self._dress()
            return False
        return True

    def _colour(self) -> bool:
        """Give the palette to widgets that have another; return whether any had.

        They do not inherit it where the application has a style sheet.
        """
        role = QPalette.ColorRole.Base
        paper = self.palette().color(role)
        others = [
            child
            for child in self.findChildren(QWidget)
            if child.palette().color(role) != paper
        ]
        for child in others:
            child.setPalette(self.palette())
        return bool(others)

    def _dress(self) -> None:
        """Take over and hide what can be only once something is drawn."""
        self._dressed = True
        for panel in self.panels:
            if panel.id in self._like:
                panel.take_after(self._like[panel.id])
            panel.lay_bare()
        self.share_heights()

    def share_heights(self) -> None:
        """Give each panel its share, now that it is known what it shows."""
        self._measured += 1
        for panel in self.panels:
            high, wide = _scrolled(panel)
            if high and self._measured <= MOST_MEASURED:
                self._overflown[panel] = min(panel.height() + high, MOST_HEIGHT)
            if wide and self._measured <= MOST_MEASURED:
                self._least_width = max(self._least_width, self.width() + wide)
            self._column.setStretchFactor(panel, self._wanted(panel))

    def fit(self, wish: Wish, caption: Caption | None) -> float:
        """Take the size that is wished; return the pixels of the picture for each."""
        self.share_heights()
        smallest = self._column.minimumSize()
        least = max(smallest.width(), self._least_width), smallest.height()
        wide = wish.width_mm or FIGURE_MM
        natural = round(wide / MM * DPI), self.natural_height
        laid = Laid(natural[0], natural[1], 1.0)
        for _ in range(2):
            # The height of the caption follows from the width, and that from it.
            below = caption_height(self, caption, laid.width)
            laid = lay_out(wish, natural, least, below)
        self.resize(laid.width, laid.height)
        self.setProperty(DENSITY, min(max(laid.scale, 1.0), MOST_DENSE))
        return laid.scale

    @property
    def laid(self) -> tuple[object, ...]:
        """What it was drawn for: where that is another now, it is drawn once more."""
        return self.width(), self.height(), self.property(DENSITY)

    def show_alone(self, layer: str) -> None:
        """Show one layer."""
        self._session.look(layer=layer)
        self._overflown.clear()
        self._measured = 0
        for panel in self.panels:
            panel.show_alone(layer)

    @property
    def caption(self) -> Caption:
        """Where what is shown comes from, and how it is thinned."""
        thinned = [
            f"{panel.title} {panel.thinning}" for panel in self.panels if panel.thinning
        ]
        return caption_of(self._session, ", ".join(thinned))

    def end(self) -> None:
        """Be gone at once: its panels no longer draw."""
        self.hide()
        self.deleteLater()


class Drawing(QObject):
    """Draws a figure turn by turn of the event loop until it is whole."""

    drawn = Signal()

    def __init__(self, figure: Figure) -> None:
        super().__init__(figure)
        self._figure = figure
        self._calm = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_turn)

    def begin(self) -> None:
        """Draw what the session shows now; `drawn` comes when all of it is there."""
        self._calm = 0
        self._timer.start(0)

    def stop(self) -> None:
        """Draw no more."""
        self._timer.stop()

    def _on_turn(self) -> None:
        self._calm = self._calm + 1 if self._figure.draw() else 0
        if self._calm < CALM:
            self._timer.start(0 if self._calm else SOON_MS)
        else:
            self.drawn.emit()


def _scrolled(panel: Panel) -> tuple[int, int]:
    """Return how many pixels of a panel are out of sight, down and to the right."""
    areas = [
        area for area in panel.findChildren(QAbstractScrollArea) if area.isVisible()
    ]
    return (
        max((area.verticalScrollBar().maximum() for area in areas), default=0),
        max((area.horizontalScrollBar().maximum() for area in areas), default=0),
    )


def draw_whole(figure: Figure) -> None:
    """Handle events until a figure is drawn: where there is no window to wait for."""
    loop = QEventLoop()
    drawing = Drawing(figure)
    drawing.drawn.connect(loop.quit)
    drawing.begin()
    loop.exec()
    drawing.deleteLater()


def panel_of(panels: Iterable[type[Panel]], name: str) -> type[Panel]:
    """Return a panel by its name.

    Raises
    ------
    DoesNotFit
        With the names that there are.
    """
    known = {panel.id: panel for panel in panels}
    if name not in known:
        raise DoesNotFit(
            f"No panel is called {name}.", f"Panels are: {', '.join(known)}."
        )
    return known[name]
