"""From weights and answers to a model that runs, and to what the window shows of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.layers import Kind
from lstm_studio.core.summary import InputNeeds, Part, Question
from lstm_studio.engine.models.fold import fold
from lstm_studio.engine.models.layout import (
    Around,
    Layout,
    Recurrent,
    Shapes,
    lay_out,
    times,
)
from lstm_studio.engine.models.plan import ROOT, Plan, parts_by_name, propose, read_plan
from lstm_studio.engine.models.rebuild import FINAL_STATE, LAST_STEP, Rebuilt
from lstm_studio.engine.models.weights import Weights

ALWAYS_TAKEN: Final = ("open", "source", "factory", "large")
"""Answers that say how a file is opened; they fit every one."""
EVERY_STEP: Final = "every step"


@dataclass(frozen=True, slots=True)
class Assembled:
    """A rebuilt model with everything that its summary says of it."""

    module: nn.Module
    needs: InputNeeds
    questions: tuple[Question, ...]
    answers: Mapping[str, str]
    parts: tuple[Part, ...]
    notes: tuple[str, ...]


def assemble(weights: Weights, answers: Mapping[str, str], *, file: str) -> Assembled:
    """Rebuild a model from weights.

    Parameters
    ----------
    weights
        Tensors by name.
    answers
        Answers to the questions of an earlier result; the defaults stand for the
        rest.
    file
        Name of the file, for messages.

    Raises
    ------
    CannotOpen
        No recurrent layer fits together.
    DoesNotFit
        An answer that is none of the options, or to what was not asked.
    """
    tensors, fold_notes = fold(weights.tensors)
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    layout = lay_out(shapes)
    if not layout.recurrent:
        broken = [f"{part or ROOT}: {why}." for part, why in layout.broken.items()]
        why = next(iter((*broken, *weights.notes)), "it holds no whole one.")
        raise CannotOpen(
            f"{file} has no recurrent layer that fits together: {why}",
            "Save the state_dict of the whole model again.",
        )
    questions = list(_questions(weights, layout, answers.get("run")))
    given = _check_answers(questions, answers)
    layout = _with_kinds(layout, weights.kinds, given.get("nonlinearity"))
    plan = read_plan(given["run"], layout)
    reads = given.get("head", EVERY_STEP)
    module = Rebuilt(
        plan,
        tensors,
        reads="" if reads == EVERY_STEP else reads,
        initial=weights.initial,
    )
    return Assembled(
        module,
        _needs(plan, weights),
        tuple(questions),
        given,
        (*_tree(layout, plan, shapes), *weights.parts),
        (*fold_notes, *weights.notes, *_notes(layout, plan, tensors)),
    )


def _questions(weights: Weights, layout: Layout, run: str | None) -> Iterator[Question]:
    if len(weights.groups) > 1:
        yield Question(
            "weights",
            "Weights to open",
            weights.group,
            weights.groups,
            "The file holds several sets of recurrent weights.",
        )
    proposed = read_plan(weights.run, layout) if weights.run else propose(layout)
    yield Question(
        "run",
        "Parts, in the order in which they run",
        str(proposed),
        why="Weights do not say in which order they are used. Between the parts may "
        "stand relu, tanh, sigmoid, softmax, ...",
    )
    plan = read_plan(run, layout) if run else proposed
    if weights.head or not isinstance(plan.steps[-1], Recurrent):
        both = plan.recurrent[-1].bidirectional
        yield Question(
            "head",
            "The head reads",
            weights.head or EVERY_STEP,
            (EVERY_STEP, LAST_STEP, *((FINAL_STATE,) if both else ())),
            "Weights do not say at which steps the head is used. The final state of "
            "the direction that runs backwards is at the first step."
            if both
            else "Weights do not say at which steps the head is used.",
        )
    if any(
        part.kind == "rnn_tanh" and part.module not in weights.kinds
        for part in plan.recurrent
    ):
        yield Question(
            "nonlinearity",
            "Nonlinearity of the RNN",
            "tanh",
            ("tanh", "relu"),
            "RNNs with tanh and with relu have the same weights.",
        )


def _check_answers(
    questions: Sequence[Question], answers: Mapping[str, str]
) -> dict[str, str]:
    given = {question.name: question.default for question in questions}
    options = {question.name: question.options for question in questions}
    for name, answer in answers.items():
        if name in ALWAYS_TAKEN:
            continue
        if name not in given:
            raise DoesNotFit(
                f"There is no question {name!r} about this file.",
                f"Its questions are: {', '.join(given)}.",
            )
        if options[name] and answer not in options[name]:
            raise DoesNotFit(
                f"{answer!r} is no answer to {name!r}.",
                f"Choose one of: {', '.join(options[name])}.",
            )
        given[name] = answer
    return given


def _with_kinds(
    layout: Layout, kinds: Mapping[str, Kind], nonlinearity: str | None
) -> Layout:
    asked: Kind = "rnn_relu" if nonlinearity == "relu" else "rnn_tanh"
    return replace(
        layout,
        recurrent=tuple(
            replace(part, kind=kinds.get(part.module, asked))
            if part.kind == "rnn_tanh"
            else part
            for part in layout.recurrent
        ),
    )


def _needs(plan: Plan, weights: Weights) -> InputNeeds:
    first = next(step for step in plan.steps if not isinstance(step, str))
    width = first.input if isinstance(first, Recurrent) else first.width_in
    tokens = isinstance(first, Around) and first.kind == "embedding"
    vocabulary = next((v for v in weights.vocabularies if len(v) == width), ())
    return InputNeeds("tokens" if tokens else "features", width, vocabulary)


def _tree(layout: Layout, plan: Plan, shapes: Shapes) -> Iterator[Part]:
    running = parts_by_name(plan)
    parts: tuple[Around | Recurrent, ...] = (*layout.around, *layout.recurrent)
    known = {part.module: part for part in parts}
    beside: dict[str, list[str]] = {}
    for name in layout.other:
        beside.setdefault(name.rpartition(".")[0], []).append(name)
    for module in layout.order:
        if part := running.get(module):
            yield Part(module or ROOT, part.text)
        elif part := known.get(module):
            yield Part(module or ROOT, f"does not run: {part.text}")
        elif module in layout.broken:
            yield Part(module or ROOT, f"left out: {layout.broken[module]}")
        if module in beside:
            lines = tuple(
                Part(name.rpartition(".")[2], times(shapes[name]))
                for name in beside[module]
            )
            yield Part(
                module or ROOT,
                "does not run: its weights do not tell what it does",
                lines,
            )


def _notes(
    layout: Layout, plan: Plan, tensors: Mapping[str, torch.Tensor]
) -> Iterator[str]:
    running = parts_by_name(plan)
    idle = [
        name
        for name in layout.order
        if name not in running and name not in layout.broken
    ]
    if idle:
        names = ", ".join(name or ROOT for name in idle)
        yield f"These parts of the file do not run: {names}."
    for module, why in layout.broken.items():
        yield f"{module or ROOT} is left out: {why}."
    for name, tensor in tensors.items():
        # One look at the sum is ten times as fast as one at every value.
        if tensor.is_meta or bool(torch.isfinite(tensor.sum())):
            continue
        if name.rpartition(".")[0] in running and tensor.is_floating_point():
            bad = int(tensor.numel() - torch.isfinite(tensor).sum())
            if bad:
                yield f"{name} holds {bad} values that are NaN or infinite."
