import numpy as np

from lstm_studio.core.recorder import Recorder
from lstm_studio.panelkit.marks import CROWDED, MarkReader
from tests.core.reference import Planned, make_layer, make_weights
from tests.panels.recorded import LAYERS, make_recording

NAME = LAYERS[0]


def test_calls_and_their_sources_within_a_span() -> None:
    recording = make_recording()
    reader = MarkReader()
    assert reader.read(recording, NAME, 0, (0, 120)).calls == (
        (0, "zeros", 0),
        (50, "carried", 1),
        (80, "given", 2),
    )
    assert reader.read(recording, NAME, 0, (40, 80)).calls == ((50, "carried", 1),)
    assert reader.read(recording, NAME, 0, (0, 120)).gaps == ()


def test_padding_of_the_sample_is_a_gap() -> None:
    calls = (Planned(10, lengths=(10, 7)), Planned(10, "carried", (10, 4)))
    recording = make_recording(calls=calls, samples=2)
    reader = MarkReader()
    assert reader.read(recording, NAME, 0, (0, 20)).gaps == ()
    assert reader.read(recording, NAME, 1, (0, 20)).gaps == (
        (7, 10, "padding"),
        (14, 20, "padding"),
    )
    assert reader.read(recording, NAME, 1, (0, 9)).gaps == ((7, 10, "padding"),)


def test_what_is_not_committed_is_a_gap_until_it_is() -> None:
    layer = make_layer(name=NAME)
    recorder = Recorder()
    weights = make_weights(layer, np.random.default_rng(0))
    recorder.declare(layer, weights, 1, np.dtype(np.float32))
    recorder.begin_call(NAME, 10, {}, "zeros")
    reader = MarkReader()
    assert reader.read(recorder.recording, NAME, 0, (0, 10)).gaps == (
        (0, 10, "missing"),
    )
    rows = {"h": np.zeros((4, 1, 5), "f4"), "x": np.zeros((4, 1, 3), "f4")}
    recorder.write(NAME, 0, rows)
    recorder.commit()
    assert reader.read(recorder.recording, NAME, 0, (0, 10)).gaps == (
        (4, 10, "missing"),
    )
    assert reader.read(recorder.recording, NAME, 0, (0, 4)).gaps == ()
    # Whole: what is drawn reaches a little beyond the span.
    missing = ((4, 10, "missing"),)
    assert reader.read(recorder.recording, NAME, 0, (5, 8)).gaps == missing


def test_where_calls_crowd_only_the_rare_ones_are_marked() -> None:
    calls = (Planned(1), *[Planned(1, "carried")] * (CROWDED + 5), Planned(1))
    recording = make_recording(calls=calls)
    stop = CROWDED + 7
    assert len(recording.calls(NAME)) == stop
    marks = MarkReader().read(recording, NAME, 0, (0, stop))
    assert [call[0] for call in marks.calls] == [0, stop - 1]
