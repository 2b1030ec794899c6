"""What the kernel is told to refuse, tried in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from lstm_studio.engine import landlock

TRIES = """
import os, socket, sys
from pathlib import Path
from lstm_studio.engine import landlock

inside, outside = Path(sys.argv[1]), Path(sys.argv[2])
assert landlock.restrict([inside])


def refused(act):
    try:
        act()
    except PermissionError:
        return True
    return False


(inside / "new").write_text("x")
(inside / "folder").mkdir()
(inside / "new").rename(inside / "folder" / "moved")
(inside / "folder" / "moved").unlink()
assert (outside / "there").read_text() == "x"
assert refused(lambda: (outside / "new").write_text("x"))
assert refused(lambda: (outside / "there").write_text(""))
assert refused(lambda: (outside / "there").unlink())
assert refused(lambda: (outside / "there").rename(outside / "moved"))
assert refused(lambda: (outside / "folder").mkdir())
Path("/dev/null").write_text("x")
if landlock.version() >= 4:
    # Refused before a packet leaves; without limits nobody listens there.
    assert refused(lambda: socket.create_connection(("127.0.0.1", 9), timeout=5))
if landlock.version() >= 6:
    assert refused(lambda: os.kill(os.getppid(), 0))
# What it starts is limited like itself.
assert os.spawnlp(os.P_WAIT, "touch", "touch", str(outside / "new")) != 0
"""


@pytest.mark.skipif(not landlock.version(), reason="no Landlock in this kernel")
def test_files_outside_connections_and_signals_are_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "there").write_text("x")
    tried = subprocess.run(
        [sys.executable, "-c", TRIES, str(inside), str(outside)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert tried.returncode == 0, tried.stderr
    assert (outside / "there").read_text() == "x"
    assert [path.name for path in outside.iterdir()] == ["there"]


@pytest.mark.parametrize(
    ("version", "said", "not_said"),
    [
        (0, "can read, change and send whatever you can", "Landlock"),
        (1, "change no file outside", "TCP"),
        (4, "open no TCP connection", "end no other program"),
        (6, "end no other program", "send whatever"),
    ],
)
def test_the_sentence_says_what_this_kernel_does(
    version: int, said: str, not_said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landlock, "version", lambda: version)
    sentence = landlock.protection()
    assert said in sentence
    assert not_said not in sentence


def test_without_landlock_nothing_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 0)
    assert not landlock.restrict([Path("/")])
