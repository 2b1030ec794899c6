"""A certificate is measured when it is asked for, and says what the run was."""

import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lstm_studio.core.certificate import Certificate, MeasuredWhenAsked
from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture import fused, kernel
from lstm_studio.engine.capture.backend import mkldnn_set
from lstm_studio.engine.capture.record import record


def lstm(**options: Any) -> nn.LSTM:
    torch.manual_seed(0)
    return nn.LSTM(3, 20, 2, **options)


MODELS: list[Callable[[], nn.LSTM]] = [
    lstm,
    lambda: lstm(bidirectional=True),
    lambda: lstm(batch_first=True),
    lambda: lstm(bias=False),
]


def inputs(steps: int = 300) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    torch.manual_seed(1)
    return torch.randn(steps, 2, 3), (torch.randn(2, 2, 20), torch.randn(2, 2, 20))


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize("steps", [2, 300])
def test_what_is_changed_later_changes_nothing(
    make: Callable[[], nn.LSTM], steps: int
) -> None:
    class Spoils(nn.Module):
        """Changes in place what went into the layer and what came out of it."""

        def __init__(self) -> None:
            super().__init__()
            self.lstm = make()

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.lstm(x)[0]
            x.fill_(7)
            return y.mul_(0)

    model = Spoils()
    recording = record(model, inputs(steps)[0].swapaxes(0, int(model.lstm.batch_first)))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(9)
    del model
    certificate = recording.certificate
    assert certificate.output_difference == 0
    assert certificate.holds


def test_initial_states_that_are_changed_later() -> None:
    x, states = inputs()
    recording = record(lstm(), x, states)
    for state in states:
        state.fill_(3)
    assert recording.certificate.output_difference == 0


def test_what_was_set_since_changes_nothing() -> None:
    recording = record(lstm(), inputs()[0])
    settings = mkldnn_set(enabled=False), torch.autocast("cpu", torch.bfloat16)
    with settings[0], settings[1]:
        assert recording.certificate.output_difference == 0


def test_another_output_is_seen_after_its_cause_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = fused.FusedRun.run

    def other(self: fused.FusedRun) -> tuple[Tensor, ...]:
        output, *states = run(self)
        return (output + 0.01, *states)

    with monkeypatch.context() as wrong:
        wrong.setattr(fused.FusedRun, "run", other)
        recording = record(lstm(), inputs()[0])
    certificate = recording.certificate
    assert certificate.output_difference == pytest.approx(0.01, rel=0.1)
    assert not certificate.holds


def test_a_wrong_kernel_is_seen_with_two_directions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = kernel.Kernel._one

    def wrong(self: kernel.Kernel, lane: kernel.Lane, x: Tensor) -> Tensor:
        return one(self, lane, x) + 0.01

    monkeypatch.setattr(kernel.Kernel, "_one", wrong)
    certificate = record(lstm(bidirectional=True), inputs()[0]).certificate
    assert certificate.output_difference is not None
    assert certificate.output_difference > 0.005
    assert not certificate.holds


@pytest.mark.parametrize("make", MODELS)
def test_a_folder_holds_the_same_figures(
    make: Callable[[], nn.LSTM], tmp_path: Path
) -> None:
    x = inputs()[0]
    in_memory = record(make(), x)
    record(make(), x, store=tmp_path / "run")
    in_memory.save(tmp_path / "saved")
    for name in ("run", "saved"):
        assert Recording.open(tmp_path / name).certificate == in_memory.certificate
    sent = pickle.loads(pickle.dumps(in_memory.certificate))
    assert sent == in_memory.certificate


def test_it_is_measured_once() -> None:
    measured: list[int] = []
    together = threading.Barrier(4)

    def measure() -> Certificate:
        measured.append(1)
        return Certificate(reasons=("measured",))

    ask = MeasuredWhenAsked(measure)

    def asked(_: int) -> Certificate:
        together.wait()
        return ask()

    with ThreadPoolExecutor(4) as threads:
        certificates = list(threads.map(asked, range(4)))
    assert measured == [1]
    assert all(certificate is certificates[0] for certificate in certificates)
