"""Whose turn it is: while plots are drawn, what can wait does."""

import math
import time
from collections.abc import Callable
from typing import Final

MOMENT_S: Final = 0.002
"""Plots are painted by then, or another one begins: after it their turn is over."""
LONGEST_S: Final = 0.03
"""So long lasts the turn of plots that never come to an end of it."""
BEFORE_S: Final = 0.01
"""What is drawn beside the plots takes about so long: it is not begun right before."""
PASS_S: Final = 0.01
"""Who waited in vain goes on for so long: plots may take all the time that there is."""
WAIT_MS: Final = 2
MOST_WAITS: Final = 20
"""How often one lets the plots go first, and comes again so much later."""


class Turn:
    """Knows when plots are drawn; only the thread that draws them tells.

    There is one for all windows, which one thread draws.

    Attributes
    ----------
    until
        The moment (`time.monotonic`) at which the turn of the plots is over.
    """

    def __init__(self) -> None:
        self.until = self._picture = self._due = -math.inf

    def come(self, seconds: float) -> None:
        """Take note that plots are drawn that soon."""
        self._due = time.monotonic() + seconds
        if seconds <= MOMENT_S:
            self.begin()

    def begin_picture(self, least_s: float) -> None:
        """Take note that a plot is drawn anew, and others soon that belong to it.

        ``least_s`` is the least time from one picture of all plots to the next.
        """
        if self.rested_s > least_s / 2:
            self._picture = time.monotonic()
        self.begin()

    @property
    def rested_s(self) -> float:
        """Seconds since the first plot of the last picture was drawn."""
        return time.monotonic() - self._picture

    def begin(self) -> None:
        """Take note that a plot begins to draw or to paint."""
        self.until = time.monotonic() + LONGEST_S

    def end(self) -> None:
        """Take note that a plot has drawn or painted."""
        self.until, self._due = time.monotonic() + MOMENT_S, -math.inf

    @property
    def of_the_plots(self) -> bool:
        """Whether plots are drawn, or are about to be drawn or painted."""
        now = time.monotonic()
        return now < self.until or abs(self._due - now) < BEFORE_S


TURN: Final = Turn()


class Patience:
    """Lets the plots go first so often, in the thread that draws them."""

    def __init__(self, turn: Turn = TURN) -> None:
        self._turn, self._waits = turn, 0

    def stands_aside(self) -> bool:
        """Return whether to come again a moment later; it counts how often."""
        self._waits = self._waits + 1 if self._turn.of_the_plots else 0
        if self._waits > MOST_WAITS:
            self._waits = 0
        return self._waits > 0


def stand_aside(
    turn: Turn = TURN, rest_s: float = 0.0
) -> Callable[[object, object, object], None]:
    """Return what lets a thread wait in the turn of the plots, and ``rest_s`` after it.

    For `sys.setprofile`: the interpreter calls it whenever the thread calls a function.
    Where two threads want the interpreter, it goes to and fro between them at each
    letter that is painted, which takes longer than the letter does.
    """
    clock, free_until = time.monotonic, -math.inf

    def wait(_frame: object, _event: object, _of: object) -> None:
        nonlocal free_until
        # Thousands of times for a picture: nothing else is as quick.
        now = clock()
        if now >= turn.until + rest_s or now < free_until:
            return
        while clock() < turn.until + rest_s:
            if clock() > now + LONGEST_S + rest_s:
                free_until = clock() + PASS_S
                return
            time.sleep(MOMENT_S / 2)

    return wait
