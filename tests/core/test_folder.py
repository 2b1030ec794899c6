"""A recording in a folder: the same as in memory, and refused in words."""

import json
import pickle
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstm_studio.core.certificate import Certificate
from lstm_studio.core.document import encode
from lstm_studio.core.errors import CannotOpen, CannotSave
from lstm_studio.core.layers import Sizes
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from tests.core.folders import (
    assert_same,
    example,
    threes,
    write,
)
from tests.core.reference import (
    Planned,
    feed,
)


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.sampled_from(["lstm", "gru", "rnn_tanh"]),
    st.sampled_from(["forward", "reverse"]),
    st.integers(0, 10**6),
)
def test_a_folder_is_the_same_as_memory(
    tmp_path: Path, kind: Any, direction: Any, seed: int
) -> None:
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    run = example(kind=kind, direction=direction)

    def chunks(steps: int) -> list[int]:
        rng, sizes = random.Random(seed), list[int]()
        while steps:
            sizes.append(rng.randint(1, steps))
            steps -= sizes[-1]
        return sizes

    memory, stored = Recorder(), Recorder(folder)
    for recorder in (memory, stored):
        feed(recorder, run, chunks=chunks)
        recorder.finish("complete")
        recorder.close()
    opened = Recording.open(folder)
    assert opened.state == "complete"
    assert opened.problems == ()
    assert_same(memory.recording, stored.recording)
    assert_same(memory.recording, opened)


def test_all_that_is_said_of_a_recording_is_kept(tmp_path: Path) -> None:
    kept = write(tmp_path / "r").recording
    opened = Recording.open(tmp_path / "r")
    assert opened.origin == kept.origin
    assert repr(opened.certificate) == repr(kept.certificate)
    assert opened.sequence is not None
    assert (opened.sequence.name, opened.sequence.rate) == ("wave", 8.0)
    assert opened.sequence.labels == ("a",)
    assert opened.sequence.values.shape == (20, 2, 1)
    first, second = opened.output
    np.testing.assert_array_equal(first, np.ones((2, 3)))
    np.testing.assert_array_equal(second["state"][0], np.arange(4))
    assert second["state"][1:] == [None, 2.5]
    np.testing.assert_array_equal(
        opened.weights("rnn.l0")["weight_hh"], kept.weights("rnn.l0")["weight_hh"]
    )


def test_every_stored_stream_is_a_npy_file(tmp_path: Path) -> None:
    name = '../<b>"é ' + "x" * 200
    run = example(name=name)
    recorder = write(tmp_path / "r", run)
    assert {path.parent for path in (tmp_path).rglob("*.npy")} == {tmp_path / "r"}
    (path,) = (tmp_path / "r").glob("*.h.npy")
    stored = np.load(path)
    assert stored.shape == (20, 2, 5)
    np.testing.assert_array_equal(
        stored[:14, 1], recorder.recording.read(name, "h", slice(14), sample=1)
    )


def test_layers_that_come_later_are_kept_too(tmp_path: Path) -> None:
    runs = [example(name=f"rnn.l{k}", kind=k) for k in ("lstm", "gru", "rnn_relu")]
    memory = write(None, *runs).recording
    write(tmp_path / "r", *runs)
    assert len(list((tmp_path / "r").glob("weights*"))) == len(runs)
    assert_same(memory, Recording.open(tmp_path / "r"))


def test_a_reader_follows_a_writer(tmp_path: Path) -> None:
    first, second = example(name="rnn.l0"), example(name="rnn.l1", kind="gru")
    recorder = Recorder(tmp_path / "r")
    feed(recorder, first, chunks=threes)
    reader = Recording.open(tmp_path / "r")
    assert [reader.state] == ["running"]
    assert_same(recorder.recording, reader)
    feed(recorder, second, chunks=threes)
    assert list(reader.layers) == ["rnn.l0"]
    reader.refresh()
    assert_same(recorder.recording, reader)
    recorder.finish("complete")
    recorder.close()
    reader.refresh()
    assert Recording.open(tmp_path / "r").state == reader.state == "complete"


def test_a_certificate_can_come_after_the_end(tmp_path: Path) -> None:
    recorder = write(tmp_path / "r")
    recorder.set_certificate(Certificate(reasons=("dropout was active",)))
    opened = Recording.open(tmp_path / "r")
    assert opened.certificate.reasons == ("dropout was active",)
    assert opened.state == "complete"


def test_saved_from_memory_and_copied(tmp_path: Path) -> None:
    memory = write(None).recording
    memory.save(tmp_path / "one")
    opened = Recording.open(tmp_path / "one")
    assert_same(memory, opened)
    opened.save(tmp_path / "two")
    again = Recording.open(tmp_path / "two")
    assert_same(memory, again)
    assert again.state == "complete"
    assert again.origin == memory.origin
    memory.save(tmp_path / "two")
    assert_same(memory, Recording.open(tmp_path / "two"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_saving_leaves_what_is_no_recording(tmp_path: Path) -> None:
    memory = write(None).recording
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("all of it")
    with pytest.raises(CannotSave, match="something else"):
        memory.save(tmp_path / "thesis")
    with pytest.raises(CannotSave, match="already"):
        Recorder(tmp_path / "thesis")
    assert [p.name for p in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]


def test_a_recording_with_a_folder_is_pickled_as_its_path(tmp_path: Path) -> None:
    recording = write(tmp_path / "r").recording
    assert_same(recording, pickle.loads(pickle.dumps(recording)))
    with pytest.raises(TypeError, match="saved"):
        pickle.dumps(write(None).recording)


def test_beyond_its_budget_a_recording_goes_to_a_folder(tmp_path: Path) -> None:
    run = example([Planned(40)] + [Planned(1, "carried") for _ in range(20)])
    small, large = Recorder(memory_budget=2500), Recorder()
    for recorder in (small, large):
        feed(recorder, run, chunks=threes)
        recorder.finish("complete")
        recorder.close()
    assert small.recording.spilled
    assert not large.recording.spilled
    assert_same(small.recording, large.recording)
    small.recording.save(tmp_path / "kept")
    folder = small.recording.path
    assert folder is not None
    small.recording.close()
    assert not folder.exists()
    assert_same(Recording.open(tmp_path / "kept"), large.recording)


def test_what_is_no_recording_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(CannotOpen, match="no recording"):
        Recording.open(tmp_path / "photos")
    with pytest.raises(CannotOpen, match="no recording"):
        Recording.open(tmp_path / "missing")
    (tmp_path / "photos" / "recording.json").write_text('{"tracks": []}')
    with pytest.raises(CannotOpen, match="not written by LSTM Studio"):
        Recording.open(tmp_path / "photos")


def test_a_newer_version_is_refused_in_words(tmp_path: Path) -> None:
    write(tmp_path / "r")
    path = tmp_path / "r" / "recording.json"
    written = json.loads(path.read_text())
    del written["crc32"]
    path.write_bytes(encode(written | {"version": 2}))
    with pytest.raises(CannotOpen, match="version 2"):
        Recording.open(tmp_path / "r")


def test_a_damaged_recording_json_is_read_from_its_copy(tmp_path: Path) -> None:
    kept = write(tmp_path / "r").recording
    path = tmp_path / "r" / "recording.json"
    path.write_bytes(path.read_bytes()[:100])
    opened = Recording.open(tmp_path / "r")
    assert opened.problems == ("Its recording.json is damaged; a copy was read.",)
    assert_same(kept, opened)
    (tmp_path / "r" / "journal.jsonl").write_bytes(b"")
    with pytest.raises(CannotOpen, match="is damaged"):
        Recording.open(tmp_path / "r")


def test_a_vanished_folder_is_said_in_words(tmp_path: Path) -> None:
    recorder = write(tmp_path / "r", finish=False)
    shutil.rmtree(tmp_path / "r")
    start = recorder.begin_call("rnn.l0", 1, {}, "carried")
    with pytest.raises(CannotSave, match="is not there any more"):
        recorder.write("rnn.l0", start, {"h": np.zeros((1, 2, 5), np.float32)})
    recorder.close()


def test_a_layer_with_no_bias_and_a_projection(tmp_path: Path) -> None:
    run = example(sizes=Sizes(3, 5, 2), bias=False)
    write(tmp_path / "r", run)
    opened = Recording.open(tmp_path / "r")
    assert opened.problems == ()
    assert opened.read("rnn.l0", "h").shape == (20, 2)
