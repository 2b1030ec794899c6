"""Kill host or window at random moments of a run: what was committed must be there."""

import os
import random
import signal
import tempfile
import time
from pathlib import Path

import numpy as np

from lstm_studio.core.commands import Run
from lstm_studio.core.messages import Advanced, EngineReady, Failed
from lstm_studio.core.recording import Recording
from lstm_studio.core.sessionfile import read_session
from lstm_studio.session.host import HostRunner
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.sessions import KEPT
from tests.session.models import Driver
from tests.trials.launch import (
    Launched,
    long_run,
    seconds_until_gone,
    until_interrupted,
)

STEPS = 500_000
LATEST_S = 0.5


def main(moments: int, seed: int, what: str) -> int:
    """Kill so many hosts, then so many windows; print what was lost."""
    trials = {"host": kill_hosts, "window": kill_windows}
    chosen = [trial for name, trial in trials.items() if what in (name, "both")]
    return max([trial(moments, seed) for trial in chosen])


def kill_hosts(moments: int, seed: int) -> int:
    """Kill ``moments`` hosts; print how many steps were lost and how long it took."""
    chance = random.Random(seed)
    lost: list[int] = []
    noticed: list[float] = []
    ready: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        runner = HostRunner(Path(folder, "engine.log"), Path(folder))
        driver = Driver(runner, Path(folder))
        driver.model("layer", STEPS)
        for number in until_interrupted(moments):
            driver.said.clear()
            path = driver.folder / f"recording-{number}"
            runner.start(Run(str(path)))
            driver.until(lambda: any(isinstance(m, Advanced) for m in driver.said))
            later = time.perf_counter() + chance.uniform(0, LATEST_S)
            ended = None
            while time.perf_counter() < later and ended is None:
                ended = driver.listen()
            if ended is not None:
                continue
            os.kill(runner._process.pid, signal.SIGKILL)
            killed = time.perf_counter()
            outcome = driver.until_outcome()
            noticed.append(time.perf_counter() - killed)
            assert isinstance(outcome, Failed), outcome
            said = [m.rows for m in driver.said if isinstance(m, Advanced) and m.rows]
            recording = Recording.open(path)
            # Complete where it was killed while it measured the certificate.
            assert recording.state in ("partial", "complete"), recording.state
            assert recording.problems == (), recording.problems
            for layer, count in said[-1].items():
                spans = recording.committed(layer)
                stop = spans[-1][1] if spans else 0
                lost.append(max(count - stop, 0))
                rows = recording.read(layer, "h", slice(max(stop - 1000, 0), stop))
                assert np.isfinite(rows).all()
            while not any(isinstance(m, EngineReady) for m in driver.said):
                driver.listen()
                time.sleep(0.001)
            ready.append(time.perf_counter() - killed)
        runner.close()
    print(f"{len(noticed)} hosts killed in mid-run, seed {seed}")
    print(f"steps lost of those that were told: {max(lost)} at most")
    print(f"noticed after {_of(noticed)}, a fresh host ready after {_of(ready)}")
    return 0 if not max(lost) else 1


def kill_windows(moments: int, seed: int) -> int:
    """Kill ``moments`` windows; print what the next start finds of each."""
    chance = random.Random(seed)
    lost: list[int] = []
    ended: list[float] = []
    for _ in until_interrupted(moments):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            studio = Launched(home, "lstm_studio", long_run(home))
            try:
                studio.until_recorded()
                time.sleep(chance.uniform(0, LATEST_S))
                told = studio.committed()
                children = studio.process.children(recursive=True)
                studio.process.kill()
                assert children, "there was no host"
                ended.append(seconds_until_gone(children))
            finally:
                studio.close()
            workspace = Workspace(studio.sessions)
            (found,) = workspace.recoverable()
            session = read_session(found.parent / KEPT)
            assert Path(session.model).name == "model.safetensors"
            assert Path(session.source).name == "sequence.npy"
            recording = Recording.open(workspace.recover(found))
            assert recording.problems == (), recording.problems
            (layer,) = recording.layers
            ((_, stop),) = recording.committed(layer)
            lost.append(max(told - stop, 0))
            rows = recording.read(layer, "h", slice(max(stop - 1000, 0), stop))
            assert np.isfinite(rows).all()
            workspace.close()
            assert not [*studio.sessions.iterdir()], "something is left"
    print(f"{len(lost)} windows killed in mid-run, seed {seed}")
    print(f"recording and session offered each time, the host gone after {_of(ended)}")
    print(f"steps lost of those that were on disk: {max(lost)} at most")
    return 0 if not max(lost) else 1


def _of(seconds: list[float]) -> str:
    return f"{np.median(seconds):.2f} s ({max(seconds):.2f} s at most)"
