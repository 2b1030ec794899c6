"""``c`` of a picture follows from ``h`` and ``o``; it is what the formula gives."""

from typing import Any

import numpy as np
import pytest

from lstm_studio.core import drawn, overview
from lstm_studio.core.certificate import Certificate, LayerProof
from lstm_studio.core.layers import Sizes
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from tests.core.reference import Planned, feed, make_layer, make_weights, unroll

STEPS = 400
HELD = 2
"""A unit whose ``c`` grows until ``tanh`` says nothing of it any more."""


def recorded(
    residual: float = 1e-7,
    calls: tuple[Planned, ...] = (Planned(300), Planned(100, "carried", (100, 60))),
    **layer: Any,
) -> Recording:
    rng = np.random.default_rng(5)
    made = make_layer("lstm", **{"sizes": Sizes(3, 5), "direction": "forward"} | layer)
    weights = make_weights(made, rng)
    hidden = made.sizes.hidden
    for gate in ("i", "f", "g"):
        row = "ifgo".index(gate) * hidden + HELD
        weights["bias_ih"][row] = 6 if gate == "f" else 3
    x = rng.normal(size=(sum(call.steps for call in calls), 2, 3))
    recorder = Recorder()
    run = unroll(made, weights, x, list(calls), lambda width: np.zeros((2, width)))
    feed(recorder, run, chunks=lambda steps: [50] * (steps // 50))
    proof = LayerProof(residual, 1e-7, 1e-6, STEPS)
    recorder.set_certificate(Certificate({made.name: proof}, 0.0))
    recorder.finish("complete")
    return recorder.recording


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("columns", [STEPS, 50])
def test_a_picture_of_c_is_within_a_thousandth(direction: Any, columns: int) -> None:
    recording = recorded(direction=direction)
    name = next(iter(recording.layers))
    for sample in range(2):
        c = recording.read(name, "c", sample=sample)
        assert np.nanmax(np.abs(c[:, HELD])) > 20
        block = recording.overview(name, "c", (0, STEPS), columns, sample, exact=True)
        size = block.steps_per_column
        for column in range(len(block.low)):
            part = c[column * size : (column + 1) * size]
            part = part[~np.isnan(part[:, 0])]
            if not len(part):
                assert np.isnan(block.low[column]).all()
                continue
            np.testing.assert_allclose(block.low[column], part.min(axis=0), atol=1e-3)
            np.testing.assert_allclose(block.high[column], part.max(axis=0), atol=1e-3)
        # Where h says nothing of it, the formula does.
        assert np.nanmax(block.high[:, HELD]) == np.nanmax(c[:, HELD])


def test_samples_of_c_are_of_any_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "DERIVED_PRODUCTS", 1)
    monkeypatch.setattr(overview, "SAMPLED_VALUES", 50 * 5)
    recording = recorded()
    name = next(iter(recording.layers))
    c = recording.read(name, "c")
    block = recording.overview(name, "c", (0, STEPS), 50)
    assert not block.exact
    others = [unit for unit in range(5) if unit != HELD]
    np.testing.assert_allclose(block.low[:, others], c[4::8, others], atol=1e-3)
    steps, kept = recording.checkpoints(name)
    assert block.low[-1, HELD] == kept[np.argmax(steps), 0, HELD]


@pytest.mark.parametrize(
    ("residual", "layer"),
    [
        pytest.param(1e-3, {}, id="h is not what the formula gives"),
        pytest.param(float("nan"), {}, id="nothing was proven"),
        pytest.param(1e-7, {"sizes": Sizes(3, 5, 4)}, id="a projection"),
    ],
)
def test_where_h_does_not_give_c_it_is_scanned(
    residual: float, layer: dict[str, Any]
) -> None:
    recording = recorded(residual, **layer)
    name = next(iter(recording.layers))
    c = recording.read(name, "c")
    block = recording.overview(name, "c", (0, STEPS), STEPS, exact=True)
    np.testing.assert_array_equal(block.low, c)


def test_what_float32_does_not_tell_apart_is_not_sure() -> None:
    h = np.array([[0.0, 1.0, 0.5, np.nan, 0.0]], np.float32)
    o = np.array([[1.0, 1.0, 0.5, 1.0, 0.0]], np.float32)
    c, sure = drawn.cell_of(h, o)
    assert sure.tolist() == [[True, False, False, False, False]]
    assert c[0, 0] == 0
