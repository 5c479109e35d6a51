"""A picture as high as it is wide."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtWidgets import QSizePolicy, QWidget


class Square(QWidget):
    """Takes its column's width; `square` is where to paint. Sizes in px."""

    def __init__(self, side: int, least: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side, self._least = side, least
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def square(self) -> QRectF:
        """The largest square at the top, centred."""
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, 0, side, side)

    def hasHeightForWidth(self) -> bool:
        """Always."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The width."""
        return width

    def sizeHint(self) -> QSize:
        """The side wanted."""
        return QSize(self._side, self._side)

    def minimumSizeHint(self) -> QSize:
        """The least that can be read."""
        return QSize(self._least, self._least)
