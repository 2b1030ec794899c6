"""Numbers and times in words, as the window shows them."""

import math

THIN_SPACE = "\u202f"


def grouped(number: int) -> str:
    """Return a whole number with its thousands apart: ``10 000``."""
    return f"{number:,}".replace(",", THIN_SPACE)


def duration(seconds: float) -> str:
    """Return a time that a person can feel: ``8 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def small(value: float) -> str:
    """Return a difference with one digit: ``9e-8``, ``0``; ``NaN`` where it is none."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "infinite"
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"
