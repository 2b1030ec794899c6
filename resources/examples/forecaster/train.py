"""Train a two-layer LSTM to forecast the next day of an hourly signal.

    python resources/examples/forecaster/train.py

The signal is generated: a daily shape, other weekends, slow weather and noise. At
each hour the model forecasts the next 24, from the values alone: it is not told the
hour or the day, so its state has to keep them. Measured against the seasonal-naive
forecast, which says that each hour will be as it was a week before.
Takes about six minutes on one core.
"""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

FOLDER = Path(__file__).parent
DAY, WEEK = 24, 168
HORIZON, HIDDEN, LAYERS = DAY, 48, 2
STEPS, BATCH, UPDATES = 4 * WEEK, 32, 800
SETTLED = WEEK
"""Hours that the model may listen before its forecasts count, in all figures."""


class Forecaster(nn.Module):
    """Two LSTM layers and a linear read-out of the next 24 hours at each hour."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, HIDDEN, LAYERS, batch_first=True)
        self.head = nn.Linear(HIDDEN, HORIZON)

    def forward(self, values: Tensor) -> Tensor:
        """Return forecasts (batch, step, hour ahead) from values (batch, step, 1)."""
        forecasts: Tensor = self.head(self.lstm(values)[0])
        return forecasts


def signal(
    count: int, steps: int, generator: np.random.Generator, start: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return values (sample, step) around 0, and the hour of the week of each step.

    Each sample begins at an hour of the week of its own, at ``start`` if it is given;
    hour 0 is Monday at midnight.
    """
    starts = generator.integers(WEEK, size=(count, 1))
    hours = ((starts if start is None else start) + np.arange(steps)) % WEEK
    hours = np.broadcast_to(hours, (count, steps))
    clock, day = hours % DAY, hours // DAY
    morning = np.exp(-((clock - 8.0) ** 2) / 8)
    evening = np.exp(-((clock - 19.0) ** 2) / 10)
    noon = np.exp(-((clock - 13.0) ** 2) / 30)
    shape = np.where(day < 5, 1.6 * morning + 1.9 * evening, 1.1 * noon)
    weather = np.empty((count, steps))
    weather[:, 0] = 0.3 * generator.standard_normal(count)
    pushes = generator.standard_normal((count, steps))
    for step in range(1, steps):
        weather[:, step] = 0.98 * weather[:, step - 1] + 0.06 * pushes[:, step]
    noise = 0.1 * generator.standard_normal((count, steps))
    return (shape - 0.6 + weather + noise).astype(np.float32), hours


def forecast_error(forecasts: Tensor, values: Tensor) -> Tensor:
    """Return the mean absolute error over all hours ahead, once settled.

    ``forecasts`` (sample, step, hour ahead); ``values`` (sample, step + 24).
    """
    # Window s of the unfolded values begins one hour after step s.
    ahead = values[:, 1:].unfold(1, HORIZON, 1)
    return (forecasts - ahead)[:, SETTLED:].abs().mean()


def train() -> Forecaster:
    """Return a trained model."""
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    model = Forecaster()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=1e-2, total_steps=UPDATES, pct_start=0.1
    )
    for update in range(UPDATES):
        values = torch.from_numpy(signal(BATCH, STEPS + HORIZON, generator)[0])
        forecasts = model(values[:, :STEPS, None])
        loss = forecast_error(forecasts, values)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if update % 100 == 99:
            print(f"update {update + 1} of {UPDATES}: {float(loss.detach()):.6f}")
    return model


def errors(model: Forecaster, count: int = 100) -> tuple[float, float]:
    """Return the mean absolute error of the model and of seasonal naive, on fresh."""
    drawn = signal(count, STEPS + HORIZON, np.random.default_rng(1))[0]
    values = torch.from_numpy(drawn)
    with torch.inference_mode():
        own = forecast_error(model(values[:, :STEPS, None]), values)
        week_before = values.unfold(1, HORIZON, 1)[:, 1 : STEPS - WEEK + 1]
        naive = torch.zeros(count, STEPS, HORIZON)
        naive[:, WEEK:] = week_before
        return float(own), float(forecast_error(naive, values))


def main() -> None:
    """Train, measure, and write the weights, the figures and the sequence shown."""
    model = train()
    save_file(model.state_dict(), FOLDER / "model.safetensors")
    own, naive = errors(model)
    figures = {
        "mean absolute error of the next 24 hours": round(own, 4),
        "the same of the seasonal-naive forecast": round(naive, 4),
    }
    shown, _ = signal(1, STEPS, np.random.default_rng(2), start=0)
    np.save(FOLDER / "sequence.npy", shown[0][:, None])
    path = FOLDER / "example.json"
    example = json.loads(path.read_text(encoding="utf-8"))
    example["figures"] = figures
    path.write_text(json.dumps(example, indent=2) + "\n", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
