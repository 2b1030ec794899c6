"""Rung 3: files that are programs. Nothing of them runs before the user said yes."""

import ast
import importlib.util
import inspect
import io
import pickle
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen, NeedsTrust
from lstm_studio.core.summary import InputNeeds, Question
from lstm_studio.engine.models.adapt import adapt
from lstm_studio.engine.models.archive import Archive
from lstm_studio.engine.models.described import named_classes
from lstm_studio.engine.models.recognise import Form
from lstm_studio.engine.models.source import Source

UNKNOWN_NEEDS: Final = InputNeeds()
WHOLE: Final = "whole"
WEIGHTS: Final = "weights"
_PROGRAMS: Final = ("torchscript", "exported")
_USUAL_FACTORIES: Final = (
    "make_model",
    "build_model",
    "create_model",
    "get_model",
    "load_model",
    "model",
    "factory",
)


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
    if form.kind in ("onnx", "keras"):
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
    if form.kind in ("onnx", "keras"):
        raise CannotOpen(
            f"{name} is a model in the form {form.words}, which is not opened yet.",
            "Save its weights with PyTorch or as safetensors.",
        )
    if not trust:
        raise _needs_trust(source, form)
    if form.kind == "python":
        module, factory, others = _from_python(source, answers.get("factory", ""))
        questions = _factory_question(factory, others)
        given = {"factory": factory}
        name = f"{name}:{factory}"
    else:
        module = _OPENERS[form.kind](source, answers)
        questions = open_questions(form, type(module).__name__)
        given = {"open": WHOLE}
    made = adapt(module, answers)
    return Coded(
        name,
        made.module,
        made.needs,
        (*questions, *made.questions),
        {**given, **made.answers},
        made.notes,
    )


def _needs_trust(source: Source, form: Form) -> NeedsTrust:
    name = source.path.name
    if form.kind == "python":
        what = "is a Python file: it runs with your rights when it is opened."
        other = "Trust it only if you know what it does."
        imports = ", ".join(_imports(source)) or "nothing"
        imports = f"imports {imports}"
    else:
        what = (
            f"is {form.words}: a program that runs with your rights when it is opened."
        )
        other = (
            'Open the weights only (open="weights"), which runs nothing; or trust the '
            "file if you know where it is from."
        )
        imports = ", ".join(_programs(source, form))
    return NeedsTrust(f"{name} {what}", other, source.sha256(), imports)


def _imports(source: Source) -> list[str]:
    tree = ast.parse(source.read())
    names: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(dict.fromkeys(alias.name for alias in node.names))
        elif isinstance(node, ast.ImportFrom):
            names[node.module or "."] = None
    return list(names)


def _programs(source: Source, form: Form) -> list[str]:
    if form.kind in _PROGRAMS:
        members = Archive(source).names
        return [m for m in members if m.endswith((".py", "model.json", "program.json"))]
    return list(named_classes(source, form))


def _load_script(source: Source, answers: Mapping[str, str]) -> nn.Module:
    with warnings.catch_warnings():
        # It works on, and there is no other way to run such a file.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            module: nn.Module = torch.jit.load(  # type: ignore[no-untyped-call]
                io.BytesIO(source.read()), map_location="cpu"
            )
        except RuntimeError as error:
            raise _unreadable(source, error) from error
    return module.eval()


def _load_exported(source: Source, answers: Mapping[str, str]) -> nn.Module:
    try:
        program = torch.export.load(io.BytesIO(source.read()))
    except (RuntimeError, ValueError, KeyError, AssertionError) as error:
        raise _unreadable(source, error) from error
    return program.module()


def _load_whole(source: Source, answers: Mapping[str, str]) -> nn.Module:
    code = answers.get("source", "")
    with _importable(source.path.parent, Path(code) if code else None):
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
    return value.eval()


_OPENERS: Final[Mapping[str, Callable[[Source, Mapping[str, str]], nn.Module]]] = {
    "torchscript": _load_script,
    "exported": _load_exported,
    "torch zip": _load_whole,
    "torch legacy": _load_whole,
    "pickle": _load_whole,
}


@contextmanager
def _importable(folder: Path, code: Path | None) -> Iterator[None]:
    """Let classes be imported from the folder of the file, or from one Python file."""
    paths, before = list(sys.path), set(sys.modules)
    sys.path.insert(0, str(code.parent if code else folder))
    try:
        yield
    finally:
        sys.path[:] = paths
        # Another model may bring another module of the same name.
        local = (str(folder), str(code.parent) if code else str(folder))
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if file.startswith(local):
                del sys.modules[name]


def _from_python(source: Source, factory: str) -> tuple[nn.Module, str, list[str]]:
    module = _import(source)
    makers = _makers(module)
    if factory and factory not in makers:
        raise CannotOpen(
            f"{source.path.name} has no function or class {factory!r} that makes a "
            "model without arguments.",
            f"Choose one of: {', '.join(makers)}." if makers else "Write one.",
        )
    if not makers:
        raise CannotOpen(
            f"{source.path.name} has no function or class that makes a model without "
            "arguments.",
            "Write one, as in `def make_model(): return MyModel()`.",
        )
    chosen = factory or min(
        makers, key=lambda n: (n not in _USUAL_FACTORIES, list(makers).index(n))
    )
    made = makers[chosen]
    value = made if isinstance(made, nn.Module) else made()
    if not isinstance(value, nn.Module):
        raise CannotOpen(
            f"{chosen} of {source.path.name} returned a {type(value).__name__}, not a "
            "torch.nn.Module.",
            "Choose the function that returns the model.",
        )
    return value.eval(), chosen, list(makers)


def _import(source: Source) -> ModuleType:
    path = source.path
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        # A Python file may have any name; the bytes are what counts.
        spec = importlib.util.spec_from_loader(path.stem, None, origin=str(path))
    if spec is None:
        raise CannotOpen(f"{path.name} cannot be imported.", "Give it another name.")
    module = importlib.util.module_from_spec(spec)
    module.__file__ = str(path)
    with _importable(path.parent, None):
        previous = sys.modules.get(path.stem)
        sys.modules[path.stem] = module
        try:
            code = compile(source.read(), str(path), "exec")
            exec(code, module.__dict__)  # the user trusted this file
        finally:
            if previous is None:
                sys.modules.pop(path.stem, None)
            else:
                sys.modules[path.stem] = previous
    return module


def _makers(module: ModuleType) -> dict[str, Any]:
    """Return what may give a model: modules, classes of modules, and functions."""
    makers: dict[str, Any] = {}
    for name, value in vars(module).items():
        if name.startswith("_"):
            continue
        if isinstance(value, nn.Module):
            makers[name] = value
        elif getattr(value, "__module__", None) != module.__name__:
            continue
        elif inspect.isclass(value):
            if issubclass(value, nn.Module) and _needs_nothing(value):
                makers[name] = value
        elif inspect.isfunction(value) and _needs_nothing(value):
            makers[name] = value
    classes = [name for name, value in makers.items() if inspect.isclass(value)]
    if len(classes) < len(makers):
        # A function knows the sizes that were meant; a class only its defaults.
        return {n: v for n, v in makers.items() if n not in classes} | {
            n: makers[n] for n in classes
        }
    return makers


def _needs_nothing(maker: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(maker).parameters.values()
    except (TypeError, ValueError):
        return False
    return all(
        p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        for p in parameters
    )


def _factory_question(factory: str, makers: Sequence[str]) -> tuple[Question, ...]:
    if len(makers) < 2:
        return ()
    return (
        Question(
            "factory",
            "Model made by",
            factory,
            tuple(makers),
            "The Python file has several functions and classes that may make it.",
        ),
    )


def _unreadable(source: Source, error: Exception) -> CannotOpen:
    return CannotOpen(
        f"{source.path.name} cannot be loaded by PyTorch {torch.__version__}.",
        "The details hold PyTorch's own words; the file may be damaged or too new.",
        str(error),
    )
