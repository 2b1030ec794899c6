"""Tokens as flowing text: where each stands, found at once for any number of them."""

from dataclasses import dataclass

import numpy as np

from lstm_studio.core.shapes import Bool, Float, Int64
from lstm_studio.panelkit.text import token_text

Widths = Float[np.ndarray, " token"]
JOINED = ("\u2581", "\u0120", "##", " ")
"""How tokens begin that know themselves whether they stand apart."""


def texts_of(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Return each token as it is written: blanks as blanks, breaks as signs."""
    known = {
        token: token.replace("\t", "    ") if not token.strip(" \t") else None
        for token in set(tokens)
    }
    written = {
        token: token_text(token) if text is None else text
        for token, text in known.items()
    }
    return tuple(map(written.__getitem__, tokens))


def stand_apart(tokens: tuple[str, ...]) -> bool:
    """Whether there must be room between tokens: they are words without blanks."""
    kinds = set(tokens)
    return any(len(token) > 1 for token in kinds) and not any(
        token.startswith(JOINED) or token.endswith(" ") for token in kinds
    )


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Lines of tokens.

    Attributes
    ----------
    first
        First token of each line, and the number of tokens at the end.
    left
        Where each token begins in its line.
    widths
        How wide each token is, without the room after it.
    """

    first: Int64[np.ndarray, " line"]
    left: Widths
    widths: Widths

    @property
    def lines(self) -> int:
        """Number of lines."""
        return len(self.first) - 1

    def line_of(self, token: int) -> int:
        """Return the line that a token stands in."""
        return int(np.searchsorted(self.first, token, side="right")) - 1

    def token_at(self, line: int, x: float) -> int | None:
        """Return the token at a place; None right of the last of a line."""
        if not 0 <= line < self.lines:
            return None
        start, stop = int(self.first[line]), int(self.first[line + 1])
        token = start + int(np.searchsorted(self.left[start:stop], x, side="right")) - 1
        token = max(token, start)
        return token if x <= self.left[token] + self.widths[token] else None


def flow(
    widths: Widths,
    gap: float,
    blanks: Bool[np.ndarray, " token"],
    breaks: Bool[np.ndarray, " token"],
    room: float,
) -> Flow:
    """Return tokens in lines of ``room``, broken after blanks where there are any.

    A line also ends after each of ``breaks``.
    """
    count = len(widths)
    ends = np.cumsum(widths + gap)
    begins = ends - widths - gap
    numbers = np.arange(count)
    last_blank = np.maximum.accumulate(np.where(blanks, numbers, -1))
    next_break = np.flatnonzero(breaks)
    first = [0]
    while first[-1] < count:
        start = first[-1]
        fits = int(np.searchsorted(ends, begins[start] + room + gap, side="right"))
        stop = max(fits, start + 1)
        if stop < count:
            blank = int(last_blank[stop - 1])
            stop = blank + 1 if blank > start else stop
        at = int(np.searchsorted(next_break, start))
        if at < len(next_break):
            stop = min(stop, int(next_break[at]) + 1)
        first.append(min(stop, count))
    lines = np.array(first, np.int64)
    starts = np.repeat(begins[lines[:-1]], np.diff(lines)) if count else begins
    return Flow(lines, begins - starts, widths)
