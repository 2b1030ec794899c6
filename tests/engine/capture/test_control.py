"""Pause, step and cancel from another thread, and what the recording has then."""

import threading
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import JobCancelled
from lstm_studio.core.messages import Advanced, Message, Progress
from lstm_studio.core.recorder import Recorder
from lstm_studio.engine.capture.record import capture, record


class Running:
    """A run in a thread of its own, which starts paused."""

    def __init__(self, model: nn.Module, x: torch.Tensor) -> None:
        self.control = RunControl(paused=True)
        self.recorder = Recorder()
        self.recording = self.recorder.recording
        self.error: BaseException | None = None
        self._changed = threading.Condition()
        self._rows: dict[str, int] = {}
        self._thread = threading.Thread(target=self._run, args=(model, x))
        self._thread.start()

    def _run(self, model: nn.Module, x: torch.Tensor) -> None:
        try:
            capture(
                model,
                (x,),
                {},
                self.recorder,
                control=self.control,
                publish=self._publish,
            )
        except JobCancelled as error:
            self.error = error

    def _publish(self, message: Message) -> None:
        if isinstance(message, Advanced):
            with self._changed:
                self._rows = dict(message.rows)
                self._changed.notify_all()

    def wait_for(self, rows: dict[str, int]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._rows == rows, timeout=20), (
                self._rows
            )

    def end(self) -> None:
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()


class Loop(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.low, self.high = nn.LSTMCell(3, 4), nn.GRUCell(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        low = high = None
        for row in x:
            low = self.low(row, low)
            high = self.high(low[0], high)
        return high


X = torch.randn(200, 2, 3)


def test_steps_inside_of_one_fused_call() -> None:
    model = nn.LSTM(3, 4, 2)
    run = Running(model, X)
    run.control.step(3)
    run.wait_for({"l0": 3, "l1": 3})
    assert run.recording.committed("l1") == ((0, 3),)
    run.control.step()
    run.wait_for({"l0": 4, "l1": 4})
    run.control.resume()
    run.end()
    # Stepping leaves every bit as it is.
    whole = record(model, X)
    np.testing.assert_array_equal(run.recording.output[0], whole.output[0])
    np.testing.assert_array_equal(run.recording.read("l1", "h"), whole.read("l1", "h"))
    assert run.recording.state == "complete"


def test_steps_of_the_reverse_direction_come_from_the_end() -> None:
    run = Running(nn.GRU(3, 4, bidirectional=True), X)
    run.control.step(202)
    run.wait_for({"l0": 200, "l0_reverse": 2})
    assert run.recording.committed("l0_reverse") == ((198, 200),)
    run.control.resume()
    run.end()


def test_one_step_of_a_model_of_two_cells() -> None:
    run = Running(Loop(), X)
    run.control.step(3)
    # The fourth step of the lower cell waits, the upper one has had its third.
    run.wait_for({"low": 3, "high": 3})
    run.control.step(2)
    run.wait_for({"low": 5, "high": 5})
    run.control.resume()
    run.end()
    assert run.recording.length("high") == 200


@pytest.mark.parametrize("model", [nn.LSTM(3, 4, 2), Loop()])
def test_cancel_while_paused(model: nn.Module) -> None:
    run = Running(model, X)
    run.control.step(3)
    names = ("l0", "l1") if isinstance(model, nn.LSTM) else ("low", "high")
    run.wait_for(dict.fromkeys(names, 3))
    run.control.cancel()
    run.end()
    assert isinstance(run.error, JobCancelled)
    assert run.recording.state == "partial"
    assert run.recording.committed(names[0]) == ((0, 3),)
    assert not run.recording.certificate.holds
    assert run.recording.certificate.reasons[0].startswith("partial")


def test_cancel_carries_the_recording() -> None:
    control = RunControl()

    class CancelsItself(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(3, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            _, state = self.gru(x)
            control.cancel()
            return self.gru(x, state)[0]

    with pytest.raises(JobCancelled) as caught:
        record(CancelsItself(), X, control=control)
    recording: Any = caught.value.recording  # type: ignore[attr-defined]
    assert recording.committed("gru.l0") == ((0, 200),)
    assert recording.certificate.layers["gru.l0"].residual < 1e-6


class Scripted(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.gru(x)[0]


def test_cancel_inside_of_a_script() -> None:
    control = RunControl()
    control.cancel()
    with pytest.raises(JobCancelled):
        record(torch.jit.script(Scripted()), X, control=control)


def test_progress_never_goes_back() -> None:
    told: list[Message] = []
    control = RunControl()
    capture(
        nn.LSTM(3, 4, 2, bidirectional=True),
        (X,),
        {},
        Recorder(),
        control=control,
        publish=told.append,
    )
    done = [message.done for message in told if isinstance(message, Progress)]
    assert done == sorted(done)
    assert done[-1] == 200
    assert told[-1].total == 200  # type: ignore[union-attr]


class Two(nn.Module):
    """Two recurrent modules, the upper one called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.low, self.high = nn.LSTM(3, 4), nn.GRU(4, 4, bidirectional=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.low(x)[0]
        return torch.cat((self.high(y[:120])[0], self.high(y[120:])[0]))


def test_progress_is_that_of_all_modules() -> None:
    told: list[Message] = []
    control = RunControl(paused=True)
    # Stepped, so that every step is told of.
    control.step(10_000)
    capture(Two(), (X,), {}, Recorder(), control=control, publish=told.append)
    progress = [message for message in told if isinstance(message, Progress)]
    done = [message.done for message in progress]
    assert done == sorted(done)
    assert 100 in done
    assert (done[-1], progress[-1].total) == (200, 200)
