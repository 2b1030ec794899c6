"""What the model returned, step by step."""

from typing import ClassVar, Final

import numpy as np
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QWidget

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.recording import Recording
from lstm_studio.panelkit.arrays import ArrayReader
from lstm_studio.panelkit.celltext import Cell, CellText
from lstm_studio.panelkit.legend import Entry
from lstm_studio.panelkit.levels import GATE, Levels, nice_bound, peak_of
from lstm_studio.panelkit.lines import MARGIN, Series
from lstm_studio.panelkit.marks import Marks
from lstm_studio.panelkit.outputs import (
    Output,
    are_probabilities,
    find_output,
    softmax,
    top,
)
from lstm_studio.panelkit.steppanel import StepPanel
from lstm_studio.panelkit.text import count_text, mono, token_text, value_text
from lstm_studio.panelkit.ticks import named_ticks, unit_ticks, value_ticks
from lstm_studio.session.session import Session

MOST_LINES: Final = 8
RANKS: Final = 5
MOST_RANKED: Final = 8_000_000
"""Logits of a whole output up to which the most likely tokens are looked for."""


class OutputPanel(StepPanel):
    """Values as lines, tokens by rank, many channels as an image."""

    id: ClassVar[str] = "output"
    title: ClassVar[str] = "Output"
    help: ClassVar[str] = (
        "What the model returned at each step: its values, or the most likely tokens "
        "with their share of the softmax. Click to go to a step."
    )

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.text = CellText(self.plot, mono(self.font()))
        self.plot.add_overlay(self.text)
        self._reader = ArrayReader()
        self._of: tuple[Recording, str, int] | None = None
        self._output: Output | None = None
        self._ranked: np.ndarray | None = None
        self._shares = self._shown = np.zeros((0, RANKS), np.float32)
        self._kind = ""
        self._low, self._high = -1.0, 1.0

    def refresh(self) -> None:
        recording = self.session.recording
        if recording is None or self.session.view.layer is None:
            self.thinning, self._of = "", None
            self.empty.say("What the model returns is drawn here.")
            return
        self._take(recording)
        output = self._output
        if output is None:
            waits = recording.state == "running"
            self.empty.say(
                "The output is drawn when the run is at its end."
                if waits
                else "The model returned no numbers."
            )
            return
        if output.axis == "none":
            self.empty.say(_one_row(output.values[0], output.name))
            return
        self.empty.say("")
        self.plot.sync()
        steps = len(output.values)
        late = max(self.session.view.span[1], steps)
        gaps: tuple[tuple[int, int, str], ...] = ((steps, late, "missing"),)
        self.plot.marks.set_marks(Marks(gaps if late > steps else ()))  # type: ignore[arg-type]
        if self._ranked is not None:
            self._show_ranks(self._ranked)
            return
        view = self.session.view
        block = self._reader.read(output.values, view.span, self.plot.columns)
        if output.values.shape[1] <= MOST_LINES:
            self._show_lines(block)
        else:
            self._show_image(block)

    def _take(self, recording: Recording) -> None:
        """Read the output of the chosen sample where it is another one."""
        sample = self.session.view.sample
        if self._of == (recording, recording.state, sample):
            return
        self._of = (recording, recording.state, sample)
        lengths = sorted({recording.length(name) for name in recording.layers})
        self._output = find_output(
            recording.output, lengths[::-1], recording.samples, sample
        )
        self._ranked = None
        if self._output is None:
            return
        values = self._output.values
        if self._vocabulary() and values.size <= MOST_RANKED:
            ready = are_probabilities(values)
            self._kind = "probabilities" if ready else "softmax"
            shares = values if ready else softmax(values)
            self._ranked, self._shares = top(shares, RANKS)
        elif are_probabilities(values):
            self._low, self._high = 0.0, 1.0
        else:
            self._high = nice_bound(peak_of(values))
            self._low = 0.0 if values.min() >= 0 else -self._high

    def _vocabulary(self) -> tuple[str, ...]:
        """Return the token texts if the output has a channel for each of them."""
        model, output = self.session.model, self._output
        if model is None or output is None or output.axis == "none":
            return ()
        words = model.needs.vocabulary
        return words if len(words) == output.values.shape[1] else ()

    def _show_only(self, *shown: object) -> None:
        for item in (self.text, self.image, self.bar):
            item.setVisible(item in shown)
        if self.image in shown:
            self.lines.draw([])

    # Tokens by rank

    def _show_ranks(self, ranked: np.ndarray) -> None:
        self._show_only(self.text, self.image, self.bar)
        view, colours = self.session.view, self.colours
        # As many ranks as there is room to read, the rest stays in the key.
        line = QFontMetricsF(self.text.font).height()
        room = int(self.plot.area.height() / line)
        ranks = min(max(room, 1), ranked.shape[1])
        self.plot.set_y_axis(
            named_ticks(tuple(str(rank + 1) for rank in range(ranks))), down=True
        )
        self.plot.set_y(0, ranks)
        if self._shown.shape[1] != ranks or self._shown.base is not self._shares:
            self._shown = self._shares[:, :ranks]
        block = self._reader.read(self._shown, view.span, self.plot.columns)
        self._show_key(block, GATE)
        self.text.show_cells(ranks, self._token)
        words = self._vocabulary()
        best = ""
        if view.step < len(ranked):
            best = "   ".join(
                f"“{token_text(words[token])}” {share:.3f}"
                for token, share in zip(
                    ranked[view.step], self._shares[view.step], strict=True
                )
                if share >= 0.001
            )
        self.legend.show_entries([], colours, f"{self._kind}, most likely:  {best}")

    def _token(self, step: int, row: int) -> Cell:
        if self._ranked is None or step >= len(self._ranked):
            return "", QColor()
        token, share = self._ranked[step, row], self._shares[step, row]
        colours = self.colours
        ink = colours.background if share > 0.55 else colours.text
        return token_text(self._vocabulary()[token]), ink

    # Values

    def _show_image(self, block: StepBlock) -> None:
        self._show_only(self.image, self.bar)
        channels = block.low.shape[1]
        self.plot.set_y_axis(unit_ticks, down=True)
        self.plot.set_y(0, channels)
        unit = (self._low, self._high) == (0.0, 1.0)
        levels = GATE if unit else Levels(-self._high, self._high, diverging=True)
        self._show_key(block, levels)
        name = self._output.name if self._output else ""
        text = f"{name}, {count_text(channels)} channels"
        self.legend.show_entries([], self.colours, text)

    def _show_key(self, block: StepBlock, levels: Levels) -> None:
        self.image.show_block(block, levels, self.colours, missing=False)
        self.place_bar()
        self.bar.show_levels(levels, self.colours)
        size = block.steps_per_column
        how = "peak" if block.exact else "peak, coarse"
        self.thinning = f"{count_text(size)}:1 ({how})" if size > 1 else ""

    def _show_lines(self, block: StepBlock) -> None:
        self._show_only()
        view, colours = self.session.view, self.colours
        self.plot.set_y_axis(value_ticks, down=False)
        pad = (self._high - self._low) * MARGIN
        self.plot.set_y(self._low - pad, self._high + pad)
        start, size = block.start, block.steps_per_column
        count = block.low.shape[1]
        lines = [
            (
                Series(start, size, block.low[:, k], block.high[:, k]),
                colours.curve(k) if count > 1 else colours.text,
            )
            for k in range(count)
        ]
        self.thinning = self.lines.draw(lines)
        name = self._output.name if self._output else ""
        self.legend.show_entries(
            [
                Entry(
                    f"{name} {k}" if count > 1 else name, tone, line.text_at(view.step)
                )
                for k, (line, tone) in enumerate(lines)
            ],
            colours,
            "probabilities" if (self._low, self._high) == (0.0, 1.0) else "",
        )


def _one_row(row: np.ndarray, name: str, most: int = 8) -> str:
    """Say what a model returned that has no step axis."""
    shown = "  ".join(value_text(float(value)).strip() for value in row[:most])
    more = f"  … ({len(row)} values)" if len(row) > most else ""
    return f"The model returned one {name} for the whole sequence:\n{shown}{more}"
