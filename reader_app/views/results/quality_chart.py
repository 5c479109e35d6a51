"""One measure of every generator on one axis: its interval, and the band of real against real."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from reader_app.widgets.class_mark import paint_mark
from reader_app.widgets.plots import LineLook
from reader_app.widgets.theme import PALETTE, category_color, font
from studies.records import Category
from studies.report.quality import Measure
from studies.report.quality_tables import MeasureWords, standing

ROW, _HIGHEST, _AXIS, _MARGIN = 24, 96, 40, 10  # px; rows grow where there is room
_NUMBER = 62  # px for the value at the right
_LABEL = 0.34  # share of the width for the names, at most _WIDEST px
_WIDEST = 250
_TICKS = 5


@dataclass(frozen=True)
class ChartRow:
    """A generator's line: its class, name, look and measure; None where it was not measured."""

    category: Category
    name: str
    look: LineLook
    measure: Measure | None


@dataclass(frozen=True)
class ChartContent:
    """What a chart shows."""

    words: MeasureWords
    rows: tuple[ChartRow, ...]


class QualityChart(QWidget):
    """A row a generator and class, as high as its rows."""

    def __init__(self) -> None:
        super().__init__()
        self._content: ChartContent | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_content(self, content: ChartContent) -> None:
        """Show these rows."""
        self._content = content
        self.setMaximumHeight(max(1, len(content.rows)) * _HIGHEST + _AXIS)
        self.setAccessibleName(spoken(content))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Rows and the axis below."""
        rows = len(self._content.rows) if self._content else 0
        return QSize(420, rows * ROW + _AXIS)

    def minimumSizeHint(self) -> QSize:
        """All rows, and names that can still be read."""
        return QSize(300, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw rows and axis."""
        if self._content is not None:
            painter = QPainter(self)
            paint_chart(painter, QRectF(self.rect()), self._content)


def spoken(content: ChartContent) -> str:
    """The chart for a screen reader."""
    parts = []
    for row in content.rows:
        m, words = row.measure, content.words
        if m is None:
            parts.append(f"{row.category.name}, {row.name}: not measured")
            continue
        where = standing(m)
        told = f", {where} real against real" if where else ""
        limits = words.span(m.low, m.high)
        parts.append(
            f"{row.category.name}, {row.name}: {words.number(m.value)} {limits}".rstrip() + told
        )
    return f"{content.words.title}. " + "; ".join(parts)


def axis_of(rows: tuple[ChartRow, ...]) -> tuple[float, float]:
    """The least range that holds 0, every interval and every band, with a margin."""
    values = [0.0]
    for m in (row.measure for row in rows if row.measure is not None):
        own = (m.value, m.low, m.high, m.band_low, m.band_high)
        values += [value for value in own if not math.isnan(value)]
    low, high = min(values), max(values)
    edge = 0.04 * (high - low) or 0.5
    return (low - edge if low < 0 else low, high + edge)


def ticks(low: float, high: float) -> tuple[float, ...]:
    """Round numbers within low..high, about five of them."""
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 2.5, 5, 10) if power * k >= rough)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(step * k for k in range(first, last + 1))


def paint_chart(painter: QPainter, rect: QRectF, content: ChartContent) -> None:
    """Draw names at the left, intervals on the axis, values at the right."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    left = min(_LABEL * rect.width(), _WIDEST)
    count = len(content.rows)
    high = max(ROW, min(_HIGHEST, (rect.height() - _AXIS) / max(1, count)))
    plot = QRectF(rect.left() + left, rect.top(), rect.width() - left - _NUMBER, count * high)
    painter.fillRect(plot, QColor(PALETTE.page))
    axis = axis_of(content.rows)
    _paint_axis(painter, plot, axis, content.words)
    for k, row in enumerate(content.rows):
        line = QRectF(rect.left(), rect.top() + k * high, rect.width(), high)
        if k and content.rows[k - 1].category != row.category:
            painter.setPen(QPen(QColor(PALETTE.line), 1))
            painter.drawLine(line.topLeft(), line.topRight())
        _paint_name(painter, line, left, row)
        _paint_measure(painter, line, plot, axis, row)
        _paint_number(painter, line, row, content.words)


def _x(plot: QRectF, axis: tuple[float, float], value: float) -> float:
    return plot.left() + (value - axis[0]) / (axis[1] - axis[0]) * plot.width()


def _paint_axis(
    painter: QPainter, plot: QRectF, axis: tuple[float, float], words: MeasureWords
) -> None:
    painter.setFont(font("tick"))
    center = Qt.AlignmentFlag.AlignCenter
    scale = words.scale
    for value in ticks(scale * axis[0], scale * axis[1]):
        x = _x(plot, axis, value / scale)
        painter.setPen(QPen(QColor(PALETTE.edge if value == 0 else PALETTE.line), 1))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.setPen(QColor(PALETTE.text_3))
        text = f"{value:g}".replace("-", "−")
        painter.drawText(QRectF(x - 40, plot.bottom() + 3, 80, 16), center, text)
    below = QRectF(plot.left() - 60, plot.bottom() + 20, plot.width() + 120, 18)
    painter.drawText(below, center, f"{words.title}, {words.best}")


def _paint_name(painter: QPainter, line: QRectF, width: float, row: ChartRow) -> None:
    middle = line.center().y()
    place = QPointF(line.left() + _MARGIN, middle)
    paint_mark(painter, place, row.category.marker, category_color(row.category), 10)
    painter.setFont(font("hint"))
    painter.setPen(QColor(PALETTE.text))
    room = QRectF(line.left() + 2 * _MARGIN, line.top(), width - 3 * _MARGIN, line.height())
    name = f"{row.category.short} · {row.name}"
    shown = QFontMetrics(font("hint")).elidedText(
        name, Qt.TextElideMode.ElideMiddle, int(room.width())
    )
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)


def _paint_measure(
    painter: QPainter, line: QRectF, plot: QRectF, axis: tuple[float, float], row: ChartRow
) -> None:
    m = row.measure
    if m is None:
        return
    if m.has_band:
        ground = QColor(PALETTE.text)
        ground.setAlphaF(0.16)
        low, high = (_x(plot, axis, value) for value in (m.band_low, m.band_high))
        band = QRectF(low, line.top() + 2, max(1.0, high - low), line.height() - 4)
        painter.fillRect(band, ground)
    middle = line.center().y()
    if not math.isnan(m.low):
        painter.setPen(QPen(QColor(row.look.color), 2))
        ends = (QPointF(_x(plot, axis, value), middle) for value in (m.low, m.high))
        painter.drawLine(*ends)
    place = QPointF(_x(plot, axis, m.value), middle)
    paint_mark(painter, place, row.look.marker or "circle", QColor(row.look.color), 9)


def _paint_number(painter: QPainter, line: QRectF, row: ChartRow, words: MeasureWords) -> None:
    painter.setFont(font("hint"))
    painter.setPen(QColor(PALETTE.strong if row.measure else PALETTE.hint))
    text = words.number(row.measure.value) if row.measure else "–"
    room = QRectF(line.right() - _NUMBER, line.top(), _NUMBER - 4, line.height())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
