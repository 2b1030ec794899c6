"""Every panel in both themes looks as it did when its picture was approved.

At one size, with one font and style, off screen. A picture that is wanted otherwise is
drawn by ``pytest tests/screens --approve`` and looked at before it is committed.
"""

import os
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.recording import Recording
from lstm_studio.core.summary import InputNeeds
from lstm_studio.core.view import Pin
from lstm_studio.panelkit.panel import Panel
from lstm_studio.panels import PANELS
from lstm_studio.session.other import Other
from lstm_studio.session.session import Session
from tests.panels.recorded import make_recorder, make_recording, make_session
from tests.screens.approving import approve, share_off

APPROVED = Path(__file__).parent / "approved"
SIZES = {
    "left": (260, 420),
    "center": (720, 260),
    "right": (340, 640),
    "aside": (340, 520),
    "bottom": (720, 200),
}
SONG = "row, row your boat\ngently down the stream. "

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM") != "offscreen",
        reason="pictures were approved on Linux off screen: letters differ elsewhere",
    ),
    pytest.mark.parametrize("theme", ["dark", "light"]),
]


def tokens() -> Recording:
    """Return a recording over a song, with a guess of each next letter."""
    letters = tuple(islice(cycle(SONG), 120))
    words = sorted(set(SONG))
    numbers = np.array([words.index(letter) for letter in letters])
    recorder = make_recorder(gain=4, units=8)
    recorder.set_sequence(numbers[:, np.newaxis], letters, "song")
    logits = 4 * np.eye(len(words), dtype=np.float32)[np.roll(numbers, -1)]
    recorder.set_output(logits[np.newaxis])
    recorder.finish("complete")
    return recorder.recording


@pytest.fixture
def session(qapp: QApplication, tmp_path: Path, kind: type[Panel]) -> Iterator[Session]:
    if kind.id == "text":
        words = tuple(sorted(set(SONG)))
        needs = InputNeeds("tokens", len(words), words)
        session = make_session(tmp_path, tokens(), needs)
    else:
        session = make_session(tmp_path, make_recording(gain=4, units=8))
    if kind.id == "difference":
        session.show_other(Other(make_recording(gain=4.2, units=8), is_second=True))
    session.look(
        layer="rnn.l1",
        unit=3,
        step=47,
        pins=(Pin("rnn.l1", "h", 3), Pin("rnn.l0", "c", 1)),
    )
    yield session
    session.close()


@pytest.mark.parametrize("kind", PANELS, ids=lambda kind: kind.id)
def test_panel_looks_as_approved(
    request: pytest.FixtureRequest,
    look: None,
    session: Session,
    kind: type[Panel],
    theme: str,
    qtbot: QtBot,
) -> None:
    panel = kind(session)
    qtbot.addWidget(panel)
    panel.resize(*SIZES[panel.area])
    panel.show()
    for _ in range(3):
        # A layout settles in the next turn of the loop, a panel draws after that.
        QApplication.processEvents()
        panel.refresh()
    approve(request, panel.grab().toImage(), APPROVED / f"{kind.id}-{theme}.png")


def test_a_pixel_that_is_only_darker_counts(theme: str) -> None:
    image = QImage(10, 10, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    darker = image.copy()
    darker.setPixel(3, 3, 0xFFFFFF - 0x210000)
    assert share_off(image, darker) == share_off(darker, image) == 0.01
    darker.setPixel(3, 3, 0xFFFFFF - 0x200000)
    assert share_off(image, darker) == 0
