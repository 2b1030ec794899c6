"""Sets of steps as sorted, disjoint spans ``(start, stop)``: tuples, replaced whole."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import numpy as np

from lstm_studio.core.shapes import Bool, Int64

Span = tuple[int, int]
Spans = tuple[Span, ...]

NONE: Final[Spans] = ()


def joined(spans: Spans, more: Iterable[Span]) -> Spans:
    """Return the steps of ``spans`` and ``more``, touching spans made one."""
    result = list(spans)
    for start, stop in more:
        if start >= stop:
            continue
        if result and result[-1][1] == start:
            # The way a run grows: no sorting of all that was there before.
            result[-1] = (result[-1][0], stop)
        else:
            result = _merged([*result, (start, stop)])
    return tuple(result)


def common(first: Spans, second: Spans) -> Spans:
    """Return the steps that are in both."""
    result, i, j = [], 0, 0
    while i < len(first) and j < len(second):
        start = max(first[i][0], second[j][0])
        stop = min(first[i][1], second[j][1])
        if start < stop:
            result.append((start, stop))
        if first[i][1] < second[j][1]:
            i += 1
        else:
            j += 1
    return tuple(result)


def without(spans: Spans, gone: Spans) -> Spans:
    """Return the steps of ``spans`` that are not in ``gone``."""
    if not gone:
        return spans
    rest = [(0, gone[0][0])]
    rest += [(a[1], b[0]) for a, b in pairwise(gone)]
    last = spans[-1][1] if spans else 0
    rest.append((gone[-1][1], max(last, gone[-1][1])))
    return common(spans, tuple(span for span in rest if span[0] < span[1]))


def count(spans: Spans) -> int:
    """Return the number of steps."""
    return sum(stop - start for start, stop in spans)


def contains(
    spans: Spans, steps: Int64[np.ndarray, " step"]
) -> Bool[np.ndarray, " step"]:
    """Return for each of ``steps`` whether it is in ``spans``."""
    if len(spans) == 1:
        return (steps >= spans[0][0]) & (steps < spans[0][1])
    edges = np.array(spans, np.int64).reshape(-1)
    # Between an even and an odd edge is inside: searchsorted counts edges passed.
    inside: Bool[np.ndarray, " step"] = (
        np.searchsorted(edges, steps, side="right") % 2 == 1
    )
    return inside


def _merged(spans: list[Span]) -> list[Span]:
    result: list[Span] = []
    for start, stop in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(stop, result[-1][1]))
        else:
            result.append((start, stop))
    return result
