"""The one window: bars, welcome page, panels and banner around one session."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from lstm_studio.core.examples import Example
from lstm_studio.core.messages import Failed, Finished, Outcome
from lstm_studio.core.spans import NONE
from lstm_studio.panelkit.panel import Panel
from lstm_studio.session.session import Session
from lstm_studio.session.turn import TURN
from lstm_studio.shell.actions import Actions
from lstm_studio.shell.asking import Asking, open_dialog
from lstm_studio.shell.banner import Banner
from lstm_studio.shell.beside import Beside
from lstm_studio.shell.catalogue import ACTIONS
from lstm_studio.shell.dataexport import DataExport
from lstm_studio.shell.dialogs.shortcuts import ShortcutsDialog
from lstm_studio.shell.enable import enable
from lstm_studio.shell.failures import Failures
from lstm_studio.shell.files import Files
from lstm_studio.shell.films import Films
from lstm_studio.shell.finder import Finder
from lstm_studio.shell.layouts import Layouts
from lstm_studio.shell.navigate import Navigation
from lstm_studio.shell.opening import Opening
from lstm_studio.shell.ownactions import (
    add_examples,
    add_panels,
    callbacks_of,
    check_panels,
)
from lstm_studio.shell.pages import Pages
from lstm_studio.shell.pictures import Pictures
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.recent import Recent
from lstm_studio.shell.reports import Reports
from lstm_studio.shell.search import Search
from lstm_studio.shell.sessions import Sessions
from lstm_studio.shell.settings import Settings
from lstm_studio.shell.statusline import StatusLine
from lstm_studio.shell.studio import Studio
from lstm_studio.shell.theme import Theme
from lstm_studio.shell.title import title_of
from lstm_studio.shell.toolbar import ToolBar
from lstm_studio.shell.transport import Transport
from lstm_studio.shell.welcome import Welcome

FRAME_MS: Final = 33
"""Bars follow the session at this pace; panels have a pace of their own."""
TOLD_MS: Final = 5000


class MainWindow(QMainWindow):
    """Shows the session, and turns what is clicked and typed into its wishes."""

    closed = Signal()

    def __init__(
        self,
        session: Session,
        panels: Iterable[type[Panel]],
        examples: Iterable[Example],
        preferences: Preferences,
        theme: Theme,
        reports: Reports,
        open_other: "Callable[[], MainWindow]",
    ) -> None:
        super().__init__()
        self.session = session
        self.theme = theme
        self._preferences = preferences
        self._reports = reports
        self.navigation = Navigation(session)
        self.asking = Asking(session, self.navigation, self)
        self.search = Search(session, self.navigation, self, self.tell)
        self.files = Files(session, preferences, self, reports.report)
        self.sessions = Sessions(session, preferences, self, reports.report)
        self.opening = Opening(session, self.files, self.sessions, self)
        self.recent = Recent(preferences, self.opening.open_paths, reports.report, self)
        self.studio = Studio(session, panels, self)
        self.pages = Pages(session, self.sessions, self.studio, self)
        self.layouts = Layouts(self.studio, preferences, self)
        self.pictures = Pictures(
            session, self, self.studio, theme, preferences, reports.report
        )
        self.films = Films(
            session, self, self.studio, theme, preferences, reports.report
        )
        self.data = DataExport(session, self, reports.report)
        for part in (self.data, self.pictures, self.films):
            self.closed.connect(part.close)
        self.beside = Beside(self, preferences, open_other, reports.report)
        self.settings = Settings(session, preferences, theme, self)
        self.actions_ = Actions(self, ACTIONS, self._callbacks())
        shown = tuple(examples)
        add_examples(self.actions_, shown, self.opening.open_example)
        add_panels(self.actions_, self.studio, self.pages.toggle_panel)
        self.welcome = Welcome(shown, self.actions_)
        self.welcome.example_chosen.connect(self.opening.open_example)
        self.welcome.file_chosen.connect(self.recent.open)
        self.pages.begin_with(self.welcome)
        self.banner = Banner(self)
        self.failures = Failures(session, self.banner, self.files.way_out)
        self.finder = Finder(self.actions_, self)
        self.status = StatusLine(session, self)
        self.status.certificate_asked.connect(self.asking.show_certificate)
        self.transport = Transport(session, self.navigation, self.actions_, self)
        self.bar = ToolBar(self.actions_, self.transport, self)
        self._lay_out()
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setInterval(FRAME_MS)
        self._frame.timeout.connect(self.refresh)
        self._connect()
        self._take_preferences()
        self._on_opened()

    # What it is made of

    def _callbacks(self) -> dict[str, Callable[[], None]]:
        return callbacks_of(
            self,
            self.navigation,
            self.search,
            self.asking,
            self.files,
            self.sessions,
            self.layouts,
            self.pages,
            self.pictures,
            self.films,
            self.data,
            self.settings,
            self.beside,
            self.recent,
        )

    def _lay_out(self) -> None:
        self.menus = self.actions_.fill(self.menuBar())
        self.recent.fill(self.menus, self.actions_)
        self.addToolBar(self.bar)
        self.setStatusBar(self.status)
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.pages, 1)
        self.setCentralWidget(page)
        self.actions_.paint(self.palette())

    def _connect(self) -> None:
        session = self.session
        session.opened.connect(self._on_opened)
        session.advanced.connect(self._request_refresh)
        session.view_changed.connect(self._request_refresh)
        session.ended.connect(self._on_ended)
        self.bar.device.textActivated.connect(self.settings.choose_device)
        self.failures.shown.connect(self._request_refresh)
        self.banner.closed.connect(self._request_refresh)
        self.beside.changed.connect(self._on_opened)
        self.sessions.changed.connect(self._on_opened)
        self.recent.cleared.connect(self._show_recent)
        self.sessions.held.connect(self._on_held)
        for dock in self.studio.docks:
            dock.visibilityChanged.connect(self._request_refresh)
            dock.panel.export_wished.connect(self.data.export_part)

    def restore(self) -> None:
        """Take the size and the arrangement of the window before."""
        self.layouts.restore()
        self.welcome.recovery.offer(self.session.recoverable())

    def _take_preferences(self) -> None:
        self._show_recent()
        if self._preferences.notice:
            self.banner.show_failed(Failed("Settings", self._preferences.notice))

    def _show_recent(self) -> None:
        self.welcome.show_recent(self._preferences.recent)
        self.recent.enable()

    # Facts

    def _request_refresh(self, *_facts: object) -> None:
        if not self._frame.isActive():
            self._frame.start()

    def refresh(self) -> None:
        """Show in the bars what the session is now."""
        self.transport.refresh()
        self.status.refresh()
        # Panels draw later than this: what was drawn of nothing is nothing.
        drawn = self.session.recording is not None
        self.status.say_thinning(self.studio.thinning if drawn else "")
        enable(self.actions_, self.session)
        check_panels(self.actions_, self.studio)
        self.beside.enable(self.actions_)
        self.sessions.enable(self.actions_)
        self.recent.enable()
        ends = self._ends()
        self.actions_["cancel"].setEnabled(ends is not None)
        text = "Cancel" if ends is None else ends[0]
        tip = "" if text == "Cancel" else f"{text} (Esc)"
        self.actions_.say("cancel", text, "stop", tip)

    def _ends(self) -> tuple[str, Callable[[], None]] | None:
        """Return what Escape ends now, in words and as a deed; None for nothing."""
        session = self.session
        ways: tuple[tuple[object, str, Callable[[], None]], ...] = (
            (self.search.active, "Stop the search", self.search.stop),
            (session.busy, "Cancel", session.cancel),
            (session.playing, "Stop playing", session.stop_playing),
            (session.view.brush, "Unmark the steps", partial(session.look, brush=NONE)),
            (self.banner.isVisible(), "Close the message", self.banner.hide),
        )
        return next(((text, end) for on, text, end in ways if on), None)

    def _on_opened(self) -> None:
        session = self.session
        self.pages.follow()
        if self.bar.offer_devices(session.devices):
            self.settings.take_device()
        self.bar.device.setCurrentText(session.device)
        self.bar.show_link(self.beside.words)
        beside, read_only = self.beside, self.sessions.read_only
        title = title_of(session, beside.letter, beside.shown, read_only=read_only)
        self.setWindowTitle(title)
        self._request_refresh()

    def _on_ended(self, outcome: Outcome) -> None:
        taken = self.files.take(outcome)
        if isinstance(outcome, Finished):
            self.banner.hide()
        elif isinstance(outcome, Failed) and not taken:
            self.failures.show_failed(outcome)
        self._show_recent()
        self._request_refresh()

    def _on_held(self, failed: Failed) -> None:
        save_as = self.sessions.save_session
        self.banner.show_failed(failed, "Save session as…", save_as)
        self._request_refresh()

    # Wishes that are not those of another part

    def cancel(self) -> None:
        """End what runs; else stop the playback, unmark steps, close the message."""
        ends = self._ends()
        if ends is not None:
            ends[1]()

    def tell(self, text: str) -> None:
        """Say something in the status line for a while; nothing ends what it says."""
        self.status.showMessage(text, TOLD_MS)
        self._request_refresh()

    def show_shortcuts(self) -> None:
        """Show every action with its key."""
        open_dialog(ShortcutsDialog(self.actions_, self))

    def find_action(self) -> None:
        """Show the command palette."""
        self.finder.ask()

    def quit(self) -> None:
        """Close the window."""
        self.close()

    # Events

    def event(self, event: QEvent) -> bool:
        if event.type() != QEvent.Type.UpdateRequest:
            return super().event(event)
        # All that changed is painted now, in all panels.
        TURN.begin()
        handled = super().event(event)
        TURN.end()
        return handled

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.bar.fit(self.width())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # The base class is told of palettes before this one is made.
        if not hasattr(self, "_frame"):
            return
        if event.type() == QEvent.Type.PaletteChange:
            self.actions_.paint(self.palette())
        elif event.type() == QEvent.Type.StyleChange:
            # The bars have parts as wide as their letters.
            self._request_refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.layouts.keep()
        self.search.stop()
        self.sessions.stop()
        self.session.close()
        self.closed.emit()
        # Last: the facts of closing ask for one more refresh.
        self._frame.stop()
        super().closeEvent(event)
