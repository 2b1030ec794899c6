"""A beat tracker saved whole, on clicks: its features, written here, and its class."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Float32

from lstm_studio.engine.models import open_file

RATE = 22050
FRAME, HOP = 1411, 441
CLASS = """
import torch
from torch import nn


class BDA(nn.Module):
    def forward(self, x):
        flat = x.reshape(-1, 1, self.dim_in)
        seen = nn.functional.max_pool1d(torch.relu(self.conv1(flat)), 2)
        rows = self.linear0(seen.flatten(1)).reshape(*x.shape[:2], -1)
        return self.linear(self.lstm(rows)[0])
"""


def clicks(seconds: int) -> Float[np.ndarray, " sample"]:
    """Return 120 clicks a minute."""
    time = np.arange(RATE * 3 // 100) / RATE
    click = np.sin(2 * np.pi * 1000 * time) * np.exp(-150 * time)
    sound = np.zeros(RATE * seconds)
    for start in range(0, len(sound), RATE // 2):
        sound[start : start + len(click)] += click
    return sound


def bands() -> Float[np.ndarray, "bin band"]:
    """Return 136 triangles, 24 to the octave from 30 Hz up."""
    bins = np.arange(FRAME // 2) * RATE / FRAME
    steps = np.arange(np.floor(24 * np.log2(30 / 440)), 24 * np.log2(17000 / 440))
    centers = 440 * 2 ** (steps / 24)
    centers = centers[centers >= 30]
    above = np.clip(np.searchsorted(bins, centers), 1, len(bins) - 1)
    nearest = np.unique(above - (centers - bins[above - 1] < bins[above] - centers))
    triangles = []
    for left, center, right in zip(nearest, nearest[1:], nearest[2:], strict=False):
        triangle = np.zeros(len(bins))
        rise, fall = center - left, right - center
        triangle[left:center] = np.linspace(0, 1, rise, endpoint=False)
        triangle[center:right] = np.linspace(1, 0, fall, endpoint=False)
        triangles.append(triangle / triangle.sum())
    return np.stack(triangles, axis=1)


def features(sound: Float[np.ndarray, " sample"]) -> Float32[np.ndarray, "step 272"]:
    padded = np.pad(sound, (FRAME // 2, FRAME))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)
    windows = frames[: len(sound) : HOP] * np.hanning(FRAME)
    spectrum = np.abs(np.fft.rfft(windows))[:, : FRAME // 2]
    levels = np.log10(1 + spectrum @ bands())
    rises = np.maximum(np.diff(levels, axis=0, prepend=levels[:1]), 0)
    return np.hstack([levels, rises]).astype(np.float32)


def test_beats_come_half_a_second_apart(shared_models: Path, tmp_path: Path) -> None:
    code = tmp_path / "model.py"
    code.write_text(CLASS)
    opened = open_file(
        shared_models / "beatnet-beat-tracking" / "model-1_whole_module.pt",
        trust=True,
        answers={"open": "whole", "source": str(code)},
    )
    assert opened.summary.needs.features == 272
    x = torch.from_numpy(features(clicks(12)))[None]
    with torch.inference_mode():
        beat = 1 - torch.softmax(opened.module(x), -1)[0, :, 2].numpy()
    peaks = 1 + np.flatnonzero(
        (beat[1:-1] > beat[:-2]) & (beat[1:-1] >= beat[2:]) & (beat[1:-1] > 0.5)
    )
    # 50 frames a second; the first beat is still uncertain.
    assert len(peaks) >= 22
    assert set(np.diff(peaks[1:])) == {25}
