"""Hands on a slice view alone: helpers of its tests."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from reader_app.widgets.slice_view import SliceView
from studies.records import Points

LEFT = Qt.MouseButton.LeftButton


def ring(x: float, y: float, radius: float, n: int = 60) -> Points:
    t = np.arange(n) * 2 * np.pi / n
    return tuple((x + radius * math.cos(a), y + radius * math.sin(a)) for a in t)


def at(view: SliceView, x: float, y: float) -> QPoint:
    """Where a place of the picture lies on the screen."""
    return view.to_screen(QPointF(x, y)).toPoint()


def move(view: SliceView, x: float, y: float) -> None:
    """Two steps: a move to where the pointer stood in another test would be none."""
    for step in (QPoint(5, 0), QPoint(0, 0)):
        QTest.mouseMove(view.viewport(), at(view, x, y) + step)


def click(view: SliceView, x: float, y: float) -> None:
    move(view, x, y)
    QTest.mouseClick(view.viewport(), LEFT, pos=at(view, x, y))


def drag(
    view: SliceView,
    line: Points,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    QTest.mousePress(view.viewport(), LEFT, modifiers, at(view, *line[0]))
    for point in line[1:]:
        QTest.mouseMove(view.viewport(), at(view, *point))
    QTest.mouseRelease(view.viewport(), LEFT, modifiers, at(view, *line[-1]))
