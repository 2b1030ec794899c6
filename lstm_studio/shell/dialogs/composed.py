"""What the dialogs for pictures and films share: panels, form, ground, a preview."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.shell.dialogs.choiceform import choice
from lstm_studio.shell.dialogs.panelchoice import PanelChoice
from lstm_studio.shell.dialogs.preview import Preview
from lstm_studio.shell.filmwish import FilmWish
from lstm_studio.shell.theme import GRID
from lstm_studio.shell.wish import Wish

SIZE: Final = (960, 600)
FORM_PX: Final = 350
AFTER_MS: Final = 150
"""A number that is being typed is not drawn at every digit."""


class ComposedDialog(QDialog):
    """Panels are chosen at the right and shown at the left, as they will be saved."""

    changed = Signal(object)
    """Another wish: show it."""

    def __init__(
        self,
        what: str,
        titles: Mapping[str, str],
        forms: Mapping[str, str],
        wish: Wish | FilmWish,
        parent: QWidget | None = None,
        *,
        window: bool,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Export {what}")
        self.resize(*SIZE)
        self.preview = Preview(self)
        self.panels = PanelChoice(titles, wish.panels, window=window, parent=self)
        self.form = choice(f"Form of the {what}", forms)
        self.form.setCurrentIndex(self.form.findData(wish.form))
        self.background = choice(
            "Background", {"light": "Light, for print", "screen": "As on screen"}
        )
        self.background.setCurrentIndex(0 if wish.light else 1)
        self.caption = QCheckBox("Caption with the origin", self)
        self.caption.setChecked(wish.caption)
        self.said = QLabel(self)
        self.said.setWordWrap(True)
        self.rows = QFormLayout()
        self.rows.setHorizontalSpacing(3 * GRID)
        self.rows.setVerticalSpacing(2 * GRID)
        self.rows.setFieldGrowthPolicy(
            QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow
        )
        self.rows.addRow(f"&{what.capitalize()} of", self.panels)
        self.rows.addRow("&Form", self.form)
        self.rows.addRow("&Background", self.background)
        self.buttons = QDialogButtonBox(self)
        self.save: QPushButton = self.buttons.addButton(
            "Save…", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.save.setDefault(True)
        self.buttons.accepted.connect(self._on_save)
        self.buttons.rejected.connect(self.reject)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(AFTER_MS)
        self._later.timeout.connect(self._on_changed)
        self.panels.changed.connect(self._on_changed)
        for box in (self.form, self.background):
            box.currentIndexChanged.connect(self._on_changed)
        self.caption.toggled.connect(self._on_changed)

    def _arrange(self) -> None:
        """Put the rows beside the preview, now that all of them are there."""
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        side = QWidget(self)
        form = QVBoxLayout(side)
        form.setContentsMargins(0, 0, 0, 0)
        form.addLayout(self.rows)
        form.addStretch(1)
        # Large letters take more; what is chosen does not move the preview.
        side.setFixedWidth(max(FORM_PX, form.sizeHint().width()))
        above = QHBoxLayout()
        above.setSpacing(5 * GRID)
        above.addWidget(self.preview, 1)
        above.addWidget(side)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(4 * GRID)
        column.addLayout(above, 1)
        column.addWidget(self.buttons)

    def begin(self) -> None:
        """Show the dialog and ask for the first picture."""
        self.open()
        self._on_changed()

    def _on_changed(self) -> None:
        raise NotImplementedError

    def _on_save(self) -> None:
        raise NotImplementedError
