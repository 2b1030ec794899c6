"""All streams of the chosen unit."""

from typing import ClassVar

from PySide6.QtWidgets import QWidget

from lstm_studio.panelkit.legend import Entry
from lstm_studio.panelkit.lines import round_range
from lstm_studio.panelkit.panel import Panel
from lstm_studio.panelkit.steppanel import StepPanel
from lstm_studio.panelkit.text import name_text
from lstm_studio.panelkit.unitreader import UnitReader
from lstm_studio.session.session import Session


class GatesPanel(StepPanel):
    """Gates and states of one unit over the steps, each in its own colour."""

    id: ClassVar[str] = "gates"
    title: ClassVar[str] = "Gates"
    help: ClassVar[str] = (
        "All gates and states of the chosen unit; the figures are those at the cursor. "
        "Click a name to hide its line or to show it again."
    )

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.hidden: frozenset[str] = frozenset()
        self._reader = UnitReader(session)
        self._streams: tuple[str, ...] = ()

    def refresh(self) -> None:
        session, view, colours = self.session, self.session.view, self.colours
        recording, name = session.recording, view.layer
        ready = self.empty.say(
            "" if recording and name else "Gates are drawn here once a model ran."
        )
        if not ready or recording is None or name is None:
            self.thinning = ""
            return
        self.plot.sync()
        layer = session.extent.layers[name]
        self._streams = tuple(s for s in layer.streams if view.unit < layer.width(s))
        shown = [s for s in self._streams if s not in self.hidden]
        series = {
            stream: self._reader.read(name, stream, view.unit, self.plot.columns)
            for stream in shown
        }
        # The first stream, h, comes last and so on top: it is what the others make.
        lines = [
            (line, colours.stream(stream))
            for stream, line in reversed(series.items())
            if line is not None
        ]
        ends = self._reader.ends((name, stream, view.unit) for stream in shown)
        self.plot.set_y(*round_range(*ends))
        self.thinning = self.lines.draw(lines)
        self.plot.show_marks(name)
        self.show_bad([line for line, _ in lines])
        entries = []
        for stream in self._streams:
            if stream in self.hidden:
                entries.append(Entry(stream, colours.faint, "hidden"))
                continue
            line = series.get(stream)
            text = self.text_of(line) if line else ""
            entries.append(Entry(stream, colours.stream(stream), text))
        self.legend.show_entries(
            entries, colours, f"{name_text(name)} · unit {view.unit}"
        )

    def take_after(self, other: Panel) -> None:
        if isinstance(other, GatesPanel):
            self.hidden = other.hidden

    def _on_legend_clicked(self, index: int) -> None:
        self.hidden = self.hidden ^ {self._streams[index]}
        self.request_refresh()
