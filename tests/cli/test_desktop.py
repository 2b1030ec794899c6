"""The entry in the menu of the desktop: valid, installed, removed."""

import configparser
import os
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from lstm_studio.cli import desktop, main_without_console
from lstm_studio.cli.doctor import menu
from lstm_studio.core.resources import resource

linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only desktops of Linux have it"
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "with a blank"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


def entry_of(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read(path, encoding="utf-8")
    return parser["Desktop Entry"]


def validate(path: Path) -> None:
    validator = shutil.which("desktop-file-validate")
    if validator is None:
        pytest.skip("desktop-file-validate is not installed")
    done = subprocess.run(
        [validator, str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_entry_that_ships_is_valid() -> None:
    validate(resource("desktop/lstm-studio.desktop"))


def test_every_kind_of_file_of_the_entry_is_described() -> None:
    entry = entry_of(resource("desktop/lstm-studio.desktop"))
    tree = ET.parse(resource("desktop/lstm-studio.xml"))
    described = {kind.get("type") for kind in tree.getroot()}
    assert set(entry["MimeType"].strip(";").split(";")) == described


@linux
def test_what_is_written_starts_this_studio(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desktop.main([]) == 0
    path = data / "applications" / "lstm-studio.desktop"
    assert str(path) in capsys.readouterr().out
    command = shlex.split(entry_of(path)["Exec"])
    assert command[1:] == ["%F"]
    assert Path(command[0]).name == "lstm-studio"
    assert os.access(command[0], os.X_OK)
    assert (data / "icons/hicolor/scalable/apps/lstm-studio.svg").is_file()
    assert (data / "mime/packages/lstm-studio.xml").is_file()
    validate(path)
    assert desktop.main(["--remove"]) == 0
    assert not path.exists()
    assert desktop.remove() == []


@linux
def test_a_command_with_a_blank_is_quoted(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "my $tudio 100%" / "lstm-studio"
    monkeypatch.setattr(desktop, "_command", lambda: str(command))
    desktop.install()
    entry = entry_of(data / "applications" / "lstm-studio.desktop")
    # As the specification says: the value is unescaped, then the argument.
    value = entry["Exec"].replace("\\\\", "\\")
    argument = shlex.split(value)[0].replace("\\$", "$").replace("%%", "%")
    assert argument == str(command)
    validate(data / "applications" / "lstm-studio.desktop")


@linux
def test_the_doctor_says_how(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    assert [finding.mend for finding in menu()] == ["lstm-studio desktop"]
    desktop.install()
    assert [finding.mend for finding in menu()] == [""]


def test_without_a_terminal_nothing_is_printed_into(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(sys, "argv", ["lstm-studio-window", "info", "/nowhere.pt"])
    assert main_without_console() == 1
