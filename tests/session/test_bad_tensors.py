"""Tensors as people bring them, given to a model in a script, in two tables."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence

import lstm_studio
from lstm_studio.core.errors import DoesNotFit
from tests.session.oddvalues import Said, Tokens, X, first_bad, with_value


class Features(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.lstm = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.lstm(x)[0]


class Packs(Features):
    def forward(self, x: Tensor, lengths: Tensor) -> Any:
        return self.lstm(pack_padded_sequence(x, lengths, batch_first=True))[0]


def cell_with_more_rows_than_its_input() -> None:
    """One of two calls that end the interpreter within torch."""
    cell, state = nn.LSTMCell(3, 4), torch.zeros(2, 4)
    lstm_studio.record(
        lambda x: torch.lstm_cell(x, (state, state), cell.weight_ih, cell.weight_hh),
        torch.zeros(3),
    )


def packed_with_too_few_rows_of_c() -> None:
    """The other one."""
    packed = pack_sequence([torch.zeros(5, 3), torch.zeros(3, 3)])
    layer = nn.LSTM(3, 4)
    state = [torch.zeros(1, 2, 4), torch.zeros(1, 1, 4)]
    weights = (layer._flat_weights, True, 1, 0.0, False, False)
    lstm_studio.record(
        lambda: torch.lstm(packed.data, packed.batch_sizes, state, *weights)
    )


def features(x: Any) -> Callable[[], Any]:
    return lambda: lstm_studio.record(Features(), x)


def tokens(*values: float) -> Callable[[], Any]:
    return lambda: lstm_studio.record(Tokens(), torch.tensor([values]))


def lengths(*values: int) -> Callable[[], Any]:
    x = torch.zeros(2, 5, 3)
    return lambda: lstm_studio.record(Packs(), x, torch.tensor(values))


def odd_type(dtype: str) -> Said:
    return (
        "The input has another precision than the model: RNN input dtype "
        f"(torch.{dtype}) does not match weight dtype (torch.float32). Convert input: "
        f"input.to(torch.float32), or convert model: model.to(torch.{dtype}).",
        "Give it numbers of the kind that its weights are.",
    )


NO_TENSOR = "The model takes tensors, and was given something else: '{}' object has no "
NO_TENSOR += "attribute 'dim'."
TENSOR = "Give it a tensor: `torch.as_tensor(x)`."
EMPTY = "Give it at least one step and one sample."
SHAPE = "Compare its shape with what the model takes."
SORTED = "Give lengths of at least 1, the longest first, or enforce_sorted=False."

REFUSED: dict[str, tuple[Callable[[], Any], Said]] = {
    "wrong width": (
        features(torch.zeros(1, 20, 5)),
        (
            "The input does not fit the model: input.size(-1) must be equal to "
            "input_size. Expected 3, got 5.",
            SHAPE,
        ),
    ),
    "a cell with more rows than its input": (
        cell_with_more_rows_than_its_input,
        (
            "The lstm cell got an input of shape (3,) with a state of shape (2, 4).",
            "Give both with a batch dimension: (sample, feature) and (sample, unit).",
        ),
    ),
    "packed with too few rows of c": (
        packed_with_too_few_rows_of_c,
        (
            "The initial c of the lstm has shape (1, 1, 4), and needs (1, 2, 4): "
            "layers and directions, samples, units.",
            "Give an initial state of that shape, or none for zeros.",
        ),
    ),
    "lengths not sorted": (
        lengths(3, 5),
        (
            "The lengths do not fit: `lengths` array must be sorted in decreasing "
            "order when `enforce_sorted` is True. You can pass `enforce_sorted=False` "
            "to pack_padded_sequence and/or pack_sequence to sidestep this requirement "
            "if you do not need ONNX exportability.",
            SORTED,
        ),
    ),
    "a length of zero": (
        lengths(5, 0),
        (
            "The lengths do not fit: Length of all samples has to be greater than 0, "
            "but found an element in 'lengths' that is <= 0.",
            SORTED,
        ),
    ),
    "no step": (
        features(torch.zeros(1, 0, 3)),
        ("The input of the lstm is empty: its shape is (0, 1, 3).", EMPTY),
    ),
    "no sample": (
        features(torch.zeros(0, 20, 3)),
        ("The input of the lstm is empty: its shape is (20, 0, 3).", EMPTY),
    ),
    "int64": (features(torch.zeros(1, 20, 3).long()), odd_type("int64")),
    "complex": (features(torch.zeros(1, 20, 3) + 0j), odd_type("complex64")),
    "array of NumPy": (features(X[None]), (NO_TENSOR.format("numpy.ndarray"), TENSOR)),
    "objects": (
        features(np.array([[["a", None, 1]]], object)),
        (NO_TENSOR.format("numpy.ndarray"), TENSOR),
    ),
    "big-endian": (
        features(X[None].astype(">f4")),
        (NO_TENSOR.format("numpy.ndarray"), TENSOR),
    ),
    "a string": (features("to be"), (NO_TENSOR.format("str"), TENSOR)),
    "a list": (features([[1.0, 2.0, 3.0]]), (NO_TENSOR.format("list"), TENSOR)),
    "nothing": (features(None), (NO_TENSOR.format("NoneType"), TENSOR)),
    "4 axes": (
        features(torch.zeros(1, 1, 20, 3)),
        (
            "The input does not fit the model: LSTM: Expected input to be 2D or 3D, "
            "got 4D instead.",
            SHAPE,
        ),
    ),
    "token out of range": (
        tokens(1, 2, 99),
        (
            "A token lies outside of the embedding of the model.",
            "Encode the sequence with the vocabulary of this model.",
        ),
    ),
    "half a token": (
        tokens(1, 0.5),
        (
            "The model takes tokens, which are whole numbers.",
            "Give whole numbers: `x.long()`.",
        ),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_tensor_is_refused(what: str) -> None:
    do, said = REFUSED[what]
    with pytest.raises(DoesNotFit) as refused:
        do()
    assert (refused.value.message, refused.value.next_step) == said


def read_only() -> Tensor:
    values = X[None].copy()
    values.setflags(write=False)
    return torch.from_numpy(values)


TAKEN: dict[str, tuple[Callable[[], Tensor], Said]] = {
    "one step": (lambda: torch.zeros(1, 1, 3), ()),
    "NaN": (
        lambda: torch.from_numpy(with_value(np.nan)[None]),
        (first_bad("NaN", "lstm.l0"),),
    ),
    "Inf": (
        lambda: torch.from_numpy(with_value(np.inf)[None]),
        (first_bad("infinite", "lstm.l0"),),
    ),
    "1e38": (lambda: torch.from_numpy(with_value(1e38)[None]), ()),
    "denormal": (lambda: torch.from_numpy(with_value(1e-42)[None]), ()),
    "not contiguous": (lambda: torch.zeros(1, 3, 20).transpose(1, 2), ()),
    "one row many times": (lambda: torch.zeros(1, 1, 3).expand(1, 20, 3), ()),
    "read-only": (read_only, ()),
}


@pytest.mark.parametrize("what", TAKEN)
@pytest.mark.filterwarnings("ignore:The given NumPy array is not writable:UserWarning")
def test_a_tensor_is_run_and_what_is_odd_is_said(what: str) -> None:
    make, reasons = TAKEN[what]
    x = make()
    recording = lstm_studio.record(Features(), x)
    assert recording.certificate.reasons == reasons
    assert recording.certificate.holds == (not reasons)
    assert recording.length("lstm.l0") == x.shape[1]
