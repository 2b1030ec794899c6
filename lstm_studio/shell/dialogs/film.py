"""Asks which steps are filmed, how fast and in which form, and shows a frame."""

import importlib.util
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from lstm_studio.core.extras import EXTRAS
from lstm_studio.export.film import MOST_FPS
from lstm_studio.shell.dialogs.choiceform import number, pair
from lstm_studio.shell.dialogs.composed import ComposedDialog
from lstm_studio.shell.filmwish import WIDTHS, FilmWish
from lstm_studio.shell.words import grouped

FORMS: Final = {
    "gif": "GIF, plays everywhere",
    "mp4": "MP4, smaller and in all colours",
}
LIBRARY: Final = "av"
"""What an MP4 takes."""


class FilmDialog(ComposedDialog):
    """A film before it is made: one of its frames, and how long it will be."""

    save_asked = Signal(object)

    def __init__(
        self,
        titles: Mapping[str, str],
        wish: FilmWish,
        steps: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("film", titles, FORMS, wish, parent, window=False)
        self.setObjectName("film")
        last = max(steps - 1, 0)
        self.first = number("First step", 0, last, wish.steps[0])
        self.last = number("Last step", 0, last, wish.steps[1] - 1)
        self.every = number(
            "Steps from one frame to the next", 1, 1_000_000, wish.every
        )
        self.fps = number("Frames a second", 1, max(MOST_FPS.values()), wish.fps)
        self.width_px = number("Width in pixels", *WIDTHS, wish.width)
        self.height_px = number("Height in pixels", 99, WIDTHS[1], wish.height or 99)
        self.height_px.setSpecialValueText("auto")
        self._drawn: tuple[object, ...] = ()
        self._pixels = ""
        self.rows.addRow("&Steps", pair(self.first, "to", self.last))
        self.rows.addRow("&One frame every", self.every)
        self.rows.addRow("Frames a s&econd", self.fps)
        self.rows.addRow("Si&ze in pixels", pair(self.width_px, "×", self.height_px))
        self.rows.addRow("", self.caption)
        self.rows.addRow("", self.said)
        spins = (self.first, self.last, self.every, self.fps)
        for spin in (*spins, self.width_px, self.height_px):
            spin.valueChanged.connect(self._later.start)
        self._arrange()

    @property
    def wish(self) -> FilmWish:
        """What is chosen."""
        height = self.height_px.value()
        return FilmWish(
            panels=self.panels.panels,
            form=self.form.currentData(),
            light=self.background.currentData() == "light",
            steps=(self.first.value(), self.last.value() + 1),
            every=self.every.value(),
            fps=self.fps.value(),
            width=self.width_px.value(),
            height=0 if height == self.height_px.minimum() else height,
            caption=self.caption.isChecked(),
        )

    def _on_changed(self) -> None:
        self._later.stop()
        wish, refusal = self.wish, self._refusal()
        self.save.setEnabled(not refusal)
        self._say()
        if not self.panels.complete:
            self.preview.say("Tick at least one panel.")
            self._drawn = ()
            return
        # How fast it is, and in which form, is not seen in a frame.
        drawn = (wish.picture, wish.steps[0])
        if drawn != self._drawn:
            self._drawn = drawn
            self.preview.wait("A frame is being drawn.")
            self.changed.emit(replace(wish, steps=(wish.steps[0], wish.steps[0] + 1)))

    def _refusal(self) -> str:
        wish = self.wish
        most = MOST_FPS[f".{wish.form}"]
        if wish.form == "mp4" and importlib.util.find_spec(LIBRARY) is None:
            return (
                f"MP4 takes the library {LIBRARY}, which is not installed here. "
                f'Install it: pip install "lstm-studio[{EXTRAS[LIBRARY]}]"'
            )
        if not self.panels.complete:
            return "Tick at least one panel."
        if wish.steps[0] >= wish.steps[1]:
            return "The last step comes before the first."
        if wish.fps > most:
            return f"A {wish.form.upper()} has {most} frames a second at most."
        return ""

    def _say(self) -> None:
        wish = self.wish
        frames = len(wish.frames)
        told = (
            f"{grouped(frames)} frame{'s' * (frames != 1)}, "
            f"{frames / wish.fps:.1f} s{self._pixels}"
        )
        self.said.setText(self._refusal() or told)

    def show_frame(self, image: QImage) -> None:
        """Show a frame as it will be in the film."""
        self.preview.show_image(image)
        size = f"{grouped(image.width())} × {grouped(image.height())}"
        self._pixels = f", {size} pixels"
        self._say()

    def _on_save(self) -> None:
        self.accept()
        self.save_asked.emit(self.wish)
