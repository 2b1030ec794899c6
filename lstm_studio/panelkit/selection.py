"""A chosen row that stays readable: tinted, not reversed."""

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractScrollArea

from lstm_studio.panelkit.colours import Colours, mix

TINT = {QPalette.ColorGroup.Active: 0.26, QPalette.ColorGroup.Inactive: 0.14}


def quiet_selection(widget: QAbstractScrollArea, theme: Colours) -> None:
    """Tint chosen rows of a list or tree; its text keeps its colour."""
    parent = widget.parentWidget()
    source = parent.palette() if parent is not None else widget.palette()
    palette = QPalette(source)
    highlight = source.color(QPalette.ColorRole.Highlight)
    for group, share in TINT.items():
        tint = mix(theme.background, highlight, share)
        palette.setColor(group, QPalette.ColorRole.Highlight, tint)
        palette.setColor(group, QPalette.ColorRole.HighlightedText, theme.text)
    widget.setPalette(palette)
    # Where there is a style sheet, it keeps the one that it had first.
    widget.viewport().setPalette(palette)
