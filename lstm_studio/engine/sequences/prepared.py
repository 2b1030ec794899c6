"""A sequence as the model takes it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lstm_studio.core.shapes import Shaped
from lstm_studio.core.summary import SequenceSummary


@dataclass(frozen=True, slots=True)
class PreparedSequence:
    """Values that fit the model, and what the window knows of them.

    Attributes
    ----------
    values
        (sample, step, feature) float32, or (sample, step) int64 for tokens.
    """

    values: Shaped[np.ndarray, "sample step *feature"]
    summary: SequenceSummary

    @property
    def tensor(self) -> torch.Tensor:
        """The values as a tensor that shares their memory."""
        values: np.ndarray[Any, Any] = self.values
        return torch.from_numpy(values)
