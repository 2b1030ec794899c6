"""The child process that holds the model: a crash in it cannot end the window."""

import contextlib
import ctypes
import faulthandler
import os
import queue
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lstm_studio.core.commands import Command, OpenExample, OpenModel
from lstm_studio.core.control import RunControl
from lstm_studio.core.messages import (
    Failed,
    Finished,
    Message,
    ModelOpened,
    Outcome,
    SequenceOpened,
)
from lstm_studio.core.summary import ModelSummary, SequenceSummary
from lstm_studio.engine import landlock

if TYPE_CHECKING:
    from lstm_studio.engine.workbench import Workbench

_LOST: Final = ("device-side assert", "illegal memory access", "launch failure")
_END_WITH_PARENT: Final = 1
_OUT_OF_MEMORY_SCORE: Final = "500"


@dataclass(frozen=True, slots=True)
class Before:
    """What was open in the host before this one: how it came to be, and what it was."""

    commands: tuple[Command, ...] = ()
    model: ModelSummary | None = None
    sequence: SequenceSummary | None = None


Start = tuple[Command, Before, RunControl]


def main(connection: Connection, log: str, folder: str) -> None:
    """Perform the commands that come over ``connection`` until it is closed.

    What comes is ``("start", command, before, paused)``, ``("pause",)``,
    ``("resume",)``, ``("step", n)``, ``("stop_at", condition)`` or ``("cancel",)``;
    what goes back are messages.
    Files are written below ``folder`` only, where the kernel can hold the process
    to that.
    """
    _depend_on_the_window()
    _redirect(Path(log))
    _set_threads()
    own = Path(folder)
    os.environ["TMPDIR"] = tempfile.tempdir = str(_temporary(own))
    # After the imports, so that they may keep what Python compiles of them.
    from lstm_studio.engine.workbench import Workbench, ready

    limited = landlock.restrict([own])
    starts: queue.SimpleQueue[Start] = queue.SimpleQueue()
    threading.Thread(
        target=_listen, args=(connection, starts), name="listener", daemon=True
    ).start()
    bench = _Bench(Workbench())
    connection.send(ready())
    while True:
        command, before, control = starts.get()
        outcome = bench.perform(command, before, control, connection.send)
        if isinstance(outcome, Failed) and limited:
            outcome = _name_the_limits(outcome)
        connection.send(outcome)
        if isinstance(outcome, Failed) and not lost(outcome):
            _free_the_device()
        # What the job leaves behind is let go of now, not when the next one comes.
        del command, before, control


class _Bench:
    """A workbench that first opens what was open in the host before."""

    def __init__(self, bench: "Workbench") -> None:
        self._bench = bench
        self._empty = True

    def perform(
        self,
        command: Command,
        before: Before,
        control: RunControl,
        publish: Callable[[Message], None],
    ) -> Outcome:
        if self._empty:
            refusal = self._restore(before, control)
            # A model that cannot be restored can still be opened anew.
            if refusal is not None and not isinstance(command, OpenModel):
                return refusal
        outcome = self._bench.perform(command, control, publish)
        if isinstance(command, OpenModel | OpenExample):
            self._empty = self._empty and not isinstance(outcome, Finished)
        return outcome

    def _restore(self, before: Before, control: RunControl) -> Outcome | None:
        """Open again what was open; return why that is not possible."""
        model = before.model
        if model is None:
            return None
        changed = Failed(
            "CannotOpen",
            f"{model.name} is not as it was when it was opened.",
            "Open it again.",
        )
        # Before any of it runs: the user trusted these very bytes.
        if model.path and _sha256(model.path) != model.sha256:
            return changed
        said: list[Message] = []
        for command in before.commands:
            outcome = self._bench.perform(command, control, said.append)
            if not isinstance(outcome, Finished):
                return outcome
        sequences = [m.sequence for m in said if isinstance(m, SequenceOpened)]
        if before.sequence is not None and sequences[-1:] != [before.sequence]:
            return replace(
                changed,
                message=f"The sequence {before.sequence.name} is not as it was when "
                "it was opened.",
            )
        self._empty = not any(isinstance(m, ModelOpened) for m in said)
        return None


def _sha256(path: str) -> str:
    from lstm_studio.core.errors import CannotOpen
    from lstm_studio.engine.files.source import open_source

    try:
        with open_source(Path(path)) as source:
            return source.sha256()
    except CannotOpen:
        return ""


def _listen(connection: Connection, starts: "queue.SimpleQueue[Start]") -> None:
    control = RunControl()
    while True:
        try:
            message = connection.recv()
        except (EOFError, OSError):
            # The window is gone, and with it whoever could want a result. Not
            # sys.exit: that would wait for a forward pass that may never return.
            os._exit(0)
        match message:
            case ("start", command, before, paused):
                control = RunControl(paused=paused)
                starts.put((command, before, control))
            case ("pause",):
                control.pause()
            case ("resume",):
                control.resume()
            case ("step", int(steps)):
                control.step(steps)
            case ("stop_at", condition):
                control.stop_at(condition)
            case ("cancel",):
                control.cancel()


def _depend_on_the_window() -> None:
    """End with the window, and before it where memory runs out."""
    # Ctrl+C in a terminal reaches both: the window decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        return
    # A group of its own: what foreign code started ends with this process.
    os.setsid()
    if sys.platform == "linux":
        # Also where foreign code never lets the listener run.
        ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(_OUT_OF_MEMORY_SCORE)


def _redirect(log: Path) -> None:
    """Send what foreign code prints to a file, and give it nothing to read."""
    # Appending, so that the window can cut the file while it is written.
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(target, 1)
    os.dup2(target, 2)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - for the process
    sys.stdout = sys.stderr = open(  # noqa: SIM115
        1, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False
    )
    faulthandler.enable(2)


def _set_threads() -> None:
    """Leave a core to the window; what the user's environment says goes first."""
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    # Read once, when torch is imported.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(cores - 1, 1)))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _temporary(own: Path) -> Path:
    folder = own / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _name_the_limits(failed: Failed) -> Failed:
    if "PermissionError" not in failed.message:
        return failed
    return replace(
        failed,
        next_step="Code that is opened from a file may write only temporary files and "
        "use no network here. In a script, lstm_studio.view(model) has no such limits.",
    )


def _free_the_device() -> None:
    """Give back what is cached, so that another run can be tried at once."""
    import torch

    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.empty_cache()


def lost(failed: Failed) -> bool:
    """Return whether the graphics card takes no more work from this process."""
    text = f"{failed.message} {failed.details}"
    return "CUDA" in text and any(sign in text for sign in _LOST)
