"""What the user may set once and for all."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.panelkit.spinbox import SpinBox
from lstm_studio.shell.dialogs.mapchoice import MapChoice
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.theme import CHOICES, GRID

THEMES = {"system": "As the system", "light": "Light", "dark": "Dark"}
MOST_THREADS = 256
MOST_MEMORY_GB = 4096
SMALLEST = 7
POINTS = (0, 24)
NO_FILE = "No file is trusted yet: each one that would run code asks first."


class SettingsDialog(QDialog):
    """What is chosen acts at once; trusted files can be taken back."""

    theme_chosen = Signal(str)
    threads_chosen = Signal(int)
    """Number of threads; 0 leaves it to the studio."""
    device_chosen = Signal(str)
    maps_chosen = Signal(object)
    """The `Maps` of heat maps."""
    points_chosen = Signal(int)
    """Size of the letters; 0 is that of the system."""
    memory_chosen = Signal(int)
    """Gigabytes that a run may hold unasked; 0 is half of what is free."""

    def __init__(
        self,
        preferences: Preferences,
        devices: tuple[str, ...],
        device: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setObjectName("settings")
        self.setWindowTitle("Settings")
        self.setMinimumWidth(480)
        self.theme = QComboBox(self)
        self.theme.setAccessibleName("Theme")
        for choice in CHOICES:
            self.theme.addItem(THEMES[choice], choice)
        self.theme.setCurrentIndex(CHOICES.index(preferences.theme))
        self.maps = MapChoice(preferences.maps, self)
        self.points = _number("Size of letters", POINTS, preferences.points)
        self.points.setSpecialValueText("As the system")
        self.points.setSuffix(" pt")
        self.threads = _number(
            "Threads of a run", (0, MOST_THREADS), preferences.threads or 0
        )
        self.threads.setSpecialValueText("All cores but one")
        self.memory = _number(
            "Memory of a run", (0, MOST_MEMORY_GB), preferences.memory_gb
        )
        self.memory.setSpecialValueText("Half of what is free")
        self.memory.setSuffix(" GB")
        self.memory.setToolTip("A run that would hold more asks before it begins")
        self.device = QComboBox(self)
        self.device.setAccessibleName("Device")
        self.device.addItems(devices)
        self.device.setCurrentText(device)
        self.files = QListWidget(self)
        self.files.setAccessibleName("Files that may run code")
        self.files.setMaximumHeight(120)
        self.none = QLabel(NO_FILE, self)
        self.none.setWordWrap(True)
        self.none.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.revoke = QPushButton("Ask again", self)
        self.revoke.setToolTip("Ask again before the chosen file runs code")
        # Else it is the button that Return presses.
        self.revoke.setAutoDefault(False)
        self._lay_out()
        self._fill()
        self.theme.currentIndexChanged.connect(self._on_theme)
        self.maps.chosen.connect(self.maps_chosen)
        self.threads.valueChanged.connect(self.threads_chosen)
        self.memory.valueChanged.connect(self.memory_chosen)
        # While a number is typed, its first digit alone is no size to read by.
        self.points.editingFinished.connect(self._on_points)
        self.device.currentTextChanged.connect(self.device_chosen)
        self.files.currentRowChanged.connect(self._on_row)
        self.revoke.clicked.connect(self._on_revoke)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(4 * GRID)
        form.setVerticalSpacing(2 * GRID)
        form.addRow("&Theme", self.theme)
        form.addRow("Map &around 0", self.maps.around_zero)
        form.addRow("Map of &gates", self.maps.of_gates)
        form.addRow("&Size of letters", self.points)
        form.addRow("Threads of a r&un", self.threads)
        form.addRow("&Memory of a run", self.memory)
        form.addRow("&Device", self.device)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.revoke)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        title = QLabel("Files that may &run code", self)
        title.setBuddy(self.files)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(2 * GRID)
        column.addLayout(form)
        column.addSpacing(2 * GRID)
        column.addWidget(title)
        column.addWidget(self.files)
        column.addWidget(self.none)
        column.addLayout(row)
        column.addWidget(buttons)

    def _fill(self) -> None:
        self.files.clear()
        for sha256, name in self._preferences.trusted.items():
            item = QListWidgetItem(f"{name}   {sha256[:16]}…")
            item.setData(Qt.ItemDataRole.UserRole, sha256)
            self.files.addItem(item)
        self.revoke.setEnabled(False)
        trusted = bool(self.files.count())
        self.files.setVisible(trusted)
        self.revoke.setVisible(trusted)
        self.none.setVisible(not trusted)

    def _on_theme(self) -> None:
        self.theme_chosen.emit(self.theme.currentData())

    def _on_points(self) -> None:
        points = self.points.value()
        # Between the system's and the smallest size there is nothing to read.
        self.points_chosen.emit(max(points, SMALLEST) if points else 0)

    def _on_row(self, row: int) -> None:
        self.revoke.setEnabled(row >= 0)

    def _on_revoke(self) -> None:
        item = self.files.currentItem()
        if item is not None:
            self._preferences.distrust(item.data(Qt.ItemDataRole.UserRole))
            self._fill()


def _number(name: str, ends: tuple[int, int], value: int) -> QSpinBox:
    box = SpinBox()
    box.setAccessibleName(name)
    box.setRange(*ends)
    box.setValue(value)
    return box
