"""Grey steps from black to white: what a display must be able to show before it is read on.

Eleven fields side by side. The two at each end differ by 5 % of the range, as the squares of
5 and 95 % in those of 0 and 100 % of the test pattern SMPTE RP 133; the rest are evenly apart.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

LEVELS: tuple[int, ...] = (
    0,
    *(int(level) for level in np.rint(np.linspace(0.05, 0.95, 9) * 255)),
    255,
)
"""Grey levels of the fields, 0..255, left to right."""


class GreySteps(QWidget):
    """The fields, touching each other, without figures: the reader counts."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Grey steps from black to white")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fields of one width."""
        painter = QPainter(self)
        count = len(LEVELS)
        for k, level in enumerate(LEVELS):
            left, right = (round(self.width() * place / count) for place in (k, k + 1))
            painter.fillRect(left, 0, right - left, self.height(), QColor(level, level, level))
