"""Models and sequences that are drawn from a seed, to be run step by step."""

from typing import Any

import torch
from torch import Tensor, nn

FIRST = {"batch_first": True}
STEPS = 24
"""Of a sequence, before a model goes on by itself."""


class Tokens(nn.Module):
    def __init__(self, kind: type[nn.RNNBase] = nn.LSTM) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 5)
        self.rnn = kind(5, 8, 2, batch_first=True)
        self.head = nn.Linear(8, 11)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(self.embedding(x))[0])


def seeded(kind: type[nn.Module], *args: Any, **keywords: Any) -> nn.Module:
    torch.manual_seed(0)
    return kind(*args, **keywords).eval()


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def tokens(*shape: int) -> Tensor:
    return torch.randint(0, 11, shape, generator=torch.Generator().manual_seed(1))
