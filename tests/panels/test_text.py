from itertools import cycle, islice

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from lstm_studio.core.summary import InputNeeds
from lstm_studio.panelkit.levels import GATE, UNIT
from lstm_studio.panels.text import TextPanel
from lstm_studio.session.session import Session
from tests.core.reference import Planned
from tests.panelkit.mouse import LEFT
from tests.panels.recorded import LAYERS, make_recorder, shown

STEPS = 120
SONG = "row, row your boat\ngently down the stream. "


def opened(
    session: Session,
    qtbot: QtBot,
    labels: tuple[str, ...] = tuple(islice(cycle(SONG), STEPS)),
    output: object = None,
) -> TextPanel:
    words = tuple(sorted(set(labels)))
    numbers = np.array([words.index(label) for label in labels])[:, np.newaxis]
    recorder = make_recorder(calls=(Planned(len(labels)),))
    recorder.set_sequence(numbers, labels, "song")
    if output is not None:
        recorder.set_output(output)
    recorder.finish("complete")
    session.show_recording(recorder.recording)
    assert session.model is not None
    needs = InputNeeds("tokens", len(words), words)
    object.__setattr__(session.model, "needs", needs)
    panel = shown(TextPanel(session), qtbot, 160)
    panel.refresh()
    return panel


def test_click_goes_to_the_step_of_the_token(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    rect = panel.text.rect_of(29)
    assert rect is not None
    qtbot.mouseClick(panel.text.viewport(), LEFT, pos=rect.center().toPoint())
    assert recorded_session.view.step == 29


def test_tokens_have_the_colours_of_the_unit(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    recorded_session.look(layer="rnn.l1", unit=3, step=100)
    for stream, levels in (("h", UNIT), ("f", GATE)):
        recorded_session.look(streams={"rnn.l1": stream})
        panel.refresh()
        image = panel.text.viewport().grab().toImage()
        assert recorded_session.recording is not None
        values = recorded_session.recording.read("rnn.l1", stream)[:, 3]
        for step in (4, 30, 58):
            rect = panel.text.rect_of(step)
            assert rect is not None
            want = levels.table(panel.colours)[levels.indices(values[step : step + 1])]
            assert image.pixel(rect.topLeft().toPoint() + QPoint(1, 1)) == want[0]
    assert panel.legend.entries[0].name == "rnn.l1 · f · unit 3"


def test_a_line_ends_where_the_text_has_its_end(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    newline = SONG.index("\n")
    line = panel.text.flow.line_of
    assert line(newline) == line(0)
    assert line(newline + 1) == line(0) + 1


def test_the_text_follows_the_cursor(recorded_session: Session, qtbot: QtBot) -> None:
    labels = tuple(islice(cycle(SONG), 20_000))
    panel = opened(recorded_session, qtbot, labels)
    for step in (19_990, 10_000, 3):
        recorded_session.look(step=step)
        panel.refresh()
        first, stop = panel.text.visible()
        assert first <= step < stop
        rect = panel.text.rect_of(step)
        assert rect is not None
        assert panel.text.viewport().rect().contains(rect.center().toPoint())


def test_what_comes_next_is_named(recorded_session: Session, qtbot: QtBot) -> None:
    words = sorted(set(SONG))
    logits = np.zeros((1, STEPS, len(words)), np.float32)
    logits[0, 7, words.index("w")] = 20
    panel = opened(recorded_session, qtbot, output=logits)
    recorded_session.look(step=7)
    panel.refresh()
    assert panel.legend.hint.startswith("after “w”:  “w” 1.000")
    assert "“w” 1.000" in panel.tip_at(7)


def test_words_stand_apart(recorded_session: Session, qtbot: QtBot) -> None:
    labels = tuple(islice(cycle(("oak", "ash", "(", ")")), STEPS))
    panel = opened(recorded_session, qtbot, labels)
    one, other = panel.text.rect_of(0), panel.text.rect_of(1)
    assert one is not None
    assert other is not None
    assert other.left() > one.right() + 2


def test_numbers_are_no_text(recorded_session: Session, qtbot: QtBot) -> None:
    panel = shown(TextPanel(recorded_session), qtbot)
    assert panel.empty.text().startswith("This model reads numbers")


@pytest.mark.parametrize("width", [120, 400, 1500])
def test_lines_are_as_wide_as_there_is_room(
    recorded_session: Session, qtbot: QtBot, width: int
) -> None:
    panel = opened(recorded_session, qtbot)
    panel.resize(width, 160)
    flow = panel.text.flow
    assert (flow.left + flow.widths).max() <= panel.text.viewport().width()
    starts, stops = flow.first[:-1], flow.first[1:]
    assert (stops > starts).all()
    assert flow.first[-1] == STEPS


def guesses(labels: tuple[str, ...]) -> np.ndarray:
    """Return logits by which each next letter is the likeliest."""
    words = sorted(set(labels))
    numbers = np.array([words.index(label) for label in labels])
    return 6 * np.eye(len(words), dtype=np.float32)[np.roll(numbers, -1)][np.newaxis]


def test_what_is_expected_stands_below_each_token(
    recorded_session: Session, qtbot: QtBot
) -> None:
    labels = tuple(islice(cycle(SONG), STEPS))
    panel = opened(recorded_session, qtbot, labels, guesses(labels))
    assert panel.below.isVisible()
    heights = []
    for index in range(panel.below.count()):
        panel.below.setCurrentIndex(index)
        panel.refresh()
        heights.append(panel.text._line_height)
    assert heights == sorted(set(heights))
    below = panel.text._below
    assert below is not None
    assert below.ranks == 5
    # The next letter of the song, as it is shown.
    shown_next = [below.words[token] for token in below.tokens[:5, 0]]
    assert shown_next == ["o", "w", ",", "␣", "r"]
    rect = panel.text.rect_of(3)
    assert rect is not None
    under = rect.center().toPoint() + QPoint(0, int(rect.height()))
    qtbot.mouseClick(panel.text.viewport(), LEFT, pos=under)
    assert recorded_session.view.step == 3
    panel.below.setCurrentIndex(0)
    panel.refresh()
    assert panel.text._below is None


def test_wide_expectations_get_their_room(
    recorded_session: Session, qtbot: QtBot
) -> None:
    labels = ("a", "unbelievable", "b", "a") * 10
    words = sorted(set(labels))
    likeliest = words.index("unbelievable")
    logits = np.zeros((1, len(labels), len(words)), np.float32)
    logits[..., likeliest] = 5
    panel = opened(recorded_session, qtbot, labels, logits)
    widths = panel.text.flow.widths
    below = panel.text._below
    assert below is not None
    assert (widths >= below.widths(panel.text.font()) - 1e-6).all()


def test_without_a_ranking_there_is_text_alone(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    assert not panel.below.isVisible()
    assert panel.text._below is None


def test_what_is_not_recorded_has_no_colour(
    recorded_session: Session, qtbot: QtBot
) -> None:
    labels = tuple(islice(cycle(SONG), STEPS))
    recorder = make_recorder(calls=(Planned(60),))
    for layer in LAYERS:
        recorder.begin_call(layer, 60, {}, "zeros")
    numbers = np.zeros((STEPS, 1), np.int64)
    recorder.set_sequence(numbers, labels, "song")
    recorder.finish("partial")
    recorded_session.show_recording(recorder.recording)
    panel = shown(TextPanel(recorded_session), qtbot, 160)
    words = panel.text._words
    assert words is not None
    assert words[:60].all()
    assert not words[60:].any()
    recorded_session.look(step=59)
    panel.refresh()
    assert panel.legend.entries[0].value
    recorded_session.look(step=60)
    panel.refresh()
    assert panel.legend.entries[0].value == "not recorded"
