"""What the user brings: dropped on the window, chosen, or an example."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from lstm_studio.session.session import Session
from lstm_studio.shell.files import Files
from lstm_studio.shell.sessions import ENDING, Sessions


class Opening(QObject):
    """Gives it to the session files where it is one, else to the files."""

    def __init__(
        self, session: Session, files: Files, sessions: Sessions, window: QWidget
    ) -> None:
        super().__init__(window)
        self._session = session
        self._files = files
        self._sessions = sessions
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def open_example(self, name: str) -> None:
        """Open a bundled example with its sequence, and run it."""
        self._session.open_example(name)

    def open_paths(self, paths: Sequence[str]) -> None:
        """Open a session, or models and sequences."""
        sessions = [path for path in paths if path.endswith(ENDING)]
        if sessions:
            self._sessions.open_session_file(sessions[0])
        else:
            self._files.open_any(paths)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The event of a drag that enters is one of a drop too.
        if not isinstance(event, QDropEvent):
            return False
        urls = event.mimeData().urls()
        paths = [url.toLocalFile() for url in urls if url.isLocalFile()]
        if event.type() == QEvent.Type.DragEnter and paths:
            event.acceptProposedAction()
            return True
        if event.type() == QEvent.Type.Drop:
            event.acceptProposedAction()
            self.open_paths(paths)
            return True
        return False
