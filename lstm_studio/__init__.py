"""See every state of a recurrent PyTorch model: h, c and the gates, at every step.

``record`` runs a model and captures its states, ``open_model`` opens a model file,
``view`` opens the window on either, ``Recording`` is what was captured; ``Stepper``
goes on from the end of a sequence, one step at a time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from lstm_studio.core.recording import Recording
    from lstm_studio.engine.capture.record import record
    from lstm_studio.engine.capture.stepper import Stepper
    from lstm_studio.engine.models import open_model
    from lstm_studio.shell.view import view

__all__ = ["Recording", "Stepper", "open_model", "record", "view"]

_HOMES = {
    "Recording": "lstm_studio.core.recording",
    "Stepper": "lstm_studio.engine.capture.stepper",
    "open_model": "lstm_studio.engine.models",
    "record": "lstm_studio.engine.capture.record",
    "view": "lstm_studio.shell.view",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: torch and Qt take a second."""
    if name == "__version__":
        from importlib.metadata import version

        return version("lstm-studio")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
