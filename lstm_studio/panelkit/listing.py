"""A quiet list of names and numbers in fixed columns; every line can be copied."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)

AnyIndex = QModelIndex | QPersistentModelIndex

LINE_ROLE: Final = Qt.ItemDataRole.UserRole

Kind = Literal[
    "section", "value", "fact", "columns", "equation", "text", "code", "note", "key"
]


@dataclass(frozen=True, slots=True)
class Bar:
    """How a value is drawn beside its number: from 0 towards it, clipped."""

    value: float
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes
    ----------
    kind
        ``section``: a heading; ``value``: label, number and bar; ``fact``: label
        and wrapped text; ``columns``: label and several numbers; ``equation``: a
        muted formula, then its numbers; ``text``: wrapped; ``code``: in a fixed-width
        font; ``note``: muted and wrapped; ``key``: a coloured square, label and text.
    copy
        What is copied; ``""`` for a line that is not worth copying.
    stream
        Stream that the line speaks of: gives the bar its colour.
    faint
        Whether the line is beside the point, and drawn so.
    colour
        Curve colour of the square of a ``key``.
    """

    kind: Kind
    text: str = ""
    label: str = ""
    columns: tuple[str, ...] = ()
    bar: Bar | None = None
    stream: str = ""
    copy: str = ""
    tip: str = ""
    faint: bool = False
    colour: int = 0

    @property
    def topic(self) -> tuple[str, str, str]:
        """What the line speaks of, whatever it says."""
        text = "" if self.label or self.stream else self.text
        return self.kind, self.label + text, self.stream

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return " ".join(part for part in (self.label, self.text, *self.columns) if part)


class LineModel(QAbstractListModel):
    """Lines as rows; headings cannot be selected."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown."""
        return self._lines

    def show(self, lines: Sequence[Line]) -> bool:
        """Take other lines; return whether their kinds or number changed.

        A line that keeps its kind keeps its selection, so that a line stays chosen
        while its numbers run.
        """
        old, new = self._lines, tuple(lines)
        if old == new:
            return False
        same = [line.kind for line in old] == [line.kind for line in new]
        if same:
            self._lines = new
            others = [row for row in range(len(new)) if new[row] != old[row]]
            self.dataChanged.emit(self.index(others[0]), self.index(others[-1]))
        else:
            self.beginResetModel()
            self._lines = new
            self.endResetModel()
        return not same

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return line.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(line.tip) or None
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if index.isValid() and self._lines[index.row()].kind == "section":
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


def plain_tip(text: str) -> str:
    """Return a tool tip that Qt shows as it is: names from files are no markup."""
    return f"<span>{html.escape(text)}</span>" if text else ""
