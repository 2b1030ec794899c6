import numpy as np
import pytest

from lstm_studio.core.plane import plane
from tests.core.reference import Planned
from tests.panels.recorded import make_recording


def test_a_plane_holds_the_variance_that_it_says() -> None:
    recording = make_recording()
    found = plane(recording, "rnn.l1", "h", 0)
    values = recording.read("rnn.l1", "h").astype(float)
    total = values.var(axis=0).sum()
    np.testing.assert_allclose(
        found.points.var(axis=0) / total, found.shares, rtol=1e-4
    )
    assert found.shares[0] >= found.shares[1] >= found.shares[2]
    np.testing.assert_allclose(found.axes.T @ found.axes, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(found.place(values[7:9]), found.points[7:9], atol=1e-5)
    # Where a call begins with another state the line is not drawn on.
    assert np.flatnonzero(found.breaks).tolist() == [0, 80]


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_few_steps_have_a_plane_too(steps: int) -> None:
    recording = make_recording(calls=(Planned(steps),), units=2)
    found = plane(recording, "rnn.l0", "h", 0)
    assert found.points.shape == (steps, 3)
    assert np.isfinite(found.points).all()
    assert sum(found.shares) == pytest.approx(1 if steps > 1 else 0)
