"""What the model returned, step by step."""

from typing import ClassVar, Final

import numpy as np
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QWidget

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.outputs import Output, Ranking
from lstm_studio.core.predicted import Pairing, suggestion
from lstm_studio.core.recording import Recording
from lstm_studio.panelkit.arrays import ArrayReader
from lstm_studio.panelkit.celltext import Cell, CellText
from lstm_studio.panelkit.colours import mix
from lstm_studio.panelkit.compared import Compared
from lstm_studio.panelkit.givenmenu import GivenButton, agreement_text
from lstm_studio.panelkit.legend import Entry
from lstm_studio.panelkit.levels import GATE, Levels, nice_bound
from lstm_studio.panelkit.lines import MARGIN, Channels
from lstm_studio.panelkit.marks import Marks
from lstm_studio.panelkit.steppanel import StepPanel
from lstm_studio.panelkit.text import count_text, token_text, value_text
from lstm_studio.panelkit.ticks import named_ticks, unit_ticks, value_ticks
from lstm_studio.session.questions import WholeOutput
from lstm_studio.session.session import Session

MOST_LINES: Final = 8


class OutputPanel(StepPanel):
    """Values as lines, tokens by rank, many channels as an image."""

    id: ClassVar[str] = "output"
    title: ClassVar[str] = "Output"
    help: ClassVar[str] = (
        "What the model returned at each step: its values, or the most likely tokens "
        "with their share of the softmax; values may be held against the input that "
        "they predict. Click to go to a step."
    )

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.text = CellText(self.plot)
        self._reader = ArrayReader(session)
        self._channels = Channels()
        self._of: tuple[Recording, WholeOutput] | None = None
        self._output: Output | None = None
        self._shown = np.zeros((0, 1), np.float32)
        self.given = GivenButton(self)
        self.given.changed.connect(self.request_refresh)
        self.add_to_head(self.given)
        self._compared = Compared(session)
        self._offered: tuple[Output | None, object] = (None, None)
        self._low, self._high = -1.0, 1.0

    def refresh(self) -> None:
        recording = self.session.recording
        if recording is None or self.session.view.layer is None:
            self.thinning, self._of = "", None
            self.empty.say("What the model returns is drawn here.")
            return
        if recording.state == "running":
            self.thinning = ""
            self.empty.say("The output is drawn when the run is at its end.")
            return
        output = self._take(recording)
        if output is None:
            self.empty.say("The output is being read.")
            return
        if output.axis == "absent":
            self.empty.say("The model returned no numbers.")
            return
        if output.axis == "none":
            self.empty.say(_one_row(output.values[0], output.name))
            return
        self.empty.say("")
        self.plot.sync()
        self._show_gaps(self.session.view.layer, len(output.values))
        self.given.setVisible(output.ranking is None)
        if output.ranking is not None:
            self._show_ranks(output.ranking)
            return
        view = self.session.view
        if (pairing := self._pairing(output)) is not None:
            self._show_compared(output, pairing)
            return
        block = self._reader.read(output.values, view.span, self.plot.columns)
        if block is None:
            return
        if output.values.shape[1] <= MOST_LINES:
            self._show_lines(block)
        else:
            self._show_image(block)

    def _show_gaps(self, layer: str, steps: int) -> None:
        """Mark padding, and what the model gave no output for."""
        gaps = [gap for gap in self.plot.marks_of(layer).gaps if gap[2] == "padding"]
        late = self.session.view.span[1]
        if late > steps:
            gaps.append((steps, late, "missing"))
        # Where calls begin is said by the views of the layers themselves.
        self.plot.marks.set_marks(Marks(tuple(gaps)))

    def _take(self, recording: Recording) -> Output | None:
        """Return the output of the chosen sample once it is read."""
        tokens = len(self._vocabulary())
        gone_on = self.session.gone_on
        steps = 0 if gone_on is None else gone_on.steps
        sample = self.session.view.sample
        wanted = WholeOutput(sample, tokens, recording.state, steps)
        if self._of == (recording, wanted):
            return self._output
        found = self.session.ask(wanted)
        if found is None:
            return None
        # Kept here: one that is larger than the shelf does not stay there.
        self._of, self._output = (recording, wanted), found
        if found.probabilities:
            self._low, self._high = 0.0, 1.0
        else:
            self._high = nice_bound(max(-found.low, found.high))
            self._low = 0.0 if found.low >= 0 else -self._high
        return found

    def _pairing(self, output: Output) -> Pairing | None:
        """Return what is held against what; offer it anew where it is another run."""
        given = self._compared.given()
        if self._offered[0] is not output or self._offered[1] is not given:
            self._offered = output, given
            why = self._compared.why_not(output.values)
            self.given.refuse(why)
            if not why and given is not None:
                names = self._compared.names()
                pairing, follows = suggestion(output.values, given)
                self.given.offer(output.values.shape[1], names, pairing, on=follows)
            self.given.say(None)
        return self.given.pairing

    def _vocabulary(self) -> tuple[str, ...]:
        model = self.session.model
        return () if model is None else model.needs.vocabulary

    def _show_only(self, *shown: object) -> None:
        for item in (self.text, self.image, self.bar):
            item.setVisible(item in shown)
        if self.image in shown:
            self.lines.draw([])

    # Tokens by rank

    def _show_ranks(self, ranking: Ranking) -> None:
        self._show_only(self.text, self.image, self.bar)
        view, colours = self.session.view, self.colours
        # As many ranks as there is room to read, the rest stays in the key.
        line = QFontMetricsF(self.text.font).height()
        room = int(self.plot.area.height() / line)
        ranks = min(max(room, 1), ranking.tokens.shape[1])
        self.plot.set_y_axis(
            named_ticks(tuple(str(rank + 1) for rank in range(ranks))), down=True
        )
        self.plot.set_y(0, ranks)
        if self._shown.shape[1] != ranks or self._shown.base is not ranking.shares:
            self._shown = ranking.shares[:, :ranks]
        block = self._reader.read(self._shown, view.span, self.plot.columns)
        if block is not None:
            self._show_key(block, GATE)
        self.text.show_cells(ranks, self._token)
        words = self._vocabulary()
        best = ""
        if view.step < len(ranking.tokens):
            best = "   ".join(
                f"“{token_text(words[token])}” {share:.3f}"
                for token, share in zip(
                    ranking.tokens[view.step], ranking.shares[view.step], strict=True
                )
                if share >= 0.001
            )
        self.legend.show_entries([], colours, f"{ranking.kind}, most likely:  {best}")

    def _token(self, step: int, row: int) -> Cell:
        ranking = None if self._output is None else self._output.ranking
        if ranking is None or step >= len(ranking.tokens):
            return "", QColor()
        token, share = ranking.tokens[step, row], ranking.shares[step, row]
        if np.isnan(share):
            return "", QColor()
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

    def _show_compared(self, output: Output, pairing: Pairing) -> None:
        """Draw each predicted line over the input that it predicts."""
        view, colours = self.session.view, self.colours
        found = self._compared.read(output.values, pairing, self.plot.columns)
        if found is None:
            return
        self._show_only()
        self.given.say(found.agreement)
        self.plot.set_y_axis(value_ticks, down=False)
        high = nice_bound(max(-found.low, found.high))
        low = 0.0 if found.low >= 0 else -high
        pad = (high - low) * MARGIN
        self.plot.set_y(low - pad, high + pad)
        count = len(found.predicted)
        name = output.name
        first = pairing.output or 0
        inks = [colours.curve(first + k) for k in range(count)]
        # The given is not of the model: beneath it, and quiet.
        quiet = [mix(colours.background, ink, 0.5) for ink in inks]
        if count == 1:
            quiet = [colours.muted]
        self.thinning = self.lines.draw(
            [
                *zip(found.given, quiet, strict=True),
                *zip(found.predicted, inks, strict=True),
            ]
        )
        numbered = output.values.shape[1] > 1
        entries = []
        for k, (line, other) in enumerate(
            zip(found.predicted, found.given, strict=True)
        ):
            label = f"{name} {first + k}" if numbered else name
            value, given = line.text_at(view.step), other.text_at(view.step)
            if count == 1:
                entries.append(Entry(label, inks[k], value))
                entries.append(Entry(f"given {found.names[k]}", quiet[k], given))
            else:
                entries.append(Entry(label, inks[k], f"{value}  given {given}"))
        self.legend.show_entries(entries, colours, agreement_text(found.agreement))

    def _show_lines(self, block: StepBlock) -> None:
        self._show_only()
        view, colours = self.session.view, self.colours
        self.plot.set_y_axis(value_ticks, down=False)
        pad = (self._high - self._low) * MARGIN
        self.plot.set_y(self._low - pad, self._high + pad)
        series = self._channels.of(block)
        count = len(series)
        lines = [
            (line, colours.curve(k) if count > 1 else colours.text)
            for k, line in enumerate(series)
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
