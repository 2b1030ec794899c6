"""The real window off screen, and a list of all that goes wrong in it."""

import logging
import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import (
    QEvent,
    QEventLoop,
    QMessageLogContext,
    QObject,
    QtMsgType,
    QUrl,
    Slot,
    qInstallMessageHandler,
)
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from lstm_studio.core.messages import Failed, Outcome
from lstm_studio.session.host import HostRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.app import create_application, open_window
from lstm_studio.shell.window import MainWindow

REFUSALS = (
    "CannotOpen",
    "CannotRun",
    "CannotSave",
    "DoesNotFit",
    "NeedsTrust",
    "NoModel",
    "TooLarge",
)
"""What the studio may say to a wish that cannot be had."""


class Trial(QObject):
    """Opens windows one after the other, and notes every fault."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.faults: list[str] = []
        self.doing = ""
        self.application = create_application()
        # What is opened in other programs is not opened here.
        QDesktopServices.setUrlHandler("file", self, "ignore")
        QDesktopServices.setUrlHandler("https", self, "ignore")
        self.window = self.open()

    @Slot(QUrl)
    def ignore(self, url: QUrl) -> None:
        """Leave the browser and the file manager alone."""

    def open(self) -> MainWindow:
        """Open a window with its own session and host, and listen to its faults."""
        workspace = Workspace(self.folder / "sessions")
        runner = HostRunner(self.folder / "engine.log", workspace.folder)
        session = Session(runner, workspace)
        session.ended.connect(self._on_ended)
        self.window = open_window(session)
        self.window.resize(1600, 1000)
        self.listen()
        return self.window

    def listen(self) -> None:
        """Note what the window would show to a person and write to its log."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread
        sys.unraisablehook = self._on_unraisable
        qInstallMessageHandler(self._on_qt)

    def close(self) -> None:
        """Close the window, those that were opened beside it, and what is theirs."""
        windows = self.application.topLevelWidgets()
        for window in [each for each in windows if isinstance(each, MainWindow)]:
            window.close()
        self.window.session.deleteLater()
        self.window.deleteLater()
        self.application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def let_happen(self, milliseconds: int) -> None:
        """Handle events for a while."""
        self.application.processEvents(
            QEventLoop.ProcessEventsFlag.AllEvents, milliseconds
        )

    def until(self, fact: Callable[[], bool]) -> None:
        """Handle events until something is so."""
        while not fact():
            self.application.processEvents(
                QEventLoop.ProcessEventsFlag.WaitForMoreEvents
            )

    def note(self, fault: str) -> None:
        """Keep a fault with what was done when it happened."""
        self.faults.append(f"[{self.doing}] {fault}")
        sys.stderr.write(f"FAULT {self.faults[-1]}\n")

    def _on_ended(self, outcome: Outcome) -> None:
        if isinstance(outcome, Failed) and outcome.kind not in REFUSALS:
            self.note(f"{outcome.kind}: {outcome.message}\n{outcome.details}")

    def _on_exception(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        self.note("".join(traceback.format_exception(kind, error, trace)))

    def _on_thread(self, args: threading.ExceptHookArgs) -> None:
        self.note(f"in {args.thread}: {traceback.format_exception(args.exc_value)}")

    def _on_unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        self.note(f"in {args.object}: {args.exc_value!r}")

    def _on_qt(self, kind: QtMsgType, _: QMessageLogContext, message: str) -> None:
        quiet = "This plugin does not support" in message
        if kind != QtMsgType.QtDebugMsg and not quiet:
            self.note(f"Qt: {message}")


def own_home() -> tempfile.TemporaryDirectory[str]:
    """Let settings, caches and logs of this process lie in a folder that goes."""
    home = tempfile.TemporaryDirectory(prefix="trial-")
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        os.environ[f"XDG_{name}_HOME"] = str(Path(home.name, name.lower()))
    logging.getLogger("lstm_studio").propagate = False
    return home


def dialogs() -> list[QObject]:
    """Return the dialogs and menus that are open, the last one opened first."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    found = [application.activePopupWidget(), application.activeModalWidget()]
    return [widget for widget in found if widget is not None]
