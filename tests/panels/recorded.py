"""Small recordings of unrolled layers, and sessions that show them, for panels."""

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pytestqt.qtbot import QtBot

from lstm_studio.core.commands import Command
from lstm_studio.core.condition import Condition
from lstm_studio.core.layers import Kind, Sizes
from lstm_studio.core.messages import Message
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from lstm_studio.core.summary import InputNeeds, ModelSummary
from lstm_studio.panelkit.panel import Panel
from lstm_studio.session.reader import InlineReader
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from tests.core.reference import Planned, feed, make_layer, make_weights, unroll

STEPS, UNITS = 120, 6
LAYERS = ("rnn.l0", "rnn.l1")
CALLS = (Planned(50), Planned(30, "carried"), Planned(40, "given"))


AnyPanel = TypeVar("AnyPanel", bound=Panel)


class IdleRunner:
    """A runner that runs nothing: these sessions only look."""

    busy = False
    apart = False

    def start(self, command: Command, *, paused: bool = False) -> None:
        raise AssertionError(f"a panel started {command}")

    def messages(self) -> list[Message]:
        return []

    def step(self, steps: int) -> None: ...
    def pause(self) -> None: ...

    resume = cancel = close = pause

    def stop_at(self, condition: Condition | None) -> None: ...


def make_recorder(
    kind: Kind = "lstm",
    calls: tuple[Planned, ...] = CALLS,
    samples: int = 1,
    units: int = UNITS,
    projection: int = 0,
    *,
    sequence: bool = True,
    gain: float = 1,
    rate: float | None = None,
) -> Recorder:
    """Return two layers, the second fed with ``h`` of the first; still running.

    ``gain`` makes weights larger, and so gates that open and close.
    """
    rng = np.random.default_rng(7)
    recorder = Recorder()
    steps = sum(call.steps for call in calls)
    x = rng.normal(size=(steps, samples, 3))
    if sequence:
        recorder.set_sequence(x.astype(np.float32), ("a", "b", "c"), "noise", rate)
    for index, name in enumerate(LAYERS):
        sizes = Sizes(x.shape[2], units, projection)
        layer = replace(make_layer(kind, "forward", sizes, name=name), index=index)
        weights = make_weights(layer, rng)
        unrolled = unroll(
            layer,
            {name: values * gain for name, values in weights.items()},
            x,
            calls,
            lambda width: rng.normal(size=(samples, width)),
        )
        feed(recorder, unrolled)
        x = np.nan_to_num(unrolled.streams["h"])
    return recorder


def make_recording(**choices: Any) -> Recording:
    """Return a recording that is complete, with an output of two channels."""
    recorder = make_recorder(**choices)
    steps = recorder.recording.length(LAYERS[0])
    t = np.arange(steps, dtype=np.float32)
    recorder.set_output(np.stack([np.sin(t), np.cos(t)], axis=1)[np.newaxis])
    recorder.finish("complete")
    return recorder.recording


def make_session(
    folder: Path, recording: Recording | None = None, needs: InputNeeds | None = None
) -> Session:
    """Return a session without threads that shows a recording."""
    session = Session(IdleRunner(), Workspace(folder), InlineReader)
    if recording is not None:
        layers = tuple(recording.layers.values())
        session.model = ModelSummary(
            "model", "", "", "", layers, needs or InputNeeds(features=3)
        )
        session.show_recording(recording)
    return session


def shown(panel: AnyPanel, qtbot: QtBot, height: int = 220) -> AnyPanel:
    """Show a panel, 800 pixels wide, and draw it."""
    qtbot.addWidget(panel)
    panel.resize(800, height)
    panel.show()
    panel.refresh()
    return panel
