"""What the keys and buttons of run, playback and view ask of the session."""

from typing import Final

from lstm_studio.core.commands import Run
from lstm_studio.core.layers import Layer
from lstm_studio.core.view import Pin
from lstm_studio.session.playback import EVERY_FRAME
from lstm_studio.session.session import Session

SPEEDS: Final[tuple[float, ...]] = (
    *(1, 2, 5, 10, 20, 50),
    EVERY_FRAME,
    *(100, 200, 500, 1000, 2000, 5000),
)
"""Steps per second; beyond what frames can be, steps are passed over."""
LEAP: Final = 10
ZOOM: Final = 0.5


class Navigation:
    """Wishes by name; each has one action.

    Attributes
    ----------
    speed
        Of the playback, in steps per second: one of ``SPEEDS``.
    steps
        How many steps "run n steps" lets the run do.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.speed: float = 20
        self.steps = 10

    # The run

    @property
    def running(self) -> bool:
        """Whether a run goes on, and not another command or none."""
        return isinstance(self._session.command, Run)

    def run(self) -> None:
        """Record the model over the sequence."""
        self._session.run()

    def run_paused(self) -> None:
        """Start a run that waits before its first step."""
        self._session.run(paused=True)

    def pause_run(self) -> None:
        """Let the run wait, or go on."""
        if self._session.paused:
            self._session.resume()
        else:
            self._session.pause()

    def step_run(self) -> None:
        """Let the run do one step."""
        self._session.step(1)

    def step_run_n(self) -> None:
        """Let the run do the chosen number of steps."""
        self._session.step(self.steps)

    def verify(self) -> None:
        """Measure the certificate over all steps."""
        self._session.verify()

    # The playback

    def play(self) -> None:
        """Play or stop; while a run goes on, pause it or let it go on."""
        session = self._session
        if self.running:
            self.pause_run()
        elif session.playing:
            session.stop_playing()
        else:
            if session.view.step >= session.extent.steps - 1:
                session.look(step=0)
            session.play(self.speed)

    def play_back(self) -> None:
        """Play backwards, or stop."""
        session = self._session
        if session.playing:
            session.stop_playing()
        elif not self.running:
            session.play(-self.speed)

    def choose_speed(self, speed: float) -> None:
        """Play at this speed from now on."""
        self.speed = speed
        playing = self._session.playing
        if playing:
            self._session.play(speed if playing > 0 else -speed)

    def faster(self) -> None:
        """Choose the next higher speed."""
        self.choose_speed(SPEEDS[min(SPEEDS.index(self.speed) + 1, len(SPEEDS) - 1)])

    def slower(self) -> None:
        """Choose the next lower speed."""
        self.choose_speed(SPEEDS[max(SPEEDS.index(self.speed) - 1, 0)])

    def loop(self) -> None:
        """Let the playback begin again at the end of what is in sight, or not."""
        self._session.loop_span(on=not self._session.loop)

    def step_back(self) -> None:
        """Move the cursor one step back."""
        self._move(-1)

    def step_forth(self) -> None:
        """Move the cursor one step on."""
        self._move(1)

    def leap_back(self) -> None:
        """Move the cursor ten steps back."""
        self._move(-LEAP)

    def leap_forth(self) -> None:
        """Move the cursor ten steps on."""
        self._move(LEAP)

    def first_step(self) -> None:
        """Move the cursor to the start."""
        self.go_to(0)

    def last_step(self) -> None:
        """Move the cursor to the end."""
        self.go_to(self._session.extent.steps - 1)

    def go_to(self, step: int) -> None:
        """Move the cursor to a step, and the span along where it is not in sight."""
        session = self._session
        first, last = session.view.span
        session.stop_playing()
        if first <= step < last:
            session.look(step=step)
            return
        length = last - first
        start = step - length // 2
        session.look(step=step, span=(start, start + length))

    def _move(self, by: int) -> None:
        self.go_to(max(self._session.view.step + by, 0))

    # The view

    def unit_up(self) -> None:
        """Choose the unit before."""
        self._session.look(unit=self._session.view.unit - 1)

    def unit_down(self) -> None:
        """Choose the next unit."""
        self._session.look(unit=self._session.view.unit + 1)

    def layer_up(self) -> None:
        """Choose the layer before."""
        self._choose_layer(-1)

    def layer_down(self) -> None:
        """Choose the next layer."""
        self._choose_layer(1)

    def _choose_layer(self, by: int) -> None:
        names = list(self._session.extent.layers)
        if self._session.view.layer in names:
            index = names.index(self._session.view.layer) + by
            self._session.look(layer=names[min(max(index, 0), len(names) - 1)])

    @property
    def layer(self) -> Layer | None:
        """The chosen layer, None while there is no recording."""
        name = self._session.view.layer
        return None if name is None else self._session.extent.layers.get(name)

    def next_stream(self) -> None:
        """Show the next stream of the chosen layer."""
        view, layer = self._session.view, self.layer
        if layer is not None:
            streams = layer.streams
            following = streams[(streams.index(view.stream(layer)) + 1) % len(streams)]
            self._session.look(streams={**view.streams, layer.name: following})

    def pin(self) -> None:
        """Pin the chosen unit, or unpin it."""
        view, layer = self._session.view, self.layer
        if layer is None:
            return
        pin = Pin(layer.name, view.stream(layer), view.unit)
        if pin in view.pins:
            self._session.unpin(pin)
        else:
            self._session.pin(pin)

    def zoom_in(self) -> None:
        """Show half as many steps, around the cursor."""
        self._zoom(ZOOM)

    def zoom_out(self) -> None:
        """Show twice as many steps, around the cursor."""
        self._zoom(1 / ZOOM)

    def zoom_all(self) -> None:
        """Show every step."""
        self._session.look(span=(0, self._session.extent.steps))

    def _zoom(self, factor: float) -> None:
        view = self._session.view
        start, stop = view.span
        # The cursor stays where it is on the screen; if it is not there, the middle.
        fixed = view.step if start <= view.step < stop else (start + stop) // 2
        length = max(round((stop - start) * factor), 1)
        first = fixed - round((fixed - start) * factor)
        self._session.look(span=(first, first + length))

    def axes_in_seconds(self) -> None:
        """Mark the step axes in seconds, or in steps again."""
        self._session.look(seconds=not self._session.view.seconds)

    def follow(self) -> None:
        """Let the cursor follow the run, or leave it."""
        self._session.look(follow=not self._session.view.follow)

    def undo(self) -> None:
        """Return to the view before."""
        self._session.undo()

    def redo(self) -> None:
        """Return to the view that was undone last."""
        self._session.redo()
