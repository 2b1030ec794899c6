"""Layers are chosen, other modules are ticked, facts are shown."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.layers import Layer, Sizes
from lstm_studio.core.summary import InputNeeds, ModelSummary, Part, SequenceSummary
from lstm_studio.panelkit.layertree import DETAIL_ROLE
from lstm_studio.panels.layers import LayersPanel, activity
from lstm_studio.session.session import Session


def _show(session: Session, qtbot: QtBot) -> LayersPanel:
    panel = LayersPanel(session)
    qtbot.addWidget(panel)
    panel.resize(280, 600)
    panel.show()
    panel.refresh()
    panel.refresh()
    return panel


def _click(panel: LayersPanel, item: QTreeWidgetItem, x: int = 8) -> None:
    rect = panel.tree.visualItemRect(item)
    at = QPoint(rect.left() + x, rect.center().y())
    QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_a_click_chooses_a_layer(recorded_session: Session, qtbot: QtBot) -> None:
    panel = _show(recorded_session, qtbot)
    _click(panel, panel.tree.item_of("rnn.l1"))
    assert recorded_session.view.layer == "rnn.l1"


def test_the_keyboard_chooses_a_layer(recorded_session: Session, qtbot: QtBot) -> None:
    panel = _show(recorded_session, qtbot)
    QTest.keyClick(panel.tree, Qt.Key.Key_Down)
    assert recorded_session.view.layer == "rnn.l1"
    QTest.keyClick(panel.tree, Qt.Key.Key_Up)
    assert recorded_session.view.layer == "rnn.l0"


def test_it_shows_what_was_chosen_elsewhere(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = _show(recorded_session, qtbot)
    recorded_session.look(layer="rnn.l1")
    panel.refresh()
    assert panel.tree.currentItem() is panel.tree.item_of("rnn.l1")


def test_curves_are_the_mean_size_of_h(recorded_session: Session, qtbot: QtBot) -> None:
    panel = _show(recorded_session, qtbot)
    assert set(panel.tree.activities) == {"rnn.l0", "rnn.l1"}
    recording = recorded_session.recording
    assert recording is not None
    largest = np.abs(recording.read("rnn.l0", "h")).max()
    values = panel.tree.activities["rnn.l0"]
    assert np.all((values > 0) & (values <= largest))


def test_activity_leaves_out_what_is_not_there() -> None:
    low = np.array([[-1.0, 0.5], [np.nan, 0.25], [np.nan, np.nan]])
    high = np.array([[0.5, 0.75], [np.nan, 0.25], [np.nan, np.nan]])
    block = StepBlock(0, 12, 4, low, high)
    np.testing.assert_array_equal(activity(block), [0.875, 0.25, np.nan])


def test_a_tick_watches_a_module(recorded_session: Session, qtbot: QtBot) -> None:
    assert recorded_session.model is not None
    model = replace(recorded_session.model, modules=("embedding", "<i>head</i>"))
    recorded_session.model = model
    panel = _show(recorded_session, qtbot)
    embedding, head = panel.tree.watchable()
    assert head.text(0) == "<i>head</i>"
    panel.tree.setCurrentItem(embedding)
    QTest.keyClick(panel.tree, Qt.Key.Key_Space)
    assert recorded_session.watched == {"embedding"}
    panel.refresh()
    assert embedding.checkState(0) == Qt.CheckState.Checked
    QTest.keyClick(panel.tree, Qt.Key.Key_Space)
    assert recorded_session.watched == frozenset()


def test_before_a_run_it_lists_what_the_model_declares(
    empty_session: Session, qtbot: QtBot
) -> None:
    layer = Layer("enc.gru.l0", "gru", "enc.gru", 0, "forward", Sizes(3, 8))
    part = Part("enc.gru", "GRU from 3 to 8", (Part("", "inner"),))
    empty_session.model = ModelSummary(
        "m.pt", "/tmp/m.pt", "ab", "state_dict", (layer,), InputNeeds(),
        parts=(part,), notes=("No batch_first in the file.",),
    )  # fmt: skip
    empty_session.sequence = SequenceSummary(
        "s.npy", "", 1200, 2, (2, 1200, 3), "float32", rate=50.0
    )
    panel = _show(empty_session, qtbot)
    assert panel.tree.item_of("enc.gru.l0").text(0) == "l0"
    texts = [line.text for line in panel.lines.lines]
    assert "No batch_first in the file." in texts
    assert "2 samples \u00d7 1\u202f200 steps" in texts
    assert "3 features, float32, 50 Hz" in texts


def _group(panel: LayersPanel, name: str) -> QTreeWidgetItem:
    return panel.tree.findItems(name, Qt.MatchFlag.MatchExactly)[0]


def test_what_is_in_the_file_is_a_tree(empty_session: Session, qtbot: QtBot) -> None:
    inner = tuple(Part(name, "12 x 4") for name in ("<b>scale</b>", "shift"))
    parts = (
        Part("enc.gru", "GRU(3, 8)"),
        Part("norm", "does not run: its weights do not tell what it does", inner),
    )
    empty_session.model = ModelSummary(
        "m.pt", "/tmp/m.pt", "ab", "state_dict", (), InputNeeds(), parts=parts
    )
    panel = _show(empty_session, qtbot)
    root = _group(panel, "in the file")
    assert root.isExpanded()
    gru, norm = (root.child(row) for row in range(root.childCount()))
    assert (gru.text(0), gru.data(0, DETAIL_ROLE)) == ("enc.gru", "GRU(3, 8)")
    assert "do not tell what it does" in norm.toolTip(0)
    assert [norm.child(row).text(0) for row in range(norm.childCount())] == [
        "<b>scale</b>",
        "shift",
    ]
    assert not norm.isExpanded()
    # It is there to be read: a click chooses nothing.
    _click(panel, gru)
    assert empty_session.view.layer is None


def test_what_comes_is_shown_before_its_weights_are_read(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = _show(recorded_session, qtbot)
    layer = Layer("new.l0", "gru", "new", 0, "forward", Sizes(3, 8))
    recorded_session.coming = ModelSummary(
        "new.pt", "/tmp/new.pt", "", "state_dict", (layer,), InputNeeds(),
        parts=(Part("new", "GRU(3, 8)"),),
    )  # fmt: skip
    panel.refresh()
    assert panel.tree.item_of("new.l0").text(0) == "l0"
    assert _group(panel, "in the file").child(0).text(0) == "new"
    assert panel.tree.activities == {}
    texts = [line.text for line in panel.lines.lines]
    assert "new.pt" in texts
    assert "Its weights are being read." in texts
    recorded_session.coming = None
    panel.refresh()
    assert panel.tree.item_of("rnn.l0").text(0) == "l0"
    assert "Its weights are being read." not in [x.text for x in panel.lines.lines]


def test_calls_are_counted_by_their_state(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = _show(recorded_session, qtbot)
    texts = [line.text for line in panel.lines.lines]
    for text in ("3", "from zeros: 1", "given: 1", "carried on: 1"):
        assert text in texts


@pytest.mark.parametrize("width", [180, 260, 500])
def test_it_fits_a_narrow_dock(
    recorded_session: Session, qtbot: QtBot, width: int
) -> None:
    panel = _show(recorded_session, qtbot)
    panel.resize(width, 400)
    assert panel.minimumSizeHint().width() <= 180
    assert not panel.tree.horizontalScrollBar().isVisible()
