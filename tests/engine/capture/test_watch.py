"""Outputs of other modules, with the time axis where it belongs."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.engine.capture.record import record
from lstm_studio.engine.capture.watch import rows_of

X = torch.randn(30, 2, 3)


class Model(nn.Module):
    def __init__(self, *, batch_first: bool = False) -> None:
        super().__init__()
        self.embed = nn.Linear(3, 5)
        self.lstm = nn.LSTM(5, 4, batch_first=batch_first)
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.lstm(self.embed(x))[0])


@pytest.mark.parametrize("batch_first", [True, False])
def test_before_and_after_the_layer(batch_first: bool) -> None:
    model = Model(batch_first=batch_first)
    x = X.transpose(0, 1) if batch_first else X
    recording = record(model, x, watch=["embed", "head"])
    assert recording.layers["head"].kind == "module"
    with torch.no_grad():
        embedded = model.embed(X).numpy()
    for sample in range(2):
        np.testing.assert_allclose(
            recording.read("embed", "output", sample=sample),
            embedded[:, sample],
            atol=1e-6,
        )
        output = (
            recording.output[sample] if batch_first else recording.output[:, sample]
        )
        np.testing.assert_array_equal(
            recording.read("head", "output", sample=sample), output
        )
    assert recording.certificate.holds
    assert set(recording.certificate.layers) == {"lstm.l0"}


def test_nested_output_and_recurrent_module() -> None:
    recording = record(Model(), X, watch=["lstm"])
    assert set(recording.layers) == {"lstm.l0", "lstm[0]", "lstm[1][0]", "lstm[1][1]"}
    np.testing.assert_array_equal(
        recording.read("lstm[0]", "output"), recording.read("lstm.l0", "h")
    )
    assert recording.length("lstm[1][0]") == 1


def test_head_in_a_loop_over_a_cell() -> None:
    class Loop(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.head = nn.GRUCell(3, 4), nn.Linear(4, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            h, rows = None, []
            for row in x:
                h = self.cell(row, h)
                rows.append(self.head(h))
            return torch.stack(rows)

    recording = record(Loop(), X, watch=["head"])
    for sample in range(2):
        np.testing.assert_array_equal(
            recording.read("head", "output", sample=sample), recording.output[:, sample]
        )


def test_output_that_is_changed_in_place_later() -> None:
    class Clamps(Model):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            embedded = self.embed(x)
            expected.append(embedded.numpy().copy())
            y, _ = self.lstm(embedded.zero_())
            return y

    expected: list[np.ndarray] = []
    recording = record(Clamps(), X, watch=["embed"])
    np.testing.assert_array_equal(
        recording.read("embed", "output", sample=1), expected[0][:, 1]
    )


def test_names_that_are_not_there_and_scripts() -> None:
    with pytest.raises(DoesNotFit, match="no module 'haed'"):
        record(Model(), X, watch=["haed"])
    with pytest.raises(DoesNotFit, match="is a script"):
        record(torch.jit.script(Model()), X, watch=["head"])


@pytest.mark.parametrize(
    ("shape", "known", "expected"),
    [
        ((7, 2, 5), (7, 2, False), (7, 2, 5)),
        ((2, 7, 5), (7, 2, True), (7, 2, 5)),
        ((2, 2, 5), (2, 2, True), (2, 2, 5)),
        ((2, 5, 7), (7, 2, True), (7, 2, 5)),
        ((7, 5), (7, 1, False), (7, 1, 5)),
        ((2, 5), (7, 2, False), (1, 2, 5)),
        ((2, 7), (7, 2, True), (7, 2, 1)),
        ((7, 2, 3, 4), (7, 2, False), (7, 2, 12)),
        ((9, 9), (7, 2, False), (1, 1, 81)),
    ],
)
def test_axes(shape: Any, known: Any, expected: Any) -> None:
    assert rows_of(np.zeros(shape, np.float32), known).shape == expected
