"""Where a word stands beside its point: in sight, and on nothing that matters."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF


def around(at: QPointF, far: float) -> QRectF:
    """Return the square around a point that goes ``far`` to each side."""
    return QRectF(at.x() - far, at.y() - far, 2 * far, 2 * far)


def place_beside(
    at: QPointF, size: QSizeF, apart: float, room: QRectF, taken: Sequence[QRectF]
) -> QRectF:
    """Return the first place for a word that lies in ``room`` and on nothing taken.

    Above comes before below, and right before left. Where all is taken the first
    place in the room is given, where none is in the room the very first.
    """
    width, height = size.width(), size.height()
    above, below = at.y() - apart - height, at.y() + apart
    places = [
        QRectF(QPointF(x, y), size)
        for y in (above, below, at.y() - height / 2, above - height, below + height)
        for x in (at.x() + apart, at.x() - apart - width, at.x() - width / 2)
    ]
    inside = [place for place in places if room.contains(place)] or places
    free = (place for place in inside if not any(map(place.intersects, taken)))
    return next(free, inside[0])
