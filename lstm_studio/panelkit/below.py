"""What a model expects after each token, written below it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from lstm_studio.core.shapes import Float, Int64
from lstm_studio.panelkit.colours import Colours, mix
from lstm_studio.panelkit.text import mono, small

FAINTEST: Final = 0.3
"""Share of the text's colour that a token of no chance has."""


@dataclass(frozen=True, slots=True, eq=False)
class Below:
    """The most likely tokens after each step: ``words`` by the number of a token."""

    words: tuple[str, ...]
    tokens: Int64[np.ndarray, "step rank"]
    shares: Float[np.ndarray, "step rank"]

    @property
    def ranks(self) -> int:
        """How many are written below each other."""
        return int(self.tokens.shape[1])

    def widths(self, font: QFont) -> Float[np.ndarray, " step"]:
        """Return the room that the widest of each step takes."""
        metrics = QFontMetricsF(below_font(font))
        each = np.array([metrics.horizontalAdvance(word) for word in self.words])
        widest: np.ndarray = each[self.tokens].max(axis=1)
        return widest

    def paint(
        self, painter: QPainter, step: int, at: QPointF, font: QFont, colours: Colours
    ) -> None:
        """Paint those after a step, the most likely on top: the likelier, the clearer.

        ``at`` is the left end of the line above.
        """
        if step >= len(self.tokens):
            return
        height = below_height(font)
        ascent = QFontMetricsF(painter.font()).ascent()
        for rank in range(self.ranks):
            share = float(self.shares[step, rank])
            strength = FAINTEST + (1 - FAINTEST) * min(max(share, 0.0), 1.0)
            painter.setPen(mix(colours.background, colours.text, strength))
            place = at + QPointF(0, rank * height + ascent)
            painter.drawText(place, self.words[int(self.tokens[step, rank])])


def below_font(font: QFont) -> QFont:
    """Return the font of what stands below a token."""
    return mono(small(font))


def below_height(font: QFont) -> float:
    """Return the height of one of the lines below a token."""
    return float(round(QFontMetricsF(below_font(font)).height()))
