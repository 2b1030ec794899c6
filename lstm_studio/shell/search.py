"""Looks for steps: resets, the same input, saturation, where a condition holds."""

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from lstm_studio.core.condition import Condition, parse
from lstm_studio.core.layers import Layer
from lstm_studio.core.sought import STRETCH, Reset, SameInput, Saturated, Sought
from lstm_studio.session.questions import Search as Question
from lstm_studio.session.session import Session
from lstm_studio.shell.dialogs.condition import ConditionDialog
from lstm_studio.shell.navigate import Navigation
from lstm_studio.shell.words import grouped

LOOK_MS: Final = 16
LONGEST_MS: Final = 60_000
"""A stretch that nobody answers for so long cannot be read."""

Tell = Callable[[str], None]


class Search(QObject):
    """Asks the reader stretch by stretch, then moves the cursor.

    Attributes
    ----------
    condition
        What "next where it holds" looks for, None until one was typed.
    """

    def __init__(
        self, session: Session, navigation: Navigation, window: QWidget, tell: Tell
    ) -> None:
        super().__init__(window)
        self._session = session
        self._navigation = navigation
        self._window = window
        self._tell = tell
        self.condition: Condition | None = None
        self._sought: Sought | None = None
        self._what = ""
        self._forward = True
        self._edge = 0
        self._looks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    # What is looked for

    def next_reset(self) -> None:
        """Go to the next step at which the chosen layer begins anew."""
        self._begin_reset(forward=True)

    def previous_reset(self) -> None:
        """Go to the last step before at which the chosen layer began anew."""
        self._begin_reset(forward=False)

    def _begin_reset(self, *, forward: bool) -> None:
        view = self._session.view
        if view.layer is not None:
            what = f"where {view.layer} is reset"
            self.begin(Reset(view.layer, view.sample), what, forward=forward)

    def next_same_input(self) -> None:
        """Go to the next step that is fed the same."""
        self._begin_same_input(forward=True)

    def previous_same_input(self) -> None:
        """Go to the last step before that was fed the same."""
        self._begin_same_input(forward=False)

    def _begin_same_input(self, *, forward: bool) -> None:
        view = self._session.view
        what = f"with the input of step {grouped(view.step)}"
        self.begin(SameInput(view.step, view.sample), what, forward=forward)

    def next_saturation(self) -> None:
        """Go to the next step at which a gate of the unit comes to an end."""
        self._begin_saturation(forward=True)

    def previous_saturation(self) -> None:
        """Go to the last step before at which a gate of the unit came to an end."""
        self._begin_saturation(forward=False)

    def _begin_saturation(self, *, forward: bool) -> None:
        view, recording = self._session.view, self._session.recording
        layer = self._navigation.layer
        if recording is None or layer is None:
            return
        sought = Saturated.of(
            recording, layer.name, view.unit, view.stream(layer), view.sample
        )
        gates = ", ".join(sought.streams)
        what = f"where {gates} of {layer.name} unit {view.unit} saturates"
        self.begin(sought, what, forward=forward)

    def next_found(self) -> None:
        """Go to the next step at which the condition begins to hold."""
        self._begin_condition(forward=True)

    def previous_found(self) -> None:
        """Go to the last step before at which the condition began to hold."""
        self._begin_condition(forward=False)

    def _begin_condition(self, *, forward: bool) -> None:
        if self.condition is None:
            self.find_steps()
            return
        what = f"where {self.condition} begins to hold"
        self.begin(self.condition, what, forward=forward)

    # The condition

    @property
    def layers(self) -> Mapping[str, Layer]:
        """The layers that a condition may name: recorded, else of the model."""
        session = self._session
        declared = session.model.layers if session.model is not None else ()
        return {layer.name: layer for layer in declared} | dict(session.extent.layers)

    def read(self, text: str) -> Condition:
        """Return the condition that a text says.

        Raises
        ------
        DoesNotFit
            With what is not understood, and an example.
        """
        view, layers = self._session.view, self.layers
        layer = view.layer or next(iter(layers), "")
        return parse(text, layers, layer, view.unit, view.sample)

    def find_steps(self) -> None:
        """Ask for a condition, then go where it holds."""
        self._ask(stops=False)

    def _ask(self, *, stops: bool) -> None:
        session = self._session
        dialog = ConditionDialog(
            self._suggestion(),
            self.read,
            stops=stops or session.until is not None,
            recorded=bool(session.extent.steps),
            parent=self._window,
        )
        dialog.chosen.connect(self._on_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _suggestion(self) -> str:
        if self.condition is not None:
            return str(self.condition)
        view, layer = self._session.view, self._navigation.layer
        if layer is None:
            layer = next(iter(self.layers.values()), None)
        if layer is None:
            return ""
        return f"{layer.name} unit {view.unit} {view.stream(layer)} > 0.8"

    def _on_chosen(self, condition: Condition, stops: bool, find: bool) -> None:
        self.condition = condition
        self._session.stop_at(condition if stops else None)
        if find:
            self.next_found()

    def break_run(self) -> None:
        """Let runs pause where the condition begins to hold, or not any more."""
        session = self._session
        if session.until is not None:
            session.stop_at(None)
        elif self.condition is not None:
            session.stop_at(self.condition)
            which = "This" if self._navigation.running else "The next"
            self._tell(f"{which} run pauses where {self.condition} begins to hold.")
        else:
            session.stop_at(None)
            self._ask(stops=True)

    # How it is found

    @property
    def active(self) -> bool:
        """Whether a search goes on."""
        return self._timer.isActive()

    def begin(self, sought: Sought, what: str, *, forward: bool) -> None:
        """Look from the cursor on, or back from it."""
        step = self._session.view.step
        self._sought, self._what, self._forward = sought, what, forward
        self._edge = step + 1 if forward else step
        self._looks = 0
        self._timer.start()
        self._look()

    def stop(self) -> None:
        """End the search; the cursor stays."""
        self._timer.stop()
        self._sought = None

    def _stretch(self) -> tuple[int, int]:
        if self._forward:
            return self._edge, min(self._edge + STRETCH, self._session.extent.steps)
        return max(self._edge - STRETCH, 0), self._edge

    def _look(self) -> None:
        start, stop = self._stretch()
        if self._sought is None or self._session.recording is None:
            self.stop()
            return
        if start >= stop:
            self._end(None)
            return
        found = self._session.ask(Question(self._sought, start, stop))
        if found is None:
            self._looks += 1
            if self._looks > LONGEST_MS // LOOK_MS:
                self.stop()
                self._tell(f"Steps {grouped(start)} to {grouped(stop)} cannot be read.")
            return
        step = found.first if self._forward else found.last
        if step is not None:
            self._end(step)
            return
        self._looks = 0
        self._edge = stop if self._forward else start
        self._tell(f"Looking for a step {self._what}: at step {grouped(self._edge)}")

    def _end(self, step: int | None) -> None:
        self.stop()
        if step is not None:
            self._navigation.go_to(step)
            self._tell("")
        else:
            side = "later" if self._forward else "earlier"
            self._tell(f"There is no {side} step {self._what}.")
