"""What a model returned, as arrays."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from lstm_studio.engine.capture.operations import to_array


def arrays(output: Any) -> Any:
    """Return ``output`` with copies of its tensors as arrays, nested as it is."""
    if isinstance(output, Tensor):
        return to_array(output).copy()
    if isinstance(output, Mapping):
        return {key: arrays(value) for key, value in output.items()}
    if isinstance(output, list):
        return [arrays(value) for value in output]
    if isinstance(output, tuple):
        return tuple(arrays(value) for value in output)
    return output
