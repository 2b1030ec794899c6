"""The panels of the window, each in a dock, in an arrangement that is remembered."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QByteArray, QEvent, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QTabWidget, QWidget

from lstm_studio.panelkit.panel import Panel
from lstm_studio.session.session import Session
from lstm_studio.shell.dock import TITLE_HEIGHT, Dock
from lstm_studio.shell.preferences import LEFT, RIGHT

HERO: Final = "heatmaps"
"""The panel that one came for."""
HERO_SHARE: Final = 0.4
SMALL_SHARE: Final = 0.14
"""Shares of the middle column: of that panel, and most of one that asks for little."""
SMALL_HINT: Final = 100
"""A panel that would like less than so many pixels gets just that."""
SHARES: Final[Mapping[str, int]] = {"layers": 45}
USUAL_SHARE: Final = 20
"""Of the heights within the columns at the sides."""
LEFT_MOST: Final = 0.2
RIGHT_MOST: Final = 0.28
"""Shares of the window that the columns at the sides have at most."""


class Studio(QMainWindow):
    """Docks in three columns; the middle one holds the panels that share the steps.

    There is no central widget: all docks are in one area, so that each may be
    dropped at any side of any other.
    """

    def __init__(
        self,
        session: Session,
        panels: Iterable[type[Panel]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("studio")
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setDockNestingEnabled(True)
        self.setTabPosition(
            Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North
        )
        self.docks = tuple(Dock(panel(session, self), self) for panel in panels)
        for dock in self.docks:
            dock.visibilityChanged.connect(self._show_titles)
            dock.topLevelChanged.connect(self._show_titles)
        self._left, self._right = LEFT, RIGHT
        self._placed = self._restoring = False
        self._waiting: tuple[QByteArray, tuple[int, int]] | None = None
        self._kept_heights = False
        self.reset()

    def _column(self, *areas: str) -> list[Dock]:
        return [dock for dock in self.docks if dock.panel.area in areas]

    def reset(self) -> None:
        """Put every panel where it belongs: three columns, the rest as tabs below."""
        self._waiting = None
        left, centre, right, aside, below = map(
            self._column, ("left", "center", "right", "aside", "bottom")
        )
        for dock in self.docks:
            dock.setFloating(False)
            self.removeDockWidget(dock)
        middle, right = centre or below[:1], right or aside[:1]
        # A column begins beside the one before it, then is divided downwards.
        heads = [column[0] for column in (left, middle, right) if column]
        if heads:
            self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, heads[0])
        for before, after in pairwise(heads):
            self.splitDockWidget(before, after, Qt.Orientation.Horizontal)
        for column in (left, middle, right):
            for above, dock in pairwise(column):
                self.splitDockWidget(above, dock, Qt.Orientation.Vertical)
        # What need not be seen at once waits in tabs behind the last of the middle.
        tabs = [*middle[-1:], *(dock for dock in below if dock not in middle)]
        beside = [*right[:1], *(dock for dock in aside if dock not in right)]
        self._stack(tabs)
        self._stack(beside)
        for dock in self.docks:
            dock.show()
        for stack in (tabs, beside):
            if len(stack) > 1:
                self._raise(stack[0])
        self._resize_columns()

    def _stack(self, docks: list[Dock]) -> None:
        for first, dock in pairwise(docks):
            self.tabifyDockWidget(first, dock)

    def _resize_columns(self) -> None:
        self._left, self._right = LEFT, RIGHT
        self._kept_heights = False
        self._hold_columns()
        self._share_heights()

    def _share_heights(self) -> None:
        """Give each panel its height, until the user has chosen one."""
        if self._kept_heights:
            return
        for side in ("left", "right"):
            column = self._column(side)
            shares = [SHARES.get(dock.panel.id, USUAL_SHARE) for dock in column]
            heights = [self.height() * share // sum(shares) for share in shares]
            self.resizeDocks(column, heights, Qt.Orientation.Vertical)
        centre = [dock for dock in self._column("center") if not dock.isHidden()]
        heights = _centre_heights(centre, self.height())
        self.resizeDocks(centre, heights, Qt.Orientation.Vertical)

    def _heads(self) -> tuple[Dock | None, Dock | None, Dock | None]:
        """Return a dock of each column that stands in its own place, or None."""
        found = []
        for areas in (("left",), ("center",), ("right", "aside")):
            placed = [
                dock
                for dock in self._column(*areas)
                if dock.isVisibleTo(self) and not dock.isFloating()
            ]
            found.append(placed[0] if placed else None)
        return found[0], found[1], found[2]

    def _hold_columns(self) -> None:
        """Let the middle column take what the window gains or loses."""
        left, centre, right = self._heads()
        if centre is None:
            return
        docks, widths = [centre], [self.width()]
        for dock, wanted, most in (
            (left, self._left, LEFT_MOST),
            (right, self._right, RIGHT_MOST),
        ):
            if dock is not None:
                width = min(wanted, round(most * self.width()))
                docks.append(dock)
                widths.append(width)
                widths[0] -= width
        if widths[0] > 0:
            self.resizeDocks(docks, widths, Qt.Orientation.Horizontal)

    def _measure_columns(self) -> None:
        left, _, right = self._heads()
        self._left = left.width() if left is not None else self._left
        self._right = right.width() if right is not None else self._right

    def _show_titles(self) -> None:
        for dock in self.docks:
            tabbed = bool(self.tabifiedDockWidgets(dock)) and not dock.isFloating()
            dock.show_title(not tabbed)
        own = Qt.FindChildOption.FindDirectChildrenOnly
        for bar in self.findChildren(QTabBar, options=own):
            self._name_tabs(bar)

    def _name_tabs(self, bar: QTabBar) -> None:
        """Let tabs scroll where they are wider than their column.

        Cut to fit, a short title would be left with its first letter.
        """
        bar.setElideMode(Qt.TextElideMode.ElideNone)
        bar.setUsesScrollButtons(True)
        abouts = {dock.panel.title: dock.panel.help for dock in self.docks}
        for index in range(bar.count()):
            title = bar.tabText(index)
            about = f"{title}: {abouts.get(title, '')}"
            bar.setTabToolTip(index, about)
            bar.setAccessibleTabName(index, title)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        waiting, self._waiting = self._waiting, None
        if not (waiting and self.restore(*waiting)) and not self._placed:
            # Only now the columns know how wide the window is.
            self._placed = True
            self._resize_columns()
        self._hold_columns()
        self._share_heights()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # While docks are put back some are in no place yet.
        if not self._restoring:
            self._hold_columns()
            self._share_heights()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        # The separators have no signal: their drag ends in this window's own event.
        if event.type() == QEvent.Type.MouseButtonRelease:
            self._measure_columns()
            self._kept_heights = True
        return handled

    @property
    def thinning(self) -> str:
        """How the states are thinned, else the strongest of the panels in sight."""
        panels = [d.panel for d in self.docks if d.panel.isVisible() and d.in_front]
        hero = next((panel.thinning for panel in panels if panel.id == HERO), "")
        return hero or max((panel.thinning for panel in panels), key=_ratio, default="")

    def toggle(self, number: int) -> None:
        """Hide a panel that is in front; bring it to the front where it is not."""
        dock = self.docks[number]
        dock.setVisible(dock.isHidden() or not dock.in_front)
        if not dock.isHidden():
            self._raise(dock)

    def bring(self, name: str) -> None:
        """Show a panel, bring it to the front, and let it take the keyboard."""
        for dock in self.docks:
            if dock.panel.id == name:
                dock.show()
                self._raise(dock)
                dock.panel.setFocus()

    def _raise(self, dock: QDockWidget) -> None:
        # Qt does nothing where a dock is the topmost widget already, though its tab
        # may be behind: then one of the others goes up first.
        for other in self.tabifiedDockWidgets(dock)[:1]:
            other.raise_()
        dock.raise_()

    def arrangement(self) -> QByteArray:
        """Return where every dock is."""
        return self._waiting[0] if self._waiting else self.saveState(self._version)

    @property
    def _version(self) -> int:
        """Number of the arrangements of these panels; others are not restored.

        Qt would put a panel that an arrangement does not know anywhere.
        """
        ids = " ".join(sorted(dock.panel.id for dock in self.docks))
        return zlib.crc32(ids.encode()) & 0x7FFFFFFF

    @property
    def columns(self) -> tuple[int, int]:
        """Widths of the columns at the sides."""
        return self._waiting[1] if self._waiting else (self._left, self._right)

    def restore(self, arrangement: QByteArray, columns: tuple[int, int]) -> bool:
        """Put every dock where it was; False where that cannot be read."""
        if arrangement.isEmpty():
            return False
        if not self.isVisible():
            # Without a size Qt would squeeze the docks and leave tabs behind.
            self._waiting = arrangement, columns
            return True
        self._restoring = True
        restored = self.restoreState(arrangement, self._version)
        self._restoring = False
        if not restored:
            return False
        self._placed = self._kept_heights = True
        self._left, self._right = columns
        self._hold_columns()
        self._show_titles()
        return True


def _centre_heights(column: Sequence[Dock], height: int) -> list[int]:
    """Return heights: the states are large, a strip stays small, the rest is even."""
    heights = dict.fromkeys(column, 0)
    for dock in column:
        if dock.panel.id == HERO:
            heights[dock] = round(HERO_SHARE * height)
        elif dock.panel.height_hint < SMALL_HINT:
            wanted = dock.panel.height_hint + TITLE_HEIGHT
            heights[dock] = min(wanted, round(SMALL_SHARE * height))
    others = [dock for dock, given in heights.items() if not given]
    left = height - sum(heights.values())
    return [given or max(left // len(others), 1) for given in heights.values()]


def _ratio(thinning: str) -> int:
    steps = thinning.partition(":")[0]
    return int(steps) if steps.isdecimal() else 0
