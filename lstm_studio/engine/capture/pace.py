"""When the run looks up: chunks by time, flags of the control, progress, commits."""

import math
import time
from collections.abc import Callable
from typing import Final

from lstm_studio.core.control import RunControl
from lstm_studio.core.messages import Advanced, Message, Progress
from lstm_studio.core.recorder import Recorder

CHUNK_SECONDS: Final = 0.05
FIRST_SECONDS: Final = 0.01
"""Of a chunk that is planned before any was timed: the machine may be a busy one."""
TELLING_SECONDS: Final = 0.001
"""A chunk that took less tells what a call costs, and not how fast its steps are."""
WAVE_SECONDS: Final = 0.15
ASSUMED_SPEED: Final = 2e10
"""Multiplications a second that the first chunk is planned with."""
FRAME_SECONDS: Final = 1 / 30
SPEEDS: Final[dict[tuple[object, ...], float]] = {}
"""Multiplications a second as last timed, for each way to run and size of layers.

Kept from run to run: the next one of a model needs no short chunk to begin with.
"""
clock = time.perf_counter
"""What chunks are timed with."""


class Pace:
    """Cuts a run into chunks, and between them listens and tells."""

    def __init__(
        self,
        recorder: Recorder,
        control: RunControl,
        publish: Callable[[Message], None],
        total: int | None = None,
        modules: int = 1,
    ) -> None:
        self.control = control
        self._recorder = recorder
        self._publish = publish
        self._began = self._told = time.perf_counter()
        self._furthest = 0
        self._total = total
        self._modules = modules
        self._longest = total
        self._what, self._passes, self._done = "", 1, 0
        self._steps: dict[str, int] = {}
        self._most = 0

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return time.perf_counter() - self._began

    def now(self) -> float:
        """Return the time, in seconds, that chunks are planned by."""
        return clock()

    @property
    def done(self) -> int:
        """Steps of the run, on the average of its modules; it never falls."""
        steps = sum(self._steps.values()) + self._done // self._passes
        average = steps // max(self._modules, len(self._steps), 1)
        self._most = max(self._most, self._furthest, average)
        return self._most

    @property
    def attentive(self) -> bool:
        """Whether someone waits for single steps, or for the end."""
        return self.control.paused or self.control.cancelled

    def chunk(self, way: tuple[object, ...], work: list[int], left: int) -> int:
        """Return how many of the steps that are ``left`` to compute at once.

        The flags are looked at before each layer, so each of those above each other
        may take its time, as long as rows still come several times a second.

        Parameters
        ----------
        way
            What speed depends on beside sizes: the device, for example.
        work
            Multiplications that a step takes, for each layer.
        """
        speed = SPEEDS.get((*way, *work))
        seconds = FIRST_SECONDS if speed is None else CHUNK_SECONDS
        wave = min(seconds * len(work), WAVE_SECONDS)
        most = max(wave * (speed or ASSUMED_SPEED) / sum(work), 1)
        # In equal parts: a short chunk at the end would cost as much as a long one.
        return math.ceil(left / max(round(left / most), 1))

    def measured(
        self, way: tuple[object, ...], work: list[int], steps: int, seconds: float
    ) -> None:
        """Learn from a chunk how fast such layers are run that way."""
        if seconds >= TELLING_SECONDS:
            SPEEDS[*way, *work] = sum(work) * steps / seconds

    def begin(self, what: str, steps: int, passes: int) -> None:
        """Begin a call that goes over its steps ``passes`` times."""
        self._turn_to(what, passes)
        if self._total is None:
            self._longest = max(self._longest or 0, self._steps[what] + steps)

    def _turn_to(self, what: str, passes: int) -> None:
        if self._done:
            self._steps[self._what] += self._done // self._passes
        self._steps.setdefault(what, 0)
        self._what, self._passes, self._done = what, passes, 0

    def listen(self) -> None:
        """Wait while the run is paused and granted no steps; end it if cancelled."""
        if self.control.paused:
            self.tell()
        self.control.listen()

    def take(self, most: int) -> int:
        """Return how many steps may be shown now; wait while there are none."""
        if self.control.paused:
            self.tell()
        return self.control.take(most)

    def take_single(self, what: str, start: int) -> None:
        """Take one step for a call of one step, unless another layer took it."""
        if start < self._furthest:
            self.control.checkpoint()
            return
        self.take(1)
        self._turn_to(what, 1)
        self._furthest = start + 1

    def reveal(self, steps: int, write: Callable[[int, int], None]) -> None:
        """Write the rows of a computed chunk as they are granted.

        Computing by chunks and showing by steps keeps the bits of the whole call
        while the run is stepped.
        """
        shown = 0
        while shown < steps:
            granted = self.take(steps - shown)
            write(shown, shown + granted)
            shown += granted
            self._done += granted
            self.look_up()

    def look_up(self) -> None:
        """Commit and tell, at most once per frame unless the run is stepped."""
        if self.control.paused or time.perf_counter() - self._told >= FRAME_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Commit what was written, and say so."""
        self._told = time.perf_counter()
        self._publish(Advanced(self._recorder.commit()))
        self._publish(Progress(self._what, self.done, self._longest, self.seconds))
