"""Python files that make a model: what they import, and which function makes it."""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from torch import nn

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.summary import Question
from lstm_studio.engine.files.source import Source

_USUAL_FACTORIES: Final = (
    "make_model",
    "build_model",
    "create_model",
    "get_model",
    "load_model",
    "model",
    "factory",
)


def imports_of(source: Source) -> list[str]:
    """Return the names of the modules that a Python file imports; nothing is run."""
    tree = ast.parse(source.read())
    names: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(dict.fromkeys(alias.name for alias in node.names))
        elif isinstance(node, ast.ImportFrom):
            names[node.module or "."] = None
    return list(names)


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Let a file import its neighbours, and leave nothing in their folder."""
    paths, before = list(sys.path), set(sys.modules)
    writes_no_bytecode = sys.dont_write_bytecode
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.path[:] = paths
        sys.dont_write_bytecode = writes_no_bytecode
        # Another model may bring another module of the same name.
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).parent == folder:
                del sys.modules[name]


def make_model(source: Source, factory: str) -> tuple[nn.Module, str, list[str]]:
    """Run a Python file and return its model, what made it, and what else might.

    Raises
    ------
    CannotOpen
        Nothing in it makes a model without arguments, or what it made is none.
    """
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
    with _said_of(source, chosen):
        value = made if isinstance(made, nn.Module) else made()
    if not isinstance(value, nn.Module):
        raise CannotOpen(
            f"{chosen} of {source.path.name} returned a {type(value).__name__}, not a "
            "torch.nn.Module.",
            "Choose the function that returns the model.",
        )
    return value.eval(), chosen, list(makers)


def _import(source: Source) -> ModuleType:
    # A name of its own: the file may be called json.py.
    name = f"_opened_{source.path.stem}"
    module = ModuleType(name)
    module.__file__ = str(source.path)
    sys.modules[name] = module
    with importable(source.path.parent), _said_of(source, "it"):
        code = compile(source.read(), str(source.path), "exec")
        exec(code, module.__dict__)  # the user trusted this file
    return module


@contextmanager
def _said_of(source: Source, what: str) -> Iterator[None]:
    """Say in words what the code of the file raises; sys.exit, too."""
    try:
        yield
    except (Exception, SystemExit) as error:
        if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
            raise CannotOpen(
                f"{source.path.name} makes no model: {what} takes more memory than "
                "there is.",
                "Make it smaller, or open it on a machine with more memory.",
            ) from error
        first = str(error).splitlines()[0] if str(error) else "no message"
        did = f"raised {type(error).__name__}: {first}"
        if isinstance(error, SystemExit):
            did = f"called sys.exit({error.code})"
        raise CannotOpen(
            f"{source.path.name} makes no model: {what} {did}.",
            "Its own code has to be mended; run it in Python to see the line.",
        ) from error


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


def factory_question(factory: str, makers: Sequence[str]) -> tuple[Question, ...]:
    """Return the question which of several makes the model."""
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
