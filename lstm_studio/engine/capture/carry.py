"""Carries the state of every recurrent operation from one call of a model to the next.

A model that is called with one step begins with the state that it always begins with,
most often zeros. Here each operation gets the state instead in which the call of the
step before left it. What a model carries on by itself is left alone.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from lstm_studio.engine.capture.intercept import Interceptor
from lstm_studio.engine.capture.tracks import State


class Carry:
    """The states of one step after the other.

    The calls of a step are told apart by their order. A call that begins in the state
    of a call before it in the same step belongs to it, as the turns of an inner loop
    do; together they are a chain.
    """

    def __init__(self) -> None:
        self._begun: list[State] = []
        self._before: list[State] = []
        self._now: list[State] = []

    def forget(self) -> None:
        """Let the next step begin in the state that the model gives."""
        self._begun, self._before, self._now = [], [], []

    def end_step(self) -> None:
        """Keep the states of this step for the next one."""
        self._before, self._now = self._now, []

    def state(self, given: State) -> tuple[int, State]:
        """Return the chain that a call belongs to, and the state that it starts in."""
        for chain, state in enumerate(self._now):
            if all(_same_memory(a, b) for a, b in zip(state, given, strict=False)):
                return chain, given
        chain = len(self._now)
        self._now.append(given)
        if chain == len(self._begun):
            self._begun.append(tuple(part.clone() for part in given))
        if chain >= len(self._before):
            return chain, given
        kept = self._before[chain]
        if not _alike(kept, given) or not self._is_a_beginning(chain, given):
            return chain, given
        return chain, kept

    def ended(self, chain: int, state: State) -> None:
        """Keep the state that a call of a chain ended in."""
        self._now[chain] = state

    def changes(self, tensor: Tensor) -> None:
        """Copy what is kept before ``tensor`` is changed in place."""
        storage = tensor.untyped_storage().data_ptr()
        for states in (self._before, self._now):
            for chain, state in enumerate(states):
                if any(p.untyped_storage().data_ptr() == storage for p in state):
                    states[chain] = tuple(part.clone() for part in state)

    def _is_a_beginning(self, chain: int, given: State) -> bool:
        if not any(bool(part.any()) for part in given):
            return True
        begun = self._begun[chain]
        return _alike(begun, given) and all(map(torch.equal, begun, given))


def _alike(left: State, right: State) -> bool:
    return len(left) == len(right) and all(
        a.shape == b.shape and a.dtype == b.dtype and a.device == b.device
        for a, b in zip(left, right, strict=True)
    )


def _same_memory(left: Tensor, right: Tensor) -> bool:
    return left is right or (
        left.data_ptr() == right.data_ptr()
        and left.stride()[-1:] == right.stride()[-1:]
    )


class _Carrying:
    """What an interceptor does besides, for one step after the other."""

    carry: Carry | None = None
    """None lets every call start in the state that the model gives."""

    def _cell(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return self._carried(super()._cell, func, args, kwargs)  # type: ignore[misc]

    def _fused(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return self._carried(super()._fused, func, args, kwargs)  # type: ignore[misc]

    def _mutating(
        self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        if self.carry is not None:
            # Most write to their first argument or to `out`: looked at, all the same.
            for value in (*args, *kwargs.values()):
                for tensor in value if isinstance(value, list | tuple) else (value,):
                    if isinstance(tensor, Tensor):
                        self.carry.changes(tensor)
        return super()._mutating(func, args, kwargs)  # type: ignore[misc]

    def _carried(
        self,
        run: Any,
        func: Any,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> Any:
        if self.carry is None or len(args) < 2:
            return run(func, args, kwargs)
        several = isinstance(args[1], list | tuple)
        given = tuple(args[1]) if several else (args[1],)
        chain, state = self.carry.state(given)
        states = list(state) if several else state[0]
        results = run(func, (args[0], states, *args[2:]), kwargs)
        self.carry.ended(chain, _final(results, several=several))
        return results


def _final(results: Any, *, several: bool) -> State:
    """Return the state in what an operation returned.

    Layers return their output first; cells return their state alone.
    """
    if isinstance(results, Tensor):
        return (results,)
    return tuple(results)[-2:] if several else (results[1],)


class CarryingInterceptor(_Carrying, Interceptor):  # type: ignore[no-untyped-call]
    """An interceptor that carries states from step to step."""


class _CarryingBesideCompiler(_Carrying, Interceptor):  # type: ignore[no-untyped-call]
    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return True

    # Repeated, since PyTorch wraps only what a class defines itself.
    __torch_dispatch__ = Interceptor.__torch_dispatch__


def carrying_class() -> type[CarryingInterceptor] | type[_CarryingBesideCompiler]:
    """Return the interceptor to take: whoever compiled a model has the compiler."""
    compiled = "torch._dynamo" in sys.modules
    return _CarryingBesideCompiler if compiled else CarryingInterceptor
