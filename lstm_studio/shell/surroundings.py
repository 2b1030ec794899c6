"""What the windows of the application share, from the first of them to the last."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from lstm_studio.core.known import bad_here
from lstm_studio.core.messages import Failed
from lstm_studio.shell.collector import Collector
from lstm_studio.shell.keys import KeyGuard
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.reports import Reports
from lstm_studio.shell.theme import Choice, Theme

if TYPE_CHECKING:
    from lstm_studio.shell.window import MainWindow

CHECK_MS: Final = 500
"""Until the packages are looked at: not before the first window was painted."""


class Surroundings(QObject):
    """Preferences, theme, reports, keys and garbage: one of each, however many windows.

    Each window of a notebook would else catch the errors of those before it, and
    leave the hooks of the wrong one behind when it is closed.
    """

    def __init__(self, application: QApplication, theme: Choice | None) -> None:
        super().__init__(application)
        self._application = application
        self._windows: list[MainWindow] = []
        self._collector: Collector | None = None
        self.preferences = Preferences(self)
        kept = self.preferences
        self.theme = Theme(application, theme or kept.theme, kept.points, kept.maps)
        self.theme.setParent(self)
        self.reports = Reports(self)
        self.reports.install()
        self.reports.failed.connect(self._on_failed)
        self.preferences.not_kept.connect(self.reports.report)
        self._guard = KeyGuard(application, self)
        self._check = QTimer(self)
        self._check.setSingleShot(True)
        self._check.timeout.connect(self._check_versions)

    @classmethod
    def of(
        cls, application: QApplication, theme: Choice | None = None
    ) -> "Surroundings":
        """Return those of the windows that are open, else new ones."""
        there = application.findChild(cls)
        if there is None:
            return cls(application, theme)
        if theme is not None:
            there.theme.choose(theme)
        return there

    def add(self, window: "MainWindow") -> None:
        """Keep a window until it is closed; with the last one all this ends."""
        if self._collector is None:
            # Now, so that the first window is not looked through each second.
            self._collector = Collector(self)
            self._check.start(CHECK_MS)
        self._windows.append(window)
        window.closed.connect(self._on_window_closed)

    def _check_versions(self) -> None:
        """Say it once, in the first window, where a package is known to be bad."""
        bad = bad_here()
        if bad and self._windows:
            what, mends = (" ".join(texts) for texts in zip(*bad, strict=True))
            self._windows[0].failures.show_unforeseen(
                Failed("Versions", what, f"Close the studio, and run: {mends}")
            )

    def _on_window_closed(self) -> None:
        window = self.sender()
        self._windows = [each for each in self._windows if each is not window]
        if self._windows or self._collector is None:
            return
        self._collector.end()
        self._collector = None
        self.reports.remove()
        # Not found any more from now on, and gone with the next events.
        self.setParent(None)
        self.deleteLater()

    def _on_failed(self, failed: Failed) -> None:
        """Show it where the user is; a dialog belongs to its window."""
        at: QObject | None = self._application.activeWindow()
        while at is not None and at not in self._windows:
            at = at.parent()
        for window in self._windows:
            if at is None or window is at:
                window.failures.show_unforeseen(failed)
                return
