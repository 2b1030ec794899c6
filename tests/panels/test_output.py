import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lstm_studio.core.outputs import softmax
from lstm_studio.core.summary import InputNeeds
from lstm_studio.panels.output import OutputPanel
from lstm_studio.session.session import Session
from tests.core.reference import Planned
from tests.panelkit.mouse import click
from tests.panels.recorded import make_recorder, shown

STEPS = 120
RNG = np.random.default_rng(5)
LOGITS = RNG.normal(size=(1, STEPS, 12)).astype(np.float32) * 3


def opened(session: Session, qtbot: QtBot, output: object) -> OutputPanel:
    recorder = make_recorder()
    recorder.set_output(output)
    recorder.finish("complete")
    session.show_recording(recorder.recording)
    return shown(OutputPanel(session), qtbot, 200)


def test_few_channels_are_lines(recorded_session: Session, qtbot: QtBot) -> None:
    output = np.stack([np.arange(STEPS), -np.arange(STEPS)], axis=1)[np.newaxis]
    panel = opened(recorded_session, qtbot, (output.astype(np.float32), None))
    recorded_session.look(step=41)
    panel.refresh()
    assert [entry.name for entry in panel.legend.entries] == [
        "output[0] 0",
        "output[0] 1",
    ]
    assert panel.legend.entries[0].value.strip() == "41.0000"
    np.testing.assert_array_equal(panel.lines.curves[1].getData()[1], output[0, :, 1])
    assert panel.plot.y_range[0] < -119


def test_probabilities_are_drawn_from_0_to_1(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot, softmax(LOGITS[0, :, :3])[np.newaxis])
    low, high = panel.plot.y_range
    assert -0.1 < low < 0
    assert 1 < high < 1.1
    assert panel.legend.hint == "probabilities"


def test_logits_of_tokens_are_ranked(recorded_session: Session, qtbot: QtBot) -> None:
    words = tuple("abcdefghijk\n")
    assert recorded_session.model is not None
    object.__setattr__(recorded_session.model, "needs", InputNeeds("tokens", 12, words))
    panel = opened(recorded_session, qtbot, LOGITS)
    recorded_session.look(step=60)
    panel.refresh()
    shares = softmax(LOGITS[0])
    best = int(shares[60].argmax())
    word = "⏎" if words[best] == "\n" else words[best]
    want = f"softmax, most likely:  “{word}” {shares[60, best]:.3f}"
    assert panel.legend.hint.startswith(want)
    block = panel.image.block
    assert block is not None
    np.testing.assert_allclose(block.high[60, 0], shares[60].max(), rtol=1e-5)


def test_many_channels_are_an_image(recorded_session: Session, qtbot: QtBot) -> None:
    panel = opened(recorded_session, qtbot, LOGITS)
    assert panel.image.isVisible()
    assert panel.bar.isVisible()
    assert panel.legend.hint == "output, 12 channels"
    assert panel.plot.y_range == (0, 12)


def test_click_goes_to_the_step(recorded_session: Session, qtbot: QtBot) -> None:
    panel = opened(recorded_session, qtbot, LOGITS)
    click(qtbot, panel.plot, 99.5, 3)
    assert recorded_session.view.step == 99


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (
            np.array([[0.25, 0.75]]),
            "one output for the whole sequence:\n0.2500  0.7500",
        ),
        (None, "returned no numbers"),
    ],
)
def test_output_without_steps_is_told(
    recorded_session: Session, qtbot: QtBot, output: object, text: str
) -> None:
    assert text in opened(recorded_session, qtbot, output).empty.text()


def test_a_running_recording_has_no_output_yet(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorder = make_recorder()
    recorded_session.show_recording(recorder.recording)
    panel = OutputPanel(recorded_session)
    qtbot.addWidget(panel)
    panel.refresh()
    assert "at its end" in panel.empty.text()
    recorder.set_output(LOGITS)
    recorder.finish("complete")
    panel.refresh()
    assert panel.empty.text() == ""


def following(shift: int) -> np.ndarray:
    """Return what predicts the input of the tests perfectly."""
    x = np.random.default_rng(7).normal(size=(STEPS, 1, 3)).astype(np.float32)
    return np.roll(x[:, 0], -shift, axis=0)[np.newaxis]


def test_what_predicts_the_next_input_is_held_against_it(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot, following(1))
    assert panel.given.text() == "Given: input at t + 1"
    given, predicted = panel.lines.curves[:3], panel.lines.curves[3:6]
    for one, other in zip(given, predicted, strict=True):
        np.testing.assert_allclose(one.getData()[1][:-1], other.getData()[1][:-1])
        assert np.isnan(one.getData()[1][-1])
    assert "correlation 1.000, 119 steps" in panel.legend.hint
    recorded_session.look(step=12)
    panel.refresh()
    value = panel.legend.entries[1].value.split("given")
    assert value[0].strip() == value[1].strip()


def test_another_shift_and_another_channel(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot, following(0))
    assert panel.given.text() == "Given: input at t"
    panel.given.shift.setValue(2)
    panel.refresh()
    assert panel.given.text() == "Given: input at t + 2"
    assert "118 steps" in panel.legend.hint
    # "each its own" is the first: then come the channels.
    panel.given.output.setCurrentIndex(2)
    panel.given.output.activated.emit(2)
    panel.given.given.setCurrentIndex(1)
    panel.given.given.activated.emit(1)
    panel.given.shift.setValue(0)
    panel.refresh()
    assert [entry.name for entry in panel.legend.entries] == ["output 1", "given b"]
    assert "correlation 1.000" in panel.legend.hint
    panel.given.on.setChecked(False)
    panel.refresh()
    assert panel.given.text() == "Given: off"
    assert len(panel.legend.entries) == 3


def test_what_predicts_nothing_is_drawn_alone(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot, LOGITS)
    assert panel.given.text() == "Given: off"
    assert panel.given.isEnabled()
    assert panel.image.isVisible()
    # Of an image one channel at a time is held against the input.
    panel.given.on.setChecked(True)
    panel.refresh()
    assert not panel.image.isVisible()
    assert [entry.name for entry in panel.legend.entries] == ["output 0", "given a"]


def test_where_there_is_nothing_to_compare_it_says_why(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorder = make_recorder(sequence=False)
    recorder.set_output(LOGITS)
    recorder.finish("complete")
    recorded_session.show_recording(recorder.recording)
    panel = shown(OutputPanel(recorded_session), qtbot, 200)
    assert not panel.given.isEnabled()
    assert "was not recorded" in panel.given.toolTip()


@pytest.mark.parametrize(
    "words", [(), tuple("abcdefghijk\n")], ids=["values", "tokens"]
)
def test_padding_is_hatched_and_says_nothing(
    recorded_session: Session, qtbot: QtBot, words: tuple[str, ...]
) -> None:
    needs = InputNeeds("tokens", 12, words) if words else InputNeeds(features=3)
    assert recorded_session.model is not None
    object.__setattr__(recorded_session.model, "needs", needs)
    recorder = make_recorder(calls=(Planned(60, lengths=(60, 30)),), samples=2)
    output = np.concatenate([LOGITS, LOGITS])[:, :60, : len(words) or 2]
    output[1, 30:] = 999
    recorder.set_output(output)
    recorder.finish("complete")
    recorded_session.show_recording(recorder.recording)
    panel = shown(OutputPanel(recorded_session), qtbot, 200)
    assert panel.plot.marks.marks.gaps == ()
    recorded_session.look(sample=1, step=40)
    panel.refresh()
    assert panel.plot.marks.marks.gaps == ((30, 60, "padding"),)
    assert panel.plot.bad_marks.bad.text == ""
    if words:
        assert panel._token(29, 0)[0]
        assert panel._token(30, 0)[0] == ""
        assert panel.legend.hint == "softmax, most likely:  "
    else:
        drawn = panel.lines.curves[0].getData()[1]
        np.testing.assert_array_equal(np.isnan(drawn), np.arange(60) >= 30)
        assert panel.plot.y_range[1] < 99
