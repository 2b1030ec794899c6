"""Random actions over everything that the window can do: nothing may go wrong."""

import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QWidget,
)

from lstm_studio.core.examples import examples
from tests.trials.launch import until_interrupted
from tests.trials.studio import Trial, dialogs, own_home

KEYS = "abcdefghijklmnopqrstuvwxyz0123456789.,+-/"
POPUP_MS = 50
DIALOG_PATIENCE = 6
"""Random acts on one dialog before it is closed."""


class Monkey:
    """Does one random thing at a time."""

    def __init__(self, trial: Trial, seed: int) -> None:
        self.trial = trial
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.patience = DIALOG_PATIENCE
        self.files = [*_files(), *_junk(trial.folder)]

    def act(self) -> None:
        """Do one random thing and let the window answer."""
        open_now = dialogs()
        if open_now:
            self.play_with(open_now[0])
        else:
            self.patience = DIALOG_PATIENCE
            acts = (self.trigger, self.look, self.mouse, self.drop, self.reopen)
            self.random.choices(acts, (60, 15, 18, 6, 1))[0]()
        self.trial.let_happen(self.random.choice((1, 1, 5, 20)))

    def _say(self, kind: str, what: str) -> None:
        self.done[kind] += 1
        self.trial.doing = f"{self.done.total()} {kind} {what}"

    def trigger(self) -> None:
        """Trigger any action that is enabled."""
        actions = [made for _, made in self.trial.window.actions_ if made.isEnabled()]
        action = self.random.choice(actions)
        if action.objectName() in ("quit", "cancel") and self.random.random() < 0.8:
            return
        self._say("action", action.objectName())
        action.trigger()
        if not self.trial.window.isVisible():
            self.trial.close()
            self.trial.open()

    def look(self) -> None:
        """Change the view to values that may lie outside of everything."""
        session = self.trial.window.session
        layers = [*session.extent.layers, "no.layer"]
        steps = max(session.extent.steps, 1)
        first, second = (self.random.randint(-5, 2 * steps) for _ in range(2))
        change = self.random.choice(
            (
                {"step": first},
                {"unit": self.random.randint(-3, 300)},
                {"layer": self.random.choice(layers)},
                {"span": (min(first, second), max(first, second))},
                {"sample": self.random.randint(-1, 4)},
                {"follow": self.random.random() < 0.5},
            )
        )
        self._say("look", str(change))
        session.look(**change)

    def mouse(self) -> None:
        """Click, drag or turn the wheel anywhere, or change the window's size."""
        window = self.trial.window
        if self.random.random() < 0.1:
            size = self.random.randint(300, 2000), self.random.randint(200, 1400)
            self._say("resize", str(size))
            window.resize(*size)
            return
        place = QPoint(
            self.random.randrange(window.width()),
            self.random.randrange(window.height()),
        )
        target = window.childAt(place) or window
        at = target.mapFrom(window, place)
        self._say("mouse", f"{type(target).__name__} {at.toTuple()}")
        self.point(target, at)

    def point(self, target: QWidget, at: QPoint) -> None:
        """Do something with the mouse at a place of a widget."""
        left = Qt.MouseButton.LeftButton
        kind = self.random.random()
        # A button with a menu returns from its press only when that is closed.
        QTimer.singleShot(POPUP_MS, self.trial, self.answer_menu)
        if kind < 0.2:
            self.wheel(target, at)
        elif kind < 0.3:
            QTest.mouseDClick(target, left, pos=at)
        elif kind < 0.5:
            QTest.mousePress(target, left, pos=at)
            away = at + QPoint(
                self.random.randint(-80, 80), self.random.randint(-80, 80)
            )
            QTest.mouseMove(target, away)
            QTest.mouseRelease(target, left, pos=away)
        else:
            QTest.mouseClick(target, left, pos=at)

    def answer_menu(self) -> None:
        """Close a menu, maybe after one of its entries was taken."""
        menu = QApplication.activePopupWidget()
        if not isinstance(menu, QMenu):
            return
        entries = [each for each in menu.actions() if each.isEnabled()]
        menu.close()
        if entries and self.random.random() < 0.5:
            chosen = self.random.choice(entries)
            self._say("menu", chosen.text())
            chosen.trigger()

    def wheel(self, target: QWidget, at: QPoint) -> None:
        """Turn the wheel, maybe with a key held."""
        turn = QPoint(0, self.random.choice((-120, 120)))
        modifiers = self.random.choice(
            (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier)
        )
        event = QWheelEvent(
            QPointF(at),
            QPointF(target.mapToGlobal(at)),
            QPoint(),
            turn,
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(target, event)

    def drop(self) -> None:
        """Open files as if they had been dropped."""
        paths = self.random.sample(self.files, self.random.choice((1, 1, 2)))
        self._say("drop", ", ".join(paths))
        self.trial.window.files.open_any(paths)

    def reopen(self) -> None:
        """Close the window in whatever state it is, and open another one."""
        self._say("reopen", "")
        self.trial.close()
        self.trial.open()

    def play_with(self, dialog: QWidget) -> None:
        """Press, type or close what is in front of the window."""
        self.patience -= 1
        name = f"{type(dialog).__name__} {dialog.objectName()}"
        if self.patience < 0 or isinstance(dialog, QMenu):
            self._say("close", name)
            dialog.close()
            return
        if isinstance(dialog, QFileDialog):
            self._say("file", name)
            # What is to be saved goes where nothing else is.
            if dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave:
                path = self.trial.folder / f"saved-{self.done.total()}"
                dialog.fileSelected.emit(str(path))
            else:
                dialog.fileSelected.emit(self.random.choice(self.files))
            dialog.reject()
            return
        buttons = [b for b in dialog.findChildren(QAbstractButton) if _usable(b)]
        fields = [f for f in dialog.findChildren(QLineEdit) if _usable(f)]
        if fields and self.random.random() < 0.5:
            text = "".join(self.random.choices(KEYS, k=self.random.randint(1, 4)))
            self._say("type", f"{text} into {name}")
            QTest.keyClicks(self.random.choice(fields), text)
        elif buttons:
            button = self.random.choice(buttons)
            self._say("press", f"{button.text()!r} of {name}")
            button.click()
        elif isinstance(dialog, QDialog):
            self._say("close", name)
            dialog.reject()


def _usable(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled()


def _files() -> list[str]:
    folders = [Path(each.model).parent for each in examples()]
    return [str(path) for folder in folders for path in sorted(folder.glob("*.*"))]


def _junk(folder: Path) -> list[str]:
    contents = {
        "empty.pt": b"",
        "text.pt": b"<!doctype html><title>404</title>",
        "broken.npy": b"\x93NUMPY\x01\x00",
        "bad.csv": b"a;b\n1,5;2\nx;y\n",
        "code.py": b"import os\n\ndef make_model():\n    return None\n",
        "cut.safetensors": b"\xff" * 64,
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return [str(folder / name) for name in contents] + [str(folder / "missing.pt")]


def main(events: int, seed: int) -> int:
    """Act ``events`` times; print what went wrong and how much was done."""
    began = time.perf_counter()
    with own_home() as home:
        trial = Trial(Path(home))
        monkey = Monkey(trial, seed)
        for _ in until_interrupted(events):
            monkey.act()
        trial.doing = "the end"
        for dialog in dialogs():
            dialog.close()
        trial.close()
        for left in {*threading.enumerate()} - {threading.main_thread()}:
            trial.note(f"{left.name} still runs")
    done = ", ".join(f"{count} {kind}" for kind, count in monkey.done.most_common())
    seconds = time.perf_counter() - began
    print(f"{monkey.done.total()} events of seed {seed} in {seconds:.0f} s: {done}")
    print(f"{len(trial.faults)} faults")
    for fault, count in Counter(trial.faults).most_common():
        print(f"--- {count} times\n{fault}", file=sys.stderr)
    return 1 if trial.faults else 0
