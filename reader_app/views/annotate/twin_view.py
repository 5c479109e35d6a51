"""The ROI as the CNN sees it: 64x64 px, enlarged without smoothing away what it is."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from reader_app.state.annotate_state import Twin
from reader_app.widgets.roi_view import to_image
from reader_app.widgets.slice_view.items import halo_stroke, path_of
from reader_app.widgets.square import Square
from reader_app.widgets.theme import PALETTE, font
from studies.imaging.roi import SIZE


class TwinView(Square):
    """A square picture that follows the hand; with or without the margin's line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(236, 160, parent)
        self._twin: Twin | None = None
        self._color = PALETTE.strong
        self._has_line = True
        self.setAccessibleName("ROI as the CNN sees it")

    def show_twin(self, twin: Twin | None, color: str) -> None:
        """Another ROI, or none."""
        self._twin, self._color = twin, color
        self.update()

    def show_line(self, on: bool) -> None:
        """With the margin's line or without."""
        self._has_line = on
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = self.square
        painter.fillRect(box, QColor(PALETTE.image))
        if self._twin is None:
            painter.setPen(QPen(QColor(PALETTE.edge), 1, Qt.PenStyle.DashLine))
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
            painter.setPen(QColor(PALETTE.hint))
            painter.setFont(font("hint"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "Draw a margin")
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(box, to_image(self._twin.image))
        if self._has_line:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipRect(box)
            painter.translate(box.topLeft())
            painter.scale(box.width() / SIZE, box.width() / SIZE)
            halo_stroke(painter, path_of(self._twin.outline, True), QColor(self._color), 1.5)

    def place_of(self, x: float, y: float) -> QPointF:
        """Where an ROI px lies on the widget."""
        box = self.square
        return box.topLeft() + QPointF(x, y) * (box.width() / SIZE)
