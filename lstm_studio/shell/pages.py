"""The two pages of a window: where one begins, and the panels."""

from PySide6.QtWidgets import QStackedWidget, QWidget

from lstm_studio.session.session import Session
from lstm_studio.shell.sessions import Sessions
from lstm_studio.shell.studio import Studio
from lstm_studio.shell.welcome import Welcome


class Pages(QStackedWidget):
    """Shows the panels as soon as there is something to see in them."""

    def __init__(
        self, session: Session, sessions: Sessions, studio: Studio, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._sessions = sessions
        self._studio = studio
        self.addWidget(studio)

    def begin_with(self, welcome: Welcome) -> None:
        """Take the page to begin with, and show it."""
        self.insertWidget(0, welcome)
        self.setCurrentWidget(welcome)
        welcome.recovery.reopen_asked.connect(self._on_reopen)
        welcome.recovery.forget_asked.connect(self._on_forget)

    def follow(self) -> None:
        """Show the panels where something is open."""
        session = self._session
        if session.model or session.coming or session.recording is not None:
            self.setCurrentWidget(self._studio)

    def show_welcome(self) -> None:
        """Show the welcome page, or the panels again."""
        self.setCurrentIndex(1 - self.currentIndex())

    def go_live(self) -> None:
        """Show the panel of live steps, ready to be typed into."""
        self.setCurrentWidget(self._studio)
        self._studio.bring("live")

    def toggle_panel(self, number: int) -> None:
        """Show a panel, bring it to the front, or hide it."""
        self.setCurrentWidget(self._studio)
        self._studio.toggle(number)

    def _on_reopen(self) -> None:
        if left := self._session.recoverable():
            self._sessions.reopen(left[0])

    def _on_forget(self) -> None:
        self._session.forget_recoverable()
