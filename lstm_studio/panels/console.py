"""A Python console on what the window shows."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import ClassVar, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.panelkit.inputline import InputLine
from lstm_studio.panelkit.interpreter import Interpreter, is_whole
from lstm_studio.panelkit.panel import Area, Panel
from lstm_studio.panelkit.text import mono
from lstm_studio.session.session import Session

LINES: Final = 5000
PROMPT: Final = ">>> "
GIVEN: Final = ("recording", "model", "session", "np")
NAME: Final = re.compile(r"[\w.]+$")

Entries = list[tuple[str, str]]
"""Kind and text: ``typed``, ``said``, ``error`` or ``note``."""


class ConsolePanel(Panel):
    """What is typed runs in the window's process; the engine's model is not there."""

    id: ClassVar[str] = "console"
    title: ClassVar[str] = "Console"
    area: ClassVar[Area] = "bottom"
    help: ClassVar[str] = (
        "Python with recording, model, session and np at hand. Return runs, "
        "Shift+Return begins a line, Tab completes, Up recalls. The window waits for "
        "what is run."
    )

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.console: Console | None = None

    def refresh(self) -> None:
        # Made when it is first seen: most never look at it.
        if self.console is None:
            self.console = Console(self.session, self)
            self._layout.addWidget(self.console)
            # The layout would show it with the next events only.
            self.console.show()
            self._layout.activate()
            self.setFocusProxy(self.console)
        self.console.greet()

    def recolour(self) -> None:
        if self.console is not None:
            self.console.recolour()


class Console(QWidget):
    """What was said above, and the line to type in below."""

    def __init__(self, session: Session, panel: ConsolePanel) -> None:
        super().__init__(panel)
        self._session = session
        self._panel = panel
        self._entries: Entries = []
        self._greeting = ""
        self.python = Interpreter()
        self.line = InputLine(is_whole, self)
        self.line.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.line.setAccessibleName("Python to run")
        self.line.entered.connect(self.run)
        self.setFocusProxy(self.line)
        self.line.completion_asked.connect(self._on_completion_asked)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setUndoRedoEnabled(False)
        self.text.setMaximumBlockCount(LINES)
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        # A low panel still shows all lines of a block that is typed.
        self.text.setMinimumHeight(1)
        self.text.setAccessibleName("What the console said")
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.prompt = QLabel(PROMPT, self)
        # On the first line of the field beside it.
        margin = int(self.line.document().documentMargin())
        self.prompt.setContentsMargins(0, margin, 0, 0)
        self.prompt.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 0, 2)
        row.setSpacing(0)
        row.addWidget(self.prompt, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.line, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 2, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.text, 1)
        column.addLayout(row)
        self.recolour()

    def greet(self) -> None:
        """Say what is at hand, again where that changed."""
        session = self._session
        self.python.give(
            {
                "recording": session.recording,
                "model": session.module or session.model,
                "session": session,
                "np": np,
            }
        )
        greeting = _greeting(session)
        if greeting != self._greeting:
            self._greeting = greeting
            self._say("note", greeting)

    def run(self, source: str) -> None:
        """Run what was typed, and show what it says."""
        self.greet()
        shown = source.replace("\n", "\n... ")
        self._say("typed", f"{PROMPT}{shown}")
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            said = self.python.run(source)
        finally:
            QApplication.restoreOverrideCursor()
        self._say("said", said.text.rstrip("\n"))
        self._say("error", said.error.rstrip("\n"))

    def _on_completion_asked(self, before: str) -> None:
        name = NAME.search(before)
        if name is None:
            return
        found = self.python.complete(name.group())
        if not found:
            return
        common = _beginning(found)
        if len(common) > len(name.group()):
            self.line.insert(common[len(name.group()) :])
        elif len(found) > 1:
            parts = [each.rpartition(".")[2] for each in found]
            self._say("note", "  ".join(parts))

    def _say(self, kind: str, text: str) -> None:
        if text:
            self._entries.append((kind, text))
            del self._entries[:-LINES]
            self._write(kind, text)

    def _write(self, kind: str, text: str) -> None:
        colours = self._panel.colours
        tints: dict[str, QColor] = {
            "typed": colours.stream("f"),
            "said": colours.text,
            "error": colours.stream("c"),
            "note": colours.muted,
        }
        form = QTextCharFormat()
        form.setForeground(tints[kind])
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self.text.document().isEmpty():
            cursor.insertBlock()
        cursor.insertText(text, form)
        bar = self.text.verticalScrollBar()
        bar.setValue(bar.maximum())

    def recolour(self) -> None:
        """Write all that was said again in the colours and letters of now."""
        for widget in (self.text, self.line, self.prompt):
            widget.setFont(mono(self.font()))
        self.text.clear()
        for kind, text in self._entries:
            self._write(kind, text)


def _beginning(texts: Sequence[str]) -> str:
    """Return what all of these begin with."""
    shared = takewhile(
        lambda letters: len(set(letters)) == 1, zip(*texts, strict=False)
    )
    return "".join(letters[0] for letters in shared)


def _greeting(session: Session) -> str:
    """Say which names there are, and what ``model`` is."""
    if session.module is not None:
        model = "model is the module itself"
    elif session.model is not None:
        model = "model is its summary: the module itself lives in another process"
    elif session.recording is not None:
        model = "model is None: this is a recording; Ctrl+O opens its model"
    else:
        model = "model is None: none is open"
    recording = "" if session.recording is not None else "recording is None yet; "
    return f"At hand: {', '.join(GIVEN)}. {recording}{model}."
