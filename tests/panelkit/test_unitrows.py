import numpy as np

from lstm_studio.panelkit.heatmenu import array_text
from lstm_studio.panelkit.unitrows import UnitRows


def test_rows_and_units_are_inverse() -> None:
    order = np.array([3, 1, 0, 2])
    rows = UnitRows(order)
    for row, unit in enumerate(order.tolist()):
        assert rows.unit_at(row + 0.7) == unit
        assert rows.row_of(unit) == row
    assert rows.units_in((1, 3)) == (1, 0)
    assert [text for _, text in rows.ticks(0, 4, 400)] == ["3", "1", "0", "2"]
    assert UnitRows().units_in((1, 3)) == (1, 2)


def test_copied_arrays_are_read_by_numpy() -> None:
    rows = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    text = array_text("lstm.l0 h", rows, 12, (4, 9, 2))
    assert text.startswith("# lstm.l0 h, steps from 12; units\t4\t9\t2\n")
    np.testing.assert_array_equal(np.loadtxt(text.splitlines(), dtype="f4"), rows)
