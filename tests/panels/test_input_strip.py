import numpy as np
from pytestqt.qtbot import QtBot

from lstm_studio.core.recorder import Recorder
from lstm_studio.core.summary import InputNeeds
from lstm_studio.panels.input_strip import InputStripPanel
from lstm_studio.session.session import Session
from tests.panelkit.mouse import click
from tests.panels.recorded import LAYERS, make_recorder, shown

STEPS = 120
TEXT = ("def f(x):\n\treturn 'q'\n" * 9)[:STEPS]
WORDS = tuple(sorted(set(TEXT)))
TOKENS = np.array([[WORDS.index(c)] for c in TEXT])


def opened(session: Session, qtbot: QtBot, recorder: Recorder) -> InputStripPanel:
    recorder.finish("complete")
    session.show_recording(recorder.recording)
    return shown(InputStripPanel(session), qtbot, 120)


def test_tokens_are_text_where_there_is_room(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorder = make_recorder()
    recorder.set_sequence(TOKENS, tuple(TEXT))
    panel = opened(recorded_session, qtbot, recorder)
    assert not panel.text.fits
    recorded_session.look(span=(0, 20), step=9)
    panel.refresh()
    assert panel.text.fits
    assert [panel.text.text(step, 0) for step in range(8, 13)] == list(":⏎⇥re")
    assert panel.legend.hint == "step 9  “⏎”"
    zoomed = panel.plot.grab().toImage()
    panel.text.setVisible(False)
    assert zoomed != panel.plot.grab().toImage()


def test_tokens_without_texts_show_their_numbers(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorder = make_recorder()
    recorder.set_sequence(TOKENS)
    panel = opened(recorded_session, qtbot, recorder)
    assert panel.text.text(4, 0) == str(TOKENS[4, 0])


def test_click_on_a_token_goes_to_its_step(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorder = make_recorder()
    recorder.set_sequence(TOKENS, tuple(TEXT))
    panel = opened(recorded_session, qtbot, recorder)
    click(qtbot, panel.plot, 77.5, 0.5)
    assert recorded_session.view.step == 77


def test_few_channels_are_lines_with_their_names(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot, make_recorder())
    recorded_session.look(step=30)
    panel.refresh()
    assert [entry.name for entry in panel.legend.entries] == ["a", "b", "c"]
    assert recorded_session.recording is not None
    x = recorded_session.recording.read("rnn.l0", "x")
    for curve, want in zip(panel.lines.curves, x.T, strict=True):
        np.testing.assert_allclose(curve.getData()[1], want)


def test_many_channels_are_an_image(recorded_session: Session, qtbot: QtBot) -> None:
    recorder = make_recorder()
    recorder.set_sequence(np.ones((STEPS, 1, 40), np.float32))
    panel = opened(recorded_session, qtbot, recorder)
    assert panel.image.isVisible()
    assert panel.plot.y_range == (0, 40)
    assert panel.legend.hint == "40 channels"


def test_audio_is_its_samples_or_its_envelope(
    recorded_session: Session, qtbot: QtBot
) -> None:
    assert recorded_session.model is not None
    object.__setattr__(recorded_session.model, "needs", InputNeeds("samples", 64))
    windows = np.random.default_rng(2).normal(size=(STEPS, 1, 64)).astype(np.float32)
    recorder = make_recorder()
    recorder.set_sequence(windows)
    panel = opened(recorded_session, qtbot, recorder)
    y = panel.lines.curves[0].getData()[1]
    assert (y.max(), y.min()) == (windows.max(), windows.min())
    assert panel.thinning == "16:1 samples (low to high)"
    recorded_session.look(span=(10, 18))
    panel.refresh()
    assert panel.thinning == ""
    x, y = panel.lines.curves[0].getData()
    inside = (x > 10) & (x < 18)
    np.testing.assert_array_equal(y[inside], windows[10:18, 0].ravel().astype(float))


def test_without_a_sequence_the_input_of_the_first_layer_shows(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot, make_recorder(sequence=False))
    assert recorded_session.recording is not None
    assert recorded_session.recording.sequence is None
    assert [entry.name for entry in panel.legend.entries] == ["x0", "x1", "x2"]
    x = recorded_session.recording.read("rnn.l0", "x")
    np.testing.assert_allclose(panel.lines.curves[2].getData()[1], x[:, 2])


def test_bad_values_of_the_input_are_marked(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorder = make_recorder()
    values = np.zeros((STEPS, 1, 3), np.float32)
    values[40, 0, 1], values[90, 0, 2] = np.nan, np.inf
    recorder.set_sequence(values)
    panel = opened(recorded_session, qtbot, recorder)
    assert list(panel.plot.bad_marks.bad.steps) == [40, 90]


def test_what_comes_next_can_be_read(recorded_session: Session, qtbot: QtBot) -> None:
    recorder = make_recorder()
    for layer in LAYERS:
        recorder.begin_call(layer, 100, {}, "zeros")
    recorded_session.show_recording(recorder.recording)
    panel = shown(InputStripPanel(recorded_session), qtbot)
    layer = recorded_session.view.layer
    assert layer is not None
    assert panel.plot.marks_of(layer).gaps == ((120, 220, "missing"),)
    assert panel.plot.marks.marks.gaps == ()
