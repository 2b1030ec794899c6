"""Train a GRU to remember three bits: each pulse sets or clears one of them.

    python resources/examples/flip-flop/train.py

The task of Sussillo and Barak, "Opening the black box" (Neural Computation, 2013).
Takes about three minutes on one core.
"""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

FOLDER = Path(__file__).parent
BITS, HIDDEN = 3, 16
STEPS, BATCH, UPDATES = 100, 64, 3000
PULSES = 0.06
"""Chance of a pulse per step and bit."""


class FlipFlop(nn.Module):
    """A GRU and a linear read-out of the three bits, +1 or -1 each."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(BITS, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, BITS)

    def forward(self, pulses: Tensor) -> Tensor:
        """Return the bits (batch, step, bit) after each step of ``pulses``."""
        bits: Tensor = self.head(self.gru(pulses)[0])
        return bits


def sequences(
    count: int, steps: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return pulses and the bits they leave, both (sample, step, bit) of +1, 0, -1.

    The first step gives each bit a value, so that it is known at every step.
    """
    signs = generator.choice([-1.0, 1.0], (count, steps, BITS))
    pulses = signs * (generator.random((count, steps, BITS)) < PULSES)
    pulses[:, 0] = signs[:, 0]
    last = np.where(pulses != 0, np.arange(steps)[None, :, None], 0)
    last = np.maximum.accumulate(last, axis=1)
    bits = np.take_along_axis(pulses, last, axis=1)
    return pulses.astype(np.float32), bits.astype(np.float32)


def train() -> FlipFlop:
    """Return a trained model."""
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    model = FlipFlop()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=1e-2, total_steps=UPDATES, pct_start=0.1
    )
    for update in range(UPDATES):
        pulses, bits = sequences(BATCH, STEPS, generator)
        loss = nn.functional.mse_loss(
            model(torch.from_numpy(pulses)), torch.from_numpy(bits)
        )
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if update % 500 == 499:
            print(f"update {update + 1} of {UPDATES}: {float(loss.detach()):.6f}")
    return model


def accuracy(model: FlipFlop, count: int = 100, steps: int = 1000) -> float:
    """Return the share of fresh steps at which all three signs are right."""
    pulses, bits = sequences(count, steps, np.random.default_rng(1))
    with torch.inference_mode():
        output = model(torch.from_numpy(pulses)).numpy()
    return float(((output > 0) == (bits > 0)).all(axis=-1).mean())


def main() -> None:
    """Train, measure, and write the weights, the figure and the sequence shown."""
    model = train()
    save_file(model.state_dict(), FOLDER / "model.safetensors")
    figures = {
        "steps with all three bits right, in 100 fresh runs of 1,000": round(
            accuracy(model), 6
        )
    }
    shown, _ = sequences(1, 400, np.random.default_rng(2))
    np.save(FOLDER / "sequence.npy", shown[0])
    path = FOLDER / "example.json"
    example = json.loads(path.read_text(encoding="utf-8"))
    example["figures"] = figures
    path.write_text(json.dumps(example, indent=2) + "\n", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
