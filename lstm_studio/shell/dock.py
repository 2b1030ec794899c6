"""A panel in its dock: a quiet title, with buttons that show under the mouse."""

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QFont
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QToolTip,
    QWidget,
)

from lstm_studio.panelkit.panel import Panel
from lstm_studio.shell.icons import icon
from lstm_studio.shell.theme import GRID

TITLE_HEIGHT = 24
BUTTON = 18
LEAST_HEIGHT = 64


class TitleBar(QWidget):
    """The name of a panel; its buttons are there while the mouse is."""

    def __init__(self, dock: QDockWidget, title: str, about: str) -> None:
        super().__init__(dock)
        self.label = QLabel(title, self)
        # Names may come from files: they are text, never markup.
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.help = self._button("question", f"About {title}: {about}")
        self.float = self._button(
            "arrow-square-out", f"{title}: in a window of its own"
        )
        self.hide_ = self._button("x", f"Hide {title}")
        self.help.clicked.connect(self._on_help)
        self.float.clicked.connect(self._on_float)
        self.hide_.clicked.connect(self._on_hide)
        self.setToolTip(about)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 4, 0)
        row.setSpacing(0)
        row.addWidget(self.label, 1)
        for button in self._buttons:
            row.addWidget(button)
        self._dock = dock
        self._shown = True
        self._paint()
        self._take_letters()

    @property
    def _buttons(self) -> tuple[QToolButton, ...]:
        return self.help, self.float, self.hide_

    def _button(self, name: str, about: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAutoRaise(True)
        button.setIconSize(QSize(12, 12))
        button.setFixedSize(BUTTON, BUTTON)
        button.setToolTip(about)
        button.setAccessibleName(about)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # It keeps its room while it is not seen, so that the title stays still.
        policy = button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        button.setSizePolicy(policy)
        button.hide()
        return button

    def show_title(self, shown: bool) -> None:
        """Take the room that the title needs, or none."""
        self._shown = shown
        self._take_room()

    def _take_letters(self) -> None:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.92)
        font.setWeight(QFont.Weight.DemiBold)
        self.label.setFont(font)
        self._take_room()

    def _take_room(self) -> None:
        height = max(TITLE_HEIGHT, self.label.fontMetrics().height() + GRID)
        self.setFixedHeight(height if self._shown else 0)

    def _paint(self) -> None:
        for button in self._buttons:
            button.setIcon(icon(button.objectName(), self.palette()))

    def _on_help(self) -> None:
        below = self.help.mapToGlobal(self.help.rect().bottomLeft())
        QToolTip.showText(below, self.toolTip(), self.help)

    def _on_float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())

    def _on_hide(self) -> None:
        # A slot of Qt's own would stay connected in memory after the window.
        self._dock.close()

    def sizeHint(self) -> QSize:
        # The dock takes the height of its title from here and not from the policy.
        return QSize(super().sizeHint().width(), self.maximumHeight())

    def minimumSizeHint(self) -> QSize:
        # A long name is cut before it makes its column wide.
        return QSize(3 * BUTTON + 32, self.maximumHeight())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()
        elif event.type() == QEvent.Type.StyleChange:
            # Later: now it would be taken back when the style of the label is set.
            QTimer.singleShot(0, self, self._take_letters)
        super().changeEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        for button in self._buttons:
            button.show()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        for button in self._buttons:
            button.hide()
        super().leaveEvent(event)


class Dock(QDockWidget):
    """One panel that can be moved, stacked, floated and hidden."""

    def __init__(self, panel: Panel, parent: QWidget) -> None:
        super().__init__(panel.title, parent)
        self.panel = panel
        # The arrangement is kept by this name.
        self.setObjectName(panel.id)
        self.setAccessibleName(panel.title)
        self.title_bar = TitleBar(self, panel.title, panel.help)
        self.setTitleBarWidget(self.title_bar)
        # A window of 700 pixels holds all panels: each gives way a little.
        panel.setMinimumHeight(LEAST_HEIGHT)
        self.setWidget(panel)
        self.in_front = True
        self.visibilityChanged.connect(self._on_visibility_changed)

    def _on_visibility_changed(self, visible: bool) -> None:
        # Also False while its tab is behind another; `isVisible` is True then.
        self.in_front = visible

    def show_title(self, shown: bool) -> None:
        """Show the title, or leave it to the tab that has the same words."""
        self.title_bar.show_title(shown)
