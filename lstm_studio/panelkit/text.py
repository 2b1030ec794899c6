"""Numbers, names and tokens as the panels write them."""

import math
import unicodedata
from collections.abc import Callable
from typing import Final

from PySide6.QtGui import QFont, QFontDatabase

THIN_SPACE: Final = "\u202f"
MINUS: Final = "\u2212"
NAN: Final = "NaN"
PLAIN: Final = 1e6
"""A value beyond this is written with an exponent."""
SINGLE: Final = 9
"""Digits with which any two values of float32 read differently."""
LONGEST: Final = f"{MINUS}0.0000"
"""A value of the usual length: what room is kept for."""
SHOWN: Final = {" ": "␣", "\n": "⏎", "\r": "␍", "\t": "⇥"}


def value_text(value: float, digits: int = 4) -> str:
    """Return a value with a true minus sign, and a space where there is no sign."""
    if not math.isfinite(value):
        return NAN if math.isnan(value) else ("Inf" if value > 0 else MINUS + "Inf")
    size = abs(value)
    if 1e-3 <= size < 100 or size == 0:
        text = f"{size:.{digits}f}"
    elif 100 <= size < PLAIN:
        # Five digits or more: as wide as the others.
        text = f"{size:.{max(4 - int(math.log10(size)), 0)}f}"
    else:
        text = f"{size:.3g}"
    return (MINUS if value < 0 else "\u2007") + text


def range_text(low: float, high: float) -> str:
    """Return a value, or from where to where it goes."""
    if low == high or math.isnan(low):
        return value_text(low)
    texts = value_text(low), value_text(high)
    for digits in range(6, SINGLE + 1):
        if texts[0] != texts[1]:
            break
        # Two different values that read the same would tell nothing.
        texts = _significant(low, digits), _significant(high, digits)
    return f"{texts[0]} to {texts[1].strip()}"


def _significant(value: float, digits: int) -> str:
    return (MINUS if value < 0 else "\u2007") + f"{abs(value):.{digits}g}"


def tick_text(value: float, spacing: float) -> str:
    """Return a tick label with as many decimals as its spacing needs."""
    if spacing >= 1e5 or spacing < 1e-4:
        return f"{value:.3g}".replace("-", MINUS)
    decimals = max(0, -math.floor(math.log10(spacing) + 1e-9))
    text = f"{abs(value):.{decimals}f}"
    return MINUS + text if value < -spacing / 2 else text


def count_text(count: int) -> str:
    """Return a count with its thousands apart."""
    return f"{count:,}".replace(",", THIN_SPACE)


def token_text(token: str) -> str:
    """Return a token with white space and control characters made visible.

    Names and tokens come from files: bidi and control characters must not reach
    the screen as what they are.
    """
    return "".join(SHOWN.get(c) or (c if _is_plain(c) else _escape(c)) for c in token)


def name_text(name: str) -> str:
    """Return a name from a file, its control characters made visible."""
    return "".join(c if _is_plain(c) else _escape(c) for c in name)


def _is_plain(character: str) -> bool:
    return not unicodedata.category(character).startswith("C")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def small(font: QFont) -> QFont:
    """Return the font of ticks and labels: smaller, with digits of one width."""
    font = QFont(font)
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * 0.85)
    else:
        font.setPixelSize(round(font.pixelSize() * 0.85))
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def mono(font: QFont) -> QFont:
    """Return the fixed-width font of tokens, as large as ``font``."""
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if font.pointSizeF() > 0:
        fixed.setPointSizeF(font.pointSizeF())
    else:
        fixed.setPixelSize(font.pixelSize())
    return fixed


def fitting(text: str, width: Callable[[str], float], room: float) -> str:
    """Return a text, or as many of its words as there is room for.

    Half a number is another number: no word is cut.
    """
    words = text.split(" ")
    for count in range(len(words), 0, -1):
        shown = text if count == len(words) else " ".join([*words[:count], "…"])
        if width(shown) <= room:
            return shown
    return ""
