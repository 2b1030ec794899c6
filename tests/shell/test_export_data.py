"""Streams are saved as numbers: what is ticked, in the form that is chosen."""

import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QProgressDialog, QPushButton, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from lstm_studio.core.view import Part
from lstm_studio.export import selection
from lstm_studio.export.arrays import FORMATS
from lstm_studio.export.selection import Selection
from lstm_studio.shell.dialogs.export_data import FORMS, ExportDataDialog
from lstm_studio.shell.window import MainWindow
from tests.shell.conftest import trigger


def dialog_of(window: MainWindow) -> ExportDataDialog:
    trigger(window, "export_data")
    dialog = window.findChild(ExportDataDialog)
    assert dialog is not None
    return dialog


def row_of(dialog: ExportDataDialog, layer: str, stream: str) -> QTreeWidgetItem:
    top = dialog.tree.findItems(layer, Qt.MatchFlag.MatchExactly)[0]
    rows = [top.child(row) for row in range(top.childCount())]
    return next(row for row in rows if row.text(0) == stream)


def tick(dialog: ExportDataDialog, layer: str, stream: str, on: bool = True) -> None:
    state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
    row_of(dialog, layer, stream).setCheckState(0, state)


def choose(box: object, value: str) -> None:
    box.setCurrentIndex(box.findData(value))


def test_what_is_looked_at_is_proposed(recorded: MainWindow) -> None:
    recorded.session.look(span=(10, 60), streams={"rnn.l0": "c"}, layer="rnn.l0")
    dialog = dialog_of(recorded)
    assert dialog.selections == [Selection("rnn.l0", "c", 10, 60)]
    assert dialog.said.text().startswith("1 stream over 50 steps: 300 numbers")
    dialog.reject()


def test_a_part_that_was_marked_is_proposed(recorded: MainWindow) -> None:
    part = Part("rnn.l1", "c", (10, 15), (1, 2, 3))
    recorded.data.export_part(part)
    asked = recorded.findChild(ExportDataDialog, "export_data")
    assert asked is not None
    assert asked.selections == [Selection("rnn.l1", "c", 10, 15, (1, 2, 3), 0)]
    asked.reject()


def test_layers_streams_units_and_steps_are_chosen(
    recorded: MainWindow, qtbot: QtBot
) -> None:
    dialog = dialog_of(recorded)
    tick(dialog, "rnn.l0", "h", on=False)
    tick(dialog, "rnn.l1", "f_pre")
    tick(dialog, "rnn.l1", "x")
    dialog.units.setText("0, 2-3")
    choose(dialog.span, "some")
    dialog.first.setValue(5)
    dialog.last.setValue(9)
    choose(dialog.form, "csv")
    wanted = [
        Selection("rnn.l1", name, 5, 10, (0, 2, 3))
        for name in recorded.session.recording.streams("rnn.l1")
        if name in ("x", "f_pre")
    ]
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.save.click()
    assert chosen.args == [wanted, "csv"]
    files = recorded.findChild(QFileDialog)
    assert files is not None
    assert files.defaultSuffix() == "csv"
    files.reject()


def test_a_layer_ticks_its_streams(recorded: MainWindow) -> None:
    dialog = dialog_of(recorded)
    top = dialog.tree.topLevelItem(1)
    top.setCheckState(0, Qt.CheckState.Checked)
    streams = recorded.session.recording.streams("rnn.l1")
    assert len(dialog.selections) == 1 + len(streams)
    dialog.reject()


def test_a_choice_that_cannot_be_saved_says_why(recorded: MainWindow) -> None:
    dialog = dialog_of(recorded)

    def said(possible: bool = False) -> str:
        assert dialog.save.isEnabled() == possible
        return dialog.said.text()

    tick(dialog, "rnn.l0", "h", on=False)
    assert said() == "Tick at least one stream."
    tick(dialog, "rnn.l0", "h")
    tick(dialog, "rnn.l0", "c")
    choose(dialog.form, "npy")
    assert said() == ("A .npy file holds one array: tick one stream, or choose .npz.")
    choose(dialog.form, "npz")
    dialog.units.setText("a")
    assert said() == "The units are written as numbers: 0, 5-9."
    dialog.units.setText("6")
    assert said() == "rnn.l0 has 6 units of h, from 0."
    dialog.units.setText("")
    choose(dialog.span, "some")
    dialog.first.setValue(9)
    dialog.last.setValue(3)
    assert said() == "The last step comes before the first."
    choose(dialog.span, "all")
    assert said(possible=True) == (
        "2 streams over 120 steps: 1\u202f440 numbers, with names, steps and origin."
    )
    dialog.reject()


def test_a_missing_library_is_named(
    recorded: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    dialog = dialog_of(recorded)
    choose(dialog.form, "h5")
    assert dialog.said.text() == (
        "This form takes the library h5py, which is not installed here. Install it: "
        'pip install "lstm-studio[hdf5]"'
    )
    assert not dialog.save.isEnabled()
    dialog.reject()


def test_every_form_is_one_that_can_be_written() -> None:
    assert {f".{form}" for form in FORMS} <= set(FORMATS)


@pytest.mark.parametrize("form", FORMS)
def test_it_is_saved_beside_the_window(
    recorded: MainWindow, qtbot: QtBot, tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"states.{form}"
    recorded.data.save(path, [Selection("rnn.l0", "h", 10, 60)])
    assert recorded.data.busy
    qtbot.waitUntil(lambda: not recorded.data.busy)
    assert path.exists()
    assert recorded.statusBar().currentMessage() == f"Saved {path}"
    if form == "npy":
        h = recorded.session.recording.read("rnn.l0", "h", slice(10, 60))
        np.testing.assert_array_equal(np.load(path), h)
    # The window itself never needs torch for that.
    assert "zarr" not in {thread.name for thread in threading.enumerate()}
    assert "pyarrow" in sys.modules or form != "parquet"


def test_an_error_is_reported(
    recorded: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    recorded.data.save(tmp_path / "no" / "a.npz", [Selection("rnn.l0", "h")])
    qtbot.waitUntil(recorded.banner.isVisible)
    assert "does not exist" in recorded.banner.text.text()
    assert not recorded.data.busy


@pytest.mark.parametrize("how", ["cancel", "close"])
def test_it_can_be_ended(
    recorded: MainWindow,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    # A step at a time, so that it is still going on.
    monkeypatch.setattr(selection, "BLOCK_BYTES", 1)
    units = tuple(range(6)) * 50
    every = [Selection("rnn.l1", "i", units=units)] * 200
    recorded.data.save(tmp_path / "a.npz", every)
    if how == "close":
        recorded.close()
    else:
        shown = recorded.findChild(QProgressDialog)
        assert shown is not None
        shown.findChild(QPushButton).click()
    qtbot.waitUntil(lambda: not recorded.data.busy)
    assert [
        p for p in tmp_path.iterdir() if "a.npz" in p.name or ".tmp" in p.name
    ] == []
