"""Pictures at one font and style; ``--approve`` takes them as they are drawn now."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication

from lstm_studio.shell.schemes import SCHEMES
from lstm_studio.shell.sheet import style_sheet
from lstm_studio.shell.theme import palette_of, tabular


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--approve",
        action="store_true",
        help="write the pictures of tests/screens anew, to be looked at",
    )


@pytest.fixture
def letters(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the application the style and the fonts of the pictures."""
    assert qapp.devicePixelRatio() == 1, "run this with QT_SCALE_FACTOR=1"
    before = qapp.styleSheet(), qapp.palette(), qapp.font(), qapp.style().objectName()
    font, fixed = _font("DejaVu Sans"), _font("DejaVu Sans Mono")
    monkeypatch.setattr(QFontDatabase, "systemFont", lambda _kind: QFont(fixed))
    qapp.setStyle("Fusion")
    qapp.setFont(tabular(font))
    yield
    qapp.setStyle(before[3])
    qapp.setStyleSheet(before[0])
    qapp.setPalette(before[1])
    qapp.setFont(before[2])


@pytest.fixture
def look(qapp: QApplication, letters: None, theme: str) -> None:
    """Give the application the colours of a theme."""
    qapp.setPalette(palette_of(SCHEMES[theme]))
    qapp.setStyleSheet(style_sheet(SCHEMES[theme]))


def _font(family: str) -> QFont:
    font = QFont(family)
    font.setPointSizeF(9)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if QFontInfo(font).family() != family:
        pytest.fail(f"{family} is missing: scripts/setup dev brings fonts-dejavu-core")
    return font
