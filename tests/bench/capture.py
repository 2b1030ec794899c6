"""What recording costs: medians of ratios to the plain forward pass, in one process.

Beside it what people do today: a Python loop over the cell's formulas, and calling the
module once per step. Neither gives more than ``h`` and ``c`` (the loop: the gates).

Times are processor time, so that other processes of the machine count less.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch import Tensor, nn

from lstm_studio.engine.capture import pace
from lstm_studio.engine.capture.record import record


@dataclass(frozen=True)
class Case:
    """A line of the table, with the ratios to reach."""

    name: str
    model: nn.Module
    x: Tensor
    derive: float
    everything: float


class CellLoop(nn.Module):
    """An LSTMCell called once per step."""

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(features, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``h`` of all steps."""
        h = c = x.new_zeros(x.shape[1], self.cell.hidden_size)
        rows = []
        for row in x:
            h, c = self.cell(row, (h, c))
            rows.append(h)
        return torch.stack(rows)


def by_hand(model: nn.LSTM, x: Tensor) -> list[Tensor]:
    """Return every gate of every layer, as tutorials compute them."""
    kept = []
    for layer in range(model.num_layers):
        w_i, w_h, b_i, b_h = model.all_weights[layer][:4]
        h = c = x.new_zeros(x.shape[1], model.hidden_size)
        rows = []
        for row in x:
            i, f, g, o = (row @ w_i.T + b_i + h @ w_h.T + b_h).chunk(4, 1)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * c + i * g
            h = o * c.tanh()
            kept += [i, f, g, o, c]
            rows.append(h)
        x = torch.stack(rows)
    return kept


def step_by_step(model: nn.LSTM, x: Tensor) -> list[Tensor]:
    """Return ``h`` and ``c`` of every layer, one call per step."""
    state, kept = None, []
    for row in x:
        _, state = model(row[None], state)
        kept += list(state)
    return kept


def cases() -> list[Case]:
    """Return the table of what is to be reached."""

    def lstm(
        steps: int, samples: int, features: int, hidden: int, layers: int, *to: float
    ) -> Case:
        name = f"LSTM {steps}, {samples}, {features}, {hidden}, {layers}"
        x = torch.randn(steps, samples, features)
        return Case(name, nn.LSTM(features, hidden, layers), x, *to)

    x = torch.randn(1000, 1, 64)
    return [
        lstm(1000, 1, 64, 128, 2, 1.15, 2.2),
        lstm(1000, 1, 128, 512, 3, 1.05, 1.5),
        lstm(1000, 16, 128, 512, 3, 1.10, 2.0),
        lstm(10_000, 1, 64, 256, 2, 1.05, 1.9),
        lstm(200, 64, 64, 256, 2, 1.15, 2.2),
        Case("GRU 1000, 1, 64, 128, 2", nn.GRU(64, 128, 2), x, 1.2, 2.5),
        Case(
            "bidirectional LSTM, the same",
            nn.LSTM(64, 128, 2, bidirectional=True),
            x,
            1.2,
            2.5,
        ),
        Case(
            "LSTM with projection, the same",
            nn.LSTM(64, 128, 2, proj_size=64),
            x,
            1.2,
            2.5,
        ),
        Case("loop over an LSTMCell, 1000 steps", CellLoop(64, 128), x, 2.0, 3.0),
    ]


def seconds(run: Callable[[], Any]) -> float:
    """Return the processor time that ``run`` takes."""
    began = time.process_time()
    run()
    return time.process_time() - began


def measure(case: Case, rounds: int, *, others: bool) -> tuple[float, dict[str, float]]:
    """Return the plain forward's median in seconds, and the ratios to it."""
    model, x = case.model.eval(), case.x

    def inferred(run: Callable[[], Any]) -> Callable[[], Any]:
        return torch.inference_mode()(run)

    ways = {
        "derive": lambda: record(model, x),
        "all": lambda: record(model, x, streams="all"),
    }
    plain_lstm = isinstance(model, nn.LSTM) and not (
        model.bidirectional or model.proj_size
    )
    if others and plain_lstm:
        ways["by hand"] = inferred(lambda: by_hand(model, x))
        ways["T=1"] = inferred(lambda: step_by_step(model, x))
    plain = inferred(lambda: model(x))
    plain()
    plains, ratios = [], {way: [] for way in ways}
    for _ in range(rounds):
        # Next to each other, so that a busy machine slows both.
        for way, run in ways.items():
            before = seconds(plain)
            ratios[way].append(seconds(run) / before)
            plains.append(before)
    return statistics.median(plains), {
        way: statistics.median(values) for way, values in ratios.items()
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="part of the name of a case")
    parser.add_argument(
        "--ours", action="store_true", help="leave out what people do today"
    )
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    # So that chunks are as long as they are on a machine with nothing else to do.
    pace.clock = time.process_time
    print(
        f"{'T, B, in, H, layers':36}{'plain ms':>10}{'default':>9}{'(to)':>7}"
        f"{'all':>8}{'(to)':>7}{'by hand':>9}{'T=1':>7}"
    )
    for case in cases():
        if options.only not in case.name:
            continue
        plain, ratios = measure(case, options.rounds, others=not options.ours)
        print(
            f"{case.name:36}{plain * 1e3:10.1f}{ratios['derive']:9.2f}"
            f"{case.derive:7.2f}{ratios['all']:8.2f}{case.everything:7.2f}"
            f"{ratios.get('by hand', float('nan')):9.2f}"
            f"{ratios.get('T=1', float('nan')):7.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
