"""Asks which steps are filmed, how fast and in which form, and shows a frame."""

import importlib.util
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.extras import EXTRAS
from lstm_studio.export.film import MOST_FPS
from lstm_studio.shell.dialogs.choiceform import choice, number
from lstm_studio.shell.dialogs.panelchoice import PanelChoice
from lstm_studio.shell.dialogs.preview import Preview
from lstm_studio.shell.filmwish import WIDTHS, FilmWish
from lstm_studio.shell.theme import GRID
from lstm_studio.shell.words import grouped

FORMS: Final = {
    "gif": "GIF, plays everywhere",
    "mp4": "MP4, smaller and in all colours",
}
LIBRARY: Final = "av"
"""What an MP4 takes."""
SIZE: Final = (960, 600)
FORM_PX: Final = 330
AFTER_MS: Final = 200


class FilmDialog(QDialog):
    """A film before it is made: one of its frames, and how long it will be."""

    changed = Signal(object)
    """Another `FilmWish`: show a frame of it."""
    save_asked = Signal(object)

    def __init__(
        self,
        titles: Mapping[str, str],
        wish: FilmWish,
        steps: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("film")
        self.setWindowTitle("Export film")
        self.resize(*SIZE)
        self.preview = Preview(self)
        self.panels = PanelChoice(titles, wish.panels, window=False, parent=self)
        self.form = choice("Form of the film", FORMS)
        self.form.setCurrentIndex(self.form.findData(wish.form))
        self.background = choice(
            "Background", {"light": "Light, for print", "screen": "As on screen"}
        )
        self.background.setCurrentIndex(0 if wish.light else 1)
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
        self.caption = QCheckBox("Caption with the origin", self)
        self.caption.setChecked(wish.caption)
        self.said = QLabel(self)
        self.said.setWordWrap(True)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(AFTER_MS)
        self._later.timeout.connect(self._on_changed)
        self._drawn: tuple[object, ...] = ()
        self._pixels = ""
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        rows = QFormLayout()
        rows.setHorizontalSpacing(3 * GRID)
        rows.setVerticalSpacing(2 * GRID)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows.addRow("&Film of", self.panels)
        rows.addRow("&Form", self.form)
        rows.addRow("&Background", self.background)
        rows.addRow("&Steps", self._pair(self.first, "to", self.last))
        rows.addRow("&One frame every", self.every)
        rows.addRow("Frames a s&econd", self.fps)
        rows.addRow("Si&ze in pixels", self._pair(self.width_px, "×", self.height_px))
        rows.addRow("", self.caption)
        rows.addRow("", self.said)
        buttons = QDialogButtonBox(self)
        self.save: QPushButton = buttons.addButton(
            "Save…", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.save.setDefault(True)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._on_save)
        buttons.rejected.connect(self.reject)
        side = QWidget(self)
        side.setFixedWidth(FORM_PX)
        form = QVBoxLayout(side)
        form.setContentsMargins(0, 0, 0, 0)
        form.addLayout(rows)
        form.addStretch(1)
        above = QHBoxLayout()
        above.setSpacing(5 * GRID)
        above.addWidget(self.preview, 1)
        above.addWidget(side)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(4 * GRID)
        column.addLayout(above, 1)
        column.addWidget(buttons)

    def _pair(self, one: QSpinBox, between: str, other: QSpinBox) -> QWidget:
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(one, 1)
        row.addWidget(QLabel(between, self))
        row.addWidget(other, 1)
        holder.setFocusProxy(one)
        return holder

    def _connect(self) -> None:
        self.panels.changed.connect(self._on_changed)
        for box in (self.form, self.background):
            box.currentIndexChanged.connect(self._on_changed)
        self.caption.toggled.connect(self._on_changed)
        spins = (self.first, self.last, self.every, self.fps)
        for spin in (*spins, self.width_px, self.height_px):
            spin.valueChanged.connect(self._later.start)

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

    def begin(self) -> None:
        """Show the dialog and ask for the first frame."""
        self.open()
        self._on_changed()

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
