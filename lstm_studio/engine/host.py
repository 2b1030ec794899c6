"""The child process that holds the model: a crash in it cannot end the window."""

import os
import queue
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from lstm_studio.core.commands import Command
from lstm_studio.core.control import RunControl


def main(connection: Connection, log: str) -> None:
    """Perform the commands that come over ``connection`` until it is closed.

    What comes is ``("start", command, paused)``, ``("pause",)``, ``("resume",)``,
    ``("step", n)`` or ``("cancel",)``; what goes back are messages.
    """
    _redirect(Path(log))
    # Before torch is imported, so that no thread of it spins beside the window.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from lstm_studio.engine.workbench import Workbench, ready

    commands: queue.SimpleQueue[tuple[Command, RunControl]] = queue.SimpleQueue()
    threading.Thread(
        target=_listen, args=(connection, commands), name="listener", daemon=True
    ).start()
    workbench = Workbench()
    connection.send(ready())
    while True:
        command, control = commands.get()
        connection.send(workbench.perform(command, control, connection.send))


def _listen(
    connection: Connection, commands: "queue.SimpleQueue[tuple[Command, RunControl]]"
) -> None:
    control = RunControl()
    while True:
        try:
            message = connection.recv()
        except (EOFError, OSError):
            # The window is gone, and with it whoever could want a result. Not
            # sys.exit: that would wait for a forward pass that may never return.
            os._exit(0)
        match message:
            case ("start", command, paused):
                control = RunControl(paused=paused)
                commands.put((command, control))
            case ("pause",):
                control.pause()
            case ("resume",):
                control.resume()
            case ("step", int(steps)):
                control.step(steps)
            case ("cancel",):
                control.cancel()


def _redirect(log: Path) -> None:
    """Send what foreign code prints to a file, and give it nothing to read."""
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(target, 1)
    os.dup2(target, 2)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - for the process
    sys.stdout = sys.stderr = open(  # noqa: SIM115
        1, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False
    )
