"""What every test gets: a home of its own, and nothing left behind."""

import gc
import logging
import multiprocessing
import os
import sys
import threading
import weakref
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

# Before torch and Qt are imported anywhere: they read these once.
os.environ.setdefault("OMP_NUM_THREADS", "1")
if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT.parent / "shared" / "models"
PATIENCE_MS: Final = 60_000
WINDOW = (ROOT / "tests" / "shell", ROOT / "tests" / "panels")

# A machine with much to do is slow, not wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

Timers = list[tuple[weakref.ref[Any], str]]
"""Timers of Qt, and the line that started each."""

_PASSED = pytest.StashKey[bool]()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests that drive widgets: scripts/test runs them on X once more."""
    if "qapp" in getattr(item, "fixturenames", ()) and any(
        folder in item.path.parents for folder in WINDOW
    ):
        item.add_marker(pytest.mark.window)


def pytest_collection_finish() -> None:
    """Keep the imports out of every later collection of garbage."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test itself passed."""
    report = yield
    if report.when == "call":
        item.stash[_PASSED] = report.passed
    return report


@pytest.fixture
def qtbot(qtbot: "QtBot") -> "QtBot":
    """Wait for a minute before a test fails for want of something."""
    for name in ("Until", "Signal", "Signals", "Exposed", "Active"):
        wait = getattr(qtbot, f"wait{name}")
        setattr(qtbot, f"wait{name}", partial(wait, timeout=PATIENCE_MS))
    return qtbot


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, caches and data of a test lie in its own folder."""
    home = tmp_path / "home"
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    if "PySide6.QtCore" in sys.modules:
        from PySide6.QtCore import QSettings

        # Qt reads the environment only once per process.
        for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
            for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
                QSettings.setPath(form, scope, str(home / "config"))


class _SaidOfQt(logging.Handler):
    """Keeps what a window notes of Qt, which pytest-qt does not hear meanwhile."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        # What the platform without a screen cannot do.
        if text.startswith("Qt: ") and "This plugin does not support" not in text:
            self.lines.append(text)


@pytest.fixture(autouse=True)
def _qt_warns_of_nothing(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a passing test in which Qt warned while a window was open."""
    noted, log = _SaidOfQt(), logging.getLogger("lstm_studio")
    log.addHandler(noted)
    yield
    log.removeHandler(noted)
    expected = request.node.get_closest_marker("qt_log_level_fail")
    if request.node.stash.get(_PASSED, False) and expected is None:
        assert not noted.lines


@pytest.fixture(autouse=True)
def _nothing_left_behind(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Fail a passing test that leaves a thread, process, timer or widget behind."""
    threads = set(threading.enumerate())
    processes = set(multiprocessing.active_children())
    widgets = set(_top_level_widgets())
    timers = _watch_timers(monkeypatch)
    yield
    # A failing test keeps its frame, and so its widgets, for the report.
    if not request.node.stash.get(_PASSED, False):
        return
    late = [t for t in set(threading.enumerate()) - threads if t.is_alive()]
    for thread in late:
        thread.join(2)
    late = [thread for thread in late if thread.is_alive()]
    assert not late, f"threads still running: {[thread.name for thread in late]}"
    children = set(multiprocessing.active_children()) - processes
    assert not children, f"processes left: {children}"
    if "PySide6.QtWidgets" not in sys.modules:
        return
    _delete_what_is_due()
    if _active(timers) or set(_top_level_widgets()) - widgets:
        gc.collect()
        _delete_what_is_due()
    assert not (active := _active(timers)), f"timers still active: {active}"
    left = [
        text for pointer, text in _top_level_widgets().items() if pointer not in widgets
    ]
    assert not left, f"top-level widgets left behind: {left}"


def _top_level_widgets() -> dict[int, str]:
    """Address and name of each, since Python wrappers come and go."""
    if "PySide6.QtWidgets" not in sys.modules:
        return {}
    import shiboken6
    from PySide6.QtWidgets import QApplication

    return {
        shiboken6.getCppPointer(widget)[0]: f"{type(widget).__name__} "
        f"{widget.objectName() or widget.windowTitle()!r}"
        for widget in QApplication.topLevelWidgets()
        if shiboken6.isValid(widget)
    }


def _delete_what_is_due() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _watch_timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    """Return the timers that Python code starts from now on, with where it did."""
    started: Timers = []
    if "PySide6.QtCore" not in sys.modules:
        return started
    from PySide6.QtCore import QTimer

    start = QTimer.start

    def start_and_note(timer: QTimer, *arguments: object) -> None:
        caller = sys._getframe(1)
        where = f"{Path(caller.f_code.co_filename).name}:{caller.f_lineno}"
        started.append((weakref.ref(timer), where))
        # Connected to a signal, a Python function gets what the slot would not.
        start(timer, *(each for each in arguments if isinstance(each, int)))

    monkeypatch.setattr(QTimer, "start", start_and_note)
    return started


def _active(timers: Timers) -> list[str]:
    import shiboken6

    return [
        where
        for timer, where in timers
        if (alive := timer()) is not None
        and shiboken6.isValid(alive)
        and alive.isActive()
    ]


@pytest.fixture
def shared_models() -> Path:
    """Real models that others trained; they lie beside a checkout, not in it."""
    if not MODELS.is_dir():
        pytest.skip(f"no real models at {MODELS}")
    return MODELS
