"""How alike drawn ROIs are to their nearest training ROI, over the null of real ROIs."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from reader_app.widgets.theme import PALETTE, font
from studies.report.quality import Audited

BINS = 20
_HIGH, _TOP, _FOOT = 124, 16, 34
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


class CopiesView(QWidget):
    """Shares of drawn ROIs (bars) and of real ROIs of other patients (line) by correlation."""

    def __init__(self) -> None:
        super().__init__()
        self._audited: Audited | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_audit(self, audited: Audited) -> None:
        """Show what was found among the drawn ROIs."""
        self._audited = audited
        self.setAccessibleName(spoken(audited))
        self.setToolTip(
            "Bars: drawn ROIs by their correlation (NCC) with the nearest training ROI. Line: real "
            "ROIs with the nearest ROI of another patient."
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Low enough to stand below the numbers."""
        return QSize(260, _HIGH)

    def minimumSizeHint(self) -> QSize:
        """Half the width still reads."""
        return QSize(180, _HIGH)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw bars, null, limits and axis."""
        if self._audited is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot = QRectF(self.rect()).adjusted(4, _TOP, -4, -_FOOT)
        painter.fillRect(plot, QColor(PALETTE.page))
        _paint_axis(painter, plot)
        limits = self._audited.limits
        drawn = shares(self._audited.similarity)
        null = shares(limits.null) if limits is not None else None
        highest = max(float(drawn.max()), float(null.max()) if null is not None else 0.0) or 1.0
        _paint_bars(painter, plot, drawn / highest)
        if null is not None and limits is not None:
            _paint_line(painter, plot, null / highest)
            _paint_limit(painter, plot, limits.close, "close", PALETTE.warning, left=True)
            _paint_limit(painter, plot, limits.copy, "copy", PALETTE.error_text, left=False)


def shares(values: tuple[float, ...]) -> np.ndarray:
    """Share of the values in each of BINS bins of 0..1; values below 0 count in the first."""
    counts, _ = np.histogram(np.clip(values, 0, 1), bins=BINS, range=(0, 1))
    return np.asarray(counts / max(1, len(values)))


def spoken(audited: Audited) -> str:
    """The picture for a screen reader."""
    if not audited.similarity:
        return "No drawn ROI has been compared with training ROIs."
    words = f"Correlation with the nearest training ROI: at most {max(audited.similarity):.2f}"
    limits = audited.limits
    if limits is None:
        return words
    return f"{words}; close from {limits.close:.2f}, copy from {limits.copy:.2f}"


def _paint_axis(painter: QPainter, plot: QRectF) -> None:
    painter.setFont(font("tick"))
    center = Qt.AlignmentFlag.AlignCenter
    for value in _TICKS:
        x = plot.left() + value * plot.width()
        painter.setPen(QPen(QColor(PALETTE.line), 1))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.setPen(QColor(PALETTE.text_3))
        room = QRectF(
            min(max(x - 14, plot.left() - 4), plot.right() - 24), plot.bottom() + 2, 28, 14
        )
        painter.drawText(room, center, f"{value:.1f}")
    below = QRectF(plot.left(), plot.bottom() + 17, plot.width(), 16)
    painter.drawText(below, center, "NCC with the nearest training ROI")


def _paint_bars(painter: QPainter, plot: QRectF, heights: np.ndarray) -> None:
    color = QColor(PALETTE.dcgan)
    color.setAlphaF(0.6)
    wide = plot.width() / BINS
    for k, height in enumerate(heights):
        high = 0.94 * float(height) * plot.height()
        painter.fillRect(
            QRectF(plot.left() + k * wide + 0.5, plot.bottom() - high, wide - 1, high), color
        )


def _paint_line(painter: QPainter, plot: QRectF, heights: np.ndarray) -> None:
    wide = plot.width() / BINS
    points = [
        QPointF(plot.left() + (k + 0.5) * wide, plot.bottom() - 0.94 * float(h) * plot.height())
        for k, h in enumerate(heights)
    ]
    painter.setPen(QPen(QColor(PALETTE.strong), 1.4, Qt.PenStyle.DashLine))
    painter.drawPolyline(QPolygonF(points))


def _paint_limit(
    painter: QPainter, plot: QRectF, value: float, words: str, color: str, *, left: bool
) -> None:
    x = plot.left() + min(value, 1.0) * plot.width()
    painter.setPen(QPen(QColor(color), 1.4))
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
    painter.setFont(font("tick"))
    side = Qt.AlignmentFlag.AlignRight if left else Qt.AlignmentFlag.AlignLeft
    start = x - 42 if left else min(x, plot.right() - 26)
    painter.drawText(QRectF(start, plot.top() - _TOP, 42, 14), side, words)
