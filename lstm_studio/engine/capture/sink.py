"""Where the rows of a run go: a recorder, or nowhere."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np

from lstm_studio.core.layers import InitialState

Array = np.ndarray[Any, np.dtype[Any]]


@runtime_checkable
class Sink(Protocol):
    """What running a fused call needs of a recorder."""

    def begin_call(
        self,
        layer: str,
        steps: int,
        initial: Mapping[str, Array],
        source: InitialState,
        lengths: tuple[int, ...] | None = None,
    ) -> int:
        """Reserve the rows of a call and return its first step."""
        ...

    def write(self, layer: str, start: int, rows: Mapping[str, Array]) -> None:
        """Write rows at ``start`` and after."""
        ...

    def checkpoint(self, layer: str, step: int, c: Array) -> None:
        """Keep ``c`` after ``step``."""
        ...

    def commit(self) -> dict[str, int]:
        """Let readers see what was written."""
        ...


class Nowhere:
    """Takes the rows of a run that is only compared."""

    def begin_call(
        self,
        layer: str,
        steps: int,
        initial: Mapping[str, Array],
        source: InitialState,
        lengths: tuple[int, ...] | None = None,
    ) -> int:
        """Reserve nothing."""
        return 0

    def write(self, layer: str, start: int, rows: Mapping[str, Array]) -> None:
        """Write nothing."""

    def checkpoint(self, layer: str, step: int, c: Array) -> None:
        """Keep nothing."""

    def commit(self) -> dict[str, int]:
        """Commit nothing."""
        return {}
