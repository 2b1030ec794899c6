"""Rung 3: files that are programs. Nothing of them runs before the user said yes."""

import io
import pickle
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen, DoesNotFit, NeedsTrust
from lstm_studio.core.summary import InputNeeds, Question
from lstm_studio.engine.files.archive import Archive
from lstm_studio.engine.files.recognise import Form
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.models.adapt import adapt
from lstm_studio.engine.models.assemble import ALWAYS_TAKEN
from lstm_studio.engine.models.compare import compared
from lstm_studio.engine.models.described import named_classes
from lstm_studio.engine.models.factory import (
    factory_question,
    importable,
    imports_of,
    make_model,
)

UNKNOWN_NEEDS: Final = InputNeeds()
WHOLE: Final = "whole"
WEIGHTS: Final = "weights"
_PROGRAMS: Final = ("torchscript", "exported")

Loaded = tuple[nn.Module, int | None]
"""A module, and the only number of steps that it takes where there is one."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A module that came out of a program, and how it is called."""

    name: str
    module: nn.Module
    needs: InputNeeds
    questions: tuple[Question, ...]
    answers: Mapping[str, str]
    notes: tuple[str, ...]


def split_factory(path: str) -> tuple[Path, str]:
    """Return the file and the function of ``file.py:function``."""
    whole = Path(path)
    head, colon, last = path.rpartition(":")
    if colon and last.isidentifier() and not whole.exists() and Path(head).is_file():
        return Path(head), last
    return whole, ""


def wants_code(form: Form, answers: Mapping[str, str]) -> bool:
    """Whether a file can only be opened as asked by running code of it."""
    if form.kind == "python":
        return True
    return answers.get("open", WHOLE if form.kind in _PROGRAMS else WEIGHTS) == WHOLE


def open_questions(form: Form, whole: str) -> tuple[Question, ...]:
    """Return the question how a file is opened that also holds a program.

    ``whole`` is the class that a whole module was saved with, ``""`` for other files.
    """
    if not whole and form.kind not in _PROGRAMS:
        return ()
    program = form.kind in _PROGRAMS
    how = Question(
        "open",
        "Open",
        WHOLE if program else WEIGHTS,
        (WEIGHTS, WHOLE),
        "The weights alone open without running anything of the file.",
    )
    code = Question(
        "source",
        "Python file with its classes",
        "",
        why="Only used to open the whole model, which runs that file.",
    )
    return (how,) if program else (how, code)


def about_classes(classes: Sequence[str], whole: str) -> tuple[str, ...]:
    """Return the notes on the classes of a file that were not looked up."""
    notes = []
    if whole and not whole.startswith("torch.nn."):
        notes.append(
            f"Saved with its Python class `{whole}`: the recurrent layers were opened "
            "without it, and nothing of it was run. To run the whole model, choose its "
            ".py file."
        )
    known = ("torch.", "__torch__", "numpy.", "collections.", whole or "\0")
    foreign = [f"`{name}`" for name in classes if not name.startswith(known)]
    if foreign:
        more = f" and {len(foreign) - 4} more" if len(foreign) > 4 else ""
        notes.append(
            f"It names Python classes that were not looked up: "
            f"{', '.join(foreign[:4])}{more}."
        )
    return tuple(notes)


def open_coded(
    source: Source, form: Form, answers: Mapping[str, str], *, trust: bool
) -> Coded:
    """Open a file that is a program.

    Raises
    ------
    NeedsTrust
        ``trust`` is false; nothing was run.
    CannotOpen
        What the program made is no model, or it cannot be read.
    """
    name = source.path.name
    if not trust:
        raise _needs_trust(source, form)
    steps = None
    if form.kind == "python":
        module, factory, others = make_model(source, answers.get("factory", ""))
        questions = factory_question(factory, others)
        given = {"factory": factory}
        name = f"{name}:{factory}"
    else:
        module, steps = _OPENERS[form.kind](source, answers)
        questions = open_questions(form, type(module).__name__)
        given = {"open": WHOLE}
    made = adapt(module, answers, steps)
    asked = {question.name for question in (*questions, *made.questions)}
    if unknown := set(answers) - asked - set(ALWAYS_TAKEN):
        raise DoesNotFit(
            f"There is no question {min(unknown)!r} about this file.",
            f"Its questions are: {', '.join(sorted(asked))}.",
        )
    notes = made.notes
    if form.kind != "python":
        notes += compared(source, form, made.module, made.needs, steps)
    return Coded(
        name,
        made.module,
        made.needs,
        (*questions, *made.questions),
        {**given, **made.answers},
        notes,
    )


def _needs_trust(source: Source, form: Form) -> NeedsTrust:
    name = source.path.name
    if form.kind == "python":
        what = "is a Python file: it runs with your rights when it is opened."
        other = "Trust it only if you know what it does."
        names = [f"import {name}" for name in imports_of(source)]
    else:
        what = (
            f"is {form.words}: a program that runs with your rights when it is opened."
        )
        other = (
            'Open the weights only (open="weights"), which runs nothing; or trust the '
            "file if you know where it is from."
        )
        names = _programs(source, form)
    return NeedsTrust(f"{name} {what}", other, source.sha256(), "\n".join(names))


def _programs(source: Source, form: Form) -> list[str]:
    if form.kind in _PROGRAMS:
        members = Archive(source).names
        return [m for m in members if m.endswith((".py", "model.json", "program.json"))]
    return list(named_classes(source, form))


def _load_script(source: Source, answers: Mapping[str, str]) -> Loaded:
    with warnings.catch_warnings():
        # It works on, and there is no other way to run such a file.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            module: nn.Module = torch.jit.load(  # type: ignore[no-untyped-call]
                io.BytesIO(source.read()), map_location="cpu"
            )
        except RuntimeError as error:
            raise _unreadable(source, error) from error
    return module.eval(), None


def _load_exported(source: Source, answers: Mapping[str, str]) -> Loaded:
    try:
        program = torch.export.load(io.BytesIO(source.read()))
    except (RuntimeError, ValueError, KeyError, AssertionError) as error:
        raise _unreadable(source, error) from error
    given = (program.example_inputs or ((),))[0]
    shape = tuple(given[0].shape) if given else ()
    # Without free dimensions, a program takes the lengths of its example only.
    fixed = len(shape) > 1 and not program.range_constraints
    return program.module(), int(shape[1]) if fixed else None


def _load_whole(source: Source, answers: Mapping[str, str]) -> Loaded:
    code = answers.get("source", "")
    with importable(Path(code).parent if code else source.path.parent):
        try:
            value = torch.load(
                io.BytesIO(source.read()), map_location="cpu", weights_only=False
            )
        except (ImportError, AttributeError) as error:
            raise CannotOpen(
                f"{source.path.name} was saved with Python classes that were not "
                f"found: {error}.",
                "Choose the .py file that defines them, or open the weights only.",
            ) from error
        except (RuntimeError, pickle.UnpicklingError) as error:
            raise _unreadable(source, error) from error
    if not isinstance(value, nn.Module):
        raise CannotOpen(
            f"{source.path.name} holds a {type(value).__name__}, not a whole model.",
            "Open the weights only.",
        )
    return value.eval(), None


_OPENERS: Final[Mapping[str, Callable[[Source, Mapping[str, str]], Loaded]]] = {
    "torchscript": _load_script,
    "exported": _load_exported,
    "torch zip": _load_whole,
    "torch legacy": _load_whole,
    "pickle": _load_whole,
}


def _unreadable(source: Source, error: Exception) -> CannotOpen:
    return CannotOpen(
        f"{source.path.name} cannot be loaded by PyTorch {torch.__version__}.",
        "The details hold PyTorch's own words; the file may be damaged or too new.",
        str(error),
    )
