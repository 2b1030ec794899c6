"""Time along the steps, where the sequence says how many there are in a second."""

import math

from lstm_studio.session.session import Session


def rate_of(session: Session) -> float | None:
    """Return the steps in a second of what is shown; None where nobody told."""
    recorded = session.recording.sequence if session.recording is not None else None
    rate = recorded.rate if recorded is not None else None
    return rate if rate and math.isfinite(rate) and rate > 0 else None


def time_text(step: int, rate: float) -> str:
    """Return when a step is, with as many digits as tell steps apart."""
    decimals = min(max(math.ceil(math.log10(rate)), 0), 6)
    return f"{step / rate:.{decimals}f} s"


def step_text(session: Session, step: str, number: int) -> str:
    """Return ``step`` with its time, where axes are in seconds."""
    rate = rate_of(session) if session.view.seconds else None
    return step if rate is None else f"{step}  {time_text(number, rate)}"
