"""How long the gates of each unit are closed or open."""

from typing import ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lstm_studio.core.layers import Layer
from lstm_studio.core.saturation import Shares, bounded_streams, ends
from lstm_studio.core.view import Pin
from lstm_studio.panelkit.empty import Emptiness
from lstm_studio.panelkit.legend import Entry, Legend
from lstm_studio.panelkit.panel import Area, Panel
from lstm_studio.panelkit.pins import PinColours
from lstm_studio.panelkit.scatter import Dots, Point, Ring, Scatter, Square
from lstm_studio.panelkit.streamchooser import STREAM_NAMES
from lstm_studio.panelkit.text import MINUS, count_text, name_text
from lstm_studio.session.questions import Saturation
from lstm_studio.session.session import Session

ORDER: Final = ("i", "f", "o", "g", "r", "z", "n", "h", "output")


class SaturationPanel(Panel):
    """Shares of steps below 0.1 and above 0.9, a point for each unit."""

    id: ClassVar[str] = "saturation"
    title: ClassVar[str] = "Saturation"
    area: ClassVar[Area] = "aside"
    height_hint: ClassVar[int] = 320
    help: ClassVar[str] = (
        "A point is a unit: to the right the share of steps that its gate is closed "
        "(below 0.1), upwards that it is open (above 0.9). Click to pin the unit, "
        "again to unpin it."
    )

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        content = QWidget(self)
        self.empty = Emptiness(content, self)
        self.legend = Legend(content)
        self.legend.indent = 8
        self.legend.clicked.connect(self._on_legend_clicked)
        self.scatter = Scatter(content)
        self.scatter.setAccessibleName(self.title)
        self.scatter.picked.connect(self._on_scatter_picked)
        self._stream = ""
        self._made_of: tuple[object, ...] = ()
        self._squares: tuple[Square, ...] = ()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(0)
        layout.addWidget(self.legend)
        layout.addWidget(self.scatter, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.recolour()

    def recolour(self) -> None:
        self.empty.recolour(self.colours)

    def refresh(self) -> None:
        session, view = self.session, self.session.view
        layers = session.extent.layers
        found = {
            name: shares
            for name in layers
            if (shares := session.ask(Saturation(name, view.sample))) is not None
        }
        if not layers:
            self.empty.say("Run a model to see which gates are always open or closed.")
        elif not any(shares.steps for shares in found.values()):
            self.empty.say("The steps are being counted.")
        elif self.empty.say(""):
            self._show(found)
            return
        self.thinning = ""

    def _show(self, found: dict[str, Shares]) -> None:
        session, view, colours = self.session, self.session.view, self.colours
        made_of = (*found.values(), view.layer, colours)
        if made_of != self._made_of:
            self._made_of = made_of
            self._squares = self._make_squares(found)
        pins = PinColours.of(session)
        rings = [
            Ring(pin.layer, pin.stream, pin.unit, colours.curve(pins.slot(pin)))
            for pin in view.pins
        ]
        if view.layer is not None:
            rings.append(Ring(view.layer, "", view.unit, colours.accent))
        self.scatter.show_squares(self._squares, rings, colours)
        every = max(shares.every for shares in found.values())
        steps = max(shares.steps for shares in found.values())
        self.thinning = f"{count_text(every)}:1 (evenly spaced)" if every > 1 else ""
        hint = f"{count_text(steps)} steps"
        if every > 1:
            hint += f", one in {count_text(every)}"
        self.legend.show_entries(
            [
                Entry(name_text(name), colours.curve(k))
                for k, name in enumerate(session.extent.layers)
            ],
            colours,
            hint,
        )

    def _make_squares(self, found: dict[str, Shares]) -> tuple[Square, ...]:
        layers, chosen = self.session.extent.layers, self.session.view.layer
        # The chosen layer comes last, and so on top.
        names = sorted(found, key=lambda name: name == chosen)
        numbers = {name: k for k, name in enumerate(layers)}
        squares = []
        for stream in ORDER:
            dots = tuple(
                Dots(
                    name,
                    self.colours.curve(numbers[name]),
                    found[name].low[found[name].streams.index(stream)],
                    found[name].high[found[name].streams.index(stream)],
                )
                for name in names
                if stream in found[name].streams
            )
            if dots:
                below, above = _words(layers[dots[-1].layer], stream)
                title = STREAM_NAMES[stream]
                squares.append(Square(stream, title, below, above, dots))
        return tuple(squares)

    # Wishes

    def _on_legend_clicked(self, index: int) -> None:
        self.session.look(layer=list(self.session.extent.layers)[index])

    def _on_scatter_picked(self, point: Point) -> None:
        self._stream = point.stream
        self.session.look(layer=point.layer, unit=point.unit)
        pin = Pin(point.layer, point.stream, point.unit)
        if pin in self.session.view.pins:
            self.session.unpin(pin)
        else:
            self.session.pin(pin)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        view = self.session.view
        layer = self.session.extent.layers.get(view.layer or "")
        if event.key() == Qt.Key.Key_P and layer is not None:
            streams = bounded_streams(layer)
            stream = self._stream if self._stream in streams else streams[0]
            self.session.pin(Pin(layer.name, stream, view.unit))
        else:
            super().keyPressEvent(event)


def _words(layer: Layer, stream: str) -> tuple[str, str]:
    """Return what the two shares of a stream are of."""
    if layer.kind == "rnn_relu":
        return "at 0", "above 0.9"
    below, above = ends(layer, stream)
    return f"below {f'{below:g}'.replace('-', MINUS)}", f"above {above:g}"
