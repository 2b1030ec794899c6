"""The calls of a layer at one moment of a run, without making each of them."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, overload

from lstm_studio.core.layers import Call, InitialState

if TYPE_CHECKING:
    from lstm_studio.core.calls import Run


class CallsSoFar(Sequence[Call]):
    """The calls of a layer at one moment, each made only when it is asked for.

    Attributes
    ----------
    sources
        How many there are by where their initial state came from.
    packed
        How many had a packed input.
    """

    def __init__(self, runs: "Sequence[Run]") -> None:
        counts = [run.count for run in runs]
        self._runs = runs
        self._ends = list(accumulate(counts))
        self.sources: Counter[InitialState] = Counter()
        self.packed = 0
        for run, count in zip(runs, counts, strict=True):
            self.sources[run.source] += count
            self.packed += count * (run.lengths is not None)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> Call: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Call, ...]: ...

    def __getitem__(self, index: int | slice) -> Call | tuple[Call, ...]:
        if isinstance(index, slice):
            return tuple(self[k] for k in range(*index.indices(len(self))))
        at = range(len(self))[index]
        run = bisect_right(self._ends, at)
        return self._runs[run].call(at - (self._ends[run - 1] if run else 0))
