import numpy as np
import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.blocks import StepBlock
from lstm_studio.panelkit import cells, stateimage
from lstm_studio.panelkit.colours import Colours, colours
from lstm_studio.panelkit.levels import UNIT
from lstm_studio.panelkit.maps import BAD
from lstm_studio.panelkit.stateimage import StateImage, gather
from lstm_studio.panelkit.stepaxis import StepPlot
from lstm_studio.session.session import Session
from tests.panelkit.mouse import place

LOW = np.array([[-3.0, -1.0, 0.0, 0.2, -0.5]])
HIGH = np.array([[1.0, 2.0, 0.5, 0.3, 0.5]])


def image_of_six_units(
    session: Session, qtbot: QtBot
) -> tuple[StepPlot, StateImage, Colours]:
    plot = StepPlot(session, y_down=True, grid=False)
    qtbot.addWidget(plot)
    plot.resize(900, 160)
    plot.show()
    image = StateImage(plot)
    theme = colours(plot.palette())
    plot.recolour(theme)
    plot.set_y(0, 6)
    return plot, image, theme


def test_the_larger_magnitude_shows() -> None:
    assert gather(LOW, HIGH, 1, diverging=True).tolist() == [[-3, 2, 0.5, 0.3, 0.5]]


def test_of_gates_the_highest_shows() -> None:
    assert (gather(LOW, HIGH, 1, diverging=False) == HIGH).all()


@pytest.mark.parametrize("per_row", [2, 3, 4, 5, 9])
def test_units_that_share_a_row_are_gathered(per_row: int) -> None:
    rng = np.random.default_rng(per_row)
    low = rng.normal(size=(4, 11))
    high = low + rng.random((4, 11))
    shown = gather(low, high, per_row, diverging=True)
    for row in range(shown.shape[1]):
        part = slice(row * per_row, (row + 1) * per_row)
        both = np.concatenate([low[:, part], high[:, part]], axis=1)
        np.testing.assert_array_equal(np.abs(shown[:, row]), np.abs(both).max(axis=1))


def test_nan_is_not_hidden_by_its_neighbours() -> None:
    low = np.array([[0.5, np.nan, 0.1]])
    shown = gather(low, low, 3, diverging=True)
    assert np.isnan(shown).all()


def test_pixels_have_the_colour_of_their_value(
    recorded_session: Session, qtbot: QtBot
) -> None:
    plot, image, theme = image_of_six_units(recorded_session, qtbot)
    recorded_session.look(step=119)
    plot.sync()
    values = np.random.default_rng(3).uniform(-1, 1, (120, 6)).astype(np.float32)
    values[40, 2], values[41, 2] = np.inf, np.nan
    image.show_block(StepBlock(0, 120, 1, values, values), UNIT, theme, missing=False)
    grabbed = plot.grab().toImage()
    words = UNIT.table(theme)
    for step, unit in [(0, 0), (7, 5), (40, 2), (41, 2), (90, 3)]:
        want = words[UNIT.indices(values[step, unit][np.newaxis])[0]]
        at = place(plot, step + 0.5, unit + 0.5)
        assert grabbed.pixel(at) == want
    assert grabbed.pixel(place(plot, 40.5, 2.5)) == words[BAD]


def test_what_was_not_recorded_is_left_blank(
    recorded_session: Session, qtbot: QtBot
) -> None:
    plot, image, theme = image_of_six_units(recorded_session, qtbot)
    plot.sync()
    values = np.full((120, 6), 1.0, np.float32)
    values[60:] = np.nan
    block = StepBlock(0, 120, 1, values, values)
    image.show_block(block, UNIT, theme, missing=True)
    at = place(plot, 80.5, 2.5)
    assert plot.grab().toImage().pixelColor(at) == theme.background
    image.show_block(block, UNIT, theme, missing=False)
    assert plot.grab().toImage().pixelColor(at) == theme.bad


def test_a_cursor_that_moves_lets_no_cell_be_drawn_again(
    recorded_session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot, image, theme = image_of_six_units(recorded_session, qtbot)
    plot.sync()
    values = np.random.default_rng(3).uniform(-1, 1, (120, 6)).astype(np.float32)
    image.show_block(StepBlock(0, 120, 1, values, values), UNIT, theme, missing=False)
    drawn: list[object] = []
    draw = cells.draw_cells

    def note(*given: object) -> None:
        drawn.append(given)
        draw(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(stateimage, "draw_cells", note)
    for step in range(60, 64):
        recorded_session.look(step=step)
        plot.sync()
        QApplication.processEvents()
    # Once where it came into sight, once to keep it.
    assert len(drawn) == 2
    recorded_session.look(span=(30, 60))
    plot.sync()
    QApplication.processEvents()
    assert len(drawn) == 3
    want = UNIT.table(theme)[UNIT.indices(values[50, 3][np.newaxis])[0]]
    at = place(plot, 50.5, 3.5)
    assert plot.grab().toImage().pixel(at) == want
    # The second is of so little that it is what was kept.
    for _ in range(2):
        assert plot.grab(QRect(at, QSize(9, 9))).toImage().pixel(0, 0) == want
    assert len(drawn) == 5


def test_what_comes_into_sight_gets_its_colours_then(
    recorded_session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stateimage, "AT_ONCE", 8)
    plot, image, theme = image_of_six_units(recorded_session, qtbot)
    recorded_session.look(step=119)
    values = np.random.default_rng(3).uniform(-1, 1, (120, 6)).astype(np.float32)
    block = StepBlock(0, 120, 1, values, values)
    coloured: list[int] = []

    def note(*given: object) -> np.ndarray:
        coloured.append(len(given[0]))  # type: ignore[arg-type]
        return gather(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(stateimage, "gather", note)
    words = UNIT.table(theme)
    spans = (40, 60), (50, 70), (30, 50), (90, 110), (0, 120), (35, 55)
    for start, stop in spans:
        recorded_session.look(span=(start, stop))
        plot.sync()
        image.show_block(block, UNIT, theme, missing=False)
        grabbed = plot.grab().toImage()
        for step in (start, (start + stop) // 2, stop - 2):
            want = words[UNIT.indices(values[step, 3][np.newaxis])[0]]
            assert grabbed.pixel(place(plot, step + 0.5, 3.5)) == want
    assert coloured[:4] == [24, 8, 16, 24]
    # All that there is, but not twice.
    assert sum(coloured[4:]) == 120 - coloured[3]
