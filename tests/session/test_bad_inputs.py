"""Sequences as people bring them, in two tables: files in the window, tensors in code.

More of each kind of file: `tests/engine/sequences`.
"""

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence

import lstm_studio
from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.messages import Failed, Finished
from lstm_studio.engine.workbench import Workbench
from lstm_studio.session.runner import InlineRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace

STEPS = 20
X = np.random.default_rng(0).standard_normal((STEPS, 3)).astype(np.float32)

Write = Callable[[Path], None]
Said = tuple[str, ...]
"""A message and its next step; or the notes and reasons of a run that is made."""


class Features(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.lstm = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.lstm(x)[0]


class Tokens(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(10, 3)
        self.lstm = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.lstm(self.embed(x))[0]


class Packs(Features):
    def forward(self, x: Tensor, lengths: Tensor) -> Any:
        return self.lstm(pack_padded_sequence(x, lengths, batch_first=True))[0]


# In the window


def array(values: object) -> Write:
    return lambda path: np.save(path, values, allow_pickle=True)


def text(content: str) -> Write:
    return lambda path: path.write_text(content, "utf-8") and None


def eight_channels(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(8)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8 * 300))


def with_value(value: float, dtype: str = "f4") -> np.ndarray:
    values = X.astype(dtype)
    values[7, 1] = value
    return values


FIRST_BAD = "l0: feature 1 of the input is {} at step 7, sample 0, the first value of "
FIRST_BAD += "the run that is not a number."

REFUSED: dict[str, tuple[str, Write, Said]] = {
    "wrong width": (
        "x.npy",
        array(np.zeros((20, 5))),
        (
            "The model takes 3 features per step; the file has 5 columns.",
            "Choose 3 of them.",
        ),
    ),
    "no step": (
        "x.npy",
        array(np.zeros((0, 3))),
        (
            "The sequence is empty: its shape is (1, 0, 3).",
            "Choose one with at least one step.",
        ),
    ),
    "no sample": (
        "x.npy",
        array(np.zeros((0, 20, 3))),
        (
            "The sequence is empty: its shape is (0, 20, 3).",
            "Choose one with at least one step.",
        ),
    ),
    "objects, which need pickle": (
        "x.npy",
        array(np.array([[1, "a", None]], object)),
        (
            "x.npy holds Python objects, which would have to be unpickled and could "
            "run code.",
            "Save it as numbers: numpy.save(path, array.astype('float32')).",
        ),
    ),
    "texts": (
        "x.npy",
        array(np.array([["a", "b", "c"]])),
        (
            "The array holds texts (dtype <U1).",
            "Save the numbers alone: array.astype('float32').",
        ),
    ),
    "complex": (
        "x.npy",
        array(X + 1j),
        (
            "The array holds complex numbers (dtype complex64).",
            "Save the real part, the magnitude, or both as two features.",
        ),
    ),
    "4 axes": (
        "x.npy",
        array(np.zeros((2, 3, 4, 5))),
        (
            "The array has 4 axes (2 × 3 × 4 × 5); the model takes sample × step × "
            "feature.",
            "Save the part that is meant, for example array[0].",
        ),
    ),
    "one bad row": (
        "x.csv",
        text("a,b,c\n1,2,3\n4,x,6\n7,8,9\n"),
        (
            "Line 3, column b: 'x' is not a number.",
            "Mend the line, or choose another column or decimal mark.",
        ),
    ),
    "one short row": (
        "x.csv",
        text("a,b,c\n1,2,3\n4,6\n7,8,9\n"),
        (
            "Line 3 has 2 columns, the first line has 3.",
            "Mend the line, or choose another delimiter.",
        ),
    ),
}

TAKEN: dict[str, tuple[str, Write, Said]] = {
    "one step": ("x.npy", array(X[:1]), ()),
    "NaN": (
        "x.npy",
        array(with_value(np.nan)),
        (
            "1 NaN of 60 values; the first at step 7, feature 1.",
            FIRST_BAD.format("NaN"),
        ),
    ),
    "Inf": (
        "x.npy",
        array(with_value(np.inf)),
        (
            "1 infinite of 60 values; the first at step 7, feature 1.",
            FIRST_BAD.format("infinite"),
        ),
    ),
    "1e38": ("x.npy", array(with_value(1e38)), ()),
    "1e300": (
        "x.npy",
        array(with_value(1e300, "f8")),
        (
            "1 value is too large for float32.",
            "1 infinite of 60 values; the first at step 7, feature 1.",
            FIRST_BAD.format("infinite"),
        ),
    ),
    "denormal": ("x.npy", array(with_value(1e-42)), ()),
    "int64": ("x.npy", array(np.arange(60).reshape(20, 3)), ()),
    "big-endian": ("x.npy", array(X.astype(">f4")), ()),
    "not contiguous": ("x.npy", array(np.asfortranarray(X)), ()),
    "semicolons and decimal commas": ("x.csv", text("a;b;c\n1,5;2;3\n4;5,25;6\n"), ()),
    "byte order mark": ("x.csv", text("\ufeffa,b,c\n1,2,3\n4,5,6\n"), ()),
    "8 channels": (
        "x.wav",
        eight_channels,
        (
            "The mean of 8 channels was taken.",
            "Cut in 100 windows of 3 samples, one every 3.",
        ),
    ),
}


def run(
    session: Session, qtbot: QtBot, model: str, source: str, choices: dict[str, object]
) -> None:
    """Open both and run; stop at what fails."""
    wishes = (
        lambda: session.open_model(model),
        lambda: session.open_sequence(source, choices),
        session.run,
    )
    for wish in wishes:
        with qtbot.waitSignal(session.ended):
            wish()
        if isinstance(session.outcome, Failed):
            return


@pytest.fixture
def session(qapp: object, tmp_path: Path) -> Any:
    session = Session(InlineRunner(Workbench().perform), Workspace(tmp_path / "s"))
    yield session
    session.close()


def saved(folder: Path, module: nn.Module) -> str:
    path = folder / "model.pt"
    torch.save(module.state_dict(), path)
    return str(path)


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_is_refused(
    what: str, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    name, write, said = REFUSED[what]
    write(tmp_path / name)
    run(session, qtbot, saved(tmp_path, nn.LSTM(3, 4)), str(tmp_path / name), {})
    heard = session.outcome
    assert isinstance(heard, Failed)
    assert (heard.message, heard.next_step) == said
    # What was open is: another sequence can be chosen at once.
    assert session.model is not None
    assert session.sequence is None


@pytest.mark.parametrize("what", TAKEN)
def test_a_file_is_run_and_what_is_odd_is_said(
    what: str, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    name, write, said = TAKEN[what]
    write(tmp_path / name)
    run(session, qtbot, saved(tmp_path, nn.LSTM(3, 4)), str(tmp_path / name), {})
    assert session.outcome == Finished()
    assert session.sequence is not None
    assert session.recording is not None
    reasons = session.recording.certificate.reasons
    assert (*session.sequence.notes, *reasons) == said
    assert session.recording.length("l0") == session.sequence.steps


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ("5,0", "Sample 1 is given a length of 0; it has 20 steps."),
        ("5,21", "Sample 1 is given a length of 21; it has 20 steps."),
        ("5,20", ""),
    ],
    ids=["zero", "too long", "unsorted"],
)
def test_lengths(
    lengths: str, message: str, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    np.save(tmp_path / "x.npy", np.stack([X, X]))
    model, source = saved(tmp_path, nn.LSTM(3, 4)), str(tmp_path / "x.npy")
    run(session, qtbot, model, source, {"lengths": lengths})
    heard = session.outcome
    assert (heard.message if isinstance(heard, Failed) else "") == message


def test_a_token_out_of_range(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([1, 2, 99]))
    run(session, qtbot, saved(tmp_path, Tokens()), str(tmp_path / "x.npy"), {})
    heard = session.outcome
    assert isinstance(heard, Failed)
    assert heard.message == (
        "The model takes tokens of 0 to 9; 1 are outside, the first is 99 at step 2."
    )


# In a script


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

SCRIPTS: dict[str, tuple[Callable[[], Any], Said]] = {
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


@pytest.mark.parametrize("what", SCRIPTS)
def test_a_tensor_is_refused(what: str) -> None:
    do, said = SCRIPTS[what]
    with pytest.raises(DoesNotFit) as refused:
        do()
    assert (refused.value.message, refused.value.next_step) == said


def read_only() -> Tensor:
    values = X[None].copy()
    values.setflags(write=False)
    return torch.from_numpy(values)


RUN: dict[str, tuple[Callable[[], Tensor], Said]] = {
    "one step": (lambda: torch.zeros(1, 1, 3), ()),
    "NaN": (
        lambda: torch.from_numpy(with_value(np.nan)[None]),
        (FIRST_BAD.format("NaN").replace("l0", "lstm.l0"),),
    ),
    "Inf": (
        lambda: torch.from_numpy(with_value(np.inf)[None]),
        (FIRST_BAD.format("infinite").replace("l0", "lstm.l0"),),
    ),
    "1e38": (lambda: torch.from_numpy(with_value(1e38)[None]), ()),
    "denormal": (lambda: torch.from_numpy(with_value(1e-42)[None]), ()),
    "not contiguous": (lambda: torch.zeros(1, 3, 20).transpose(1, 2), ()),
    "one row many times": (lambda: torch.zeros(1, 1, 3).expand(1, 20, 3), ()),
    "read-only": (read_only, ()),
}


@pytest.mark.parametrize("what", RUN)
@pytest.mark.filterwarnings("ignore:The given NumPy array is not writable:UserWarning")
def test_a_tensor_is_run_and_what_is_odd_is_said(what: str) -> None:
    make, reasons = RUN[what]
    x = make()
    recording = lstm_studio.record(Features(), x)
    assert recording.certificate.reasons == reasons
    assert recording.certificate.holds == (not reasons)
    assert recording.length("lstm.l0") == x.shape[1]
