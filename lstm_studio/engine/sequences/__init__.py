"""From a file, a text or a signal to the input that a model takes."""

from lstm_studio.engine.sequences.opening import open_sequence
from lstm_studio.engine.sequences.prepared import PreparedSequence
from lstm_studio.engine.sequences.sight import look_at
from lstm_studio.engine.sequences.states import initial_state

__all__ = ["PreparedSequence", "initial_state", "look_at", "open_sequence"]
