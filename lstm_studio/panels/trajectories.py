"""The pinned units as lines."""

from typing import ClassVar

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from lstm_studio.core.view import Pin
from lstm_studio.panelkit.legend import Entry
from lstm_studio.panelkit.lines import MARGIN, Series, UnitReader
from lstm_studio.panelkit.pindrag import pin_from_mime
from lstm_studio.panelkit.pins import PinColours
from lstm_studio.panelkit.steppanel import StepPanel
from lstm_studio.session.session import Session

HINT = "Double-click a unit in States, or drag it here, to pin it."


class TrajectoriesPanel(StepPanel):
    """A line for each pinned unit, or for the chosen one where none is pinned."""

    id: ClassVar[str] = "trajectories"
    title: ClassVar[str] = "Trajectories"
    help: ClassVar[str] = (
        "The pinned units over the steps, each in a colour of its own. Click a name "
        "to go to its unit, the cross to unpin it; drop a unit here to pin it."
    )

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.legend.removed.connect(self._on_legend_removed)
        self._reader = UnitReader(session)
        self._shown: list[tuple[Pin, Series | None]] = []
        self.setAcceptDrops(True)

    def refresh(self) -> None:
        session, view, colours = self.session, self.session.view, self.colours
        recording, layer = session.recording, view.layer
        ready = self.empty.say(
            ""
            if recording and layer
            else "Pinned units are drawn here once a model ran."
        )
        if not ready or recording is None or layer is None:
            self.thinning = ""
            return
        self.plot.sync()
        pins = view.pins or (
            Pin(layer, session.extent.layers[layer].streams[0], view.unit),
        )
        chosen = PinColours.of(session)
        tones = [
            colours.curve(chosen.slot(pin)) if view.pins else colours.text
            for pin in pins
        ]
        self._shown = [
            (pin, self._reader.read(pin.layer, pin.stream, pin.unit, self.plot.columns))
            for pin in pins
        ]
        lines = [
            (series, tone)
            for (_, series), tone in zip(self._shown, tones, strict=True)
            if series is not None
        ]
        bound = self._reader.bound((pin.layer, pin.stream, pin.unit) for pin in pins)
        self.plot.set_y(-bound * MARGIN, bound * MARGIN)
        self.thinning = self.lines.draw(lines)
        self.plot.show_marks(layer)
        self.show_bad([line for line, _ in lines])
        self.legend.show_entries(
            [
                Entry(
                    _name(pin),
                    tone,
                    series.text_at(view.step) if series else "",
                    removable=bool(view.pins),
                )
                for (pin, series), tone in zip(self._shown, tones, strict=True)
            ],
            colours,
            "" if view.pins else HINT,
        )

    def _on_legend_clicked(self, index: int) -> None:
        pin = self._shown[index][0]
        self.session.look(layer=pin.layer, unit=pin.unit)

    def _on_legend_removed(self, index: int) -> None:
        self.session.unpin(self._shown[index][0])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if pin_from_mime(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        pin = pin_from_mime(event.mimeData())
        if pin is not None:
            self.session.pin(pin)
            event.acceptProposedAction()


def _name(pin: Pin) -> str:
    return f"{pin.layer} · {pin.stream} · {pin.unit}"
