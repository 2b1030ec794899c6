"""The calls of one layer, and what they say of every step.

Thousands of calls of one step each are what half of all models make, so calls of
the same kind in a row are one `Run`, and all questions are answered for arrays of
steps at once.

*Order* is the order in which the layer itself went: for a reverse layer the last
step of each call comes first. ``order`` maps a step to its place and a place to its
step (within a call it turns the steps around, which is its own inverse).
"""

from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np

from lstm_studio.core.layers import Call, Direction, InitialState
from lstm_studio.core.shapes import Bool, Int64
from lstm_studio.core.sofar import CallsSoFar

# Not -1: that is the step before the first, if one only counts back.
ZERO: Final = -2
"""In place of a previous step: the state was zeros."""
UNKNOWN: Final = -3
"""In place of a previous step: the state was lost with a damaged journal line."""
GIVEN: Final = -4
"""``GIVEN - row``: the state is this row of the given initial states."""

Steps = Int64[np.ndarray, " step"]


@dataclass(slots=True, eq=False)
class Run:
    """``count`` calls in a row of ``steps`` steps each, with the same source.

    ``first`` is the number of the first call, ``given`` the row of its initial
    state among those that were given, -1 where none was.
    """

    first: int
    start: int
    steps: int
    count: int
    source: InitialState
    lengths: tuple[int, ...] | None = None
    given: int = -1

    @property
    def stop(self) -> int:
        return self.start + self.steps * self.count

    def length(self, sample: int) -> int:
        """Return the number of valid steps of a call for this sample."""
        return self.steps if self.lengths is None else self.lengths[sample]

    def call(self, index: int) -> Call:
        """Return one of its calls."""
        start = self.start + index * self.steps
        return Call(start, start + self.steps, self.source, self.lengths)


class Calls:
    """All calls of one layer, in the order in which they were made."""

    def __init__(self, direction: Direction) -> None:
        self.reverse = direction == "reverse"
        self.runs: list[Run] = []
        self._expanded: list[Call] = []
        self._reached = (0, 0)
        """The run, and the call in it, at which expanding goes on."""
        self._expanding = Lock()

    @property
    def count(self) -> int:
        """Number of calls so far, those before a lost journal line included."""
        return self.runs[-1].first + self.runs[-1].count if self.runs else 0

    @property
    def length(self) -> int:
        """Number of steps of all calls."""
        return self.runs[-1].stop if self.runs else 0

    def begin(
        self,
        steps: int,
        source: InitialState,
        lengths: tuple[int, ...] | None = None,
        given: int = -1,
    ) -> int:
        """Append a call and return its first step."""
        if not self.runs:
            self.runs.append(Run(0, 0, steps, 1, source, lengths, given))
            return 0
        last = self.runs[-1]
        start = last.start + last.steps * last.count
        if (
            last.steps == steps
            and last.source == source
            and lengths is None
            and last.lengths is None
            and (given < 0 or given == last.given + last.count)
        ):
            last.count += 1
        else:
            first = last.first + last.count
            self.runs.append(Run(first, start, steps, 1, source, lengths, given))
        return start

    def restore(self, run: Run) -> None:
        """Take a run out of a journal, which may repeat what is known already."""
        known = self.count
        if run.first < known:
            skip = known - run.first
            if skip >= run.count:
                return
            run.first, run.count = known, run.count - skip
            run.start += skip * run.steps
            if run.given >= 0:
                run.given += skip
        last = self.runs[-1] if self.runs else None
        if (
            last is not None
            and run.first == known
            and run.start == last.stop
            and (run.steps, run.source) == (last.steps, last.source)
            and run.lengths is None
            and last.lengths is None
            and (run.given < 0 or run.given == last.given + last.count)
        ):
            last.count += run.count
        else:
            self.runs.append(run)

    def expanded(self) -> tuple[Call, ...]:
        """Return every call by itself."""
        # A model that is run step by step has a call for each step, and is asked for
        # them while there come more: only those are made.
        with self._expanding:
            at, done = self._reached
            for run in self.runs[at:]:
                count = run.count
                self._expanded += [run.call(k) for k in range(done, count)]
                self._reached = at, count
                at, done = at + 1, 0
            return tuple(self._expanded)

    def so_far(self) -> CallsSoFar:
        """Return the calls of this moment without making each of them."""
        return CallsSoFar(tuple(self.runs))

    def beginning(
        self, span: tuple[int, int], crowded: int
    ) -> list[tuple[int, InitialState, int]]:
        """Return first step, source and number of the calls that begin in ``span``.

        Where they are more than ``crowded``, carried ones are left out.
        """
        found = []
        for run in self.runs:
            steps = max(run.steps, 1)
            # Rounded up: a call that begins before the span is not one of them.
            first = max(-((run.start - span[0]) // steps), 0)
            last = min(-((run.start - span[1]) // steps), run.count)
            if first < last:
                found.append((run, range(first, last)))
        many = sum(len(numbers) for _, numbers in found) > crowded
        return [
            (run.start + k * run.steps, run.source, run.first + k)
            for run, numbers in found
            if not (many and run.source == "carried")
            for k in numbers
        ]

    def given_row(self, index: int) -> int:
        """Return the row of the initial state of a call, -1 where none was given."""
        for run in self.runs:
            if run.first <= index < run.first + run.count:
                return run.given + index - run.first if run.given >= 0 else -1
        raise IndexError(f"call {index} of {self.count}")

    def layout(self, sample: int) -> "Layout":
        """Return the calls as one sample sees them, to ask about many steps."""
        return Layout(self.runs[:], self.reverse, sample)


class Layout:
    """What the calls say of arrays of steps, for one sample."""

    def __init__(self, runs: list[Run], reverse: bool, sample: int) -> None:
        self.reverse = reverse
        self._starts = np.array([run.start for run in runs], np.int64)
        self._steps = np.array([run.steps for run in runs], np.int64)
        self._stops = np.array([run.stop for run in runs], np.int64)
        self._lengths = np.array([run.length(sample) for run in runs], np.int64)
        self._given = np.array([run.given for run in runs], np.int64)
        self._source = np.array([run.source for run in runs], "U7")
        self._padded = any(run.lengths is not None for run in runs)
        # Where the call before the first of each run ended, and where the state at
        # the start of each run was last known.
        before, anchor = UNKNOWN, UNKNOWN
        self._before = np.empty(len(runs), np.int64)
        self._anchor = np.empty(len(runs), np.int64)
        following = 0
        for at, run in enumerate(runs):
            lost = run.first != following
            self._before[at] = UNKNOWN if lost else before
            if run.source != "carried":
                anchor = run.stop - run.steps
            elif lost or anchor == UNKNOWN:
                anchor = run.start
            self._anchor[at] = anchor
            last = run.stop - run.steps
            before = last if reverse else last + run.length(sample) - 1
            following = run.first + run.count

    def _place(self, steps: Steps) -> tuple[Steps, Steps, Steps]:
        """Return run, number of the call in it, and step within the call."""
        run = np.searchsorted(self._starts, steps, side="right") - 1
        call, within = np.divmod(steps - self._starts[run], self._steps[run])
        return run, call, within

    def known(self, steps: Steps) -> Bool[np.ndarray, " step"]:
        """Return which steps belong to a call at all (a damaged journal has gaps)."""
        if not len(self._starts):
            return np.zeros(len(steps), bool)
        run = np.searchsorted(self._starts, steps, side="right") - 1
        known: Bool[np.ndarray, " step"] = (run >= 0) & (steps < self._stops[run])
        return known

    def padding(self, steps: Steps) -> Bool[np.ndarray, " step"]:
        """Return which of ``steps`` are padding; all must be known."""
        if not self._padded:
            return np.zeros(len(steps), bool)
        run, _, within = self._place(steps)
        padding: Bool[np.ndarray, " step"] = within >= self._lengths[run]
        return padding

    def order(self, steps: Steps) -> Steps:
        """Return the place of each step in the layer's own order, and back."""
        if not self.reverse:
            return steps
        run, _, within = self._place(steps)
        places: Steps = steps + self._steps[run] - 1 - 2 * within
        return places

    def previous(self, steps: Steps) -> Steps:
        """Return for each step where the state that it starts from is.

        A step, or ``ZERO``, ``UNKNOWN``, or ``GIVEN - row``.
        """
        run, call, within = self._place(steps)
        first = within == (self._lengths[run] - 1 if self.reverse else 0)
        result: Steps = steps + 1 if self.reverse else steps - 1
        if not first.any():
            return result
        run, call, within = run[first], call[first], within[first]
        start = steps[first] - within
        carried = start - self._steps[run] if self.reverse else start - 1
        carried = np.where(call == 0, self._before[run], carried)
        source = self._source[run]
        result[first] = np.where(
            source == "carried",
            carried,
            np.where(source == "zeros", ZERO, GIVEN - (self._given[run] + call)),
        )
        return result

    def anchors(self, places: Steps) -> tuple[Steps, Steps]:
        """Return for each place the last at or before it where a call set the state.

        Also what it was set to: ``ZERO``, ``UNKNOWN`` or ``GIVEN - row``.
        """
        run, call, _ = self._place(places)
        source = self._source[run]
        here = self._starts[run] + call * self._steps[run]
        anchor = np.where(source == "carried", self._anchor[run], here)
        run, call, _ = self._place(anchor)
        source = self._source[run]
        state = np.full(len(places), UNKNOWN)
        state[source == "zeros"] = ZERO
        given = source == "given"
        state[given] = GIVEN - (self._given[run] + call)[given]
        return anchor, state
