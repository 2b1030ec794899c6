"""A field for lines of Python: it grows, completes, and knows what was typed before."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

MOST_LINES = 8
INDENT = "    "


class InputLine(QPlainTextEdit):
    """Return runs what is whole, else begins a line; Up and Down recall."""

    entered = Signal(str)
    completion_asked = Signal(str)

    def __init__(
        self, is_whole: Callable[[str], bool], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._is_whole = is_whole
        self._past: list[str] = []
        self._at = 0
        self._draft = ""
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.textChanged.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        lines = min(max(self.blockCount(), 1), MOST_LINES)
        margin = 2 * (int(self.document().documentMargin()) + self.frameWidth())
        return QSize(200, lines * self.fontMetrics().lineSpacing() + margin)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.height() >= self.sizeHint().height():
            # It has scrolled for a new line before it had the room for it.
            self.verticalScrollBar().setValue(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        cursor = self.textCursor()
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._on_return(event.modifiers())
            case Qt.Key.Key_Up if not cursor.blockNumber():
                self._recall(-1)
            case Qt.Key.Key_Down if cursor.blockNumber() == self.blockCount() - 1:
                self._recall(1)
            case Qt.Key.Key_Tab if self._before_cursor.strip():
                self.completion_asked.emit(self._before_cursor)
            case Qt.Key.Key_Tab if self.blockCount() > 1:
                cursor.insertText(INDENT)
            case Qt.Key.Key_Tab:
                # With nothing to complete it goes where it always goes.
                self.focusNextChild()
            case _:
                super().keyPressEvent(event)

    @property
    def _before_cursor(self) -> str:
        cursor = self.textCursor()
        return cursor.block().text()[: cursor.positionInBlock()]

    def _on_return(self, modifiers: Qt.KeyboardModifier) -> None:
        text = self.toPlainText()
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._begin_line()
        elif modifiers & Qt.KeyboardModifier.ControlModifier or self._is_whole(text):
            self._enter(text.rstrip())
        else:
            self._begin_line()

    def _begin_line(self) -> None:
        line = self._before_cursor
        indent = line[: len(line) - len(line.lstrip())]
        more = INDENT if line.rstrip().endswith(":") else ""
        self.textCursor().insertText(f"\n{indent}{more}")
        self.ensureCursorVisible()

    def _enter(self, text: str) -> None:
        if text.strip():
            if self._past[-1:] != [text]:
                self._past.append(text)
            self._at, self._draft = len(self._past), ""
            self.clear()
            self.entered.emit(text)

    def _recall(self, by: int) -> None:
        at = self._at + by
        if not 0 <= at <= len(self._past):
            return
        if self._at == len(self._past):
            self._draft = self.toPlainText()
        self._at = at
        self.setPlainText([*self._past, self._draft][at])
        self.moveCursor(QTextCursor.MoveOperation.End)

    def insert(self, text: str) -> None:
        """Go on with what was typed."""
        self.textCursor().insertText(text)
