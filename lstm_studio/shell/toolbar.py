"""The bar at the top: open, device, run, transport, export."""

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from lstm_studio.shell.actions import Actions
from lstm_studio.shell.transport import Transport

SHORTENED: Final = ("open_model", "open_sequence", "cancel", "export_picture")
"""Buttons that a narrow window shows without their words."""


class ToolBar(QToolBar):
    """What is needed all the time, each an action that has its menu too."""

    def __init__(
        self, actions: Actions, transport: Transport, parent: QWidget | None = None
    ) -> None:
        super().__init__("Toolbar", parent)
        self._actions = actions
        self._transport = transport
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(QSize(18, 18))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for name in ("open_model", "open_sequence"):
            self.addAction(actions[name])
        self.addSeparator()
        self.device = QComboBox(self)
        self.device.setAccessibleName("Device of the run")
        self.device.setToolTip("Device of the next run")
        # One width for all devices: the buttons beside it stay where they are.
        self.device.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.device.setMinimumContentsLength(4)
        self.device.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.addWidget(self.device)
        for name in ("run", "cancel"):
            self.addAction(actions[name])
        self.addSeparator()
        self.addWidget(transport)
        space = QWidget(self)
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        self.addAction(actions["export_picture"])
        self._full = self.sizeHint().width()

    def offer_devices(self, devices: tuple[str, ...]) -> bool:
        """Offer these devices; return whether there were others before."""
        shown = [self.device.itemText(row) for row in range(self.device.count())]
        if shown == list(devices):
            return False
        self.device.clear()
        self.device.addItems(devices)
        return True

    def show_link(self, words: str) -> None:
        """Show the switch of the link while this window is one of two."""
        link = self._actions["link_cursor"]
        self.removeAction(link)
        if words:
            link.setIconText(words)
            self.insertAction(self._actions["export_picture"], link)
        self._measure()

    def fit(self, width: int) -> None:
        """Leave out words where there is no room for all: before buttons go."""
        self._shorten(short=width < self._full)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            # Later: its parts have not got their letters yet.
            QTimer.singleShot(0, self, self._measure)

    def _measure(self) -> None:
        self._shorten(short=False)
        # Else it would be told of the new words with the next events only.
        for part in (*self._transport.findChildren(QWidget), self._transport, self):
            layout = part.layout()
            if layout is not None:
                layout.invalidate()
        self._full = self.sizeHint().width()
        self.fit(self.width())

    def _shorten(self, *, short: bool) -> None:
        style = (
            Qt.ToolButtonStyle.ToolButtonIconOnly
            if short
            else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        )
        self._transport.shorten(short=short)
        for name in SHORTENED:
            button = self.widgetForAction(self._actions[name])
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(style)
