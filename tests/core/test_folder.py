"""A recording in a folder: the same as in memory, whatever happens to the files."""

import contextlib
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstm_studio.core.certificate import Certificate, LayerProof, Origin
from lstm_studio.core.document import encode
from lstm_studio.core.errors import CannotOpen, CannotSave
from lstm_studio.core.layers import Sizes
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from tests.core.reference import (
    Planned,
    Unrolled,
    feed,
    make_layer,
    make_weights,
    unroll,
)

SEQUENCE = np.arange(40.0).reshape(20, 2, 1)
CALLS = [Planned(9), Planned(6, "given"), Planned(5, "carried", (5, 2))]


def example(
    calls: list[Planned] | None = None, name: str = "rnn.l0", **layer: Any
) -> Unrolled:
    rng = np.random.default_rng(1)
    made = make_layer(name=name, **layer)
    plan = CALLS if calls is None else calls
    x = rng.normal(size=(sum(call.steps for call in plan), 2, made.sizes.input))
    return unroll(
        made,
        make_weights(made, rng),
        x,
        plan,
        lambda width: rng.normal(size=(2, width)),
    )


def threes(steps: int) -> list[int]:
    return [3] * (steps // 3) + [steps % 3] * (steps % 3 > 0)


def write(folder: Path | None, *runs: Unrolled, finish: bool = True) -> Recorder:
    recorder = Recorder(folder)
    for run in runs or (example(),):
        feed(recorder, run, chunks=threes)
    recorder.set_sequence(SEQUENCE, ("a",), "wave", 8.0)
    recorder.set_output((np.ones((2, 3)), {"state": [np.arange(4), None, 2.5]}))
    recorder.set_certificate(
        Certificate({"rnn.l0": LayerProof(1e-7, float("nan"), 1e-6, 20)}, 0.0)
    )
    recorder.set_origin(Origin(model="m.pt", torch="2.13"))
    if finish:
        recorder.finish("complete")
        recorder.close()
    return recorder


def contents(recording: Recording, layer: str = "rnn.l0") -> dict[str, np.ndarray]:
    return {
        f"{stream} {sample}": rows
        for sample in range(2)
        for stream, rows in recording.read_streams(
            layer, recording.streams(layer), sample=sample
        ).items()
    }


def assert_same(one: Recording, other: Recording) -> None:
    assert list(one.layers.items()) == list(other.layers.items())
    for layer in one.layers:
        assert one.calls(layer) == other.calls(layer)
        assert one.committed(layer) == other.committed(layer)
        first, second = contents(one, layer), contents(other, layer)
        for name, values in first.items():
            np.testing.assert_array_equal(values, second[name], err_msg=name)
        for index in range(len(one.calls(layer))):
            given = other.initial(layer, index)
            for name, values in one.initial(layer, index).items():
                np.testing.assert_array_equal(values, given[name])
        for left, right in zip(
            one.checkpoints(layer), other.checkpoints(layer), strict=True
        ):
            np.testing.assert_array_equal(left, right)


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


def assert_true_or_named(folder: Path, whole: dict[str, np.ndarray]) -> None:
    """Whatever opens shows true values or NaN, and says so where it is NaN."""
    try:
        opened = Recording.open(folder)
    except CannotOpen as refusal:
        assert "damaged" in str(refusal)  # noqa: PT017
        return
    if opened.sequence is None or opened.output is None:
        assert opened.problems
    if opened.sequence is not None:
        np.testing.assert_array_equal(opened.sequence.values, SEQUENCE)
    if opened.output is not None:
        np.testing.assert_array_equal(opened.output[0], np.ones((2, 3)))
    if "rnn.l0" not in opened.layers:
        assert opened.problems
        return
    missing = False
    for name, values in contents(opened).items():
        full = np.full_like(whole[name], np.nan)
        full[: len(values)] = values
        missing |= bool((np.isnan(full) & ~np.isnan(whole[name])).any())
        true = np.isnan(full) | (np.abs(full - whole[name]) <= 1e-6)
        assert true.all(), name
    if missing:
        assert opened.problems or opened.state == "partial" or opened.damage("rnn.l0")


FILES = sorted(
    [
        "000-rnn.l0.h.npy",
        "000-rnn.l0.x.npy",
        "000-rnn.l0.checkpoint_c.npy",
        "000-rnn.l0.initial_h.npy",
        "journal.jsonl",
        "output-0.npy",
        "recording.json",
        "sequence.npy",
        "weights.safetensors",
    ]
)


@pytest.mark.parametrize("name", FILES)
def test_cut_anywhere_every_whole_chunk_opens(tmp_path: Path, name: str) -> None:
    write(tmp_path / "r")
    whole = contents(Recording.open(tmp_path / "r"))
    data = (tmp_path / "r" / name).read_bytes()
    rng = random.Random(name)
    for length in sorted(rng.sample(range(len(data)), min(10, len(data)))):
        (tmp_path / "r" / name).write_bytes(data[:length])
        assert_true_or_named(tmp_path / "r", whole)


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_found(tmp_path: Path, name: str) -> None:
    write(tmp_path / "r")
    whole = contents(Recording.open(tmp_path / "r"))
    data = (tmp_path / "r" / name).read_bytes()
    rng = random.Random(name)
    for _ in range(10):
        at, bit = rng.randrange(len(data)), rng.randrange(8)
        flipped = bytearray(data)
        flipped[at] ^= 1 << bit
        (tmp_path / "r" / name).write_bytes(flipped)
        assert_true_or_named(tmp_path / "r", whole)


def test_a_damaged_chunk_is_named_and_the_others_are_whole(tmp_path: Path) -> None:
    kept = write(tmp_path / "r").recording
    path = tmp_path / "r" / "000-rnn.l0.h.npy"
    data = bytearray(path.read_bytes())
    data[128 + 4 * 2 * 5 * 4] ^= 1
    path.write_bytes(data)
    opened = Recording.open(tmp_path / "r")
    assert opened.damage("rnn.l0") == ((3, 6),)
    assert opened.problems == ("Steps 3 to 5 of h of rnn.l0 are damaged.",)
    assert opened.committed("rnn.l0") == ((0, 3), (6, 20))
    h, c = opened.read("rnn.l0", "h"), opened.read("rnn.l0", "c")
    assert np.isnan(h[3:6]).all()
    # The step after needs the lost h; the checkpoint after that makes c whole again.
    assert np.isnan(c[6:9]).all()
    np.testing.assert_array_equal(c[9:], kept.read("rnn.l0", "c")[9:])


def test_an_intact_call_survives_the_line_that_began_it(tmp_path: Path) -> None:
    kept = write(tmp_path / "r", example([Planned(9)])).recording
    path = tmp_path / "r" / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    at = next(k for k, line in enumerate(lines) if b'"rows":{"h"' in line)
    lines[at] = lines[at].replace(b"zeros", b"given")
    path.write_bytes(b"".join(lines))
    opened = Recording.open(tmp_path / "r")
    assert opened.committed("rnn.l0") == ((3, 9),)
    assert opened.calls("rnn.l0") == kept.calls("rnn.l0")
    np.testing.assert_array_equal(
        opened.read("rnn.l0", "i", slice(4, 9)), kept.read("rnn.l0", "i", slice(4, 9))
    )


WRITER = """
import sys
from pathlib import Path
from tests.core.reference import *
from tests.core.test_folder import example
recorder = Recorder(Path(sys.argv[1]))
run = example([Planned(4000)], direction=sys.argv[2])
print("ready", flush=True)
feed(recorder, run, chunks=lambda steps: [2] * (steps // 2))
"""


def assert_survives_a_kill(folder: Path, direction: Any, seed: int) -> None:
    """Kill a process that writes a recording; all that was committed must be there."""
    root = Path(__file__).resolve().parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), direction],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    with child.stdout:
        child.stdout.readline()
        seen = 0
        while seen < 20:
            with contextlib.suppress(CannotOpen):
                reader = Recording.open(folder)
                seen = sum(stop - start for start, stop in reader.committed("rnn.l0"))
        time.sleep(random.Random(seed).random() * 0.2)
        reader.refresh()
        seen = sum(stop - start for start, stop in reader.committed("rnn.l0"))
        child.kill()
        child.wait()
    opened = Recording.open(folder)
    assert opened.state == "partial"
    assert opened.certificate.reasons == ("partial: the run ended early.",)
    ((start, stop),) = opened.committed("rnn.l0")
    assert stop - start >= seen
    run = example([Planned(4000)], direction=direction)
    for stream in ("h", "i", "c"):
        rows = opened.read("rnn.l0", stream, slice(start, stop))
        want = run.streams[stream][start:stop, 0]
        np.testing.assert_allclose(rows, want, rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_writer_leaves_every_committed_step(tmp_path: Path, seed: int) -> None:
    direction = "reverse" if seed % 2 else "forward"
    assert_survives_a_kill(tmp_path / "r", direction, seed)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """A disk with room for so many bytes more; None for no end."""
    room: list[int | None] = [None]
    real = os.fdopen

    class Full:
        def __init__(self, file: Any) -> None:
            self._file = file

        def write(self, data: Any) -> int:
            if room[0] is not None:
                data = memoryview(data)[: room[0]]
                if not len(data):
                    raise OSError(28, "No space left on device")
                room[0] -= len(data)
            return int(self._file.write(data))

        def __enter__(self) -> "Full":
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    monkeypatch.setattr(os, "fdopen", lambda *a, **k: Full(real(*a, **k)))

    def leave(bytes_left: int | None) -> None:
        room[0] = bytes_left

    return leave


@pytest.mark.parametrize("room", [0, 1, 50, 200, 300])
def test_on_a_full_disk_nothing_is_lost_and_the_run_can_go_on(
    tmp_path: Path, room: int, disk: Callable[[int | None], None]
) -> None:
    run = example([Planned(9)])
    recorder = Recorder(tmp_path / "r")
    feed(recorder, example([Planned(9)]), chunks=threes)
    before = contents(recorder.recording)
    start = recorder.begin_call("rnn.l0", 9, {}, "carried")
    rows = {s: run.streams[s].astype(np.float32) for s in ("h", "x")}

    def attempt() -> None:
        recorder.write("rnn.l0", start, rows)
        recorder.commit()

    disk(room)
    with pytest.raises(CannotSave, match="full"):
        attempt()
    opened = Recording.open(tmp_path / "r")
    assert opened.problems == ()
    assert opened.committed("rnn.l0") == ((0, 9),)
    for name, values in contents(opened).items():
        np.testing.assert_array_equal(values[:9], before[name])
    disk(None)
    attempt()
    recorder.finish("complete")
    recorder.close()
    opened = Recording.open(tmp_path / "r")
    assert opened.problems == ()
    np.testing.assert_array_equal(opened.read("rnn.l0", "h")[9:], rows["h"][:, 0])


def test_a_run_can_wait_for_room_on_a_full_disk(
    tmp_path: Path, disk: Callable[[int | None], None]
) -> None:
    said: list[str] = []

    def wait(error: CannotSave) -> None:
        said.append(error.message)
        disk(37 if len(said) < 60 else None)

    memory, recorder = Recorder(), Recorder(tmp_path / "r", when_stuck=wait)
    run = example([Planned(9), Planned(8, "given")])
    feed(memory, run, chunks=threes)
    recorder.declare(run.layer, run.weights, run.samples, np.dtype(np.float32))
    recorder.commit()
    disk(37)
    feed(recorder, run, chunks=threes, declare=False)
    recorder.finish("complete")
    recorder.close()
    assert len(said) == 60
    assert set(said) == {f"The disk of {tmp_path / 'r'} is full."}
    opened = Recording.open(tmp_path / "r")
    assert opened.problems == ()
    assert_same(memory.recording, opened)


def test_who_does_not_wait_for_room_ends_the_run(
    tmp_path: Path, disk: Callable[[int | None], None]
) -> None:
    def give_up(error: CannotSave) -> None:
        raise error

    recorder = Recorder(tmp_path / "r", when_stuck=give_up)
    run = example([Planned(9)])
    feed(recorder, run, chunks=threes)
    start = recorder.begin_call("rnn.l0", 9, {}, "carried")
    disk(10)
    with pytest.raises(CannotSave, match="full"):
        recorder.write(
            "rnn.l0", start, {s: run.streams[s].astype("f4") for s in ("h", "x")}
        )
    recorder.close()
    disk(None)
    opened = Recording.open(tmp_path / "r")
    assert opened.state == "partial"
    assert opened.committed("rnn.l0") == ((0, 9),)


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
