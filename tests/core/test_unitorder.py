from typing import get_args

import numpy as np

from lstm_studio.core.unitorder import Order, _angles, unit_order
from tests.panels.recorded import make_recording


def test_orders_are_permutations_by_what_they_say() -> None:
    recording = make_recording()
    values = recording.read("rnn.l1", "c").astype(float)
    keys = {
        "index": np.arange(6),
        "mean": -values.mean(axis=0),
        "variance": -values.var(axis=0),
        "peak": np.abs(values).argmax(axis=0),
    }
    for order in get_args(Order):
        units = unit_order(recording, "rnn.l1", "c", order, 0)
        assert sorted(units.tolist()) == list(range(6))
        if order in keys:
            assert (np.diff(keys[order][units]) >= 0).all()


def test_similar_units_stand_together() -> None:
    rng = np.random.default_rng(3)
    waves = rng.normal(size=(400, 2))
    kind = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    rows = waves[:, kind] + 0.1 * rng.normal(size=(400, 8))
    order = np.argsort(_angles(rows), kind="stable")
    assert (np.diff(kind[order]) != 0).sum() == 1
