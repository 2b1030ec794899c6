"""What goes into the model: tokens as text, numbers as lines or as an image."""

from dataclasses import replace
from typing import ClassVar, Final

import numpy as np
from PySide6.QtWidgets import QWidget

from lstm_studio.core.blocks import StepBlock, column_size, thin
from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.messages import LiveChanged
from lstm_studio.core.recording import Recording
from lstm_studio.panelkit.arrays import ArrayReader, tiles
from lstm_studio.panelkit.celltext import Cell, CellText
from lstm_studio.panelkit.legend import Entry
from lstm_studio.panelkit.levels import Levels, nice_bound, peak_in, peak_of
from lstm_studio.panelkit.lines import MARGIN, Channels, Series
from lstm_studio.panelkit.seconds import step_text
from lstm_studio.panelkit.steppanel import StepPanel
from lstm_studio.panelkit.text import count_text, name_text, token_text
from lstm_studio.panelkit.ticks import named_ticks, no_ticks, value_ticks
from lstm_studio.panelkit.tokenband import BREAK, SIGN, TokenBand, kind_of
from lstm_studio.session.session import Session

MOST_SAMPLES: Final = 1_000_000
"""Audio samples looked at for a frame; of more, the ends of each window."""
MOST_LINES: Final = 8
"""Channels drawn as lines; more are drawn as an image."""


class InputStripPanel(StepPanel):
    """The sequence over the steps, in the same columns as the states below it."""

    id: ClassVar[str] = "input"
    title: ClassVar[str] = "Input"
    height_hint: ClassVar[int] = 90
    help: ClassVar[str] = (
        "The sequence that the model was given. Zoom in with the wheel to read tokens; "
        "click one to go to its step."
    )

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.band = TokenBand(self.plot)
        self.text = CellText(self.plot)
        self._reader = ArrayReader(session)
        self._channels = Channels()
        self._of: tuple[Recording, int, LiveChanged | None] | None = None
        self._values: np.ndarray | None = None
        self._drawn: list[Series] = []
        self._ends: np.ndarray | None = None
        self._labels: tuple[str, ...] = ()
        self._kinds = np.zeros(0, np.uint8)
        self._bound = 1.0

    def refresh(self) -> None:
        recording, layer = self.session.recording, self.session.view.layer
        ready = recording is not None and layer is not None
        self.empty.say("" if ready else "The input is shown here.")
        if recording is None or layer is None:
            self.thinning, self._of = "", None
            return
        self._take(recording)
        self.plot.sync()
        if self._values is None:
            self._show_layer_input()
        elif self._values.ndim == 1:
            self._show_tokens()
        elif self._is_audio():
            self._show_windows(self._values)
        else:
            view = self.session.view
            block = self._reader.read(self._values, view.span, self.plot.columns)
            if block is not None:
                self._show_channels(block)
        marks = self.plot.marks_of(layer)
        if self._values is not None:
            # What comes next can be read before it is recorded.
            known = tuple(gap for gap in marks.gaps if gap[2] == "padding")
            marks = replace(marks, gaps=known)
        self.plot.marks.set_marks(marks)
        self.show_bad(self._drawn)

    def _take(self, recording: Recording) -> None:
        """Read the sequence of the chosen sample where it is another one."""
        sample = self.session.view.sample
        wanted = (recording, sample, self.session.gone_on)
        if self._of == wanted:
            return
        sequence = recording.sequence
        self._values, self._labels = None, ()
        try:
            values = None if sequence is None else np.asarray(sequence.values)
        except CannotOpen:
            # Its drive is gone, or the file is damaged: asked again until it is there.
            return
        self._of, self._ends = wanted, None
        if sequence is None or values is None:
            return
        self._values = values[:, min(sample, values.shape[1] - 1)]
        self._labels = sequence.labels
        if self._values.ndim == 1:
            labels = self._labels = sequence.labels or tuple(map(str, self._values))
            kinds = {label: kind_of(label) for label in set(labels)}
            self._kinds = np.fromiter(map(kinds.get, labels), np.uint8, len(labels))
        else:
            self._bound = nice_bound(peak_of(self._values))

    def _is_audio(self) -> bool:
        model = self.session.model
        return model is not None and model.needs.kind == "samples"

    def _show_only(self, *shown: object) -> None:
        self._drawn = []
        for item in (self.band, self.text, self.image, self.bar):
            item.setVisible(item in shown)
        if shown:
            self.lines.draw([])

    # Tokens

    def _show_tokens(self) -> None:
        self._show_only(self.band, self.text)
        self.plot.set_y_axis(no_ticks, down=True)
        self.plot.set_y(0, 1)
        view, colours = self.session.view, self.colours
        size = self.band.show_kinds(
            self._kinds, view.span, self.plot.columns, colours, faint=self.text.fits
        )
        self.thinning = f"{count_text(size)}:1 (mean tint)" if size > 1 else ""
        self.text.show_cells(1, self._token)
        known = view.step < len(self._labels)
        label = token_text(self._labels[view.step]) if known else ""
        here = step_text(self.session, f"step {count_text(view.step)}", view.step)
        self.legend.show_entries([], colours, f"{here}  “{label}”" if label else "")

    def _token(self, step: int, row: int) -> Cell:
        if step >= len(self._labels):
            return "", self.colours.text
        kind = self._kinds[step] if step < len(self._kinds) else SIGN
        quiet = kind in (0, BREAK)
        ink = self.colours.muted if quiet else self.colours.text
        return token_text(self._labels[step]), ink

    # Numbers

    def _show_layer_input(self) -> None:
        """Show the input of the first layer, where no sequence was kept."""
        view, session = self.session.view, self.session
        first = next(iter(session.extent.layers.values()))
        block = session.picture(first.name, "x", view.span, self.plot.columns)
        if block is not None:
            self._bound = max(self._bound, nice_bound(peak_in(block)))
            self._show_channels(block)

    def _show_channels(self, block: StepBlock) -> None:
        if block.low.shape[1] <= MOST_LINES:
            self._show_lines(block)
        else:
            self._show_image(block)

    def _show_lines(self, block: StepBlock) -> None:
        self._show_only()
        lines = self._channels.of(block)
        names = map(self._channel, range(len(lines)))
        self._draw_lines(dict(zip(names, lines, strict=True)))

    def _draw_lines(self, series: dict[str, Series]) -> None:
        colours = self.colours
        self.plot.set_y_axis(value_ticks, down=False)
        room = 2 * self._bound * MARGIN
        self.plot.set_y(-self._bound - room, self._bound + room)
        lines = [(line, colours.curve(k)) for k, line in enumerate(series.values())]
        self._drawn = list(series.values())
        self.thinning = self.lines.draw(lines)
        self.legend.show_entries(
            [
                Entry(name, tone, line.text_at(self.session.view.step))
                for name, (line, tone) in zip(series, lines, strict=True)
            ],
            colours,
        )

    def _channel(self, index: int) -> str:
        known = index < len(self._labels)
        return name_text(self._labels[index]) if known else f"x{index}"

    def _show_image(self, block: StepBlock) -> None:
        self._show_only(self.image, self.bar)
        channels, colours = block.low.shape[1], self.colours
        names = tuple(map(self._channel, range(channels))) if self._labels else ()
        self.plot.set_y_axis(named_ticks(names), down=True)
        self.plot.set_y(0, channels)
        levels = Levels(-self._bound, self._bound, diverging=True)
        self.image.show_block(block, levels, colours, missing=False)
        self.place_bar()
        self.bar.show_levels(levels, colours)
        size = block.steps_per_column
        self.thinning = f"{count_text(size)}:1 (peak)" if size > 1 else ""
        self.legend.show_entries([], colours, f"{count_text(channels)} channels")

    def _show_windows(self, windows: np.ndarray) -> None:
        """Draw audio: the samples themselves, or their lowest and highest."""
        self._show_only()
        span, per_step = self.session.view.span, windows.shape[1]
        if (span[1] - span[0]) * per_step <= MOST_SAMPLES:
            start, stop = tiles(span)
            samples = windows[max(start, 0) : stop].reshape(-1, 1)
            size = column_size((span[1] - span[0]) * per_step, self.plot.columns)
            low, high = thin(samples, size)
            line = Series(max(start, 0), size / per_step, low[:, 0], high[:, 0])
        else:
            if self._ends is None:
                self._ends = np.stack(
                    [windows.min(axis=1), windows.max(axis=1)], axis=1
                )
            block = self._reader.read(self._ends, span, self.plot.columns)
            if block is None:
                return
            size = block.steps_per_column * per_step
            line = Series(
                block.start, size / per_step, block.low[:, 0], block.high[:, 1]
            )
        self._draw_lines({"samples": line})
        text = f"{count_text(size)}:1 samples (low to high)"
        self.thinning = text if size > 1 else ""
