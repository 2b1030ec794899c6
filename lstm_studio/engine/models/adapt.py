"""How an opened module is called: found by its signature and by trials on copies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Final

import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.summary import InputNeeds, Question
from lstm_studio.engine.models.layout import Recurrent
from lstm_studio.engine.models.signature import (
    RATE_NAMES,
    arguments_of,
    parameters_of,
    values_of,
)
from lstm_studio.engine.models.stepwise import Calling, Sequencewise, Stepwise
from lstm_studio.engine.models.summarise import (
    input_needs,
    precision_of,
    recurrent_parts,
)
from lstm_studio.engine.models.trial import FOREIGN_ERRORS, Spy, attempt, copied

_STEPS: Final = 5
_SAMPLES: Final = 2
_WHOLE: Final = "whole sequence"
_STEPPED: Final = "one step per call"
_WINDOWS: Final = (512, 256, 160, 320, 400, 480, 1024, 1536, 2048)
_WIDTH_NAMES: Final = (
    "dim_in",
    "input_size",
    "input_dim",
    "in_dim",
    "in_features",
    "n_features",
    "num_features",
    "feature_size",
)
_RECURRENT: Final = ("LSTM", "GRU", "LSTMCell", "GRUCell", "RNNCell")
_RESETS: Final = ("reset_states", "reset_state", "reset_hidden", "reset_hidden_state")


@dataclass(frozen=True, slots=True)
class Adapted:
    """A module that takes (batch, step, feature), and what was found out about it."""

    module: nn.Module
    needs: InputNeeds
    questions: tuple[Question, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def adapt(
    module: nn.Module, answers: Mapping[str, str], steps: int | None = None
) -> Adapted:
    """Return the module, in an adapter where it wants another call than ours.

    Parameters
    ----------
    module
        A model whose code was trusted; copies of it are run on zeros.
    answers
        ``call``: ``whole sequence`` or ``one step per call``; ``width``: values per
        step; and the numbers that it takes, by the names of its arguments.
    steps
        The only number of steps that the model takes, where that is known.

    Raises
    ------
    CannotOpen
        It ran, and no recurrent operation was seen.
    """
    recurrent = recurrent_parts(module)
    first_error: Exception | None = None
    for step, needs, calling in _ways(module, recurrent, answers):
        found = _try(module, step, needs, calling, steps or _STEPS)
        if isinstance(found, Calling):
            return _adapted(module, step, needs, found, answers, steps)
        first_error = first_error or found
    if not recurrent and (name := _quantised(module)) is not None:
        raise CannotOpen(
            f"The recurrent layer {name or 'of the model'} is quantised: its states "
            "cannot be recorded.",
            "Choose the model from before it was quantised.",
        )
    if not recurrent and first_error is None:
        if isinstance(module, torch.jit.ScriptModule) and "width" not in answers:
            return _unknown(module)
        raise CannotOpen(
            "The model has no recurrent layer in it: no LSTM, GRU or RNN was found or "
            "used.",
            "Choose a model with an LSTM, GRU or RNN.",
        )
    return Adapted(
        module,
        input_needs(module),
        (_width_question("", "No size that the model names was taken."),),
        {"width": answers.get("width", "")},
        (
            "How this model is called was not found out; it will be called with the "
            f"sequence alone. {_said(first_error)}",
        ),
    )


def _quantised(module: nn.Module) -> str | None:
    """Return the name of a recurrent layer that runs on whole numbers, if any."""
    for name, part in module.named_modules():
        kind = type(part)
        if "quantized" in kind.__module__ and kind.__name__ in _RECURRENT:
            return str(name)
    return None


def _said(error: Exception | None) -> str:
    if error is None:
        return "It takes arguments that were not understood."
    return f"A trial raised: {error}"


def _unknown(module: nn.Module) -> Adapted:
    return Adapted(
        module,
        InputNeeds(),
        (_width_question("", "The model does not name it, as when it is frozen."),),
        {"width": ""},
        ("How many values per step this model takes is not known: type their number.",),
    )


def _width_question(default: str, why: str) -> Question:
    return Question("width", "Values per step", default, why=why)


def _adapted(
    module: nn.Module,
    step: bool,
    needs: InputNeeds,
    calling: Calling,
    answers: Mapping[str, str],
    steps: int | None,
) -> Adapted:
    questions = [
        Question(
            "call",
            "The model is called with",
            _STEPPED if step else _WHOLE,
            (_WHOLE, _STEPPED),
            "Found by trying; the state is carried between the calls.",
        ),
        _width_question(
            str(needs.features), "Found by trying the sizes that the model names."
        ),
    ]
    notes = []
    questions.extend(
        Question(
            argument.name,
            f"Value of `{argument.name}`",
            str(argument.value),
            why="The model takes this number with every call.",
        )
        for argument in calling.arguments
        if argument.kind == "number" and not isinstance(argument.value, bool)
    )
    if calling.one_sample:
        notes.append("The model takes one sample at a time.")
    if steps:
        notes.append(f"The program was exported for sequences of {steps} steps.")
    if calling.reset:
        notes.append(f"`{calling.reset}()` is called before every run.")
    adapted: nn.Module = module
    if step:
        adapted = Stepwise(module, calling)
    elif not calling.plain:
        adapted = Sequencewise(module, calling)
    given = {question.name: question.default for question in questions}
    return Adapted(adapted, needs, tuple(questions), given, tuple(notes))


def _ways(
    module: nn.Module, recurrent: Sequence[Recurrent], answers: Mapping[str, str]
) -> Iterator[tuple[bool, InputNeeds, Calling]]:
    """Yield the calls worth trying, the likely ones first."""
    hows = [False, True]
    if "call" in answers:
        if answers["call"] not in (_WHOLE, _STEPPED):
            raise DoesNotFit(
                f"{answers['call']!r} is no answer to 'call'.",
                f"Choose one of: {_WHOLE}, {_STEPPED}.",
            )
        hows = [answers["call"] == _STEPPED]
    parameters = parameters_of(module)
    numbers = [p for p in parameters if p.number]
    rates = [p for p in numbers if p.name in RATE_NAMES]
    values = [values_of(module, p, answers) for p in numbers]
    samples = (_SAMPLES, 1)
    for one, chosen, needs, step in product(
        (s == 1 for s in samples),
        product(*values),
        _candidates(module, rates=bool(rates), answers=answers),
        hows,
    ):
        rate = next(
            (int(v) for p, v in zip(numbers, chosen, strict=True) if p in rates), None
        )
        arguments = arguments_of(
            parameters,
            dict(zip((p.name for p in numbers), chosen, strict=True)),
            recurrent,
        )
        if arguments is None:
            continue
        for row in (False, True) if step else (False,):
            yield (
                step,
                replace(needs, rate=rate),
                Calling(row=row, arguments=arguments, one_sample=one),
            )


def _try(
    module: nn.Module, step: bool, needs: InputNeeds, calling: Calling, steps: int
) -> Calling | Exception | None:
    """Return how the call works, what it raised, or None if nothing recurrent ran."""
    trial = copied(module)
    reset = next((n for n in _RESETS if _resets(trial, n)), "")
    calling = replace(calling, reset=reset)
    samples = 1 if calling.one_sample else _SAMPLES
    if needs.kind == "tokens":
        x = torch.zeros(samples, steps, dtype=torch.int64)
    else:
        x = torch.zeros(samples, steps, needs.features or 1, dtype=precision_of(module))
    for time_first in (False, True):
        calling = replace(calling, time_first=time_first)
        kind = Stepwise if step else Sequencewise
        spy = attempt(lambda: kind(trial, calling)(x))  # noqa: B023 - called at once
        if isinstance(spy, Exception):
            return spy
        if not (spy.calls or spy.cells):
            return None
        if not step and _mixes_samples(spy, samples, steps):
            return ValueError("it takes several samples or steps for one")
        if not _swapped(spy, step, samples, steps):
            return calling
    return ValueError("it takes samples for steps")


def _mixes_samples(spy: Spy, samples: int, steps: int) -> bool:
    """Whether a whole sequence went through a cell at once, or samples one by one."""
    if not spy.calls:
        return len(spy.cells) < steps
    return samples > 1 and spy.calls[0] == (samples * steps, 1)


def _swapped(spy: Spy, step: bool, samples: int, steps: int) -> bool:
    """Whether samples were taken for steps: the model wants (step, batch, feature)."""
    if samples == 1:
        return bool(spy.calls) and not step and spy.calls[0] == (1, steps)
    if step:
        return bool(spy.calls) and spy.calls[0] == (samples, 1)
    if spy.calls:
        return spy.calls[0] == (samples, steps)
    return len(spy.cells) > 0 and spy.cells[0] == steps


def _resets(module: nn.Module, name: str) -> bool:
    method = getattr(module, name, None)
    if method is None:
        return False
    try:
        method()
    except FOREIGN_ERRORS:
        return False
    return True


def _candidates(
    module: nn.Module, *, rates: bool, answers: Mapping[str, str]
) -> list[InputNeeds]:
    """Return what may be one step of the input."""
    needs = input_needs(module)
    if "width" in answers:
        if not answers["width"].isdigit() or answers["width"] == "0":
            raise DoesNotFit(
                f"{answers['width']!r} is no number of values.", "Type a whole number."
            )
        width = int(answers["width"])
        return [InputNeeds("samples" if rates else needs.kind, width)]
    if rates:
        return [InputNeeds("samples", window) for window in _WINDOWS]
    named = [getattr(module, name, None) for name in _WIDTH_NAMES]
    widths = [w for w in named if type(w) is int and w > 0 and w != needs.features]
    found = [InputNeeds("features", width) for width in dict.fromkeys(widths)]
    return [needs, *found] if needs.features else found
