"""The one window: bars, welcome page, panels and banner around one session."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.examples import Example
from lstm_studio.core.messages import Failed, Finished, Outcome
from lstm_studio.panelkit.panel import Panel
from lstm_studio.session.session import Session
from lstm_studio.shell.actions import Actions
from lstm_studio.shell.asking import Asking, open_dialog
from lstm_studio.shell.banner import Banner
from lstm_studio.shell.catalogue import ACTIONS, Action
from lstm_studio.shell.dataexport import DataExport
from lstm_studio.shell.dialogs.settings import SettingsDialog
from lstm_studio.shell.dialogs.shortcuts import ShortcutsDialog
from lstm_studio.shell.enable import enable
from lstm_studio.shell.files import Files
from lstm_studio.shell.finder import Finder
from lstm_studio.shell.layouts import Layouts
from lstm_studio.shell.navigate import Navigation
from lstm_studio.shell.pictures import Pictures
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.reports import Reports
from lstm_studio.shell.search import Search
from lstm_studio.shell.sessions import ENDING, Sessions
from lstm_studio.shell.statusline import StatusLine
from lstm_studio.shell.studio import Studio
from lstm_studio.shell.theme import Choice, Theme
from lstm_studio.shell.toolbar import ToolBar
from lstm_studio.shell.transport import Transport
from lstm_studio.shell.welcome import Welcome

TITLE: Final = "LSTM Studio"
FRAME_MS: Final = 33
"""Bars follow the session at this pace; panels have a pace of their own."""
TOLD_MS: Final = 5000
DIGITS: Final = "1234567890"


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
    ) -> None:
        super().__init__()
        self.session = session
        self.theme = theme
        self._preferences = preferences
        self._reports = reports
        self._examples = tuple(examples)
        self._keeps_arrangement = False
        self.setWindowTitle(TITLE)
        self.setAcceptDrops(True)
        self.navigation = Navigation(session)
        self.asking = Asking(session, self.navigation, self)
        self.search = Search(session, self.navigation, self, self.tell)
        self.files = Files(session, preferences, self, reports.report)
        self.sessions = Sessions(session, preferences, self, reports.report)
        self.studio = Studio(session, panels, self)
        self.layouts = Layouts(self.studio, preferences, self)
        self.pictures = Pictures(session, self, self.studio, reports.report)
        self.data = DataExport(session, self, reports.report)
        self.closed.connect(self.data.close)
        self.actions_ = Actions(self, ACTIONS, self._callbacks())
        self._add_own_actions()
        self.welcome = Welcome(self._examples, self.actions_)
        self.welcome.example_chosen.connect(self.open_example)
        self.welcome.file_chosen.connect(self._on_recent)
        self.welcome.recovery.reopen_asked.connect(self._on_reopen)
        self.welcome.recovery.forget_asked.connect(self._on_forget)
        self.banner = Banner(self)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.studio)
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

    def _callbacks(self) -> Mapping[str, Callable[[], None]]:
        owners = (
            self,
            self.navigation,
            self.search,
            self.asking,
            self.files,
            self.sessions,
            self.layouts,
            self.pictures,
            self.data,
        )
        found: dict[str, Callable[[], None]] = {}
        for action in ACTIONS:
            owner = next(each for each in owners if hasattr(each, action.name))
            found[action.name] = getattr(owner, action.name)
        return found

    def _add_own_actions(self) -> None:
        """Add what depends on the examples and panels that there are."""
        for digit, example in zip(DIGITS, self._examples, strict=False):
            action = Action(
                f"example_{example.name}",
                "File/Examples",
                f"Example: {example.title}".replace("&", "&&"),
                f"Ctrl+Alt+{digit}",
                example.look_for,
                "sparkle",
            )
            self.actions_.add(action, partial(self.open_example, example.name))
        for number, dock in enumerate(self.studio.docks):
            modifier = "Alt" if number < len(DIGITS) else "Alt+Shift"
            action = Action(
                f"show_{dock.panel.id}",
                "View/Panels",
                dock.panel.title.replace("&", "&&"),
                f"{modifier}+{DIGITS[number % len(DIGITS)]}",
                f"Show or hide: {dock.panel.help}",
                "app-window",
                checkable=True,
            )
            made = self.actions_.add(action, partial(self.toggle_panel, number))
            dock.visibilityChanged.connect(self._request_refresh)
            made.setChecked(True)

    def _lay_out(self) -> None:
        self.menus = self.actions_.fill(self.menuBar())
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
        self.bar.device.activated.connect(self._on_device)
        self._reports.failed.connect(self._on_unforeseen)
        self._preferences.not_kept.connect(self._reports.report)

    def restore(self) -> None:
        """Take the size and the arrangement of the window before."""
        self._keeps_arrangement = True
        if not self.restoreGeometry(self._preferences.state("geometry")):
            self.resize(1440, 900)
        arrangement = self._preferences.state("arrangement")
        self.studio.restore(arrangement, self._preferences.columns)

        self.welcome.recovery.offer(self.session.recoverable())

    def _on_reopen(self) -> None:
        left = self.session.recoverable()
        self.welcome.recovery.hide()
        if left:
            self.sessions.reopen(left[0])

    def _on_forget(self) -> None:
        self.session.forget_recoverable()
        self.welcome.recovery.hide()

    def _take_preferences(self) -> None:
        self.session.threads = self._preferences.threads
        self.welcome.show_recent(self._preferences.recent)
        if self._preferences.notice:
            self.banner.show_failed(Failed("Settings", self._preferences.notice))

    # Facts

    def _request_refresh(self, *_facts: object) -> None:
        if not self._frame.isActive():
            self._frame.start()

    def refresh(self) -> None:
        """Show in the bars what the session is now."""
        self.transport.refresh()
        self.status.refresh()
        self.status.say_thinning(self.studio.thinning)
        enable(self.actions_, self.session)
        for dock in self.studio.docks:
            shown = self.actions_[f"show_{dock.panel.id}"]
            shown.setChecked(not dock.isHidden())
        self.actions_["cancel"].setEnabled(
            self.session.busy
            or bool(self.session.playing)
            or self.search.active
            or self.banner.isVisible()
        )

    def _on_opened(self) -> None:
        session = self.session
        if session.model is not None or session.recording is not None:
            self.pages.setCurrentWidget(self.studio)
        if self.bar.offer_devices(session.devices):
            wanted = self._preferences.device
            # A device of the command line comes before the remembered one.
            if session.device == "cpu" != wanted and wanted in session.devices:
                session.choose_device(wanted)
        self.bar.device.setCurrentText(session.device)
        model = session.model.name if session.model is not None else ""
        sequence = session.sequence.name if session.sequence is not None else ""
        parts = [part for part in (model, sequence, TITLE) if part]
        self.setWindowTitle(" – ".join(parts))
        self._request_refresh()

    def _on_ended(self, outcome: Outcome) -> None:
        taken = self.files.take(outcome)
        if isinstance(outcome, Finished):
            self.banner.hide()
        elif isinstance(outcome, Failed) and not taken:
            self._show_failed(outcome)
        self.welcome.show_recent(self._preferences.recent)
        self._request_refresh()

    def _show_failed(self, failed: Failed) -> None:
        if (way_out := self.files.way_out(failed)) is not None:
            self.banner.show_failed(failed, *way_out)
            return
        on_device = self.session.device != "cpu" and self.session.sequence is not None
        if on_device and failed.kind not in ("CannotOpen", "DoesNotFit"):
            self.banner.show_failed(failed, "Run on CPU", self.run_on_cpu)
        else:
            self.banner.show_failed(failed)
        self._request_refresh()

    def _on_unforeseen(self, failed: Failed) -> None:
        self.banner.show_failed(failed)
        self._request_refresh()

    # Wishes that are not those of another part

    def open_example(self, name: str) -> None:
        """Open a bundled example with its sequence, and run it."""
        self.session.open_example(name)

    def _on_recent(self, path: str) -> None:
        self.open_paths([path])

    def open_paths(self, paths: Sequence[str]) -> None:
        """Open what was dropped or chosen: a session, or models and sequences."""
        sessions = [path for path in paths if path.endswith(ENDING)]
        if sessions:
            self.sessions.open_session_file(sessions[0])
        else:
            self.files.open_any(paths)

    def run_on_cpu(self) -> None:
        """Do the same run again on the CPU."""
        self.session.choose_device("cpu")
        self.session.run()

    def _on_device(self) -> None:
        self.choose_device(self.bar.device.currentText())

    def choose_device(self, device: str) -> None:
        """Run on this device from the next run on, and remember it."""
        self._preferences.device = device
        self.session.choose_device(device)

    def cancel(self) -> None:
        """End what runs; with nothing running, stop the playback, close the message."""
        if self.search.active:
            self.search.stop()
        elif self.session.busy:
            self.session.cancel()
        elif self.session.playing:
            self.session.stop_playing()
        else:
            self.banner.hide()

    def tell(self, text: str) -> None:
        """Say something in the status line for a while; nothing ends what it says."""
        self.status.showMessage(text, TOLD_MS)
        self._request_refresh()

    def show_settings(self) -> None:
        """Show what the user may set."""
        session = self.session
        dialog = SettingsDialog(
            self._preferences, session.devices, session.device, self
        )
        dialog.theme_chosen.connect(self.choose_theme)
        dialog.threads_chosen.connect(self.choose_threads)
        dialog.device_chosen.connect(self.choose_device)
        open_dialog(dialog)

    def show_shortcuts(self) -> None:
        """Show every action with its key."""
        open_dialog(ShortcutsDialog(self.actions_, self))

    def find_action(self) -> None:
        """Show the command palette."""
        self.finder.ask()

    def choose_theme(self, choice: Choice) -> None:
        """Show this theme from now on, and remember it."""
        self._preferences.theme = choice
        self.theme.choose(choice)

    def toggle_theme(self) -> None:
        """Change between dark and light."""
        self.choose_theme("light" if self.theme.name == "dark" else "dark")

    def choose_threads(self, threads: int) -> None:
        """Run with this many threads from the next run on; 0 leaves it open."""
        self._preferences.threads = threads or None
        self.session.threads = threads or None

    def full_screen(self) -> None:
        """Use the whole screen, or the window again."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def reset_arrangement(self) -> None:
        """Put every panel back in its place."""
        self._preferences.forget_state("arrangement")
        self.studio.reset()

    def show_welcome(self) -> None:
        """Show the welcome page, or the panels again."""
        welcome = self.pages.currentWidget() is self.welcome
        self.pages.setCurrentWidget(self.studio if welcome else self.welcome)

    def toggle_panel(self, number: int) -> None:
        """Show a panel, bring it to the front, or hide it."""
        self.studio.toggle(number)
        self.pages.setCurrentWidget(self.studio)
        self._request_refresh()

    def quit(self) -> None:
        """Close the window."""
        self.close()

    # Events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        urls = event.mimeData().urls()
        paths = [url.toLocalFile() for url in urls if url.isLocalFile()]
        event.acceptProposedAction()
        self.open_paths(paths)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.bar.fit(self.width())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # The base class is told of palettes before this one is made.
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "actions_"):
            self.actions_.paint(self.palette())

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._keeps_arrangement:
            self._preferences.keep_state("geometry", self.saveGeometry())
            self._preferences.keep_state("arrangement", self.studio.arrangement())
            self._preferences.columns = self.studio.columns
        self.search.stop()
        self.sessions.stop()
        self.session.close()
        self.closed.emit()
        # Last: the facts of closing ask for one more refresh.
        self._frame.stop()
        super().closeEvent(event)
