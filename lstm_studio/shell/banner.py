"""What went wrong, at the top of the window: cause, next step, and details folded."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.messages import Failed
from lstm_studio.panelkit.text import name_text
from lstm_studio.shell.icons import icon
from lstm_studio.shell.theme import GRID

DETAILS_HEIGHT = 160


class Banner(QFrame):
    """One message that stays until it is closed or the next job goes well."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._failed: Failed | None = None
        self._offered: Callable[[], None] | None = None
        self._offered_instead: Callable[[], None] | None = None
        self._sign = QLabel(self)
        self.text = self._label()
        self.next_step = self._label()
        self.next_step.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.offer = QPushButton(self)
        self.offer.clicked.connect(self._on_offer)
        self.instead = QPushButton(self)
        self.instead.clicked.connect(self._on_instead)
        self.fold = QPushButton("Details", self)
        self.fold.setCheckable(True)
        self.fold.toggled.connect(self._on_fold)
        self.copy = QPushButton("Copy", self)
        self.copy.setToolTip("Copy the message and its details")
        self.copy.clicked.connect(self._on_copy)
        self.close_ = QToolButton(self)
        self.close_.setAutoRaise(True)
        self.close_.setToolTip("Close the message")
        self.close_.setAccessibleName("Close the message")
        self.close_.clicked.connect(self.hide)
        self.details = QPlainTextEdit(self)
        self.details.setReadOnly(True)
        self.details.setAccessibleName("Details of the message")
        self.details.setFixedHeight(DETAILS_HEIGHT)
        self._lay_out()
        self._paint()
        self.hide()

    def _label(self) -> QLabel:
        label = QLabel(self)
        # Names from files may hold markup.
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setWordWrap(True)
        # Without a width of its own a long path would widen the window.
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return label

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.text)
        words.addWidget(self.next_step)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        for button in (self.offer, self.instead, self.fold, self.copy, self.close_):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.addLayout(row)
        column.addWidget(self.details)

    def show_failed(
        self,
        failed: Failed,
        offer: str = "",
        take: Callable[[], None] | None = None,
        instead: tuple[str, Callable[[], None]] | None = None,
    ) -> None:
        """Show what went wrong, with one button for the way out where there is one.

        ``instead`` is a second way, on a button beside it.
        """
        self._failed, self._offered = failed, take
        words, self._offered_instead = instead or ("", None)
        self.instead.setText(words)
        self.instead.setVisible(bool(words))
        self.text.setText(name_text(failed.message))
        self.next_step.setText(name_text(failed.next_step))
        self.next_step.setVisible(bool(failed.next_step))
        self.offer.setText(offer)
        self.offer.setVisible(bool(offer))
        self.details.setPlainText(failed.details)
        self.fold.setVisible(bool(failed.details))
        self.fold.setChecked(False)
        self.details.hide()
        self.setAccessibleName(f"Message: {failed.message}")
        self.show()

    @property
    def failed(self) -> Failed | None:
        """What is shown, or was shown last."""
        return self._failed

    @property
    def report(self) -> str:
        """The message and its details as text."""
        failed = self._failed
        if failed is None:
            return ""
        parts = (f"{failed.kind}: {failed.message}", failed.next_step, failed.details)
        return "\n\n".join(part for part in parts if part)

    def _on_offer(self) -> None:
        self.hide()
        if self._offered is not None:
            self._offered()

    def _on_instead(self) -> None:
        self.hide()
        if self._offered_instead is not None:
            self._offered_instead()

    def _on_fold(self, unfolded: bool) -> None:
        self.details.setVisible(unfolded)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report)

    def _paint(self) -> None:
        self._sign.setPixmap(icon("warning-circle", self.palette()).pixmap(20, 20))
        self.close_.setIcon(icon("x", self.palette()))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.closed.emit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()
        super().changeEvent(event)
