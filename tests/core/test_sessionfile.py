"""Session files: what is written is read, wherever the folder is moved to."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.sessionfile import SavedSession, read_session, write_session
from lstm_studio.core.view import Pin, View

PINS = (Pin("lstm.l0", "h", 2), Pin("lstm.l0", "h", 2, 1))
VIEW = View("lstm.l1", 3, 7, 1, (2, 90), {"lstm.l1": "c"}, PINS, seconds=True)


def saved(folder: Path) -> SavedSession:
    return SavedSession(
        model=str(folder / "models" / "a.pt"),
        sha256="ab" * 32,
        answers={"head": "every step"},
        source=str(folder / "b.csv"),
        choices={"columns": ["a", "b"], "center": [1.0, 2.0]},
        source_sha256="cd" * 32,
        recording=str(folder / "run.lstm"),
        ran=True,
        view=replace(VIEW, follow=False),
    )


def test_paths_follow_a_folder_that_is_moved(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    write_session(saved(before), before / "x.session.json")
    assert read_session(before / "x.session.json") == saved(before)
    shutil.move(before, after)
    assert read_session(after / "x.session.json") == saved(after)
    assert str(tmp_path) not in (after / "x.session.json").read_text()


@pytest.mark.parametrize("source", ["generate:sine", "text:a/b", ""])
def test_what_is_no_file_stays_as_it_is(tmp_path: Path, source: str) -> None:
    path = tmp_path / "x.session.json"
    write_session(SavedSession(source=source), path)
    assert read_session(path).source == source


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        '{"format": "another"}',
        '{"format": "lstm-studio session", "version": 1}',
        "[" * 100_000,
    ],
)
def test_another_file_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.session.json"
    path.write_text(text)
    with pytest.raises(CannotOpen, match="is no session file, or it is damaged"):
        read_session(path)


def test_a_newer_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.session.json"
    path.write_text('{"format": "lstm-studio session", "version": 2}')
    with pytest.raises(CannotOpen, match="newer LSTM Studio"):
        read_session(path)
    with pytest.raises(CannotOpen, match="cannot be read"):
        read_session(tmp_path / "none.json")


KEYS = ["model", "answers", "choices", "view", "source", "recording", "ran"]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.sampled_from(KEYS), anything)
def test_what_was_changed_by_hand_is_taken_or_refused(key: str, value: object) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.session.json")
        write_session(saved(Path(folder)), path)
        body = json.loads(path.read_text())
        body[key] = value
        path.write_text(json.dumps(body))
        try:
            read = read_session(path)
        except CannotOpen:
            return
        assert isinstance(read, SavedSession)
