"""In which order the parts of a rebuilt model run: proposed, and as the user says."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.engine.models.layout import Around, Layout, Recurrent

ACTIVATIONS: Final[Mapping[str, Callable[[Tensor], Tensor]]] = {
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "gelu": functional.gelu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softmax": lambda x: torch.softmax(x, -1),
    "log_softmax": lambda x: torch.log_softmax(x, -1),
}
"""Functions that have no weights, by the words that a plan may name them with."""

ROOT: Final = "model"
"""How a plan names a module that is the model itself."""

_EMBEDDING: Final = re.compile(r"emb|lookup|wte|word|token", re.I)
_HEAD: Final = re.compile(
    r"head|fc|out|lin|dec|proj|pred|class|policy|dense|final|logit", re.I
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Parts in the order in which they run, as in ``embedding > lstm > relu > fc``."""

    steps: tuple[Recurrent | Around | str, ...]

    def __str__(self) -> str:
        return " > ".join(_word(step) for step in self.steps)

    @property
    def recurrent(self) -> tuple[Recurrent, ...]:
        """The recurrent modules that run."""
        return tuple(step for step in self.steps if isinstance(step, Recurrent))


def _word(step: Recurrent | Around | str) -> str:
    return step if isinstance(step, str) else step.module or ROOT


def propose(layout: Layout) -> Plan:
    """Return the most likely order: embedding, recurrent modules, linear head."""
    chain = _chain(layout.recurrent)
    before = _before(layout, chain[0])
    head = _head(layout, chain, before)
    return Plan((*before, *chain, *head))


def read_plan(text: str, layout: Layout) -> Plan:
    """Return the plan that a person wrote.

    Raises
    ------
    DoesNotFit
        A part that is not in the file, no recurrent one, or widths that do not fit.
    """
    known: tuple[Recurrent | Around, ...] = (*layout.recurrent, *layout.around)
    parts = {part.module or ROOT: part for part in known}
    steps: list[Recurrent | Around | str] = []
    if text == str(proposed := propose(layout)):
        return proposed
    # A name may hold either mark, but hardly one with spaces around it.
    words = text.split(" > ") if " > " in text else re.split(r"[>,]", text)
    for word in filter(None, (word.strip() for word in words)):
        if word in parts:
            steps.append(parts[word])
        elif word.lower() in ACTIVATIONS:
            steps.append(word.lower())
        else:
            raise DoesNotFit(
                f"The file has no part {word!r}.",
                f"Its parts are {', '.join(parts)}; between them may stand "
                f"{', '.join(ACTIVATIONS)}.",
            )
    plan = Plan(_with_embedding(steps))
    if not plan.recurrent:
        raise DoesNotFit(
            f"{text!r} runs no recurrent part.",
            f"Name one of: {', '.join(r.module or ROOT for r in layout.recurrent)}.",
        )
    _check_widths(plan)
    return plan


def _with_embedding(
    steps: Sequence[Recurrent | Around | str],
) -> tuple[Recurrent | Around | str, ...]:
    """Let a matrix at the start be a table where it only fits as one."""
    if (
        len(steps) > 1
        and isinstance(first := steps[0], Around)
        and not isinstance(second := steps[1], str)
        and (table := _as_embedding(first, _width_in(second)))
    ):
        return (table, *steps[1:])
    return tuple(steps)


def _width_in(step: Recurrent | Around) -> int:
    return step.input if isinstance(step, Recurrent) else step.width_in


def _width_out(step: Recurrent | Around) -> int:
    return step.width if isinstance(step, Recurrent) else step.width_out


def _check_widths(plan: Plan) -> None:
    known = [step for step in plan.steps if not isinstance(step, str)]
    for before, after in pairwise(known):
        if _width_out(before) != _width_in(after):
            raise DoesNotFit(
                f"{_word(before)} gives {_width_out(before)} values per step, "
                f"{_word(after)} takes {_width_in(after)}.",
                "Name the parts in another order, or leave one out.",
            )


def _chain(recurrent: Sequence[Recurrent]) -> list[Recurrent]:
    """Return the recurrent modules that follow each other by their widths."""
    chain = [recurrent[0]]
    for candidate in recurrent[1:]:
        if candidate.input == chain[-1].width and not _are_twins(chain[-1], candidate):
            chain.append(candidate)
    return chain


def _are_twins(one: Recurrent, other: Recurrent) -> bool:
    """Whether two modules stand side by side: ``encoder.rnn`` and ``decoder.rnn``."""
    same_name = one.module.rpartition(".")[2] == other.module.rpartition(".")[2]
    return same_name and _unnumbered(one.module) != _unnumbered(other.module)


def _before(layout: Layout, first: Recurrent) -> list[Around | str]:
    order = {name: index for index, name in enumerate(layout.order)}
    earlier = [
        part for part in layout.around if order[part.module] < order[first.module]
    ]
    tables = [
        table
        for part in (*earlier, *layout.around)
        if (table := _as_embedding(part, first.input))
    ]
    named = [table for table in tables if _EMBEDDING.search(table.module)]
    if named:
        return [named[0]]
    if tables and tables[0].module in {part.module for part in earlier}:
        return [tables[0]]
    # A linear layer in front only where nothing unknown stands before it.
    linear = [part for part in earlier if part.kind == "linear"]
    if (
        len(linear) == 1
        and len(earlier) == 1
        and linear[0].width_out == first.input
        and not _unknown_before(layout, order[linear[0].module])
    ):
        return [linear[0]]
    return []


def _unknown_before(layout: Layout, index: int) -> bool:
    earlier = set(layout.order[:index])
    return any(name.rpartition(".")[0] in earlier for name in layout.other)


def _as_embedding(part: Around, width: int) -> Around | None:
    """Return the matrix of a linear layer read as a table of vectors of ``width``."""
    tall = part.kind == "linear" and not part.bias and part.width_in == width
    if part.kind == "embedding" or not tall:
        return None
    if part.width_out == width and not _EMBEDDING.search(part.module):
        return None
    return Around(part.module, "embedding", part.width_out, part.width_in, bias=False)


def _head(
    layout: Layout, chain: Sequence[Recurrent], before: Sequence[Around | str]
) -> list[Around | str]:
    """Return linear layers that follow by their widths, with relu between them."""
    order = {name: index for index, name in enumerate(layout.order)}
    taken = {part.module for part in before if isinstance(part, Around)}
    free = [part for part in layout.around if part.module not in taken]
    later = [part for part in free if order[part.module] > order[chain[-1].module]]
    # safetensors keeps no order: there, names tell what a head is.
    candidates = later or [part for part in free if _HEAD.search(part.module)]
    head: list[Around | str] = []
    width, previous = chain[-1].width, None
    for part in candidates:
        if part.width_in != width:
            continue
        if previous is not None and _is_branch(previous, part):
            continue
        if head:
            head.append("relu")
        head.append(part)
        width, previous = part.width_out, part
    return head


def _is_branch(previous: Around, part: Around) -> bool:
    """Whether a square layer stands beside the one before, not after it.

    ``fc.0`` and ``fc.2`` or ``fc1`` and ``fc2`` follow each other; ``lin_policy`` and
    ``lin_value`` are two branches.
    """
    same = (previous.width_in, previous.width_out) == (part.width_in, part.width_out)
    return same and _unnumbered(previous.module) != _unnumbered(part.module)


def _unnumbered(name: str) -> str:
    return re.sub(r"\d+", "#", name)


def parts_by_name(plan: Plan) -> Mapping[str, Recurrent | Around]:
    """Return the parts of a plan that have weights, by the name of their module."""
    return {step.module: step for step in plan.steps if not isinstance(step, str)}
