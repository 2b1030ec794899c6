"""Fields for numbers, whose text begins where that of other fields does."""

from typing import Any, Final

from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

INDENT_PX: Final = 5
"""With Qt's own two pixels: the padding of a box of choices."""


class SpinBox(QSpinBox):
    """A field for a whole number."""

    def __init__(self, *arguments: Any, **properties: Any) -> None:
        super().__init__(*arguments, **properties)
        _indent(self)


class DoubleSpinBox(QDoubleSpinBox):
    """A field for any number."""

    def __init__(self, *arguments: Any, **properties: Any) -> None:
        super().__init__(*arguments, **properties)
        _indent(self)


def _indent(box: QAbstractSpinBox) -> None:
    # The padding of a style sheet moves the buttons of these, and not the text.
    box.lineEdit().setTextMargins(INDENT_PX, 0, 0, 0)
