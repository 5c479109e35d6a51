"""Where a synthetic ROI lies among real ones: a strip of dots on one axis of likeness."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from reader_app.widgets.class_mark import paint_mark
from reader_app.widgets.theme import PALETTE, font

_HIGH, _TOP, _FOOT, _EDGE = 90, 18, 34, 12
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_LABEL = 66  # px at the left for the rows' names
_JITTER = (0.0, 0.5, -0.5, 0.25, -0.25, 0.75, -0.75)
"""Heights of neighbouring dots, in halves of a row: dots of one value do not hide each other."""


@dataclass(frozen=True)
class StripContent:
    """NCC of real ROIs with their nearest of another patient, of the drawn ones, of the chosen.

    From `close` and `copy` on an ROI is called so.
    """

    real: tuple[float, ...]
    synthetic: tuple[float, ...]
    chosen: float | None
    close: float
    copy: float


class StripChart(QWidget):
    """Two rows of dots, real and synthetic; the chosen ROI is a line with a mark."""

    def __init__(self) -> None:
        super().__init__()
        self._content: StripContent | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_content(self, content: StripContent | None) -> None:
        """Show these; None leaves the strip empty."""
        self._content = content
        self.setAccessibleName(spoken(content))
        self.setToolTip(
            "Real: each training ROI with its nearest ROI of another patient. Synthetic: each "
            "drawn ROI of this generator and class with its nearest real ROI. White: this one."
            if content
            else ""
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Two rows and the axis."""
        return QSize(300, _HIGH)

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        return QSize(220, _HIGH)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw axis, limits, dots and the chosen one."""
        content = self._content
        if content is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot = QRectF(self.rect()).adjusted(_LABEL, _TOP, -_EDGE, -_FOOT)
        painter.fillRect(plot, QColor(PALETTE.page))
        _paint_axis(painter, plot)
        rows = (("real", content.real, PALETTE.text_2),
                ("synthetic", content.synthetic, PALETTE.dcgan))  # fmt: skip
        for at, (name, values, color) in enumerate(rows):
            _paint_row(painter, plot, at, name, values, color)
        _paint_limit(painter, plot, content.close, "close", PALETTE.warning, left=True)
        _paint_limit(painter, plot, content.copy, "copy", PALETTE.error_text, left=False)
        if content.chosen is not None:
            _paint_chosen(painter, plot, content.chosen)


def spoken(content: StripContent | None) -> str:
    """The strip for a screen reader."""
    if content is None:
        return "Likeness to real ROIs: nothing chosen"
    at = f"this one {content.chosen:.2f}, " if content.chosen is not None else ""
    top = f"real ROIs at most {max(content.real):.2f}, " if content.real else ""
    return (
        f"Correlation with the nearest real ROI: {at}{top}close from {content.close:.2f}, "
        f"copy from {content.copy:.2f}"
    )


def _x(plot: QRectF, value: float) -> float:
    return plot.left() + min(max(value, 0.0), 1.0) * plot.width()


def _paint_axis(painter: QPainter, plot: QRectF) -> None:
    painter.setFont(font("tick"))
    center = Qt.AlignmentFlag.AlignCenter
    for value in _TICKS:
        x = _x(plot, value)
        painter.setPen(QPen(QColor(PALETTE.line), 1))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.setPen(QColor(PALETTE.text_3))
        room = QRectF(min(x - 14, plot.right() - 20), plot.bottom() + 2, 28, 14)
        painter.drawText(room, center, f"{value:.1f}")
    below = QRectF(0, plot.bottom() + 17, plot.right(), 16)
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(below, right, "NCC with the nearest real ROI")


def _paint_row(
    painter: QPainter, plot: QRectF, at: int, name: str, values: tuple[float, ...], color: str
) -> None:
    high = plot.height() / 2
    middle = plot.top() + (at + 0.5) * high
    painter.setFont(font("tick"))
    painter.setPen(QColor(color))
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(0, middle - 9, _LABEL - 6, 18), right, name)
    fill = QColor(color)
    fill.setAlphaF(0.6)
    for k, value in enumerate(sorted(values)):
        y = middle + _JITTER[k % len(_JITTER)] * 0.42 * high
        paint_mark(painter, QPointF(_x(plot, value), y), "circle", fill, 5)


def _paint_limit(
    painter: QPainter, plot: QRectF, value: float, words: str, color: str, *, left: bool
) -> None:
    x = _x(plot, value)
    painter.setPen(QPen(QColor(color), 1.4))
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
    painter.setFont(font("tick"))
    side = Qt.AlignmentFlag.AlignRight if left else Qt.AlignmentFlag.AlignLeft
    start = x - 48 if left else min(x, plot.right() - 30)
    painter.drawText(QRectF(start, 2, 48, 14), side, words)


def _paint_chosen(painter: QPainter, plot: QRectF, value: float) -> None:
    x = _x(plot, value)
    painter.setPen(QPen(QColor(PALETTE.strong), 1.6))
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
    spot = QPointF(x, plot.top() + 0.75 * plot.height())
    paint_mark(painter, spot, "circle", QColor(PALETTE.strong), 9)
