"""The transports: playback of what was recorded, stepping of a run, and live."""

import math
from typing import Final

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from lstm_studio.core.commands import Run
from lstm_studio.panelkit.seconds import rate_of, time_text
from lstm_studio.panelkit.spinbox import SpinBox
from lstm_studio.session.session import Session
from lstm_studio.shell.actions import Actions
from lstm_studio.shell.navigate import SPEEDS, Navigation
from lstm_studio.shell.words import grouped

MOST_STEPS: Final = 99_999
BESIDE_PX: Final = 28
"""Pixels that a field needs beside its digits: its edges and its arrows."""


class Transport(QStackedWidget):
    """Shows the buttons of the run while one goes on, else those of the playback.

    From the playback one gets to the other two: a run step by step, and live.
    """

    def __init__(
        self,
        session: Session,
        navigation: Navigation,
        actions: Actions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._navigation = navigation
        self.step = SpinBox()
        self.step.setAccessibleName("Step of the cursor")
        self.step.setToolTip("Step of the cursor; type a number to go there")
        self.step.setKeyboardTracking(False)
        self.step.setGroupSeparatorShown(False)
        self.step.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.step.valueChanged.connect(self._on_step)
        self.time = QToolButton()
        self.time.setCheckable(True)
        self.time.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.time.setToolTip(
            "Time of the cursor. Press to mark the axes in seconds, again for steps"
        )
        self.time.toggled.connect(self._on_time)
        self.speed = QComboBox()
        self.speed.setAccessibleName("Speed of the playback")
        self.speed.setToolTip("Steps per second of the playback")
        self.speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for speed in SPEEDS:
            self.speed.addItem(_speed_in_words(speed), speed)
        self.speed.activated.connect(self._on_speed)
        self.steps = SpinBox()
        self.steps.setAccessibleName("Number of steps that the run takes")
        self.steps.setToolTip("n: how many steps “n steps” lets the run do")
        self.steps.setRange(1, MOST_STEPS)
        self.steps.setValue(navigation.steps)
        self.steps.valueChanged.connect(self._on_steps)
        # The other two ways: stepping the run, and going on live.
        self._others = [
            self._button(actions[name], text=True) for name in ("run_paused", "go_live")
        ]
        self.playback = self._row(
            "Playback",
            [
                *(
                    self._button(actions[name])
                    for name in (
                        "first_step",
                        "step_back",
                        "play",
                        "step_forth",
                        "last_step",
                        "loop",
                    )
                ),
                self.step,
                self.time,
                self.speed,
                *self._others,
            ],
        )
        self.running = self._row(
            "Stepping",
            [
                self._button(actions["pause_run"]),
                self._button(actions["step_run"], text=True),
                self.steps,
                self._button(actions["step_run_n"], text=True),
            ],
        )
        self.addWidget(self.playback)
        self.addWidget(self.running)
        self.refresh()

    def _row(self, name: str, widgets: list[QWidget]) -> QWidget:
        page = QWidget(self)
        page.setAccessibleName(name)
        row = QHBoxLayout(page)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(2)
        label = QLabel(name, page)
        label.setForegroundRole(page.palette().ColorRole.PlaceholderText)
        row.addWidget(label)
        row.addSpacing(4)
        for widget in widgets:
            row.addWidget(widget)
        row.addStretch(1)
        return page

    def _button(self, action: QAction, *, text: bool = False) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setAccessibleName(action.text())
        button.setIconSize(QSize(18, 18))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if text:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    def shorten(self, *, short: bool) -> None:
        """Leave out the words of buttons that their icons stand for."""
        style = Qt.ToolButtonStyle
        for button in self._others:
            button.setToolButtonStyle(
                style.ToolButtonIconOnly if short else style.ToolButtonTextBesideIcon
            )

    def _on_speed(self, index: int) -> None:
        self._navigation.choose_speed(SPEEDS[index])

    def _on_steps(self, steps: int) -> None:
        self._navigation.steps = steps

    def _on_time(self, seconds: bool) -> None:
        self._session.look(seconds=seconds)

    def _on_step(self, step: int) -> None:
        self._session.look(step=step)

    def refresh(self) -> None:
        """Show the step and the transport of what goes on now."""
        session = self._session
        running = isinstance(session.command, Run)
        self.setCurrentWidget(self.running if running else self.playback)
        steps = session.extent.steps
        self.step.blockSignals(True)
        # Each range, also the same one, lets the window be laid out again.
        if self.step.maximum() != max(steps - 1, 0):
            self.step.setRange(0, max(steps - 1, 0))
        self.step.setValue(session.view.step)
        self.step.blockSignals(False)
        self.speed.setCurrentIndex(SPEEDS.index(self._navigation.speed))
        self.step.setEnabled(bool(steps))
        self.speed.setEnabled(bool(steps))
        self._show_time()
        for box, digits in ((self.step, 7), (self.steps, 5)):
            width = self.fontMetrics().horizontalAdvance("0" * digits) + BESIDE_PX
            if box.width() != width:
                box.setFixedWidth(width)

    def _show_time(self) -> None:
        """Show when the cursor is, where the sequence has a rate."""
        session = self._session
        rate = rate_of(session)
        self.time.setVisible(rate is not None)
        if rate is None:
            return
        text = time_text(session.view.step, rate)
        last = time_text(max(session.extent.steps - 1, 0), rate)
        self.time.setText(text)
        # As wide as it can become, so that nothing moves while it plays.
        metrics = self.time.fontMetrics()
        self.time.setFixedWidth(metrics.horizontalAdvance(last) + 20)
        self.time.setAccessibleName(f"Axes in seconds; the cursor is at {text}")
        with QSignalBlocker(self.time):
            self.time.setChecked(session.view.seconds)


def _speed_in_words(speed: float) -> str:
    return "each frame" if math.isinf(speed) else f"{grouped(int(speed))} / s"
