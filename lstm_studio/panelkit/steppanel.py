"""A panel of one plot over steps with its key above it."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lstm_studio.panelkit.colourbar import ColourBar
from lstm_studio.panelkit.empty import Emptiness
from lstm_studio.panelkit.legend import Legend
from lstm_studio.panelkit.lines import Lines, Series, bad_in
from lstm_studio.panelkit.marks import said_of
from lstm_studio.panelkit.panel import Panel
from lstm_studio.panelkit.stateimage import StateImage
from lstm_studio.panelkit.stepaxis import StepPlot
from lstm_studio.panelkit.stepview import left_margin, right_margin
from lstm_studio.panelkit.text import small
from lstm_studio.session.session import Session

ABOVE_PX: Final = 2


class StepPanel(Panel):
    """Lines or an image over steps; a click picks the step."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        content = QWidget(self)
        self.empty = Emptiness(content, self)
        self.legend = Legend(content)
        self.legend.clicked.connect(self._on_legend_clicked)
        self.plot = StepPlot(session, content)
        self.plot.setAccessibleName(self.title)
        self.plot.picked.connect(self._on_plot_picked)
        self.lines = Lines(self.plot)
        self.image = StateImage(self.plot)
        self.bar = ColourBar(self.plot)
        self.bar.hide()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, ABOVE_PX, 0, 0)
        layout.setSpacing(0)
        self._beside = list[QWidget]()
        self.head = QHBoxLayout()
        self.head.addWidget(self.legend, 1)
        layout.addLayout(self.head)
        layout.addWidget(self.plot, 1)
        self.recolour()

    def add_to_head(self, widget: QWidget) -> None:
        """Put a widget with small letters right of the key."""
        self.head.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        self._beside.append(widget)
        self._take_letters()

    def _take_letters(self) -> None:
        self.legend.indent = left_margin(self.font())
        if self._beside:
            self.head.setContentsMargins(0, 0, right_margin(self.font()), 0)
        for widget in self._beside:
            widget.setFont(small(self.font()))

    def recolour(self) -> None:
        self._take_letters()
        self.empty.recolour(self.colours)
        self.plot.recolour(self.colours)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The plot is not painted over the key, nor pushed out of the panel by it.
        self.legend.fit(self.height() - ABOVE_PX - self.plot.minimumHeight())
        self.request_refresh()

    def place_bar(self) -> None:
        """Put the key of an image right of the plotting area."""
        area = self.plot.area
        width = max(self.plot.width() - int(area.right()), 0)
        self.bar.setGeometry(
            int(area.right()), int(area.top()), width, int(area.height())
        )

    def text_of(self, line: Series) -> str:
        """Return the value at the cursor; the marks of the plot must be there.

        Where there is none, that is not what the model computed: a word says why.
        """
        step = self.session.view.step
        marks = self.plot.marks.marks
        return said_of(self.session, marks, line.text_at(step), step)

    def show_bad(self, lines: Sequence[Series]) -> None:
        """Mark where lines are NaN or Inf; the marks of the plot must be there."""
        # What was recorded last may not be read yet.
        running = not self.session.settled
        bad = bad_in(lines, self.plot.marks.marks, running=running)
        self.plot.bad_marks.show_bad(bad)

    def _on_plot_picked(self, step: int, y: float) -> None:
        self.session.look(step=step)

    def _on_legend_clicked(self, index: int) -> None:
        """Follow a click on an entry of the key."""
