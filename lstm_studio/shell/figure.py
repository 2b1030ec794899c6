"""A figure of chosen panels, one below the other, in colours of its own."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.panelkit.panel import Panel
from lstm_studio.session.session import Session
from lstm_studio.shell.schemes import SCHEMES
from lstm_studio.shell.sheet import style_sheet
from lstm_studio.shell.theme import GRID, palette_of

WIDTH: Final = 1000
LEAST_HEIGHT: Final = 120


class Figure(QWidget):
    """Panels of their own on the same session, never seen on the screen.

    Parameters
    ----------
    scheme
        ``light`` is for print, whatever the window shows.
    size
        Pixels; without it as high as the panels would like to be.
    """

    def __init__(
        self,
        session: Session,
        panels: Iterable[type[Panel]],
        scheme: str = "light",
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        chosen = SCHEMES[scheme]
        self.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self.setPalette(palette_of(chosen))
        self.setStyleSheet(style_sheet(chosen))
        self.setBackgroundRole(self.palette().ColorRole.Base)
        self.setAutoFillBackground(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(0)
        self.panels = tuple(panel(session, self) for panel in panels)
        for panel in self.panels:
            label = QLabel(panel.title, self)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setIndent(2 * GRID)
            column.addWidget(label)
            column.addWidget(panel, max(panel.height_hint, LEAST_HEIGHT))
        self.resize(*(size or self._natural()))
        self.show()

    def _natural(self) -> tuple[int, int]:
        label = self.fontMetrics().height() + GRID
        heights = (max(panel.height_hint, LEAST_HEIGHT) for panel in self.panels)
        return WIDTH, sum(heights) + label * len(self.panels) + 2 * GRID

    def end(self) -> None:
        """Be gone at once: its panels no longer draw."""
        self.hide()
        self.deleteLater()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.Polish:
            # A style sheet of the application would repaint what has its own.
            self.setPalette(self.palette())
        return handled

    def sizeHint(self) -> QSize:
        return QSize(*self._natural())


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
