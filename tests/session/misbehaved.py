"""A file with models as people bring them, which do what a model should not."""

import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class Plain(nn.Module):
    """One layer; what others do differently is all that they say."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.lstm = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.lstm(x)[0]


class NothingRecurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(x)


class SizesDisagree(Plain):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(x)[0])


class NotANumber(Plain):
    def __init__(self) -> None:
        super().__init__()
        with torch.no_grad():
            self.lstm.weight_hh_l0[1, 2] = torch.nan


def half() -> nn.Module:
    return Plain().half()


def bfloat16() -> nn.Module:
    return Plain().bfloat16()


def double() -> nn.Module:
    return Plain().double()


def quantised() -> nn.Module:
    with warnings.catch_warnings(action="ignore"):
        return torch.ao.quantization.quantize_dynamic(Plain(), {nn.LSTM}, torch.qint8)


class Sparse(Plain):
    def __init__(self) -> None:
        super().__init__()
        dense = self.lstm.weight_hh_l0.detach()
        self.lstm.weight_hh_l0 = nn.Parameter(dense.to_sparse())


class Meta(Plain):
    def __init__(self) -> None:
        super().__init__()
        self.to("meta")


class Bypasses(Plain):
    def forward(self, x: Tensor) -> Any:
        return self.lstm.forward(x)[0]


class AnotherArgument(Plain):
    def forward(self, x: Tensor, scale: Any) -> Any:
        return self.lstm(x)[0] * scale[None]


class ReturnsADict(Plain):
    def forward(self, x: Tensor) -> Any:
        y, (h, _) = self.lstm(x)
        return {"states": y, "last": h, "name": "toy", "count": 3}


class ReturnsNothing(Plain):
    def forward(self, x: Tensor) -> Any:
        self.lstm(x)


class Raises(Plain):
    def forward(self, x: Tensor) -> Any:
        self.lstm(x)
        raise ValueError("no head")


class RaisesAtOnce(Plain):
    def forward(self, x: Tensor) -> Any:
        raise ValueError


class RaisesWhenMade(Plain):
    def __init__(self) -> None:
        raise FileNotFoundError("no checkpoint.pt")


class Exits(Plain):
    def forward(self, x: Tensor) -> Any:
        self.lstm(x)
        sys.exit(4)


class ExitsWhenMade(Plain):
    def __init__(self) -> None:
        sys.exit(4)


class Reads(Plain):
    def forward(self, x: Tensor) -> Any:
        return self.lstm(x)[0] * float(input())


class OwnWeights(Plain):
    def forward(self, x: Tensor) -> Any:
        y = self.lstm(x)[0]
        with torch.no_grad():
            self.lstm.weight_hh_l0.mul_(0.5)
        return y


class OwnHooks(Plain):
    def forward(self, x: Tensor) -> Any:
        self.lstm.register_forward_hook(_nothing)
        self._forward_hooks.clear()
        return self.lstm(x)[0]


def _nothing(*_: object) -> None:
    """Do nothing."""


class OwnRandomNumbers(Plain):
    def forward(self, x: Tensor) -> Any:
        torch.manual_seed(1)
        return self.lstm(x + torch.rand_like(x))[0]


class InAnotherThread(Plain):
    def forward(self, x: Tensor) -> Any:
        with torch.inference_mode(False), torch.no_grad():
            return _in_a_thread(lambda: self.lstm(x)[0])


class BesideAThread(Plain):
    def forward(self, x: Tensor) -> Any:
        _in_a_thread(lambda: x.sum())
        return self.lstm(x)[0]


def _in_a_thread(work: Callable[[], Tensor]) -> Tensor:
    results: list[Tensor] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join()
    return results[0]


class OneUnit(Plain):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 1, batch_first=True)


def many_units() -> nn.Module:
    # Projected, or its weights would take 64 GB.
    with warnings.catch_warnings(action="ignore"):
        return nn.LSTM(3, 65_536, batch_first=True, proj_size=1)


def too_many_units() -> nn.Module:
    return nn.LSTM(3, 1 << 22, batch_first=True)


def many_layers() -> nn.Module:
    return nn.RNN(3, 2, 500, batch_first=True)
