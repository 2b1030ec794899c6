"""Twenty steps of numbers, one of them odd where asked for, and what is said of it."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

X = np.random.default_rng(0).standard_normal((20, 3)).astype(np.float32)

Said = tuple[str, ...]
"""A message and its next step; or the notes and reasons of a run that is made."""


def with_value(value: float, dtype: str = "f4") -> np.ndarray:
    values = X.astype(dtype)
    values[7, 1] = value
    return values


def first_bad(kind: str, layer: str) -> str:
    """Return what the certificate says of ``with_value``."""
    return (
        f"{layer}: feature 1 of the input is {kind} at step 7, sample 0, the first "
        "value of the run that is not a number."
    )


class Tokens(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(10, 3)
        self.lstm = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.lstm(self.embed(x))[0]
