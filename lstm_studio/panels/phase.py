"""The trajectory of a layer along its principal components."""

from dataclasses import replace
from typing import ClassVar, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.plane import Plane
from lstm_studio.core.shapes import Float
from lstm_studio.core.spans import Spans, count
from lstm_studio.panelkit.empty import Emptiness
from lstm_studio.panelkit.legend import Legend
from lstm_studio.panelkit.panel import Area, Panel
from lstm_studio.panelkit.planeview import PlaneView
from lstm_studio.panelkit.text import count_text, name_text, small
from lstm_studio.panelkit.trail import EMPTY, Trail
from lstm_studio.session.questions import Components, Stretch
from lstm_studio.session.session import Session

DEEP_SHARE: Final = 0.08
"""Share of the variance from which on a third component is shown at first."""
MOST_STEPS: Final = 20_000
TILE: Final = 1024
"""Steps that are placed at once around the cursor."""


class PhasePanel(Panel):
    """All states of a layer as one line; what is on screen elsewhere stands out."""

    id: ClassVar[str] = "phase"
    title: ClassVar[str] = "Phase"
    area: ClassVar[Area] = "aside"
    height_hint: ClassVar[int] = 320
    help: ClassVar[str] = (
        "Each point is the state of the chosen layer at a step, seen along the two or "
        "three directions in which it varies most. The steps on screen, or those that "
        "are marked, are drawn clearly. Drag with Shift to mark the steps in a "
        "rectangle, in every panel; click to unmark them and to go to the nearest "
        "step, drag to turn, wheel to zoom."
    )

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        content = QWidget(self)
        self.empty = Emptiness(content, self)
        self.legend = Legend(content)
        self.legend.indent = 8
        self.view = PlaneView(content)
        self.view.setAccessibleName(self.title)
        self.view.picked.connect(self._on_view_picked)
        self.view.brushed.connect(self._on_view_brushed)
        self._group = QButtonGroup(self)
        self.buttons: dict[int, QToolButton] = {}
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 8, 0)
        head.setSpacing(0)
        head.addWidget(self.legend, 1)
        for axes in (2, 3):
            button = self.buttons[axes] = QToolButton(content)
            button.setText(f"{axes}D")
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setToolTip(f"Draw the first {axes} principal components")
            self._group.addButton(button, axes)
            head.addWidget(button)
        self._group.idClicked.connect(self._on_axes_clicked)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        self.axes: int | None = None
        self._plane: Plane | None = None
        self._whole = self._part = EMPTY
        self._part_of: tuple[object, ...] = ()
        self.recolour()

    def recolour(self) -> None:
        for button in self.buttons.values():
            button.setFont(small(self.font()))
        self.empty.recolour(self.colours)

    def refresh(self) -> None:
        session, view = self.session, self.session.view
        layer = session.extent.layers.get(view.layer or "")
        if session.recording is None or layer is None:
            self._plane, self.thinning = None, ""
            self.empty.say("The path of a layer is drawn here once a model ran.")
            return
        stream = view.stream(layer)
        plane = session.ask(Components(layer.name, stream, view.sample))
        if plane is None or not len(plane.steps):
            self.thinning = ""
            self.empty.say("The directions of the largest variance are being found.")
            return
        self.empty.say("")
        if plane is not self._plane:
            self._plane = plane
            self._whole = Trail(plane.steps, plane.points, plane.breaks)
        deep = (self.axes or (3 if plane.shares[2] >= DEEP_SHARE else 2)) == 3
        self.buttons[3 if deep else 2].setChecked(True)
        if deep != self.view.turning.deep:
            self.view.show_turning(replace(self.view.turning, deep=deep))
        names = tuple(
            f"PC {k + 1}: {share:.0%}" for k, share in enumerate(plane.shares)
        )
        self.view.show_trails(
            self._whole, self._part_on_screen(plane), names, self.colours
        )
        self.view.show_here(self._here(plane))
        every = plane.every
        self.thinning = f"{count_text(every)}:1 (evenly spaced)" if every > 1 else ""
        marked = count(view.brush)
        held = sum(plane.shares[: 3 if deep else 2])
        self.legend.show_entries(
            [],
            self.colours,
            f"{name_text(layer.name)} · {stream} · "
            + (f"{count_text(marked)} steps marked · " if marked else "")
            + f"{held:.0%} of variance",
        )

    def _part_on_screen(self, plane: Plane) -> Trail:
        """Return the trail of the steps on screen, every one where that is little."""
        view = self.session.view
        spans = view.brush or (view.span,)
        (start, stop), *others = spans
        if start <= 0 and stop >= self.session.extent.steps:
            return self._whole
        fine = None
        if plane.every > 1 and not others and stop - start <= MOST_STEPS:
            fine = self.session.ask(Stretch(plane, start, stop))
        made_of = (plane, spans, fine is None)
        if made_of != self._part_of:
            self._part_of = made_of
            self._part = self._cut(spans) if fine is None else _trail(fine, start)
        return self._part

    def _cut(self, spans: Spans) -> Trail:
        whole = self._whole
        ends = np.searchsorted(whole.steps, spans)
        inside = np.concatenate([np.arange(*pair) for pair in ends])
        breaks = whole.breaks[inside] | (np.diff(inside, prepend=-1) > 1)
        return Trail(whole.steps[inside], whole.points[inside], breaks)

    def _here(self, plane: Plane) -> Float[np.ndarray, "1 3"] | None:
        """Return where the chosen step is, None while that is read."""
        step = self.session.view.step
        index = int(np.searchsorted(plane.steps, step))
        if index < len(plane.steps) and plane.steps[index] == step:
            return plane.points[index : index + 1]
        start = step // TILE * TILE
        near = self.session.ask(Stretch(plane, start, start + TILE))
        if near is None or step - start >= len(near):
            return None
        here = near[step - start : step - start + 1]
        return here if np.isfinite(here).all() else None

    def take_after(self, other: Panel) -> None:
        if isinstance(other, PhasePanel):
            self.axes = other.axes
            self.refresh()
            self.view.show_turning(other.view.turning)

    def _on_view_picked(self, step: int) -> None:
        self.session.look(step=step)

    def _on_view_brushed(self, steps: Spans) -> None:
        self.session.look(brush=steps)

    def _on_axes_clicked(self, axes: int) -> None:
        self.axes = axes
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.request_refresh()


def _trail(points: Float[np.ndarray, "step 3"], start: int) -> Trail:
    good = np.isfinite(points).all(axis=1)
    steps = start + np.flatnonzero(good)
    return Trail(steps, points[good], np.diff(steps, prepend=start - 1) > 1)
