import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF

from lstm_studio.panelkit.placing import around, place_beside

ROOM = QRectF(0, 0, 300, 200)
SIZE = QSizeF(60, 14)


@pytest.mark.parametrize(
    "at", [(150, 100), (296, 100), (2, 2), (150, 198), (298, 199), (240, 4)]
)
def test_a_word_is_in_sight_and_not_on_its_point(at: tuple[float, float]) -> None:
    point = QPointF(*at)
    box = place_beside(point, SIZE, 7, ROOM, [around(point, 4)])
    assert ROOM.contains(box)
    assert not box.intersects(around(point, 6))


def test_words_of_points_that_are_close_stand_apart() -> None:
    points = [QPointF(150, 100), QPointF(158, 96), QPointF(152, 104)]
    taken = [around(point, 4) for point in points]
    for point in points:
        taken.append(place_beside(point, SIZE, 7, ROOM, taken))
    for k, box in enumerate(taken[3:], start=3):
        assert not any(box.intersects(other) for other in taken[:k])
