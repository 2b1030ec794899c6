"""What the user sets: in force at once, and remembered."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from lstm_studio.panelkit.maps import Maps
from lstm_studio.session.session import Session
from lstm_studio.shell.asking import open_dialog
from lstm_studio.shell.dialogs.settings import SettingsDialog
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.theme import Choice, Theme


class Settings(QObject):
    """Gives the session and the theme what was chosen, and the preferences too."""

    def __init__(
        self,
        session: Session,
        preferences: Preferences,
        theme: Theme,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._preferences = preferences
        self._theme = theme
        self._window = window
        session.threads = preferences.threads
        session.memory = preferences.memory_gb << 30

    def show_settings(self) -> None:
        """Show what the user may set."""
        session = self._session
        dialog = SettingsDialog(
            self._preferences, session.devices, session.device, self._window
        )
        dialog.theme_chosen.connect(self.choose_theme)
        dialog.threads_chosen.connect(self.choose_threads)
        dialog.device_chosen.connect(self.choose_device)
        dialog.points_chosen.connect(self.choose_points)
        dialog.maps_chosen.connect(self.choose_maps)
        dialog.memory_chosen.connect(self.choose_memory)
        open_dialog(dialog)

    def choose_theme(self, choice: Choice) -> None:
        """Show this theme from now on, and remember it."""
        self._preferences.theme = choice
        self._theme.choose(choice)

    def toggle_theme(self) -> None:
        """Change between dark and light."""
        self.choose_theme("light" if self._theme.name == "dark" else "dark")

    def choose_threads(self, threads: int) -> None:
        """Run with this many threads from the next run on; 0 leaves it open."""
        self._preferences.threads = threads or None
        self._session.threads = threads or None

    def choose_points(self, points: int) -> None:
        """Write in letters of this size from now on; 0 is that of the system."""
        self._preferences.points = points
        self._theme.size_letters(points)

    def choose_maps(self, maps: Maps) -> None:
        """Colour heat maps in this way from now on, and remember it."""
        self._preferences.maps = maps
        self._theme.choose_maps(maps)

    def choose_memory(self, gigabytes: int) -> None:
        """Ask before runs that hold more; 0 is half of what is free."""
        self._preferences.memory_gb = gigabytes
        self._session.memory = gigabytes << 30

    def choose_device(self, device: str) -> None:
        """Run on this device from the next run on, and remember it."""
        self._preferences.device = device
        self._session.choose_device(device)

    def take_device(self) -> None:
        """Take the remembered device, where there is one and no other was chosen."""
        session, wanted = self._session, self._preferences.device
        # A device of the command line comes before the remembered one.
        if session.device == "cpu" != wanted and wanted in session.devices:
            session.choose_device(wanted)
