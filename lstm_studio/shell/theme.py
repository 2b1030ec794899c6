"""Dark and light: complete palettes for Fusion, and when each is shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from lstm_studio.panelkit.colours import MAPS
from lstm_studio.panelkit.maps import Maps
from lstm_studio.shell.schemes import SCHEMES, Scheme
from lstm_studio.shell.sheet import style_sheet

Choice = Literal["system", "light", "dark"]
CHOICES: Final[tuple[Choice, ...]] = ("system", "light", "dark")

OWN_MAPS: Final = Maps()

GRID: Final = 4
"""Spacing is a multiple of this many pixels."""


def palette_of(scheme: Scheme) -> QPalette:
    """Return a palette with every role set, for enabled and disabled widgets."""
    role = QPalette.ColorRole
    colours = {
        role.Window: scheme.window,
        role.WindowText: scheme.text,
        role.Base: scheme.base,
        role.AlternateBase: scheme.raised,
        role.ToolTipBase: scheme.raised,
        role.ToolTipText: scheme.text,
        role.PlaceholderText: scheme.faint,
        role.Text: scheme.text,
        role.Button: scheme.button,
        role.ButtonText: scheme.text,
        role.BrightText: scheme.selected_text,
        role.Light: scheme.raised,
        role.Midlight: scheme.button,
        role.Mid: scheme.line,
        role.Dark: scheme.line,
        role.Shadow: scheme.base,
        role.Highlight: scheme.selection,
        role.HighlightedText: scheme.selected_text,
        role.Link: scheme.accent,
        role.LinkVisited: scheme.accent,
        role.Accent: scheme.accent,
    }
    palette = QPalette()
    for each, colour in colours.items():
        palette.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(scheme.disabled))
    return palette


def tabular(font: QFont) -> QFont:
    """Return ``font`` with digits of one width, so that numbers do not dance."""
    font = QFont(font)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


class Theme(QObject):
    """The theme of the application; follows the system until told otherwise."""

    def __init__(
        self,
        application: QApplication,
        choice: Choice = "system",
        points: int = 0,
        maps: Maps = OWN_MAPS,
    ) -> None:
        super().__init__(application)
        self._application = application
        self._usual = tabular(application.font())
        self.choice: Choice = choice
        application.setStyle("Fusion")
        self.size_letters(points)
        self.choose_maps(maps)
        application.styleHints().colorSchemeChanged.connect(self._on_system_scheme)
        self.choose(choice)

    @property
    def name(self) -> str:
        """``dark`` or ``light``: what is on screen now."""
        if self.choice != "system":
            return self.choice
        system = self._application.styleHints().colorScheme()
        return "light" if system == Qt.ColorScheme.Light else "dark"

    @property
    def scheme(self) -> Scheme:
        """The colours on screen now."""
        return SCHEMES[self.name]

    def choose(self, choice: Choice) -> None:
        """Show this theme from now on."""
        self.choice = choice
        hints = self._application.styleHints()
        # The frame that the system draws around the window follows, where it can.
        if choice == "system":
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(
                Qt.ColorScheme.Dark if choice == "dark" else Qt.ColorScheme.Light
            )
        self._apply(self.scheme)

    @contextmanager
    def lent(self, name: str) -> Iterator[None]:
        """Have the colours of another theme while a picture is taken.

        Nothing of it comes to the screen: that is drawn only when events are handled.
        """
        if name == self.name:
            yield
            return
        self._apply(SCHEMES[name])
        try:
            yield
        finally:
            self._apply(self.scheme)

    def size_letters(self, points: int) -> None:
        """Write in letters of this size from now on; 0 is that of the system."""
        font = QFont(self._usual)
        if points:
            font.setPointSize(points)
        self._application.setFont(font)
        self._tell_widgets()

    def choose_maps(self, maps: Maps) -> None:
        """Colour heat maps in this way from now on."""
        self._application.setProperty(MAPS, maps)
        self._tell_widgets()

    def _tell_widgets(self) -> None:
        # Where there is a style sheet, widgets take a font when it is set; and all
        # are told that their style changed.
        self._application.setStyleSheet(self._application.styleSheet())

    def _on_system_scheme(self) -> None:
        if self.choice == "system":
            self._apply(self.scheme)

    def _apply(self, scheme: Scheme) -> None:
        pg.setConfigOption("background", scheme.base)
        pg.setConfigOption("foreground", scheme.text)
        self._application.setPalette(palette_of(scheme))
        # On the application: a dialog without a parent has the same look.
        self._application.setStyleSheet(style_sheet(scheme))
