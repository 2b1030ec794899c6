"""The welcome page: examples with pictures, by mouse, keyboard and screen reader."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAccessible, QImage, QPixmap
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.examples import Example, examples
from lstm_studio.shell.cardpicture import HEIGHT, WIDTH, CardPicture
from lstm_studio.shell.welcome import Card
from lstm_studio.shell.window import MainWindow
from tests.shell.keyboard import activate

LARGEST = 40_000
"""Bytes of a picture: eight of them are in every installation."""


def colours(image: QImage) -> np.ndarray:
    """Return the mean colours of eight by eight fields of a picture."""
    small = image.convertToFormat(QImage.Format.Format_RGB32).scaled(
        QSize(8, 8),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    rows = np.frombuffer(small.constBits(), np.uint8).reshape(8, 8, 4)
    return rows[:, :, :3].astype(int)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_has_a_picture_that_is_small_and_sharp(
    example: Example, theme: str
) -> None:
    path = example.picture(theme)
    assert QImage(str(path)).size() == QSize(WIDTH, HEIGHT) * 2
    assert path.stat().st_size <= LARGEST


def test_cards_show_their_pictures_in_the_colours_of_the_theme(
    window: MainWindow,
) -> None:
    for theme in ("dark", "light"):
        window.theme.choose(theme)
        for card, example in zip(window.welcome.cards, examples(), strict=True):
            picture = card.findChild(CardPicture)
            assert picture is not None
            want = QImage(str(example.picture(theme)))
            # But for the edge, which has a line and round corners.
            off = np.abs(colours(picture.grab().toImage()) - colours(want))
            assert off[1:-1, 1:-1].max() < 12


def test_a_picture_is_read_when_it_is_painted(window: MainWindow) -> None:
    picture = CardPicture(examples()[0], window)
    assert picture._image.isNull()
    canvas = QPixmap(picture.size())
    picture.render(canvas)
    assert not picture._image.isNull()


@pytest.mark.parametrize("size", [(1600, 1000), (1024, 700)])
@pytest.mark.parametrize("points", [0, 14])
def test_cards_are_aligned_and_nothing_of_them_is_cut(
    window: MainWindow, qtbot: QtBot, size: tuple[int, int], points: int
) -> None:
    window.settings.choose_points(points)
    window.resize(*size)
    cards = window.welcome.cards
    # A change of letters takes some turns of the loop to reach the last row.
    qtbot.waitUntil(lambda: all(map(is_whole, cards)) and in_rows(cards))
    assert len({card.width() for card in cards}) == 1
    assert cards[0].x() == cards[2].x()
    qtbot.waitUntil(lambda: window.welcome.horizontalScrollBar().maximum() == 0)


def in_rows(cards: tuple[Card, ...]) -> bool:
    """Whether two cards beside each other begin and end at the same heights."""
    one, two, three, four = [(card.y(), card.height()) for card in cards]
    return one == two and three == four


def is_whole(card: Card) -> bool:
    """Whether all of a card is in it, and no line of its words is cut."""
    parts = (card.findChild(CardPicture), *card.labels)
    return all(card.rect().contains(part.geometry()) for part in parts) and all(
        label.height() >= label.heightForWidth(label.width()) for label in card.labels
    )


def test_cards_are_reached_by_keyboard_and_named(
    window: MainWindow, qtbot: QtBot
) -> None:
    activate(qtbot, window)
    first, second = window.welcome.cards[:2]
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    qtbot.waitUntil(second.hasFocus)
    spoken = QAccessible.queryAccessibleInterface(second)
    assert spoken.role() == QAccessible.Role.Button
    assert "three-bit memory" in spoken.text(QAccessible.Text.Name)
    assert "bit 0" in spoken.text(QAccessible.Text.Description)
    # The picture is an ornament: what it shows is described in words.
    assert second.findChild(CardPicture).focusPolicy() == Qt.FocusPolicy.NoFocus
    with qtbot.waitSignal(window.welcome.example_chosen) as chosen:
        qtbot.keyClick(second, Qt.Key.Key_Space)
    assert chosen.args == [second.name]
    qtbot.waitUntil(lambda: not window.session.busy)


class Layouts(QObject):
    """Counts how often something is asked to lay itself out."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def test_a_window_that_is_left_alone_lays_nothing_out(
    window: MainWindow, qapp: QApplication
) -> None:
    for _ in range(50):
        qapp.processEvents()
    seen = Layouts()
    qapp.installEventFilter(seen)
    for _ in range(50):
        qapp.processEvents()
    qapp.removeEventFilter(seen)
    assert not seen.count
