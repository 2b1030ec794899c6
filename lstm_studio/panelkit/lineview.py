"""The widget that shows lines: aligned columns, small bars, a copy mark on hover."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QGuiApplication,
    QHoverEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from lstm_studio.panelkit.colours import Colours, colours, mix
from lstm_studio.panelkit.linepaint import (
    Fonts,
    copy_rect,
    line_height,
    paint_line,
    paint_mark,
)
from lstm_studio.panelkit.listing import LINE_ROLE, AnyIndex, Line, LineModel

COPIED_MS: Final = 900


class LineView(QListView):
    """A list of lines: click chooses; Ctrl+C, Enter or the mark at the right copies."""

    chosen = Signal(str)
    """The stream of the line that was chosen."""
    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = LineModel()
        self.fonts = Fonts(self.font())
        self._heights: list[int] = []
        self.setModel(self._model)
        self.setItemDelegate(LineHeights(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self._restoring = False
        self.copied_row = self._hovered = -1
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(COPIED_MS)
        self._forget.timeout.connect(self._on_forget)

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown."""
        return self._model.lines

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show other lines; scroll position and chosen line stay."""
        position, chosen = self.verticalScrollBar().value(), self.chosen_line()
        self._restoring = True
        self._measure(lines)
        if self._model.show(lines):
            self._choose_again(chosen)
            self.verticalScrollBar().setValue(position)
        self._restoring = False

    def _choose_again(self, chosen: Line | None) -> None:
        """Choose the line that says the same of another step or unit."""
        if chosen is None:
            return
        for row, line in enumerate(self.lines):
            if line.topic == chosen.topic:
                self.setCurrentIndex(self._model.index(row))
                return

    def chosen_line(self) -> Line | None:
        """Return the line that was chosen last."""
        index = self.currentIndex()
        return index.data(LINE_ROLE) if index.isValid() else None

    def copy_selection(self) -> None:
        """Copy the chosen lines: one as it is, several with their labels."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        lines = [self.lines[row] for row in rows if self.lines[row].copy]
        if len(lines) == 1:
            self.copy_line(rows[0] if len(rows) == 1 else self.lines.index(lines[0]))
        elif lines:
            text = "\n".join(
                f"{line.label}\t{line.copy}" if line.label else line.copy
                for line in lines
            )
            QGuiApplication.clipboard().setText(text)
            self.copied.emit(text)

    def copy_line(self, row: int) -> None:
        """Copy one line, and mark it as copied for a moment."""
        text = self.lines[row].copy
        QGuiApplication.clipboard().setText(text)
        self.copied_row = row
        self._forget.start()
        self.viewport().update()
        self.copied.emit(text)

    def _on_forget(self) -> None:
        self.copied_row = -1
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.matches(QKeySequence.StandardKey.Copy) or event.key() in keys:
            self.copy_selection()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            return
        rect = copy_rect(self.visualRect(index))
        if self.lines[index.row()].copy and rect.contains(event.position().toPoint()):
            self.copy_line(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self.lines[index.row()].copy:
            self.copy_line(index.row())

    def _on_current_changed(self) -> None:
        line = self.chosen_line()
        if line is not None and line.stream and not self._restoring:
            self.chosen.emit(line.stream)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure(self.lines)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.fonts = Fonts(self.font())
            self._measure(self.lines)

    def dataChanged(
        self, first: AnyIndex, last: AnyIndex, roles: Sequence[int] = ()
    ) -> None:
        # A list view would lay out all its lines for each one that changed.
        if QAccessible.isActive():
            QAbstractItemView.dataChanged(self, first, last, roles)
        top, end = self._top_of(first.row()), self._top_of(last.row() + 1)
        self.viewport().update(0, top, self.viewport().width(), end - top)

    def _top_of(self, row: int) -> int:
        return sum(self._heights[:row]) - self.verticalOffset()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHoverEvent):
            self._hovered = self.indexAt(event.position().toPoint()).row()
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        # Not line by line by a delegate: the list would ask it, and the model, a
        # dozen times for each, and numbers run with the cursor.
        self.executeDelayedItemsLayout()
        theme = colours(self.palette())
        chosen = {index.row() for index in self.selectedIndexes()}
        painter = QPainter(self.viewport())
        rect = QRect(0, -self.verticalOffset(), self.viewport().width(), 0)
        for row, line in enumerate(self.lines):
            rect.setHeight(self._heights[row])
            if rect.intersects(event.rect()):
                self._paint_line(painter, line, rect, theme, row in chosen)
                if line.copy and row in (self.copied_row, self._hovered):
                    painter.save()
                    copied = row == self.copied_row
                    paint_mark(painter, copy_rect(rect), theme, copied=copied)
                    painter.restore()
            rect.translate(0, rect.height())
        painter.end()

    def _paint_line(
        self, painter: QPainter, line: Line, rect: QRect, theme: Colours, chosen: bool
    ) -> None:
        if chosen and line.kind != "section":
            share = 0.22 if self.hasFocus() else 0.12
            highlight = self.palette().highlight().color()
            painter.fillRect(rect, mix(theme.background, highlight, share))
        paint_line(painter, line, rect, self.fonts, theme)

    def height_of(self, row: int) -> int:
        """Return the height of a line."""
        return self._heights[row]

    def _measure(self, lines: Sequence[Line]) -> None:
        width = self.viewport().width()
        heights = [line_height(line, self.fonts, width) for line in lines]
        if heights != self._heights:
            self._heights = heights
            self.scheduleDelayedItemsLayout()


class LineHeights(QStyledItemDelegate):
    """Says how high the lines are."""

    def __init__(self, view: LineView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(self._view.viewport().width(), self._view.height_of(index.row()))
