"""Every layer as an image of units and steps."""

from collections.abc import Mapping
from typing import ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.commands import Run
from lstm_studio.core.layers import Layer
from lstm_studio.core.unitorder import Order
from lstm_studio.core.view import Pin
from lstm_studio.panelkit.empty import Emptiness
from lstm_studio.panelkit.heatrow import HeatRow
from lstm_studio.panelkit.marksitem import signs_in
from lstm_studio.panelkit.panel import Panel
from lstm_studio.panelkit.stepaxis import StepPlot
from lstm_studio.panelkit.stepview import left_margin, right_margin
from lstm_studio.panelkit.streamchooser import StreamChooser
from lstm_studio.panelkit.text import small
from lstm_studio.panelkit.ticks import no_ticks
from lstm_studio.session.session import Session

ORDER_TEXTS: Final[Mapping[Order, str]] = {
    "index": "Index",
    "mean": "Mean",
    "variance": "Variance",
    "peak": "Time of peak",
    "similarity": "Similarity",
}
LINE_PX: Final = 24
"""Pixels that the line above the heat maps has at most."""
ALL_STREAMS = ("h", "c", "i", "f", "g", "o", "r", "z", "n")


class HeatMapsPanel(Panel):
    """A heat map for each layer, with one step axis below them all."""

    id: ClassVar[str] = "heatmaps"
    title: ClassVar[str] = "States"
    height_hint: ClassVar[int] = 420
    help: ClassVar[str] = (
        "One image per layer: a row of it is a unit, a column a step. Click to choose "
        "layer, unit and step; double-click or press P to pin the unit as a line; "
        "drag with Shift to mark steps and units, and zoom, pin or copy them."
    )

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.rows: dict[str, HeatRow] = {}
        self._layers: tuple[Layer, ...] = ()
        self.hidden: frozenset[str] = frozenset()
        self._chosen: str | None = None
        content = QWidget(self)
        self.empty = Emptiness(content, self)
        self.all_chooser = StreamChooser(ALL_STREAMS, content)
        self.all_chooser.chosen.connect(self._on_stream_chosen_for_all)
        self.layers_button = QToolButton(content)
        self.layers_button.setAutoRaise(True)
        self.layers_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.layers_button.setToolTip("Show or hide layers")
        self.layers_button.setMenu(QMenu(self.layers_button))
        self.order: Order = "index"
        self.order_button = QToolButton(content)
        self.order_button.setAutoRaise(True)
        self.order_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.order_button.setToolTip("Which units stand side by side")
        self.order_button.setMenu(self._order_menu())
        self._scroll = QScrollArea(content)
        self._scroll.setAccessibleName(self.title)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._sheet = QWidget()
        self._sheet_layout = QVBoxLayout(self._sheet)
        self._sheet_layout.setContentsMargins(0, 0, 0, 0)
        self._sheet_layout.setSpacing(2)
        self._scroll.setWidget(self._sheet)
        self._scroll.verticalScrollBar().valueChanged.connect(self.request_refresh)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._on_range_changed)
        self._ruler = StepPlot(session, content, grid=False, y_ticks=no_ticks)
        self._lay_out(content)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.recolour()

    def _order_menu(self) -> QMenu:
        menu = QMenu(self.order_button)
        group = QActionGroup(menu)
        for order, text in ORDER_TEXTS.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(order == self.order)
            action.setData(order)
            group.addAction(action)
        group.triggered.connect(self._on_order_chosen)
        self.order_button.setText(f"Order: {ORDER_TEXTS[self.order].lower()}")
        return menu

    def _lay_out(self, content: QWidget) -> None:
        self._all = label = QLabel("All layers", content)
        self.key = QLabel(content)
        self.key.setTextFormat(Qt.TextFormat.PlainText)
        self.key.setAccessibleName("Signs on the step axis")
        policy = QSizePolicy.Policy
        self.key.setSizePolicy(policy.Ignored, policy.Preferred)
        self._head = head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label)
        head.addWidget(self.all_chooser)
        head.addWidget(self.key, 1)
        head.addWidget(self.order_button)
        head.addWidget(self.layers_button)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._ruler)

    def recolour(self) -> None:
        chosen, font = self.colours, small(self.font())
        for widget in (self.layers_button, self.order_button, self._all, self.key):
            widget.setFont(font)
        self.all_chooser.take_letters()
        self._all.setIndent(left_margin(self.font()))
        self._head.setContentsMargins(0, 2, right_margin(self.font()), 0)
        self._ruler.setFixedHeight(self._ruler.foot_height + 1)
        self.empty.recolour(chosen)
        palette = self.key.palette()
        palette.setColor(self.key.foregroundRole(), chosen.muted)
        self.key.setPalette(palette)
        self._ruler.recolour(chosen)
        for row in self.rows.values():
            row.recolour(chosen)

    def _make_room(self) -> None:
        # The scroll bar takes its width from the right margin, so that the columns
        # stay under those of the other panels.
        bar = self._scroll.verticalScrollBar()
        taken = bar.sizeHint().width() if bar.maximum() else 0
        for row in self.rows.values():
            row.plot.set_right_margin(taken)
            row.place_bar()

    # Drawing

    def refresh(self) -> None:
        session = self.session
        layers = tuple(session.extent.layers.values())
        if not self.empty.say(self._reason(layers)):
            self.thinning = ""
            return
        if layers != self._layers:
            self._make_rows(layers)
        self._ruler.sync()
        self._bring_into_sight(session.view.layer)
        area = self._scroll.viewport().rect()
        thinned = ""
        for name, row in self.rows.items():
            row.setVisible(name not in self.hidden)
            top = row.mapTo(self._scroll.viewport(), row.rect().topLeft()).y()
            if name in self.hidden or top > area.bottom() or top + row.height() < 0:
                continue
            row.order = self.order
            row.refresh(self.colours)
            thinned = thinned or row.thinning
        self.thinning = thinned
        self._show_key()
        shown = {session.view.stream(layer) for layer in layers}
        self.all_chooser.show_stream(shown.pop() if len(shown) == 1 else "")

    def _show_key(self) -> None:
        """Say what the signs mean that are on screen, where there is room for it."""
        shown = [row.plot.marks.marks for row in self.rows.values()]
        text = "   ".join(signs_in(shown))
        self.key.setToolTip(text)
        room = self.key.width() - 8
        fits = self.key.fontMetrics().horizontalAdvance(text) <= room
        self.key.setText(text if fits else "")

    def _bring_into_sight(self, layer: str | None) -> None:
        if layer != self._chosen and layer in self.rows:
            self._scroll.ensureWidgetVisible(self.rows[layer], 0, 0)
        self._chosen = layer

    def _reason(self, layers: tuple[Layer, ...]) -> str:
        if layers:
            return ""
        if isinstance(self.session.command, Run):
            return "The first states are on their way."
        if self.session.model is None:
            return "Open a model to see its states."
        if self.session.sequence is None:
            return "Open a sequence, then run the model over it."
        return "Run the model to see its states."

    def _make_rows(self, layers: tuple[Layer, ...]) -> None:
        for row in self.rows.values():
            self._sheet_layout.removeWidget(row)
            row.deleteLater()
        self._layers, self.hidden = layers, frozenset()
        self.rows = {
            layer.name: HeatRow(self.session, layer, self._sheet) for layer in layers
        }
        menu = self.layers_button.menu()
        menu.clear()
        for name, row in self.rows.items():
            row.chosen.connect(self._on_row_stream_chosen)
            row.changed.connect(self.request_refresh)
            row.menu.exported.connect(self.export_wished)
            row.recolour(self.colours)
            self._sheet_layout.addWidget(row, 1)
            action = QAction(row.head.title.text().replace("&", "&&"), menu)
            action.setCheckable(True)
            action.setChecked(True)
            action.setData(name)
            action.toggled.connect(self._on_layer_toggled)
            menu.addAction(action)
        streams = {stream for layer in layers for stream in layer.streams}
        for stream, button in self.all_chooser.buttons.items():
            button.setVisible(stream in streams)
        # At once: else the head asks for the room of buttons that are hidden, and the
        # window becomes wider for good.
        self.all_chooser.updateGeometry()
        self._name_layers_button()
        self._sheet_layout.activate()
        self._make_room()

    def _name_layers_button(self) -> None:
        shown = len(self.rows) - len(self.hidden)
        self.layers_button.setText(f"{shown} of {len(self.rows)} layers")

    # Pictures

    def take_after(self, other: Panel) -> None:
        if not isinstance(other, HeatMapsPanel):
            return
        self.order = other.order
        self.order_button.setText(other.order_button.text())
        self.refresh()
        self.hidden = other.hidden & frozenset(self.rows)
        for name in self.rows.keys() & other.rows.keys():
            self.rows[name].take_after(other.rows[name])

    def show_alone(self, layer: str) -> None:
        self.hidden = frozenset(self.rows) - {layer}

    def lay_bare(self) -> None:
        super().lay_bare()
        self.all_chooser.hide()
        # What stands beside it keeps its place.
        self._all.setText(" ")
        # That units do not stand by their index must be known.
        self.order_button.setVisible(self.order != "index")

    @property
    def whole_height(self) -> int:
        rows = [row for name, row in self.rows.items() if name not in self.hidden]
        heights: int = sum(row.minimumSizeHint().height() + 2 for row in rows)
        foot: int = self._ruler.foot_height + 1
        return max(self.height_hint, heights + foot + LINE_PX)

    # Wishes

    def _on_range_changed(self, least: int, most: int) -> None:
        self._make_room()
        self._chosen = None
        self.request_refresh()

    def _on_stream_chosen_for_all(self, stream: str) -> None:
        streams = dict(self.session.view.streams)
        streams |= {
            layer.name: stream for layer in self._layers if stream in layer.streams
        }
        self.session.look(streams=streams)
        self.request_refresh()

    def _on_row_stream_chosen(self, layer: str, stream: str) -> None:
        self.session.look(streams={**self.session.view.streams, layer: stream})

    def _on_order_chosen(self, action: QAction) -> None:
        self.order = action.data()
        self.order_button.setText(f"Order: {action.text().lower()}")
        self.request_refresh()

    def _on_layer_toggled(self, shown: bool) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            name = {action.data()}
            self.hidden = self.hidden - name if shown else self.hidden | name
            self._name_layers_button()
            self.request_refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        view = self.session.view
        match event.key():
            case Qt.Key.Key_P if view.layer in self.rows:
                stream = self.rows[view.layer].stream
                self.session.pin(Pin(view.layer, stream, view.unit))
            case Qt.Key.Key_Up if view.layer in self.rows:
                self.session.look(unit=self.rows[view.layer].beside(view.unit, -1))
            case Qt.Key.Key_Down if view.layer in self.rows:
                self.session.look(unit=self.rows[view.layer].beside(view.unit, 1))
            case _:
                super().keyPressEvent(event)
