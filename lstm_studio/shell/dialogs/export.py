"""Asks what to make a picture of, how large and in which form, and shows it."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.export.caption import Caption
from lstm_studio.export.picture import SCALES, picture
from lstm_studio.shell.theme import GRID
from lstm_studio.shell.words import grouped

FORMS: Final = {
    "png": "PNG, a picture of pixels",
    "svg": "SVG, sharp at any size",
    "pdf": "PDF, sharp at any size",
}
PREVIEW: Final = (560, 350)


class ExportDialog(QDialog):
    """A picture before it is saved; the caption below it carries its origin."""

    chosen = Signal(QWidget, int, str)
    """The widget, the scale, and the ending of the file."""

    def __init__(
        self,
        scopes: Mapping[str, QWidget],
        caption: Caption,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("export")
        self.setWindowTitle("Export picture")
        self._scopes = dict(scopes)
        self._caption = caption
        self.scope = QComboBox(self)
        self.scope.setAccessibleName("What the picture shows")
        self.scope.addItems(list(scopes))
        self.form = QComboBox(self)
        self.form.setAccessibleName("Form of the file")
        for ending, text in FORMS.items():
            self.form.addItem(text, ending)
        self.scale = QComboBox(self)
        self.scale.setAccessibleName("Scale of the picture")
        self.preview = QLabel(self)
        self.preview.setAccessibleName("Preview of the picture")
        self.preview.setFixedSize(*PREVIEW)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.rows = QFormLayout()
        self.rows.setHorizontalSpacing(4 * GRID)
        self.rows.setVerticalSpacing(2 * GRID)
        self.rows.addRow("&Picture of", self.scope)
        self.rows.addRow("&Form", self.form)
        self.rows.addRow("&Size", self.scale)
        buttons = QDialogButtonBox(self)
        save = buttons.addButton("Save…", QDialogButtonBox.ButtonRole.AcceptRole)
        save.setDefault(True)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._on_save)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(3 * GRID)
        column.addWidget(self.preview)
        column.addLayout(self.rows)
        column.addWidget(buttons)
        self.scope.currentIndexChanged.connect(self._show)
        self.form.currentIndexChanged.connect(self._on_form)
        self._show()

    @property
    def _widget(self) -> QWidget:
        return self._scopes[self.scope.currentText()]

    def _show(self) -> None:
        image = picture(self._widget, None, 1, self._caption)
        ratio = self.devicePixelRatioF()
        shown = image.scaled(
            round(PREVIEW[0] * ratio),
            round(PREVIEW[1] * ratio),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        pixmap = QPixmap.fromImage(shown)
        pixmap.setDevicePixelRatio(ratio)
        self.preview.setPixmap(pixmap)
        before = max(self.scale.currentIndex(), 0)
        self.scale.clear()
        for scale in SCALES:
            size = (
                f"{grouped(image.width() * scale)} × {grouped(image.height() * scale)}"
            )
            self.scale.addItem(f"{scale}×, {size} pixels", scale)
        self.scale.setCurrentIndex(before)

    def _on_form(self) -> None:
        self.rows.setRowVisible(self.scale, self.form.currentData() == "png")

    def _on_save(self) -> None:
        self.accept()
        scale, ending = self.scale.currentData(), self.form.currentData()
        self.chosen.emit(self._widget, scale, ending)
