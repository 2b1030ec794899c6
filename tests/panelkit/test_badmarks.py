import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lstm_studio.core.blocks import StepBlock
from lstm_studio.panelkit.badmarks import NONE, find_bad
from lstm_studio.panelkit.colours import colours
from lstm_studio.panelkit.marks import Marks
from lstm_studio.panelkit.stepaxis import StepPlot
from lstm_studio.session.session import Session
from tests.panelkit.mouse import place


def block(size: int = 1) -> StepBlock:
    values = np.zeros((40, 3), np.float32)
    return StepBlock(100, 100 + 40 * size, size, values, values)


def test_nothing_bad() -> None:
    assert find_bad(block(), Marks(), running=False) is NONE


@pytest.mark.parametrize(
    ("value", "size", "text"),
    [
        (np.nan, 1, "NaN from step 107, unit 2: 2 steps"),
        (np.inf, 1, "Inf from step 107, unit 2: 2 steps"),
        (-np.inf, 8, "Inf from about step 156, unit 2"),
    ],
)
def test_the_first_is_named(value: float, size: int, text: str) -> None:
    made = block(size)
    made.low[7:9, 2] = value
    found = find_bad(made, Marks(), running=False)
    assert found.text == text
    assert found.steps == (100 + 7 * size, 100 + 8 * size)


def test_gaps_are_not_bad() -> None:
    made = block()
    made.low[10:20] = np.nan
    gaps = Marks(((110, 115, "padding"), (115, 120, "missing")))
    assert find_bad(made, gaps, running=False) is NONE
    assert find_bad(made, Marks(gaps.gaps[:1]), running=False).steps[0] == 115


def test_what_is_still_to_come_is_not_bad() -> None:
    made = block()
    made.low[30:] = np.nan
    assert find_bad(made, Marks(), running=True) is NONE
    made.low[12, 0] = np.nan
    assert find_bad(made, Marks(), running=True).steps == (112,)


def test_bad_steps_are_marked_at_the_upper_edge(
    recorded_session: Session, qtbot: QtBot
) -> None:
    plot = StepPlot(recorded_session)
    qtbot.addWidget(plot)
    plot.resize(700, 120)
    plot.show()
    theme = colours(plot.palette())
    plot.recolour(theme)
    recorded_session.look(step=119)
    plot.sync()
    values = block().low
    values[33, 1] = np.inf
    made = StepBlock(0, 40, 1, values, values)
    plot.bad_marks.show_bad(find_bad(made, Marks(), running=False))
    image = plot.grab().toImage()
    at = place(plot, 33.5, plot.y_range[1])
    assert image.pixelColor(at.x(), at.y() + 2) == theme.bad
    at = place(plot, 35.5, plot.y_range[1])
    assert image.pixelColor(at.x(), at.y() + 2) != theme.bad


def test_only_the_span_of_the_marks_is_looked_at() -> None:
    made = block(4)
    made.low[20:30] = np.nan
    marks = Marks(span=(100, 180))
    assert find_bad(made, marks, running=False) is NONE
    marks = Marks(span=(100, 181))
    assert find_bad(made, marks, running=False).steps == (180,)
