"""Asks what to make a picture of, how large and in which form, and shows it."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QDoubleSpinBox,
    QPushButton,
    QWidget,
)

from lstm_studio.export.vector import DPI
from lstm_studio.panelkit.spinbox import DoubleSpinBox
from lstm_studio.shell.dialogs.choiceform import pair
from lstm_studio.shell.dialogs.composed import ComposedDialog
from lstm_studio.shell.wish import LARGEST_MM, LEAST_MM, Wish
from lstm_studio.shell.words import grouped

FORMS: Final = {
    "png": "PNG, a picture of pixels",
    "svg": "SVG, sharp at any size",
    "pdf": "PDF, sharp at any size",
}
RESOLUTIONS: Final = {
    1 * DPI: "1×, as on a screen",
    2 * DPI: "2×",
    3 * DPI: "3×",
    300: "300 dpi, for print",
    4 * DPI: "4×",
    6 * DPI: "6×",
    600: "600 dpi, for print",
    8 * DPI: "8×",
}


class ExportDialog(ComposedDialog):
    """A picture before it is saved: what is seen is what will be in the file."""

    save_asked = Signal()
    copy_asked = Signal()

    def __init__(
        self,
        titles: Mapping[str, str],
        wish: Wish,
        layers: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("picture", titles, FORMS, wish, parent, window=True)
        self.setObjectName("export")
        self.width_mm = _millimetres("Width in millimetres", wish.width_mm)
        self.height_mm = _millimetres("Height in millimetres", wish.height_mm)
        self.dpi = _resolutions(wish.dpi)
        self.each_layer = QCheckBox("A file for each layer", self)
        self.each_layer.setChecked(wish.each_layer)
        self._several = layers > 1
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.rows.addRow("Si&ze", pair(self.width_mm, "×", self.height_mm))
        self.rows.addRow("&Resolution", self.dpi)
        self.rows.addRow("", self.said)
        self.rows.addRow("", self.caption)
        self.rows.addRow("", self.each_layer)
        self.copy: QPushButton = self.buttons.addButton(
            "Copy", QDialogButtonBox.ButtonRole.ActionRole
        )
        self.copy.setToolTip("Put the picture on the clipboard, as pixels")
        self.copy.clicked.connect(self.copy_asked)
        self.dpi.currentIndexChanged.connect(self._on_changed)
        self.each_layer.toggled.connect(self._on_changed)
        for number in (self.width_mm, self.height_mm):
            number.valueChanged.connect(self._later.start)
        self._arrange()
        self._show_rows()

    def _show_rows(self) -> None:
        window = self.panels.what.currentIndex() == 0
        self.rows.setRowVisible(self.dpi, self.form.currentData() == "png")
        # The window is as high as it is wide: its picture is not laid out anew.
        self.height_mm.setEnabled(not window)
        self.each_layer.setVisible(self._several and not window)
        self.save.setEnabled(self.panels.complete)

    @property
    def wish(self) -> Wish:
        """What is chosen."""
        window = not self.panels.panels
        return Wish(
            panels=self.panels.panels,
            form=self.form.currentData(),
            light=self.background.currentData() == "light",
            width_mm=_chosen(self.width_mm),
            height_mm=0.0 if window else _chosen(self.height_mm),
            dpi=self.dpi.currentData(),
            caption=self.caption.isChecked(),
            each_layer=self._several and not window and self.each_layer.isChecked(),
        )

    def _on_changed(self) -> None:
        self._later.stop()
        self._show_rows()
        self.copy.setEnabled(False)
        if not self.panels.complete:
            self.preview.say("Tick at least one panel.")
            return
        self.preview.wait("The picture is being drawn.")
        self.changed.emit(self.wish)

    def show_picture(
        self, image: QImage, size_mm: tuple[float, float], pixels: QSize
    ) -> None:
        """Show the picture as it will be saved, and how large it is."""
        self.preview.show_image(image)
        self.copy.setEnabled(True)
        text = f"{size_mm[0]:.0f} × {size_mm[1]:.0f} mm"
        if self.form.currentData() == "png":
            text += f", {grouped(pixels.width())} × {grouped(pixels.height())} pixels"
        self.said.setText(text)

    def _on_save(self) -> None:
        self.accept()
        self.save_asked.emit()


def _millimetres(name: str, value: float) -> QDoubleSpinBox:
    box = DoubleSpinBox()
    box.setAccessibleName(name)
    # The lowest value stands for what fits by itself.
    box.setRange(LEAST_MM - 1, LARGEST_MM)
    box.setSpecialValueText("auto")
    box.setDecimals(0)
    box.setSingleStep(5)
    box.setSuffix(" mm")
    box.setValue(value or box.minimum())
    return box


def _chosen(box: QDoubleSpinBox) -> float:
    return 0.0 if box.value() == box.minimum() else box.value()


def _resolutions(dpi: int) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName("Resolution of the picture")
    known = sorted({*RESOLUTIONS, dpi})
    for each in known:
        text = RESOLUTIONS.get(each, f"{each} dpi")
        box.addItem(text if "dpi" in text else f"{text} ({each} dpi)", each)
    box.setCurrentIndex(known.index(dpi))
    return box
