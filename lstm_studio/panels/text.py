"""The sequence as text, each token in the colour of one unit at its step."""

from typing import ClassVar, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from lstm_studio.core.layers import Layer
from lstm_studio.core.messages import LiveChanged
from lstm_studio.core.outputs import Ranking
from lstm_studio.core.recording import Recording
from lstm_studio.panelkit.arrays import tiles
from lstm_studio.panelkit.below import Below
from lstm_studio.panelkit.colourbar import ColourBar
from lstm_studio.panelkit.colours import Colours
from lstm_studio.panelkit.empty import Emptiness
from lstm_studio.panelkit.legend import Entry, Legend
from lstm_studio.panelkit.levels import Levels, levels, peak_of
from lstm_studio.panelkit.marks import MarkReader, Marks, said_of
from lstm_studio.panelkit.panel import Area, Panel
from lstm_studio.panelkit.stepview import right_margin
from lstm_studio.panelkit.text import (
    count_text,
    name_text,
    small,
    token_text,
    value_text,
)
from lstm_studio.panelkit.tokens import tokens_of
from lstm_studio.panelkit.tokentext import TokenText
from lstm_studio.panelkit.unitreader import LONGEST_ROWS
from lstm_studio.session.questions import WholeOutput
from lstm_studio.session.session import Session

LEAST_SHARE: Final = 0.001
BELOW: Final = (
    (0, "Text alone"),
    (1, "Top 1 below"),
    (3, "Top 3 below"),
    (5, "Top 5 below"),
)


class TextPanel(Panel):
    """Flowing tokens, coloured by the chosen unit in the stream of its heat map."""

    id: ClassVar[str] = "text"
    title: ClassVar[str] = "Text"
    area: ClassVar[Area] = "bottom"
    help: ClassVar[str] = (
        "The tokens that the model read, each in the colour of the chosen unit at its "
        "step. Click one to go there; below it stand the tokens that the model expects "
        "next, the likelier the clearer."
    )

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        content = QWidget(self)
        self.empty = Emptiness(content, self)
        self.legend = Legend(content)
        self.legend.indent = 8
        self.text = TokenText(content)
        self.text.setAccessibleName(self.title)
        self.text.picked.connect(self._on_text_picked)
        self.text.scrolled.connect(self.request_refresh)
        self.text.tip = self.tip_at
        self.bar = ColourBar(content)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 4)
        row.setSpacing(4)
        row.addWidget(self.text, 1)
        row.addWidget(self.bar)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(0)
        self.below = QComboBox(content)
        self.below.setAccessibleName("Expected tokens below each token")
        self.below.setToolTip("How many of the expected tokens stand below each token")
        for ranks, text in BELOW:
            self.below.addItem(text, ranks)
        self.below.setCurrentIndex(1)
        self.below.currentIndexChanged.connect(self.request_refresh)
        self._head = head = QHBoxLayout()
        head.addWidget(self.legend, 1)
        head.addWidget(self.below, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(head)
        layout.addLayout(row, 1)
        self._of: tuple[Recording, int, LiveChanged | None] | None = None
        self._tokens: tuple[str, ...] = ()
        self._values: np.ndarray | None = None
        self._start = 0
        self._peaks: dict[tuple[str, str, int], float] = {}
        self._ranking: Ranking | None = None
        self._ranking_of: tuple[Recording, WholeOutput] | None = None
        self._below_of: tuple[Ranking, int] | None = None
        self._painted: tuple[object, ...] = ()
        self._words: np.ndarray | None = None
        self._reader = MarkReader()
        self._marks = Marks()
        self.recolour()

    def recolour(self) -> None:
        margin = right_margin(self.font())
        self.bar.setFixedWidth(margin)
        self._head.setContentsMargins(0, 0, margin, 0)
        self.below.setFont(small(self.font()))
        self.empty.recolour(self.colours)

    def refresh(self) -> None:
        session, view = self.session, self.session.view
        recording = session.recording
        layer = session.extent.layers.get(view.layer or "")
        if recording is None or layer is None:
            self._of = None
            self.empty.say("The text that a model read is shown here.")
            return
        wanted = (recording, view.sample, session.gone_on)
        if self._of != wanted:
            self._of = wanted
            self._tokens = tokens_of(recording, view.sample, session.model)
            self._peaks.clear()
        if not self._tokens:
            self.empty.say("This model reads numbers; text is drawn of tokens.")
            return
        self.empty.say("")
        self.text.show_tokens(self._tokens)
        stream = view.stream(layer)
        unit = min(view.unit, layer.width(stream) - 1)
        self._read(layer, stream, unit)
        chosen = levels(layer, stream, self._peaks.get((layer.name, stream, unit), 0))
        self.bar.show_levels(chosen, self.colours)
        self._show_colours(chosen, self.colours)
        self.text.show_step(view.step)
        self._take_ranking(recording)
        self._show_below()
        entry = Entry(
            f"{name_text(layer.name)} · {stream} · unit {unit}",
            self.colours.accent,
            self._value_text(view.step),
        )
        self.legend.show_entries([entry], self.colours, self._next_text(view.step))

    def _read(self, layer: Layer, stream: str, unit: int) -> None:
        """Read the unit: whole where that is quick, else around what is in sight."""
        steps = len(self._tokens)
        start, stop = (
            (0, steps) if steps <= LONGEST_ROWS else tiles(self.text.visible())
        )
        rows = self.session.rows(layer.name, stream, slice(max(start, 0), stop), unit)
        self._start = max(start, 0)
        self._values = None if rows is None else rows[:, 0]
        recording, sample = self.session.recording, self.session.view.sample
        if recording is not None:
            span = self._start, stop
            self._marks = self._reader.read(recording, layer.name, sample, span)
        if rows is not None:
            key = layer.name, stream, unit
            self._peaks[key] = max(self._peaks.get(key, 0.0), peak_of(rows))

    def _show_colours(self, chosen: Levels, colours: Colours) -> None:
        settled = self.session.settled
        gaps = self._marks.gaps
        painted = id(self._values), self._start, chosen, colours, gaps, settled
        if painted != self._painted:
            self._painted = painted
            self._words = None
            if self._values is not None:
                self._words = chosen.table(colours)[chosen.indices(self._values)]
                # The colour of NaN is for what the model computed.
                for start, stop, _ in gaps:
                    self._words[max(start - self._start, 0) : stop - self._start] = 0
                if not settled:
                    self._words[np.isnan(self._values)] = 0
        self.text.show_colours(self._start, self._words, colours)

    def _take_ranking(self, recording: Recording) -> None:
        model = self.session.model
        tokens = 0 if model is None else len(model.needs.vocabulary)
        gone_on = self.session.gone_on
        steps = 0 if gone_on is None else gone_on.steps
        sample = self.session.view.sample
        wanted = WholeOutput(sample, tokens, recording.state, steps)
        if recording.state == "running" or not tokens:
            self._ranking = None
        elif self._ranking_of != (recording, wanted):
            output = self.session.ask(wanted)
            if output is not None:
                self._ranking_of = recording, wanted
                self._ranking = output.ranking

    def _value_text(self, step: int) -> str:
        at = step - self._start
        if self._values is None or not 0 <= at < len(self._values):
            return ""
        text = value_text(float(self._values[at]))
        return said_of(self.session, self._marks, text, step)

    def _show_below(self) -> None:
        """Write below the tokens what is expected next, as much as is wished."""
        model, ranking = self.session.model, self._ranking
        ranks = self.below.currentData()
        self.below.setVisible(ranking is not None)
        if model is None or ranking is None or not ranks:
            self._below_of = None
            self.text.show_below(None)
            return
        if (
            self._below_of is None
            or self._below_of[0] is not ranking
            or (self._below_of[1] != ranks)
        ):
            self._below_of = ranking, ranks
            words = tuple(map(token_text, model.needs.vocabulary))
            tokens, shares = ranking.tokens[:, :ranks], ranking.shares[:, :ranks]
            self.text.show_below(Below(words, tokens, shares))

    def _next_text(self, step: int) -> str:
        """Return what the model expects after a token, the most likely first."""
        model, ranking = self.session.model, self._ranking
        if model is None or ranking is None or step >= len(ranking.tokens):
            return ""
        words = model.needs.vocabulary
        best = "   ".join(
            f"“{token_text(words[token])}” {share:.3f}"
            for token, share in zip(
                ranking.tokens[step], ranking.shares[step], strict=True
            )
            if share >= LEAST_SHARE
        )
        return f"after “{token_text(self._tokens[step])}”:  {best}"

    def tip_at(self, step: int) -> str:
        """Return what is known of a token, in words."""
        lines = [
            f"step {count_text(step)}  “{token_text(self._tokens[step])}”",
            f"value {self._value_text(step).strip()}",
            self._next_text(step),
        ]
        return "\n".join(line for line in lines if line)

    def _on_text_picked(self, step: int) -> None:
        self.session.look(step=step)
