"""A unit on its way from a heat map to a plot, as drag-and-drop data."""

import json
from typing import Final

from PySide6.QtCore import QMimeData

from lstm_studio.core.view import Pin

PIN_MIME: Final = "application/x-lstm-studio-pin"


def pin_to_mime(pin: Pin) -> bytes:
    """Return a pin as the data of a drag."""
    return json.dumps([pin.layer, pin.stream, pin.unit, pin.sample]).encode()


def pin_from_mime(data: QMimeData) -> Pin | None:
    """Return the pin of a drag; None where it is of something else."""
    if not data.hasFormat(PIN_MIME):
        return None
    try:
        layer, stream, unit, sample = json.loads(bytes(data.data(PIN_MIME).data()))
    except ValueError:
        return None
    return Pin(str(layer), str(stream), int(unit), sample and int(sample))
