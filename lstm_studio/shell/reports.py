"""The one place that every unforeseen error reaches: the log file and the window."""

import logging
import logging.handlers
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import Final

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QStandardPaths,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)

from lstm_studio.core.errors import StudioError
from lstm_studio.core.messages import Failed
from lstm_studio.shell.dialogs.about import versions

LOG_BYTES: Final = 1_000_000
LOG_LINES: Final = 200
"""Lines of the log that a report holds."""
_QUIET: Final = ("This plugin does not support propagateSizeHints",)

log = logging.getLogger("lstm_studio")


def log_file() -> Path:
    """Return where errors are noted."""
    folder = QStandardPaths.writableLocation(
        QStandardPaths.StandardLocation.AppLocalDataLocation
    )
    return Path(folder) / "lstm-studio.log"


def report_text() -> str:
    """Return versions and the end of the log: what a report of an error needs."""
    lines = [f"{name} {found}" for name, found in versions().items()]
    try:
        text = log_file().read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = "The log is empty."
    return "\n".join([*lines, "", *text.splitlines()[-LOG_LINES:]])


class Reports(QObject):
    """Catches what nobody caught, while it is installed; nothing is sent anywhere."""

    failed = Signal(object)
    """A ``Failed``; comes in the window's thread, whichever thread it happened in."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._handler: logging.Handler | None = None
        self._hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)

    def install(self) -> None:
        """Catch from now on."""
        path = log_file()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handler = logging.handlers.RotatingFileHandler(
                path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
            )
        except OSError:
            # A home that cannot be written to: the banner still says it all.
            self._handler = logging.NullHandler()
        self._handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)s %(message)s")
        )
        log.addHandler(self._handler)
        self._hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread
        sys.unraisablehook = self._on_unraisable
        qInstallMessageHandler(self._on_qt)

    def remove(self) -> None:
        """Leave everything as it was."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._hooks
        qInstallMessageHandler(None)
        if self._handler is not None:
            log.removeHandler(self._handler)
            self._handler.close()
            self._handler = None

    def report(self, error: BaseException) -> None:
        """Note an error and show it: what the studio refused, or did not foresee."""
        details = "".join(traceback.format_exception(error))
        log.error("%s", details)
        if isinstance(error, StudioError):
            failed = Failed(
                type(error).__name__, error.message, error.next_step, error.details
            )
        else:
            failed = Failed(
                type(error).__name__,
                f"Something went wrong in the studio: {type(error).__name__}: {error}",
                "What is recorded is safe. The details can be copied for a report; "
                f"they are also in {log_file()}.",
                details,
            )
        self.failed.emit(failed)

    def _on_exception(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        # Printed too: what happens before the window is there, only a shell can show.
        self._hooks[0](kind, error, trace)
        if not issubclass(kind, KeyboardInterrupt):
            self.report(error)

    def _on_thread(self, args: threading.ExceptHookArgs) -> None:
        self._hooks[1](args)
        if args.exc_value is not None:
            self.report(args.exc_value)

    def _on_unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        self._hooks[2](args)
        if args.exc_value is not None:
            self.report(args.exc_value)

    def _on_qt(self, kind: QtMsgType, _: QMessageLogContext, message: str) -> None:
        # Noted only: showing it could make Qt say it again.
        if message.startswith(_QUIET):
            return
        level = {
            QtMsgType.QtDebugMsg: logging.DEBUG,
            QtMsgType.QtInfoMsg: logging.INFO,
            QtMsgType.QtWarningMsg: logging.WARNING,
        }.get(kind, logging.ERROR)
        log.log(level, "Qt: %s", message)
