"""Asks for a condition: where to go, and where a run is to pause."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.condition import EXAMPLE, Condition
from lstm_studio.core.errors import DoesNotFit
from lstm_studio.shell.dialogs.fitted import FittedDialog
from lstm_studio.shell.theme import GRID

ABOUT = (
    f"Name a layer, a unit and a stream: {EXAMPLE}. Join with “and” and “or”; "
    "|h| leaves out the sign. What is left out is what is chosen now."
)


class ConditionDialog(FittedDialog):
    """One line of text, checked while it is typed."""

    chosen = Signal(object, bool, bool)
    """The condition, whether runs pause there, whether to go there now."""

    def __init__(
        self,
        text: str,
        read: Callable[[str], Condition],
        *,
        stops: bool,
        recorded: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("condition")
        self.setWindowTitle("Find steps")
        self.setMinimumWidth(460)
        self._read = read
        self._recorded = recorded
        self._condition: Condition | None = None
        self.text = QLineEdit(text, self)
        self.text.setAccessibleName("Condition")
        self.text.selectAll()
        label = QLabel("Steps &where", self)
        label.setBuddy(self.text)
        about = self._label(ABOUT)
        about.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.message = self._label("")
        self.message.setAccessibleName("What is not understood")
        # Its room is kept, so that nothing moves while one types.
        self.message.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.stops = QCheckBox("&Pause runs where it begins to hold", self)
        self.stops.setChecked(stops)
        buttons = QDialogButtonBox(self)
        role = QDialogButtonBox.ButtonRole
        self.go = buttons.addButton("Find next", role.AcceptRole)
        self.go.setDefault(True)
        self.take = buttons.addButton("Use", role.ActionRole)
        self.take.setToolTip("Take the condition without moving the cursor")
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.go.clicked.connect(self._on_go)
        self.take.clicked.connect(self._on_take)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(2 * GRID)
        for widget in (label, self.text, self.message, about, self.stops):
            column.addWidget(widget)
        column.addSpacing(GRID)
        column.addWidget(buttons)
        self.text.textChanged.connect(self._on_text)
        self._on_text()

    def _label(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def _on_text(self) -> None:
        try:
            self._condition, said = self._read(self.text.text()), ""
        except DoesNotFit as refused:
            self._condition, said = None, str(refused)
        self.message.setText(said)
        self.go.setEnabled(self._condition is not None and self._recorded)
        self.take.setEnabled(self._condition is not None)

    def _on_go(self) -> None:
        self._choose(find=True)

    def _on_take(self) -> None:
        self._choose(find=False)

    def _choose(self, *, find: bool) -> None:
        if self._condition is not None:
            condition, stops = self._condition, self.stops.isChecked()
            self.accept()
            self.chosen.emit(condition, stops, find)
