"""A Python file with models that behave badly, and what drives a runner over them."""

import secrets
import time
from collections.abc import Callable
from pathlib import Path

from lstm_studio.core.commands import Command, OpenModel, OpenSequence, Run
from lstm_studio.core.messages import Finished, Message, Outcome
from lstm_studio.core.recording import Recording
from lstm_studio.session.runner import Runner

ACTS_AT = 700
"""The step at which a model acts."""
LIMIT_S = 60

SOURCE = '''
import ctypes
import os
import subprocess
import sys
from pathlib import Path

import torch
from torch import nn

HERE = Path(__file__).parent


class Model(nn.Module):
    """Steps a cell; acts at one step."""

    def __init__(self, act=None):
        super().__init__()
        torch.manual_seed(0)
        self.cell = nn.LSTMCell(3, 4)
        self.act = act

    def forward(self, x):
        state, outputs = None, []
        for step in range(x.shape[1]):
            if step == 700 and self.act is not None:
                self.act()
            state = self.cell(x[:, step], state)
            outputs.append(state[0])
        return torch.stack(outputs, 1)


def never_returns():
    announce()
    while True:
        pass


def swallows():
    announce()
    while True:
        try:
            while True:
                torch.zeros(1)
        except BaseException:
            pass


def computes():
    announce()
    while True:
        torch.zeros(1)


def announce():
    (HERE / "acts").touch()


def first_time(act):
    def do():
        acted = HERE / act.__name__
        if not acted.exists():
            acted.touch()
            act()
    return do


def segfault():
    ctypes.string_at(0)


def raises():
    raise ValueError("one step too many")


def memory():
    torch.empty(10**15)


def lost_device():
    raise RuntimeError("CUDA error: device-side assert triggered")


def prints():
    line = "x" * 1023
    for _ in range(12_000):
        print(line)


def writes():
    (HERE.parents[1] / "written").write_text("x")


def child():
    process = subprocess.Popen(["sleep", "1000"])
    (HERE / "child").write_text(str(process.pid))
    os._exit(3)


ACTS = {
    "nothing": None,
    "never_returns": never_returns,
    "swallows": swallows,
    "computes": computes,
    "segfault": first_time(segfault),
    "abort": os.abort,
    "exit": lambda: os._exit(3),
    "sys_exit": lambda: sys.exit(4),
    "raises": raises,
    "memory": memory,
    "lost_device": lost_device,
    "prints": prints,
    "reads": input,
    "writes": writes,
    "child": child,
}


def made(act):
    return lambda: Model(ACTS[act])


for name in ACTS:
    globals()[name] = made(name)
    globals()[name].__module__ = __name__


def layer():
    torch.manual_seed(0)
    return nn.LSTM(3, 4, 2, batch_first=True)


def dies():
    os._exit(7)
'''


class Driver:
    """Gives commands to a runner and waits for what it says."""

    def __init__(self, runner: Runner, workspace: Path) -> None:
        self.runner = runner
        self.folder = workspace / f"test-{secrets.token_hex(4)}"
        self.folder.mkdir()
        self.acts = self.folder / "acts"
        """Is there from the moment on in which the model does not return."""
        self.source = self.folder / "models.py"
        self.source.write_text(SOURCE)
        self.said: list[Message] = []

    def listen(self) -> Outcome | None:
        """Take what was said; return the outcome once it is there."""
        said = self.runner.messages()
        self.said.extend(said)
        return next((m for m in said if isinstance(m, Outcome)), None)

    def until_outcome(self) -> Outcome:
        limit = time.monotonic() + LIMIT_S
        while time.monotonic() < limit:
            outcome = self.listen()
            if outcome is not None:
                return outcome
            time.sleep(0.001)
        raise AssertionError(f"no outcome; said: {self.said[-3:]}")

    def until_ready(self) -> None:
        limit = time.monotonic() + LIMIT_S
        while self.runner.busy:
            assert time.monotonic() < limit, "not ready"
            self.listen()
            time.sleep(0.001)

    def until(self, fact: Callable[[], bool]) -> None:
        """Listen until something is so, which comes before the outcome."""
        limit = time.monotonic() + LIMIT_S
        while not fact():
            assert time.monotonic() < limit, "it never came"
            assert self.listen() is None
            time.sleep(0.001)

    def do(self, command: Command, *, paused: bool = False) -> Outcome:
        self.said.clear()
        self.runner.start(command, paused=paused)
        return self.until_outcome()

    def model(self, name: str, steps: int = 1000) -> None:
        """Open a model of the file and a sequence for it."""
        opened = self.do(OpenModel(f"{self.source}:{name}", trust=True))
        assert opened == Finished(), opened
        asked = OpenSequence("generate:noise", {"steps": steps, "features": 3})
        assert self.do(asked) == Finished()

    def run(self, name: str = "recording") -> Outcome:
        return self.do(Run(str(self.folder / name)))

    def recording(self, name: str = "recording") -> Recording:
        return Recording.open(self.folder / name)
