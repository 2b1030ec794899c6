"""From a file, a text or a signal to the input that a model takes."""

from lstm_studio.engine.sequences.opening import open_sequence
from lstm_studio.engine.sequences.prepared import PreparedSequence

__all__ = ["PreparedSequence", "open_sequence"]
