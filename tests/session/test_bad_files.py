"""Files of sequences as people bring them, opened in the window, in two tables.

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
from torch import nn

from lstm_studio.core.messages import Failed, Finished
from lstm_studio.engine.workbench import Workbench
from lstm_studio.session.runner import InlineRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from tests.session.oddvalues import Said, Tokens, X, first_bad, with_value

Write = Callable[[Path], None]


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
            first_bad("NaN", "l0"),
        ),
    ),
    "Inf": (
        "x.npy",
        array(with_value(np.inf)),
        (
            "1 infinite of 60 values; the first at step 7, feature 1.",
            first_bad("infinite", "l0"),
        ),
    ),
    "1e38": ("x.npy", array(with_value(1e38)), ()),
    "1e300": (
        "x.npy",
        array(with_value(1e300, "f8")),
        (
            "1 value is too large for float32.",
            "1 infinite of 60 values; the first at step 7, feature 1.",
            first_bad("infinite", "l0"),
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
    session: Session, qtbot: QtBot, module: nn.Module, source: Path, **choices: object
) -> None:
    """Open both and run; stop at what fails."""
    model = source.with_name("model.pt")
    torch.save(module.state_dict(), model)
    wishes = (
        lambda: session.open_model(str(model)),
        lambda: session.open_sequence(str(source), choices),
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


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_is_refused(
    what: str, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    name, write, said = REFUSED[what]
    write(tmp_path / name)
    run(session, qtbot, nn.LSTM(3, 4), tmp_path / name)
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
    run(session, qtbot, nn.LSTM(3, 4), tmp_path / name)
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
    run(session, qtbot, nn.LSTM(3, 4), tmp_path / "x.npy", lengths=lengths)
    heard = session.outcome
    assert (heard.message if isinstance(heard, Failed) else "") == message


def test_a_token_out_of_range(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([1, 2, 99]))
    run(session, qtbot, Tokens(), tmp_path / "x.npy")
    heard = session.outcome
    assert isinstance(heard, Failed)
    assert heard.message == (
        "The model takes tokens of 0 to 9; 1 are outside, the first is 99 at step 2."
    )
