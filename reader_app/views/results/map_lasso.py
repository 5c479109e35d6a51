"""A line drawn by hand around points of a map."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt

from reader_app.widgets.theme import PALETTE

_STEP = 3.0
"""Px that the hand moves before the line gets another corner."""


class Lasso(pg.PlotCurveItem):  # type: ignore[misc]
    """The line while it is drawn; nothing otherwise."""

    def __init__(self) -> None:
        pen = pg.mkPen(PALETTE.accent_hover, width=1.5, style=Qt.PenStyle.DashLine)
        super().__init__(pen=pen)
        self.setZValue(30)
        self._corners: list[tuple[float, float]] = []
        self._last = QPointF()
        self.active = False

    def begin(self, at: QPointF, px: QPointF) -> None:
        """Start at a place, map units; `px` is the same place on the screen."""
        self._corners, self._last, self.active = [(at.x(), at.y())], px, True

    def go(self, at: QPointF, px: QPointF) -> None:
        """The hand is here now."""
        moved = px - self._last
        if abs(moved.x()) + abs(moved.y()) >= _STEP:
            self._corners.append((at.x(), at.y()))
            self._last = px
            closed = np.array([*self._corners, self._corners[0]])
            self.setData(closed[:, 0], closed[:, 1])

    def end(self) -> np.ndarray:
        """The corners (n, 2), map units; the line is gone."""
        self.active = False
        self.setData([], [])
        return np.array(self._corners, dtype=float).reshape(-1, 2)


def inside(corners: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Which of the points `xy` (m, 2) lie in the closed line `corners` (n, 2), as bool (m,).

    Even-odd rule: a ray to the right crosses the line an odd number of times. Under three
    corners nothing lies inside.
    """
    within = np.zeros(len(xy), dtype=bool)
    if len(corners) < 3:
        return within
    x, y = xy[:, 0], xy[:, 1]
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        spans = (y0 > y) != (y1 > y)
        if y0 != y1:
            within ^= spans & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return within
