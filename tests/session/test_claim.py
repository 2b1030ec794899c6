"""A session file belongs to one window, until it closes or its process is gone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lstm_studio.session.claim import Claim

HOLDS = """
import sys, time
from pathlib import Path
from lstm_studio.session.claim import Claim
claim = Claim(Path(sys.argv[1]))
print(claim.take(Path(sys.argv[2])), flush=True)
time.sleep(60)
"""


def test_the_first_window_has_it_until_it_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "toy.session.json"
    first, second = Claim(tmp_path), Claim(tmp_path)
    assert first.take(path)
    assert first.take(path)
    assert not second.take(path)
    assert second.take(tmp_path / "other.session.json")
    first.release()
    assert second.take(path)
    assert first.take(tmp_path / "other.session.json")
    for claim in (first, second):
        claim.release()
        claim.release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_is_the_file_that_it_points_to(tmp_path: Path) -> None:
    first, second = Claim(tmp_path), Claim(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "toy.session.json")
    assert first.take(tmp_path / "link")
    assert not second.take(tmp_path / "toy.session.json")
    first.release()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_process_that_is_killed_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "toy.session.json"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path), str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "True\n"
    claim = Claim(tmp_path)
    assert not claim.take(path)
    os.kill(other.pid, signal.SIGKILL)
    other.communicate()
    assert claim.take(path)
    claim.release()
