"""What runs: one command at a time, what follows from it, and how it is held up."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from lstm_studio.core.commands import Command
from lstm_studio.core.condition import Condition
from lstm_studio.core.messages import (
    Cancelled,
    EngineReady,
    Failed,
    Finished,
    Message,
    Outcome,
    Progress,
    Stopped,
    Stuck,
)
from lstm_studio.core.recording import Recording
from lstm_studio.session.reader import Reader
from lstm_studio.session.runner import Runner
from lstm_studio.session.shown import Shown
from lstm_studio.session.workspace import Workspace


class Running(Shown):
    """Has a runner do what is wished, and hears of it frame by frame."""

    ended = Signal(object)
    """The outcome of the last command."""

    def __init__(
        self,
        runner: Runner,
        workspace: Workspace,
        reader: Callable[[Recording], Reader],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(workspace, reader, parent)
        self.command: Command | None = None
        self.progress: Progress | None = None
        self.outcome: Outcome | None = None
        self.paused = False
        self.stuck: Stuck | None = None
        """Why the run cannot write what it has; None while it can."""
        self.until: Condition | None = None
        self.device = "cpu"
        self.devices: tuple[str, ...] = ("cpu",)
        self._runner = runner
        self._then: list[tuple[Command, bool]] = []

    @property
    def apart(self) -> bool:
        """Whether models run in a process that is not that of the window."""
        return self._runner.apart

    @property
    def busy(self) -> bool:
        """Whether a command runs."""
        return self.command is not None

    def choose_device(self, device: str) -> None:
        """Run on this device from the next run on."""
        self.device = device
        self.opened.emit()

    # How it is held up

    def pause(self) -> None:
        """Let the run wait before its next chunk."""
        if self.busy:
            self._runner.pause()
            self._set_paused(paused=True)

    def resume(self) -> None:
        """Let the run go on; where the disk took no more, it tries again."""
        if self.busy:
            self._runner.resume()
            self.stuck = None
            self._set_paused(paused=False)

    def step(self, steps: int = 1) -> None:
        """Let the run do ``steps`` more steps, then wait."""
        if self.busy:
            self._runner.step(steps)
            self.stuck = None
            self._set_paused(paused=True)

    def stop_at(self, condition: Condition | None) -> None:
        """Let what runs, and runs from now on, pause where this begins to hold."""
        self.until = condition
        self._runner.stop_at(condition)
        self.advanced.emit()

    def cancel(self) -> None:
        """End what runs; what it recorded is kept."""
        self._then.clear()
        self._runner.cancel()

    def _set_paused(self, *, paused: bool) -> None:
        self.paused = paused
        self.advanced.emit()

    # From its start to its outcome

    def _start(self, command: Command, *, paused: bool = False) -> None:
        if self.busy:
            # One command at a time: the new wish takes the place of what runs.
            self.cancel()
            self._then = [(command, paused)]
            return
        refusal = self._refusal(command)
        if refusal is not None:
            self._end(refusal)
            return
        self.stop_playing()
        self._then = []
        self.command, self.paused, self.progress = command, paused, None
        self._runner.start(command, paused=paused)
        self._wake()
        self.advanced.emit()

    def _refusal(self, command: Command) -> Failed | None:
        """Return why a command is not even begun."""
        return None

    def _listen(self) -> bool:
        messages = self._runner.messages()
        for message in messages:
            self._take(message)
        return bool(messages)

    @property
    def _at_rest(self) -> bool:
        return super()._at_rest and not self._runner.busy

    def _take(self, message: Message) -> None:
        match message:
            case EngineReady(devices=devices):
                self.devices = devices
                self.opened.emit()
            case Progress():
                self.progress = message
            case Stopped(step=step):
                self._set_paused(paused=True)
                self._show(replace(self.view, step=step, follow=False))
            case Stuck():
                self.stuck = message
                self._set_paused(paused=True)
            case Finished() | Cancelled() | Failed():
                self._end(message)

    def _end(self, outcome: Outcome) -> None:
        self.command, self.paused, self.progress = None, False, None
        self.stuck, self.outcome = None, outcome
        chain, self._then = self._then, []
        if isinstance(outcome, Failed):
            chain = []
        self.ended.emit(outcome)
        if chain and not self.busy:
            self._start(chain[0][0], paused=chain[0][1])
            # One that is refused takes what was to follow with it.
            self._then = chain[1:] if self.busy else []

    def close(self) -> None:
        """End what runs, the reader and the timers; nothing is left behind."""
        self._frame.stop()
        self._then.clear()
        self._runner.close()
        super().close()
