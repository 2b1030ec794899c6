"""Two boxes that choose the colours of heat maps, each with what they look like."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QComboBox, QWidget

from lstm_studio.panelkit.colours import colours
from lstm_studio.panelkit.levels import GATE, UNIT, Levels
from lstm_studio.panelkit.maps import AROUND_ZERO, FIRST, LAST, OF_GATES, Maps

STRIP: Final = QSize(96, 12)


class MapChoice(QObject):
    """The boxes, and what was chosen in them."""

    chosen = Signal(object)
    """The `Maps` from now on."""

    def __init__(self, maps: Maps, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.around_zero = _box("Map around 0", AROUND_ZERO, maps.around_zero)
        self.around_zero.setToolTip("Of h, c, g and n, of inputs and of differences")
        self.of_gates = _box("Map of gates", OF_GATES, maps.of_gates)
        self.of_gates.setToolTip("Of what lies between 0 and 1")
        self._paint()
        for box in (self.around_zero, self.of_gates):
            box.currentIndexChanged.connect(self._on_chosen)
        # Our own maps begin with the background of the theme.
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()
        return False

    @property
    def maps(self) -> Maps:
        """What is chosen now."""
        return Maps(self.around_zero.currentData(), self.of_gates.currentData())

    def _paint(self) -> None:
        for box in (self.around_zero, self.of_gates):
            for index in range(box.count()):
                name = box.itemData(index)
                both = box is self.around_zero
                maps = Maps(around_zero=name) if both else Maps(of_gates=name)
                box.setItemIcon(index, self._strip(UNIT if both else GATE, maps))

    def _strip(self, levels: Levels, maps: Maps) -> QIcon:
        """Return the colours of a map from its lowest to its highest value."""
        theme = replace(colours(self._parent.palette()), maps=maps)
        words = levels.table(theme)[FIRST : LAST + 1].copy()
        image = QImage(words.data, len(words), 1, QImage.Format.Format_ARGB32)
        return QIcon(QPixmap.fromImage(image.scaled(STRIP)))

    def _on_chosen(self) -> None:
        self.chosen.emit(self.maps)


def _box(name: str, texts: Mapping[str, str], chosen: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setIconSize(STRIP)
    for each, text in texts.items():
        box.addItem(text, each)
    box.setCurrentIndex(box.findData(chosen))
    return box
