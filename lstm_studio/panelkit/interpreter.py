"""Runs what is typed as Python, and returns what it said."""

import ast
import codeop
import contextlib
import io
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final

WHERE: Final = "<console>"
LONGEST: Final = 50_000
"""Characters of what one input says that are kept."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was printed, and how it went wrong if it did."""

    text: str
    error: str = ""


class Interpreter:
    """Names that last from one input to the next."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__console__", "__doc__": None}
        self._given: dict[str, Any] = {}

    def give(self, names: Mapping[str, Any]) -> None:
        """Give names their values, where those changed: the user may use them too."""
        for name, value in names.items():
            if name not in self._given or self._given[name] is not value:
                self.names[name] = self._given[name] = value

    def run(self, source: str) -> Said:
        """Run statements; the value of each expression is shown, as in a console."""
        said = io.StringIO()
        error = ""
        with self._talking(said):
            try:
                for code in _statements(source):
                    exec(code, self.names)
            except SystemExit:
                said.write("The console stays; Ctrl+Q closes the window.\n")
            # What the user typed may raise anything: it is shown, and ends there.
            except BaseException as raised:  # noqa: BLE001
                error = _error_text(raised)
        return Said(_shortened(said.getvalue()), _shortened(error))

    @contextlib.contextmanager
    def _talking(self, said: io.StringIO) -> Iterator[None]:
        shown, typed = sys.displayhook, sys.stdin
        sys.displayhook = self._show
        # Nobody can answer `input()` here: it ends at once and does not wait.
        sys.stdin = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                yield
        finally:
            sys.displayhook, sys.stdin = shown, typed

    def _show(self, value: object) -> None:
        if value is not None:
            sys.stdout.write(f"{value!r}\n")
            self.names["_"] = value

    def complete(self, text: str) -> list[str]:
        """Return what a name or an attribute may go on to."""
        from rlcompleter import Completer

        completer, found = Completer(self.names), []
        for number in range(200):
            match = completer.complete(text, number)
            if match is None:
                break
            found.append(match.rstrip("( "))
        return sorted(set(found))


def is_whole(source: str) -> bool:
    """Return whether what was typed can be run, or needs another line first."""
    lines = source.split("\n")
    if len(lines) > 1 and lines[-1][:1].isspace() and lines[-1].strip():
        # The next line may belong to the same block.
        return False
    try:
        return codeop.compile_command(source, WHERE, "exec") is not None
    except (SyntaxError, ValueError, OverflowError):
        # It is run, so that it is said what is wrong with it.
        return True


def _statements(source: str) -> Iterator[CodeType]:
    # All is parsed before anything runs.
    for statement in ast.parse(source, WHERE).body:
        yield compile(ast.Interactive([statement]), WHERE, "single")


def _error_text(error: BaseException) -> str:
    """Return the traceback from the user's own line on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != WHERE:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\n… and {len(text) - LONGEST:,} characters more\n"
