"""Sessions for tests of panels, closed after each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from lstm_studio.session.session import Session
from tests.panels.recorded import make_recording, make_session


@pytest.fixture
def empty_session(qapp: QApplication, tmp_path: Path) -> Iterator[Session]:
    """Nothing is open."""
    session = make_session(tmp_path)
    yield session
    session.close()


@pytest.fixture
def recorded_session(qapp: QApplication, tmp_path: Path) -> Iterator[Session]:
    """Two layers of six units over 120 steps in three calls."""
    session = make_session(tmp_path, make_recording())
    yield session
    session.close()
