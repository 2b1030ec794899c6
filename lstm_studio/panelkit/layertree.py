"""Layers under their modules, each with a small curve of its mean activity."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import (
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from lstm_studio.core.layers import Layer
from lstm_studio.core.shapes import Float
from lstm_studio.core.summary import Part
from lstm_studio.panelkit.colours import colours
from lstm_studio.panelkit.facts import name_text
from lstm_studio.panelkit.listing import AnyIndex, plain_tip
from lstm_studio.panelkit.text import fitting, small

SPARK_PX: Final = 84
MANY_PARTS: Final = 24
"""From here on, what is in a file is shown when it is asked for."""
MODULE_ROLE: Final = Qt.ItemDataRole.UserRole + 1
"""Name of a module that may be watched."""
LAYER_ROLE: Final = Qt.ItemDataRole.UserRole
DETAIL_ROLE: Final = Qt.ItemDataRole.UserRole + 2
NAMES: Final = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN relu"}

Activity = Float[np.ndarray, " column"]


def detail_of(layers: Sequence[Layer]) -> str:
    """Return kind and sizes of a module in a few signs: ``LSTM 4 → 128``."""
    first = layers[0]
    if first.kind == "module":
        return "watched"
    kind = NAMES[first.kind] + (" cell" if first.cell else "")
    size = f"{first.sizes.input} \u2192 {first.sizes.hidden}"
    if first.sizes.projection:
        size += f" \u2192 {first.sizes.projection}"
    return f"{kind} {size}"


class LayerTree(QTreeWidget):
    """The tree; the panel around it decides what a choice means."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.activities: dict[str, Activity] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        self._shown: tuple[object, ...] = ()
        self._chosen: str | None = None
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(SPARK_PX)
        header.resizeSection(1, SPARK_PX)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIndentation(14)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)
        self.setItemDelegateForColumn(0, NameDelegate(self))
        self.setItemDelegateForColumn(1, SparkDelegate(self))
        self.setAccessibleName("Layers")

    def show_layers(
        self,
        layers: Mapping[str, Layer],
        others: Sequence[str],
        parts: Sequence[Part] = (),
    ) -> None:
        """Show layers under their modules, then what may be watched, then the file.

        ``parts`` are what was recognised in the file, what was not, and why.
        """
        shown = (tuple(layers.values()), tuple(others), tuple(parts))
        if shown == self._shown:
            return
        self._shown = shown
        self._chosen = None
        self.clear()
        self._items.clear()
        groups: dict[str, list[Layer]] = {}
        for layer in layers.values():
            groups.setdefault(layer.module, []).append(layer)
        for module, members in groups.items():
            self._add_module(module, members)
        if others:
            self._add_others(others)
        self.expandAll()
        if parts:
            self._add_parts(parts)

    def _add_module(self, module: str, members: Sequence[Layer]) -> None:
        text = name_text(module) or "model"
        detail = detail_of(members)
        if len(members) == 1 and (members[0].cell or members[0].kind == "module"):
            item = self._item(self.invisibleRootItem(), text, detail, members[0])
            item.setToolTip(0, plain_tip(f"{members[0].name} \u00b7 {detail}"))
            return
        parent = QTreeWidgetItem(self.invisibleRootItem(), [text])
        parent.setData(0, DETAIL_ROLE, detail)
        parent.setToolTip(0, plain_tip(f"{text} \u00b7 {detail}"))
        parent.setFlags(Qt.ItemFlag.ItemIsEnabled)
        parent.setFirstColumnSpanned(True)
        for layer in members:
            short = layer.name.removeprefix(f"{module}.")
            width = f"{layer.width(layer.streams[0])} units"
            self._item(parent, name_text(short) or "model", width, layer)

    def _item(
        self, parent: QTreeWidgetItem, text: str, detail: str, layer: Layer
    ) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent, [text])
        item.setData(0, LAYER_ROLE, layer.name)
        item.setData(0, DETAIL_ROLE, detail)
        item.setData(1, LAYER_ROLE, layer.name)
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{text}, {detail}")
        self._items[layer.name] = item
        return item

    def _add_others(self, others: Sequence[str]) -> None:
        parent = QTreeWidgetItem(self.invisibleRootItem(), ["other modules"])
        parent.setData(0, DETAIL_ROLE, "tick to record")
        parent.setFlags(Qt.ItemFlag.ItemIsEnabled)
        parent.setFirstColumnSpanned(True)
        for name in others:
            item = QTreeWidgetItem(parent, [name_text(name)])
            item.setData(0, MODULE_ROLE, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(0, Qt.CheckState.Unchecked)
            item.setFirstColumnSpanned(True)

    def _add_parts(self, parts: Sequence[Part]) -> None:
        root = self._plain_item(
            self.invisibleRootItem(), Part("in the file", _count(len(parts), "part"))
        )
        todo = deque((root, part) for part in parts)
        while todo:
            parent, part = todo.popleft()
            item = self._plain_item(parent, part)
            todo.extend((item, inner) for inner in part.parts)
        root.setExpanded(len(parts) <= MANY_PARTS)

    def _plain_item(self, parent: QTreeWidgetItem, part: Part) -> QTreeWidgetItem:
        name = name_text(part.name) or "model"
        item = QTreeWidgetItem(parent, [name])
        item.setData(0, DETAIL_ROLE, name_text(part.text))
        item.setToolTip(0, plain_tip(f"{name}: {part.text}"))
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{name}, {part.text}")
        # Reached by the keyboard, and chooses no layer.
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        item.setFirstColumnSpanned(True)
        return item

    def mark_watched(self, watched: frozenset[str]) -> None:
        """Tick the modules that the next run records."""
        for item in self.watchable():
            on = item.data(0, MODULE_ROLE) in watched
            state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
            if item.checkState(0) != state:
                item.setCheckState(0, state)

    def watchable(self) -> list[QTreeWidgetItem]:
        """Return the items of modules that may be watched."""
        root = self.invisibleRootItem()
        children = [child for group in _children(root) for child in _children(group)]
        return [item for item in children if item.data(0, MODULE_ROLE) is not None]

    def choose(self, layer: str | None) -> None:
        """Show which layer is looked at.

        Only when it is another one: the keyboard may be on its way to a module.
        """
        if layer is None or layer == self._chosen or layer not in self._items:
            return
        self._chosen = layer
        self.setCurrentItem(self._items[layer])

    def item_of(self, layer: str) -> QTreeWidgetItem:
        """Return the item of a layer."""
        return self._items[layer]


class NameDelegate(QStyledItemDelegate):
    """A name, and what it is in muted letters after it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(40, option.fontMetrics.height() + 7)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex
    ) -> None:
        super().paint(painter, option, index)
        detail = index.data(DETAIL_ROLE)
        if not detail:
            return
        name = option.fontMetrics.horizontalAdvance(str(index.data()))
        rect = QRect(option.rect).adjusted(name + 14, 0, -4, 0)
        painter.save()
        painter.setFont(small(option.font))
        painter.setPen(colours(option.palette).muted)
        advance, room = painter.fontMetrics().horizontalAdvance, rect.width()
        # Where its sizes have no room, what kind it is says more than nothing.
        kind = detail.partition("(")[0]
        text = fitting(detail, advance, room) or fitting(kind, advance, room)
        at = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect, at, text)
        painter.restore()


class SparkDelegate(QStyledItemDelegate):
    """The curve of a layer, from 0 up to the largest of all layers shown."""

    def __init__(self, tree: LayerTree) -> None:
        super().__init__(tree)
        self._tree = tree

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex
    ) -> None:
        super().paint(painter, option, index)
        values = self._tree.activities.get(index.data(LAYER_ROLE))
        if values is None or not np.isfinite(values).any():
            return
        rect = QRect(option.rect).adjusted(4, 4, -8, -4)
        theme = colours(option.palette)
        top = max(float(np.nanmax(values)), 1e-12)
        xs = (
            rect.left()
            + np.arange(len(values)) / max(len(values) - 1, 1) * rect.width()
        )
        ys = rect.bottom() - values / top * (rect.height() - 1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.faint, 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(QPen(theme.text if chosen else theme.muted, 1))
        finite = np.isfinite(ys)
        points = [QPointF(x, y) for x, y in zip(xs[finite], ys[finite], strict=True)]
        painter.drawPolyline(QPolygonF(points))
        painter.restore()


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (item.child(row) for row in range(item.childCount()))
    return [child for child in found if child is not None]
