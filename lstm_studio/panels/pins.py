"""The pinned units: their colours, their values at the cursor."""

from typing import ClassVar, Final

from PySide6.QtCore import QPoint, QSignalBlocker, Qt
from PySide6.QtGui import (
    QBrush,
    QFont,
    QFontMetrics,
    QIcon,
    QKeyEvent,
    QPainter,
    QPixmap,
)
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.view import Pin
from lstm_studio.panelkit.facts import name_text
from lstm_studio.panelkit.inspection import value_at
from lstm_studio.panelkit.listing import plain_tip
from lstm_studio.panelkit.marks import MarkReader, said_of
from lstm_studio.panelkit.panel import Area, Panel
from lstm_studio.panelkit.pins import PinColours
from lstm_studio.panelkit.selection import quiet_selection
from lstm_studio.panelkit.streamchooser import STREAM_NAMES
from lstm_studio.panelkit.text import MINUS, value_text
from lstm_studio.session.session import Session

PIN_ROLE: Final = Qt.ItemDataRole.UserRole
CROSS: Final = "\u00d7"
CROSS_PX: Final = 24
MARGIN_PX: Final = 3
"""What Qt leaves free at either side of a text in our style.

Not asked of the style: each one that was asked stays with the application, also when a
closed window has taken it away.
"""
WIDEST: Final = f"{MINUS}0.000123"
"""A value that takes the most room: the column is never narrower."""
MOST_SAMPLES: Final = 1000
"""Samples that are offered: a list of more is no choice."""


class PinList(QTreeWidget):
    """Pins as rows; Delete unpins the chosen one."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        keys = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        if item is not None and event.key() in keys:
            self._session.unpin(item.data(0, PIN_ROLE))
        else:
            super().keyPressEvent(event)


class PinsPanel(Panel):
    """Units that stay on screen as lines."""

    id: ClassVar[str] = "pins"
    title: ClassVar[str] = "Pinned units"
    help: ClassVar[str] = (
        "Units drawn as lines. Click one to look at it, click the cross or press "
        "Delete to unpin it."
    )
    area: ClassVar[Area] = "left"
    blind_to: ClassVar[frozenset[str]] = frozenset({"span", "follow"})

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._colours = PinColours.of(session)
        self.list = PinList(session)
        self.stream = QComboBox()
        self.sample = QComboBox()
        self.pin = QPushButton("Pin")
        self.clear = QPushButton("Clear")
        self._items: list[QTreeWidgetItem] = []
        self._marks = MarkReader()
        self._hint = QLabel("No unit is pinned.")
        self._lay_out()
        self.recolour()
        self.list.itemClicked.connect(self._on_item_clicked)
        self.list.itemActivated.connect(self._on_item_activated)
        self.pin.clicked.connect(self.pin_chosen)
        self.clear.clicked.connect(self.unpin_all)

    def _lay_out(self) -> None:
        tree = self.list
        tree.setColumnCount(3)
        tree.setHeaderHidden(True)
        tree.setRootIsDecorated(False)
        tree.setFrameShape(QFrame.Shape.NoFrame)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setUniformRowHeights(True)
        tree.setAccessibleName("Pinned units")
        header = tree.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(CROSS_PX)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(2, CROSS_PX)
        self._hint.setMargin(8)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._hint.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.stream.setAccessibleName("Stream to pin")
        # Streams have names of a letter; the button needs the room of the dock.
        shortest = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.stream.setSizeAdjustPolicy(shortest)
        self.stream.setMinimumContentsLength(1)
        self.sample.setAccessibleName("Sample to pin")
        self.sample.setToolTip(
            "Whose line it is: that of the chosen sample, or always that of one sample"
        )
        self.sample.setSizeAdjustPolicy(shortest)
        self.sample.setMinimumContentsLength(3)
        policy = QSizePolicy.Policy
        self.sample.setSizePolicy(policy.Expanding, policy.Fixed)
        self.stream.setSizePolicy(policy.Fixed, policy.Fixed)
        self.pin.setSizePolicy(policy.Expanding, policy.Fixed)
        self.clear.setToolTip("Unpin all units")
        foot = QGridLayout()
        foot.setContentsMargins(8, 0, 8, 0)
        foot.setSpacing(4)
        # In a row of its own: with all four in one the window would be too wide.
        foot.addWidget(self.sample, 0, 0, 1, 3)
        foot.addWidget(self.pin, 1, 0)
        foot.addWidget(self.stream, 1, 1)
        foot.addWidget(self.clear, 1, 2)
        foot.setColumnStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 6)
        layout.setSpacing(4)
        layout.addWidget(self._hint)
        layout.addWidget(tree, 1)
        layout.addLayout(foot)

    def refresh(self) -> None:
        pins = self.session.view.pins
        items = self._show_pins(pins)
        for item, pin in zip(items, pins, strict=True):
            text = self._value_text(pin)
            item.setText(1, text)
            item.setData(
                0, Qt.ItemDataRole.AccessibleTextRole, f"{item.text(0)}, {text}"
            )
        self._make_room(items)
        self._hint.setVisible(not pins)
        self.list.setVisible(bool(pins))
        self.clear.setEnabled(bool(pins))
        self._show_choice()

    def _make_room(self, items: list[QTreeWidgetItem]) -> None:
        """Let the values be read whole: half a number is another number."""
        metrics = QFontMetrics(self._numbers())
        texts = [WIDEST, *(item.text(1) for item in items)]
        width = max(map(metrics.horizontalAdvance, texts)) + 2 * MARGIN_PX
        self.list.header().resizeSection(1, width)

    def _numbers(self) -> QFont:
        font = QFont(self.font())
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _value_text(self, pin: Pin) -> str:
        """Return the value of a unit at the cursor, or why there is none."""
        recording, view = self.session.recording, self.session.view
        value = value_at(
            self.session, pin.layer, pin.stream, view.step, pin.unit, pin.sample
        )
        if value is None or recording is None:
            return ""
        sample = view.sample if pin.sample is None else pin.sample
        here = view.step, view.step + 1
        marks = self._marks.read(recording, pin.layer, sample, here)
        return said_of(self.session, marks, value_text(float(value)), view.step)

    def _show_pins(self, pins: tuple[Pin, ...]) -> list[QTreeWidgetItem]:
        items = self._items
        if [item.data(0, PIN_ROLE) for item in items] != list(pins):
            row = next((i for i, item in enumerate(items) if item.isSelected()), -1)
            self.list.clear()
            self._items = items = [self._item(pin) for pin in pins]
            self.list.addTopLevelItems(items)
            if row >= 0 and items:
                self.list.setCurrentItem(items[min(row, len(items) - 1)])
        for item, pin in zip(items, pins, strict=True):
            colour = self.colours.curve(self._colours.slot(pin)).name()
            if item.data(2, PIN_ROLE) != colour:
                item.setData(2, PIN_ROLE, colour)
                item.setIcon(0, _swatch(self, colour))
        return items

    def _item(self, pin: Pin) -> QTreeWidgetItem:
        name = name_text(pin.layer) or "model"
        of = "" if pin.sample is None else f", sample {pin.sample}"
        # The sample first: where there is little room the end is cut.
        sample = "" if pin.sample is None else f"  sample {pin.sample}"
        text = f"{pin.stream}[{pin.unit}]{sample}  {name}"
        item = QTreeWidgetItem([text, "", CROSS])
        item.setData(0, PIN_ROLE, pin)
        item.setToolTip(0, plain_tip(f"{pin.stream} of unit {pin.unit} of {name}{of}"))
        item.setToolTip(2, "Unpin")
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        item.setTextAlignment(1, right)
        item.setTextAlignment(2, Qt.AlignmentFlag.AlignCenter)
        self._dress(item)
        return item

    def _dress(self, item: QTreeWidgetItem) -> None:
        item.setForeground(2, QBrush(self.colours.muted))
        item.setFont(1, self._numbers())

    def _show_choice(self) -> None:
        view = self.session.view
        layer = self.session.extent.layers.get(view.layer or "")
        streams = [] if layer is None else list(layer.streams)
        if [self.stream.itemText(row) for row in range(self.stream.count())] != streams:
            with QSignalBlocker(self.stream):
                self.stream.clear()
                self.stream.addItems(streams)
                for row, stream in enumerate(streams):
                    name = STREAM_NAMES.get(stream, stream)
                    self.stream.setItemData(row, name, Qt.ItemDataRole.ToolTipRole)
                if layer is not None:
                    self.stream.setCurrentText(view.stream(layer))
        samples = self.session.extent.samples
        if self.sample.count() != min(samples, MOST_SAMPLES) + 1:
            self.sample.clear()
            self.sample.addItem("chosen sample", None)
            for sample in range(min(samples, MOST_SAMPLES)):
                self.sample.addItem(f"sample {sample}", sample)
        self.sample.setVisible(samples > 1)
        self.pin.setText(f"Pin unit {view.unit}")
        self.pin.setEnabled(layer is not None)
        self.stream.setEnabled(layer is not None)

    def recolour(self) -> None:
        self._make_room(self._items)
        quiet_selection(self.list, self.colours)
        for item in self._items:
            self._dress(item)

    # What the user does

    def pin_chosen(self) -> None:
        """Pin the chosen unit with the stream of the box."""
        view = self.session.view
        if view.layer is not None:
            stream, sample = self.stream.currentText(), self.sample.currentData()
            self.session.pin(Pin(view.layer, stream, view.unit, sample))

    def unpin_all(self) -> None:
        """Unpin every unit; one undo brings them all back."""
        self.session.history.pause()
        self.session.look(pins=())

    def _on_item_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        if column == 2:
            self.session.unpin(item.data(0, PIN_ROLE))
        else:
            self._on_item_activated(item)

    def _on_item_activated(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        pin: Pin = item.data(0, PIN_ROLE)
        sample = self.session.view.sample if pin.sample is None else pin.sample
        self.session.look(layer=pin.layer, unit=pin.unit, sample=sample)


def _swatch(widget: QWidget, colour: str) -> QIcon:
    ratio = widget.devicePixelRatioF()
    pixmap = QPixmap(round(16 * ratio), round(16 * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    pen = painter.pen()
    pen.setColor(colour)
    pen.setWidth(3)
    painter.setPen(pen)
    painter.drawLine(QPoint(2, 8), QPoint(13, 8))
    painter.end()
    return QIcon(pixmap)
