"""ROI pictures: one, or a strip of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from reader_app.widgets.theme import PALETTE, RADIUS_SMALL

FloatImage = npt.NDArray[np.floating]


def to_image(image: FloatImage) -> QImage:
    """(h, w) grey values 0..1 (clipped) as an 8-bit QImage that owns its bytes."""
    grey = np.ascontiguousarray(np.rint(np.clip(image, 0.0, 1.0) * 255).astype(np.uint8))
    height, width = grey.shape
    return QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def to_pixmap(image: FloatImage, size: int) -> QPixmap:
    """(h, w) grey values 0..1 scaled smoothly to `size` px."""
    scaled = to_image(image).scaled(
        size, size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    return QPixmap.fromImage(scaled)


class RoiThumb(QWidget):
    """A picture `size` px square; a dashed frame while it has none. `clicked` on a click."""

    clicked = Signal()

    def __init__(self, size: int = 56, name: str = "ROI") -> None:
        super().__init__()
        self._size = size
        self._image: QImage | None = None
        self._ring = ""
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_image(self, image: FloatImage | None) -> None:
        """Show (h, w) grey values 0..1, or the empty frame."""
        self._image = None if image is None else to_image(image)
        self.update()

    def set_ring(self, color: str) -> None:
        """Draw a 2-px frame of a colour; "" for none."""
        self._ring = color
        self.update()

    def sizeHint(self) -> QSize:
        """Its fixed size."""
        return QSize(self._size, self._size)

    def minimumSizeHint(self) -> QSize:
        """Its fixed size."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture with rounded corners, or the empty frame."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self._image is None:
            painter.setPen(QPen(QColor(PALETTE.edge), 1, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(box, 3, 3)
            return
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()), 3, 3)
        painter.setClipPath(frame)
        painter.drawImage(self.rect(), self._image)
        if self._ring:
            painter.setClipping(False)
            painter.setPen(QPen(QColor(self._ring), 2))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_SMALL, RADIUS_SMALL)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """Tell who listens."""
        self.clicked.emit()


class RoiStrip(QWidget):
    """`count` ROI pictures in a row; in a narrow place as many as fit. `clicked` with the index."""

    clicked = Signal(int)
    _FEWEST = 3

    def __init__(self, count: int, size: int = 56, gap: int = 4) -> None:
        super().__init__()
        self._size, self._gap = size, gap
        self.thumbs = tuple(RoiThumb(size, f"ROI {k + 1}") for k in range(count))
        for k, thumb in enumerate(self.thumbs):
            thumb.setParent(self)
            thumb.move(k * (size + gap), 0)
            thumb.clicked.connect(lambda k=k: self.clicked.emit(k))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_images(self, images: Sequence[FloatImage]) -> None:
        """Show these from the left; the rest are empty frames."""
        for k, thumb in enumerate(self.thumbs):
            thumb.set_image(images[k] if k < len(images) else None)

    def _width(self, count: int) -> int:
        return max(0, count * (self._size + self._gap) - self._gap)

    def sizeHint(self) -> QSize:
        """Room for all."""
        return QSize(self._width(len(self.thumbs)), self._size)

    def minimumSizeHint(self) -> QSize:
        """Room for a few."""
        return QSize(self._width(min(self._FEWEST, len(self.thumbs))), self._size)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Show the pictures that fit whole."""
        for k, thumb in enumerate(self.thumbs):
            thumb.setVisible(self._width(k + 1) <= self.width())
