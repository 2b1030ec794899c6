"""Moves the mouse over a plot, in steps and values instead of pixels."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from lstm_studio.panelkit.stepaxis import NOTCH, StepPlot

LEFT = Qt.MouseButton.LeftButton


def place(plot: StepPlot, step: float, y: float) -> QPoint:
    """Return the pixel of the viewport where ``step`` and ``y`` are."""
    at = QPointF(plot.to_x(step), plot.to_y(y)) + plot.area.topLeft()
    return at.toPoint()


def click(qtbot: QtBot, plot: StepPlot, step: float, y: float) -> None:
    qtbot.mouseClick(plot.viewport(), LEFT, pos=place(plot, step, y))


def double_click(qtbot: QtBot, plot: StepPlot, step: float, y: float) -> None:
    qtbot.mouseDClick(plot.viewport(), LEFT, pos=place(plot, step, y))


def drag(qtbot: QtBot, plot: StepPlot, start: QPoint, stop: QPoint) -> None:
    viewport = plot.viewport()
    qtbot.mousePress(viewport, LEFT, pos=start)
    for share in (0.25, 0.5, 0.75, 1.0):
        at = QPointF(start) + (QPointF(stop) - QPointF(start)) * share
        qtbot.mouseMove(viewport, at.toPoint())
    qtbot.mouseRelease(viewport, LEFT, pos=stop)


def wheel(
    plot: StepPlot,
    at: QPoint,
    notches: float,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    turn(plot.viewport(), at, notches, modifiers)


def turn(
    widget: QWidget,
    at: QPoint,
    notches: float,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    event = QWheelEvent(
        QPointF(at),
        widget.mapToGlobal(QPointF(at)),
        QPoint(),
        QPoint(0, int(notches * NOTCH)),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
