"""The first page: examples, recent files, and a place to drop one's own."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.examples import Example
from lstm_studio.panelkit.text import name_text
from lstm_studio.shell.actions import Actions
from lstm_studio.shell.cardpicture import HEIGHT, CardPicture
from lstm_studio.shell.icons import icon
from lstm_studio.shell.recovery import Recovery
from lstm_studio.shell.theme import GRID

WIDTH: Final = 976
CARD: Final = HEIGHT + 4 * GRID
SHOWN_RECENT: Final = 5


class Card(QPushButton):
    """One example: what is seen in it, and what to look for; all of it is a button."""

    def __init__(self, example: Example, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = example.name
        self.setObjectName("card")
        self.setAccessibleName(f"Open the example {example.title}")
        self.setAccessibleDescription(example.look_for)
        self.setMinimumHeight(CARD)
        self.setSizePolicy(
            QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding
        )
        title = Heading(example.title, 1.08, self)
        look_for = Label(example.look_for, self)
        self.labels = (title, look_for)
        look_for.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        picture = CardPicture(example, self)
        grid = QGridLayout(self)
        grid.setContentsMargins(2 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        grid.setHorizontalSpacing(3 * GRID)
        grid.setVerticalSpacing(GRID)
        grid.addWidget(picture, 0, 0, 3, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(title, 0, 1)
        grid.addWidget(look_for, 1, 1)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(2, 1)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return QSize(320, CARD) if layout is None else layout.sizeHint()

    def minimumSizeHint(self) -> QSize:
        # That of a button is its hint: large letters would make the page too wide.
        layout = self.layout()
        return QSize(320, CARD) if layout is None else layout.minimumSize()

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return CARD if layout is None else max(layout.heightForWidth(width), CARD)

    def hasHeightForWidth(self) -> bool:
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_words()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._keep_words()
        return handled

    def _keep_words(self) -> None:
        # The page that scrolls asks for least heights only, not for those of a width.
        height = self.heightForWidth(self.width())
        # Each change of it asks for a layout, and with that for another look.
        if height != self.minimumHeight():
            self.setMinimumHeight(height)


class Label(QLabel):
    """Text that is wrapped, and leaves the mouse to what is below it."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


class Heading(Label):
    """Strong letters, so many times as large as those of the application."""

    def __init__(self, text: str, scale: float, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._scale = scale
        self._take_letters()

    def _take_letters(self) -> None:
        font = QFont(QApplication.font())
        font.setPointSizeF(font.pointSizeF() * self._scale)
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            # Later: now it would be taken back when the style is set.
            QTimer.singleShot(0, self, self._take_letters)


class Welcome(QScrollArea):
    """What one can begin with."""

    example_chosen = Signal(str)
    file_chosen = Signal(str)

    def __init__(
        self,
        examples: Iterable[Example],
        actions: Actions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setAccessibleName("Welcome page")
        self.cards = tuple(Card(example) for example in examples)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setSpacing(3 * GRID)
        column.addStretch(1)
        column.addWidget(Heading("LSTM Studio", 2.0, page))
        about = Label(
            "See every state of a recurrent PyTorch model: h, c and the gates, "
            "at every step.",
            page,
        )
        about.setForegroundRole(page.palette().ColorRole.PlaceholderText)
        column.addWidget(about)
        column.addSpacing(2 * GRID)
        self.recovery = Recovery(page)
        column.addWidget(self.recovery)
        self._drop = DropZone(actions, page)
        column.addWidget(self._drop)
        column.addSpacing(2 * GRID)
        if self.cards:
            column.addWidget(Heading("Examples", 1.0, page))
            grid = QGridLayout()
            grid.setSpacing(3 * GRID)
            for number, card in enumerate(self.cards):
                grid.addWidget(card, number // 2, number % 2)
                card.clicked.connect(self._on_card)
            grid.setColumnStretch(0, 1)
            grid.setColumnStretch(1, 1)
            column.addLayout(grid)
        self._recent_title = Heading("Recent", 1.0, page)
        column.addSpacing(2 * GRID)
        column.addWidget(self._recent_title)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        column.addLayout(self._recent)
        column.addStretch(2)
        page.setMaximumWidth(WIDTH)
        centred = QWidget()
        row = QHBoxLayout(centred)
        row.setContentsMargins(6 * GRID, 6 * GRID, 6 * GRID, 6 * GRID)
        row.addStretch(1)
        row.addWidget(page, 100)
        row.addStretch(1)
        self.setWidget(centred)

    def show_recent(self, paths: Iterable[str]) -> None:
        """List the files that were opened before."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        shown = [path for path in paths if Path(path).exists()][:SHOWN_RECENT]
        self._recent_title.setVisible(bool(shown))
        for path in shown:
            self._recent.addWidget(self._recent_button(path))

    def _recent_button(self, path: str) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        # An ampersand in a name is a letter, not the mark of a key.
        name, folder = Path(path).name, str(Path(path).parent)
        button.setText(name_text(f"{name}    {folder}").replace("&", "&&"))
        button.setToolTip(f"Open {name_text(path)}")
        button.setAccessibleName(f"Open {name_text(path)}")
        button.setProperty("path", path)
        button.setIcon(icon("clock", self.palette()))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        button.clicked.connect(self._on_recent)
        return button

    def _on_card(self) -> None:
        card = self.sender()
        if isinstance(card, Card):
            self.example_chosen.emit(card.name)

    def _on_recent(self) -> None:
        button = self.sender()
        if isinstance(button, QAbstractButton):
            self.file_chosen.emit(str(button.property("path")))


class DropZone(QFrame):
    """Says that files may be dropped, and has the buttons for those who would not.

    The window itself takes the drop, here and everywhere else.
    """

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drop")
        row = QHBoxLayout(self)
        row.setContentsMargins(4 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        row.setSpacing(2 * GRID)
        text = Label("Drop a model and a sequence anywhere on the window", self)
        row.addWidget(text, 1)
        for name in ("open_model", "open_recording"):
            button = QPushButton(actions[name].text(), self)
            button.setToolTip(actions[name].toolTip())
            button.clicked.connect(actions[name].trigger)
            row.addWidget(button)
