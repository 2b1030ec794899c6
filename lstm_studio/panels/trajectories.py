"""The pinned units as lines."""

from dataclasses import replace
from typing import ClassVar

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QToolButton, QWidget

from lstm_studio.core.view import Pin
from lstm_studio.panelkit.legend import Entry
from lstm_studio.panelkit.lines import MARGIN, Series, round_range
from lstm_studio.panelkit.panel import Panel
from lstm_studio.panelkit.pindrag import pin_from_mime
from lstm_studio.panelkit.pins import PinColours
from lstm_studio.panelkit.steppanel import StepPanel
from lstm_studio.panelkit.text import name_text, range_text
from lstm_studio.panelkit.ticks import no_ticks, value_ticks
from lstm_studio.panelkit.unitreader import UnitReader
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
        self.own_scale = QToolButton(self)
        self.own_scale.setText("Own scales")
        self.own_scale.setToolTip("Draw each line over the range of its own values")
        self.own_scale.setCheckable(True)
        self.own_scale.setAutoRaise(True)
        self.own_scale.toggled.connect(self.request_refresh)
        self.add_to_head(self.own_scale)
        self._reader = UnitReader(session)
        self._scaled: dict[Pin, tuple[Series, tuple[float, float], Series]] = {}
        self._shown: list[tuple[Pin, Series | None]] = []
        self._bare = False
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
            (pin, self._reader.read(*_unit(pin)[:3], self.plot.columns, pin.sample))
            for pin in pins
        ]
        lines = [
            (self._placed(pin, series), tone)
            for (pin, series), tone in zip(self._shown, tones, strict=True)
            if series is not None
        ]
        if self.own_scale.isChecked():
            self.plot.set_y_axis(no_ticks, down=False)
            self.plot.set_y(-MARGIN, 1 + MARGIN)
        else:
            self.plot.set_y_axis(value_ticks, down=False)
            self.plot.set_y(*round_range(*self._reader.ends(map(_unit, pins))))
        self.thinning = self.lines.draw(lines)
        self.plot.show_marks(layer)
        self.show_bad([line for line, _ in lines])
        self.legend.show_entries(
            [
                Entry(
                    _name(pin),
                    tone,
                    self._text(pin, series),
                    removable=bool(view.pins) and not self._bare,
                )
                for (pin, series), tone in zip(self._shown, tones, strict=True)
            ],
            colours,
            "" if view.pins else HINT,
        )

    def _placed(self, pin: Pin, series: Series) -> Series:
        """Return a line as it is drawn: over its own range where that is wished."""
        if not self.own_scale.isChecked():
            return series
        ends = self._reader.ends([_unit(pin)])
        held = self._scaled.get(pin)
        if held is None or held[0] is not series or held[1] != ends:
            low, length = ends[0], max(ends[1] - ends[0], 1e-30)
            scaled = replace(
                series,
                low=(series.low - low) / length,
                high=(series.high - low) / length,
                values=None,
            )
            held = self._scaled[pin] = (series, ends, scaled)
        return held[2]

    def _text(self, pin: Pin, series: Series | None) -> str:
        if series is None:
            return ""
        text = self.text_of(series)
        if not self.own_scale.isChecked():
            return text
        return f"{text}  in {range_text(*self._reader.ends([_unit(pin)])).strip()}"

    def lay_bare(self) -> None:
        super().lay_bare()
        self._bare = True

    def take_after(self, other: Panel) -> None:
        if isinstance(other, TrajectoriesPanel):
            self.own_scale.setChecked(other.own_scale.isChecked())

    def _on_legend_clicked(self, index: int) -> None:
        pin = self._shown[index][0]
        sample = self.session.view.sample if pin.sample is None else pin.sample
        self.session.look(layer=pin.layer, unit=pin.unit, sample=sample)

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


def _unit(pin: Pin) -> tuple[str, str, int, int | None]:
    return pin.layer, pin.stream, pin.unit, pin.sample


def _name(pin: Pin) -> str:
    sample = "" if pin.sample is None else f" · sample {pin.sample}"
    return f"{name_text(pin.layer)} · {pin.stream} · {pin.unit}{sample}"
