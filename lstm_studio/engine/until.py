"""Lets a run pause where a condition begins to hold."""

from collections.abc import Callable

from lstm_studio.core.condition import Condition
from lstm_studio.core.control import RunControl
from lstm_studio.core.messages import Advanced, Message, Stopped
from lstm_studio.core.recording import Recording
from lstm_studio.core.sought import find

Publish = Callable[[Message], None]


class Until:
    """Passes messages on, and looks once at each of the rows that they tell of.

    It runs in the thread of the run, each time that the run tells what it has (once a
    frame): no further chunk begins before it has looked.
    """

    def __init__(
        self,
        condition: Condition,
        recording: Recording,
        control: RunControl,
        publish: Publish,
    ) -> None:
        self._condition = condition
        self._recording = recording
        self._control = control
        self._publish = publish
        self._seen = 0

    def __call__(self, message: Message) -> None:
        self._publish(message)
        if not isinstance(message, Advanced):
            return
        ready = min(map(self._ready, self._condition.layers))
        if ready <= self._seen:
            return
        found = find(self._recording, self._condition, self._seen, ready)
        self._seen = ready
        if found.first is not None:
            self._control.pause()
            self._publish(Stopped(found.first))

    def _ready(self, layer: str) -> int:
        """Return how many steps from the first on are there."""
        if layer not in self._recording.layers:
            return 0
        spans = self._recording.committed(layer)
        return spans[0][1] if spans and spans[0][0] == 0 else 0
