"""Open a window, run a model in it, close it: what is left after a thousand times?"""

import gc
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import psutil
import torch
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QPixmapCache
from PySide6.QtWidgets import QApplication
from torch.nn.modules import module as modules

from lstm_studio.core.messages import Finished
from lstm_studio.core.recording import Recording
from lstm_studio.engine.workbench import Workbench
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.app import open_window
from lstm_studio.shell.window import MainWindow
from tests.trials.launch import until_interrupted
from tests.trials.memory import MEGABYTE, own_memory
from tests.trials.studio import Trial, own_home

WARM_UP = 0.1
"""Share of the cycles after which growth counts."""
COUNTED_EVERY = 10
MOST_MB = 2.0


class Threads(Trial):
    """Windows whose models run in a thread of this process, where all can be counted.

    Hosts, one for each window, are counted by the trials ``closes`` and ``soak``.
    """

    def open(self) -> MainWindow:
        """Open a window on a session of its own."""
        self.bench = Workbench()
        runner = ThreadRunner(self.bench.perform)
        session = Session(runner, Workspace(self.folder / "sessions"))
        session.ended.connect(self._on_ended)
        self.window = open_window(session)
        self.window.resize(1200, 800)
        self.listen()
        return self.window


def cycle(trial: Threads) -> list[torch.nn.Module]:
    """Run an example in a window and close it; return the modules that it ran."""
    session = trial.window.session
    session.open_example("flip-flop")
    trial.until(lambda: session.recording is not None and not session.busy)
    trial.until(lambda: session.settled)
    assert session.outcome == Finished(), session.outcome
    trial.let_happen(20)
    found = [trial.bench._model.module] if trial.bench._model is not None else []
    trial.close()
    trial.bench = Workbench()
    return found


def main(cycles: int) -> int:
    """Go through so many cycles and print what is there more than after the first."""
    torch.set_num_threads(1)
    process = psutil.Process()
    seen: list[dict[str, float]] = []
    with own_home() as home:
        # What torch and Qt keep in the folder of temporaries is counted there, too.
        os.environ["TMPDIR"] = tempfile.tempdir = str(Path(home, "tmp"))
        Path(home, "tmp").mkdir()
        trial = Threads(Path(home))
        for number in until_interrupted(cycles):
            if number:
                trial.open()
            trial.doing = f"cycle {number}"
            hooked = sum(map(_hooks, cycle(trial)))
            if number % COUNTED_EVERY == COUNTED_EVERY - 1:
                gc.collect()
                # Shared by all windows, and never more than Qt's limit of 10 MB.
                QPixmapCache.clear()
                seen.append(_counts(process, Path(home)) | {"hooks": hooked})
    late = seen[int(WARM_UP * len(seen)) :]
    print(f"{number + 1} cycles, {len(trial.faults)} faults")
    grown = {}
    for name in late[0]:
        values = [each[name] for each in late]
        grown[name] = values[-1] - values[0]
        print(f"{name:<28} {values[0]:8.1f} to {values[-1]:8.1f}")
    memory = grown.pop("memory (MB)")
    for fault in trial.faults:
        print(fault, file=sys.stderr)
    return int(bool(trial.faults) or memory > MOST_MB or any(grown.values()))


def _counts(process: psutil.Process, home: Path) -> dict[str, float]:
    objects = gc.get_objects()
    return {
        "memory (MB)": own_memory() / MEGABYTE,
        "threads": threading.active_count(),
        "threads of the system": process.num_threads(),
        "processes": len(process.children(recursive=True)),
        "windows": len(QApplication.topLevelWidgets()),
        "timers": _alive(objects, QTimer),
        "Qt objects": _alive(objects, QObject),
        "recordings": _alive(objects, Recording),
        "modes of torch": torch._C._len_torch_dispatch_stack(),
        "open files": process.num_fds(),
        "shared segments": _shared(),
        "temporaries": len([*Path(home, "tmp").iterdir()]),
        "files of sessions": len([*Path(home, "sessions").iterdir()]),
    }


def _alive(objects: list[Any], kind: type[object]) -> int:
    # Not isinstance: what stands for a module may warn when it is asked its class.
    return sum(issubclass(type(each), kind) for each in objects)


def _shared() -> int:
    mapped = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    return sum("/dev/shm" in line for line in mapped)


def _hooks(module: torch.nn.Module) -> int:
    own = [
        len(part._forward_hooks) + len(part._forward_pre_hooks)
        for part in module.modules()
    ]
    everywhere = modules._global_forward_hooks, modules._global_forward_pre_hooks
    return sum(own) + sum(map(len, everywhere))
