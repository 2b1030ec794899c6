"""From a file to a module that runs: recognise, open, rebuild."""

from lstm_studio.engine.models.opened import OpenedModel, open_file, open_model
from lstm_studio.engine.models.started import started
from lstm_studio.engine.models.summarise import precision_of, summarise

__all__ = [
    "OpenedModel",
    "open_file",
    "open_model",
    "precision_of",
    "started",
    "summarise",
]
