"""Checkpoints as PyTorch saves them, and what their models give once opened."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lstm_studio.engine.models import OpenedModel, open_file


class Language(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.lstm = nn.LSTM(6, 8, 2, batch_first=True)
        self.decoder = nn.Linear(8, 11)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.lstm(self.embedding(x))[0])


def prefixed(prefix: str, module: nn.Module) -> dict[str, Tensor]:
    return {f"{prefix}{name}": value for name, value in module.state_dict().items()}


def weights() -> dict[str, Tensor]:
    return nn.LSTM(3, 4).state_dict()


def saved(value: object, *, legacy: bool = False) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


def opened(path: Path, value: object, **answers: str) -> OpenedModel:
    torch.save(value, path)
    return open_file(path, answers=answers)


def names(model: OpenedModel) -> list[str]:
    return [layer.name for layer in model.summary.layers]


def agree(model: OpenedModel, original: Callable[[Tensor], Any], x: Tensor) -> bool:
    """Tell whether both give the same bits; of a recurrent layer, its output."""
    with torch.inference_mode():
        expected = original(x)
        if isinstance(expected, tuple):
            expected = expected[0]
        return torch.equal(model.module(x), expected)
