"""A second window beside this one, on another recording, with one cursor for both."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QFileDialog

from lstm_studio.core.errors import StudioError
from lstm_studio.core.recording import Recording
from lstm_studio.session.link import Link
from lstm_studio.session.other import Other
from lstm_studio.shell.actions import Actions
from lstm_studio.shell.asking import open_dialog
from lstm_studio.shell.dialogs.compare import CompareDialog
from lstm_studio.shell.files import is_recording
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.words import grouped

if TYPE_CHECKING:
    from lstm_studio.shell.window import MainWindow

NARROWEST: Final = 1024
"""Pixels that a window needs to be of use; on a wider screen two stand side by side."""
OFFSET: Final = 48


class Beside(QObject):
    """Opens the other window and links the two, until one of them is closed.

    Attributes
    ----------
    letter
        Which of the two this window is, empty while it is alone.
    """

    changed = Signal()

    def __init__(
        self,
        window: "MainWindow",
        preferences: Preferences,
        open_other: "Callable[[], MainWindow]",
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._preferences = preferences
        self._open_other = open_other
        self._report = report
        self.letter = ""
        self.link: Link | None = None
        self._other: MainWindow | None = None
        self._named: tuple[Recording, str] | None = None
        window.closed.connect(self.part)

    @property
    def linked(self) -> bool:
        """Whether the cursors go together now."""
        return self.link is not None and self.link.on

    @property
    def words(self) -> str:
        """What the switch says: which window this is, and what it is linked to."""
        if self.link is None:
            return ""
        other = "B" if self.letter == "A" else "A"
        sign = "linked with" if self.linked else "apart from"
        return f"{self.letter} {sign} {other}"

    # Which recording

    def compare(self) -> None:
        """Ask for a recording and show it in a window beside this one."""
        recordings = self._recordings()
        if not recordings:
            self._ask_folder()
            return
        dialog = CompareDialog(recordings, self._window)
        dialog.chosen.connect(self.compare_with)
        dialog.folder_asked.connect(self._ask_folder)
        open_dialog(dialog)

    def _recordings(self) -> dict[str, str]:
        """Return what can be said of each recording that is at hand, by its folder."""
        session, found = self._window.session, {}
        for path in session.earlier_runs:
            found[str(path)] = f"{_run_name(path)}  ·  {_about(path)}"
        for saved in self._preferences.recent:
            if is_recording(saved) and saved != session.saved:
                found[saved] = f"{Path(saved).name}  ·  {_about(Path(saved))}"
        return {path: said for path, said in found.items() if said}

    def _ask_folder(self) -> None:
        title = "Compare with the recording"
        dialog = QFileDialog(self._window, title, self._preferences.folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.compare_with)
        open_dialog(dialog)

    def compare_with(self, path: str) -> None:
        """Show this recording in the other window; one is opened if there is none."""
        other = self._other or self._open_other()
        session = other.session
        own = Path(path) in self._window.session.earlier_runs
        try:
            if own:
                session.open_run(Path(path))
            else:
                session.open_recording(path)
        except StudioError as error:
            if self._other is None:
                other.close()
            self._report(error)
            return
        if not own:
            self._preferences.remember_recent(path)
        else:
            other.beside.name(_run_name(Path(path)))
        if self.link is None:
            # To begin with; from then on each has its own.
            session.come_along(pins=self._window.session.view.pins)
            self._join(other)
        if self.link is not None:
            self.link.turn(self._window.session, on=True)
        other.raise_()
        other.activateWindow()

    # The two windows

    def enable(self, actions: Actions) -> None:
        """Let its two actions be as things are now."""
        recorded = self._window.session.recording is not None
        actions["compare"].setEnabled(recorded and self.letter != "B")
        actions["link_cursor"].setEnabled(self.link is not None)
        actions["link_cursor"].setChecked(self.linked)

    @property
    def shown(self) -> str:
        """What the title says of the recording while it is one of two."""
        recording = self._window.session.recording
        if not self.letter or recording is None:
            return ""
        if self._named is not None and self._named[0] is recording:
            return self._named[1]
        saved = self._window.session.saved
        return Path(saved).name if saved else _run_name(recording.path)

    def _join(self, other: "MainWindow") -> None:
        link = Link(self._window.session, other.session)
        self.join(link, "A", other)
        other.beside.join(link, "B", self._window)
        self._place(other)

    def join(self, link: Link, letter: str, other: "MainWindow") -> None:
        """Be one of two from now on."""
        self.link, self.letter, self._other = link, letter, other
        link.changed.connect(self.changed)
        link.ended.connect(self._on_link_ended)
        other.session.opened.connect(self._on_other_opened)
        self._on_other_opened()

    def _on_other_opened(self) -> None:
        if self._other is not None:
            found = self._other.session.recording
            second = self.letter == "A"
            other = None if found is None else Other(found, is_second=second)
            self._window.session.show_other(other)

    def name(self, shown: str) -> None:
        """Call the recording that is shown now by this name."""
        recording = self._window.session.recording
        self._named = None if recording is None else (recording, shown)

    def _place(self, other: "MainWindow") -> None:
        """Put the windows side by side where there is room, else a little aside."""
        window = self._window
        room = window.screen().availableGeometry()
        if room.width() < 2 * NARROWEST or window.isFullScreen():
            other.resize(window.size())
            other.move(window.pos() + QPoint(OFFSET, OFFSET))
            return
        window.showNormal()
        frame = window.frameGeometry().height() - window.height()
        width = room.width() // 2
        for number, each in enumerate((window, other)):
            each.resize(width, room.height() - frame)
            each.move(room.x() + number * width, room.y())

    def link_cursor(self) -> None:
        """Let one cursor do for both windows, or part them."""
        if self.link is not None:
            self.link.turn(self._window.session, on=not self.link.on)

    def part(self) -> None:
        """Leave the other window alone: one of the two is closed."""
        if self.link is not None:
            self.link.end()

    def _on_link_ended(self) -> None:
        if self._other is not None:
            self._other.session.opened.disconnect(self._on_other_opened)
        self.link, self.letter, self._other = None, "", None
        self._window.session.show_other(None)
        self.changed.emit()


def _run_name(path: Path | None) -> str:
    """Return what to call a run that was not saved: ``run 2``."""
    number = "" if path is None else path.name.rpartition("-")[2]
    return f"run {int(number)}" if number.isdecimal() else ""


def _about(path: Path) -> str:
    """Return what a recording holds and when it was made; empty if it is none."""
    try:
        recording = Recording.open(path)
    except StudioError:
        return ""
    origin = recording.origin
    steps = max((recording.length(name) for name in recording.layers), default=0)
    parts = [
        origin.model,
        origin.sequence,
        f"{grouped(steps)} steps",
        _local(origin.created),
    ]
    return "  ·  ".join(part for part in parts if part)


def _local(created: str) -> str:
    try:
        return f"{datetime.fromisoformat(created).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return ""
