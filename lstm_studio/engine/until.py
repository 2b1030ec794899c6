"""Lets a run pause where a condition begins to hold."""

from collections.abc import Callable, Mapping

from lstm_studio.core.condition import Condition
from lstm_studio.core.control import RunControl
from lstm_studio.core.messages import Advanced, Message, Stopped
from lstm_studio.core.recording import Recording
from lstm_studio.core.sought import find

Publish = Callable[[Message], None]


class Until:
    """Passes messages on, and looks once at each of the rows that they tell of.

    It runs in the thread of the run, each time that the run tells what it has (once a
    frame): no further chunk begins before it has looked. A condition that is set while
    the run goes on is looked for in the rows that come from then on.
    """

    def __init__(
        self, recording: Recording, control: RunControl, publish: Publish
    ) -> None:
        self._recording = recording
        self._control = control
        self._publish = publish
        self._condition: Condition | None = None
        self._told: Mapping[str, int] = {}
        self._seen = 0

    def __call__(self, message: Message) -> None:
        self._publish(message)
        if not isinstance(message, Advanced):
            return
        condition = self._control.until
        if condition is not self._condition:
            self._condition = condition
            self._seen = _least(condition, self._told)
        self._told = {name: self._ready(name) for name in self._recording.layers}
        ready = _least(condition, self._told)
        if condition is None or ready <= self._seen:
            return
        found = find(self._recording, condition, self._seen, ready)
        self._seen = ready
        if found.first is not None:
            self._control.pause()
            self._publish(Stopped(found.first))

    def _ready(self, layer: str) -> int:
        """Return how many steps from the first on are there."""
        spans = self._recording.committed(layer)
        return spans[0][1] if spans and spans[0][0] == 0 else 0


def _least(condition: Condition | None, ready: Mapping[str, int]) -> int:
    """Return up to which step all layers of a condition are there."""
    layers = () if condition is None else condition.layers
    return min((ready.get(layer, 0) for layer in layers), default=0)
