"""Plots in the program's style: lines with bands, matrices, intervals on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from reader_app.widgets.class_mark import paint_mark
from reader_app.widgets.theme import PALETTE, font, marker_path
from studies.records import Category


@dataclass(frozen=True)
class LineLook:
    """A series' look: colour, dash pattern in px (empty = solid), marker, width in px."""

    color: str
    dash: tuple[float, ...] = ()
    marker: str = ""
    width: float = 2.0


ARMS: tuple[tuple[str, LineLook], ...] = (
    ("classic", LineLook(PALETTE.classic, (), "circle")),
    ("extra", LineLook(PALETTE.extra_real, (7, 4), "square")),
    ("dcgan", LineLook(PALETTE.dcgan, (), "triangle")),
    ("conditional", LineLook(PALETTE.conditional, (2, 3), "diamond")),
    ("acgan", LineLook(PALETTE.acgan, (9, 3, 2, 3), "star")),
    ("control", LineLook(PALETTE.control_arm, (1, 3), "cross")),
    ("fly", LineLook(PALETTE.control_arm, (), "diamond")),
    ("odena", LineLook(PALETTE.acgan, (9, 3, 2, 3), "square")),
    ("semi", LineLook(PALETTE.dcgan, (7, 4), "diamond")),
    ("l1", LineLook(PALETTE.dcgan, (7, 4), "star")),
    ("l2", LineLook(PALETTE.dcgan, (2, 3), "circle")),
    ("deep", LineLook(PALETTE.classic, (7, 4), "triangle")),
)
REFERENCE = LineLook(PALETTE.hint, (4, 3), "", 1.0)


def arm_look(arm: str) -> LineLook:
    """The look of a training arm: of its generator, of extra cases, or of a control."""
    names = {
        "cnn": "classic",
        "cnn-aug": "classic",
        "cnn-aug-gan": "dcgan",
        "cnn-extra": "extra",
        "cnn-aug-cda": "conditional",
        "cnn-aug-acgan": "acgan",
        "cnn-aug-acgan-odena": "odena",
        "cnn-aug-semi": "semi",
        "cnn-aug-l1": "l1",
        "cnn-aug-l2": "l2",
        "cnn-25d": "deep",
        "cnn-aug-25d": "deep",
        "cnn-fly": "fly",
        "cnn-equal": "control",
        "cnn-aug-equal": "control",
    }
    return dict(ARMS).get(names.get(arm, arm), LineLook(PALETTE.text_2))


def line_plot(title: str = "", x: str = "", y: str = "") -> pg.PlotWidget:
    """An empty plot: page ground, grid at the labelled ticks, left and bottom axis."""
    plot = pg.PlotWidget(background=PALETTE.page)
    style_plot(plot, title, x, y)
    return plot


def style_plot(plot: pg.PlotWidget, title: str = "", x: str = "", y: str = "") -> None:
    """Give a plot the program's style."""
    plot.setAntialiasing(True)
    plot.setAccessibleName(title or f"{y} by {x}")
    item = plot.getPlotItem()
    item.hideButtons()
    item.setMenuEnabled(False)
    if title:
        item.setTitle(title, color=PALETTE.strong, size="13px", bold=True)
    for side, text in (("left", y), ("bottom", x)):
        axis = item.getAxis(side)
        axis.setPen(pg.mkPen(PALETTE.edge, width=1))
        axis.setTextPen(PALETTE.text_3)
        axis.setTickFont(font("tick"))
        axis.setStyle(tickLength=0, tickTextOffset=6, maxTickLevel=0, maxTextLevel=0)
        axis.setGrid(52)
        axis.enableAutoSIPrefix(False)
        if text:
            axis.setLabel(text, **{"color": PALETTE.text_3, "font-size": "11px"})


def _screen_scale() -> float:
    """Screen px per px of the window: 2 on a dense screen."""
    screen = QGuiApplication.primaryScreen()
    return screen.devicePixelRatio() if screen is not None else 1.0


def pen(look: LineLook) -> QPen:
    """The pen of a look, dash in px; cosmetic widths count the screen's own px."""
    result: QPen = pg.mkPen(look.color, width=look.width * _screen_scale())
    if look.dash:
        result.setStyle(Qt.PenStyle.CustomDashLine)
        result.setDashPattern([part / look.width for part in look.dash])
    result.setCapStyle(Qt.PenCapStyle.FlatCap)
    return result


def add_line(
    plot: pg.PlotWidget,
    x: Sequence[float] | np.ndarray,
    y: Sequence[float] | np.ndarray,
    look: LineLook,
    name: str = "",
    *,
    marker_size: float = 8,
) -> pg.PlotDataItem:
    """A line, named above its right end in its colour; NaN leaves a gap."""
    line = pg.PlotDataItem(
        np.asarray(x, float), np.asarray(y, float), pen=pen(look), antialias=True, connect="finite"
    )
    if look.marker:
        line.setSymbol(marker_path(look.marker, 1.0))
        line.setSymbolSize(marker_size)
        line.setSymbolBrush(look.color)
        line.setSymbolPen(None)
    plot.addItem(line)
    if name and len(x):
        add_text(plot, float(x[-1]), float(y[-1]), name, look.color, (1, 1.2))
    return line


def add_text(
    plot: pg.PlotWidget,
    x: float,
    y: float,
    words: str,
    color: str,
    anchor: tuple[float, float] = (0, 0.5),
) -> pg.TextItem:
    """Words at a point of the plot, 11 px."""
    text = pg.TextItem(words, color=color, anchor=anchor)
    text.setFont(font("badge"))
    text.setPos(x, y)
    plot.addItem(text, ignoreBounds=True)
    return text


def add_marker(
    plot: pg.PlotWidget,
    x: Sequence[float] | np.ndarray,
    y: Sequence[float] | np.ndarray,
    marker: str,
    color: str,
    *,
    size: float = 8,
    hollow: bool = False,
    data: Sequence[object] | None = None,
) -> pg.ScatterPlotItem:
    """Points of one shape; hollow for the paper's values."""
    points = pg.ScatterPlotItem(
        x=np.asarray(x, float),
        y=np.asarray(y, float),
        symbol=marker_path(marker, 1.0),
        size=size,
        pen=pg.mkPen(color, width=2) if hollow else None,
        brush=pg.mkBrush(None) if hollow else pg.mkBrush(color),
        data=data,
    )
    plot.addItem(points)
    return points


def add_band(
    plot: pg.PlotWidget,
    x: Sequence[float] | np.ndarray,
    low: Sequence[float] | np.ndarray,
    high: Sequence[float] | np.ndarray,
    color: str,
    alpha: float = 0.15,
) -> pg.FillBetweenItem:
    """The area between two curves, behind all lines."""
    clear = pg.mkPen(None)
    xs = np.asarray(x, float)
    lower = pg.PlotDataItem(xs, np.asarray(low, float), pen=clear)
    upper = pg.PlotDataItem(xs, np.asarray(high, float), pen=clear)
    fill = QColor(color)
    fill.setAlphaF(alpha)
    band = pg.FillBetweenItem(lower, upper, brush=fill)
    band.setZValue(-10)
    for item in (lower, upper, band):
        plot.addItem(item)
    return band


def add_level_band(
    plot: pg.PlotWidget, low: float, high: float, color: str = PALETTE.text, alpha: float = 0.14
) -> pg.LinearRegionItem:
    """A horizontal band over the whole width: real v real, thresholds."""
    fill = QColor(color)
    fill.setAlphaF(alpha)
    band = pg.LinearRegionItem(
        (low, high), orientation="horizontal", movable=False, brush=fill, pen=pg.mkPen(None)
    )
    band.setZValue(-20)
    plot.addItem(band)
    return band


def add_reference(plot: pg.PlotWidget, value: float, *, vertical: bool = False) -> pg.InfiniteLine:
    """Chance, zero or one half: 1 px, dashed."""
    line = pg.InfiniteLine(value, angle=90 if vertical else 0, pen=pen(REFERENCE))
    line.setZValue(-5)
    plot.addItem(line, ignoreBounds=True)
    return line


@dataclass(frozen=True)
class Interval:
    """An estimate with its limits, in the axis' unit; `paper` draws the hollow diamond."""

    estimate: float
    low: float
    high: float
    color: str = PALETTE.strong
    paper: float | None = None


class IntervalView(QWidget):
    """Dot and bar on an axis `low`..`high`, with `references` as dashed lines."""

    def __init__(
        self, low: float, high: float, references: tuple[float, ...] = (), width: int = 110
    ) -> None:
        super().__init__()
        self._axis, self._references, self._width = (low, high), references, width
        self._interval: Interval | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_interval(self, interval: Interval | None) -> None:
        """Show an estimate, or the bare axis."""
        self._interval = interval
        if interval is not None:
            words = f"{interval.estimate:.3g} [{interval.low:.3g}, {interval.high:.3g}]"
            self.setAccessibleName(words)
            self.setToolTip(words)
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as asked, one row high."""
        return QSize(self._width, 24)

    def minimumSizeHint(self) -> QSize:
        """Half the width still reads."""
        return QSize(self._width // 2, 24)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw axis, references, bar and dot."""
        painter = QPainter(self)
        paint_interval(painter, QRectF(self.rect()), self._axis, self._interval, self._references)


def paint_interval(
    painter: QPainter,
    rect: QRectF,
    axis: tuple[float, float],
    interval: Interval | None,
    references: tuple[float, ...] = (),
) -> None:
    """A 2-px bar with a 7-px dot on a faint axis; values beyond the axis stop at its ends."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inner, y = rect.adjusted(5, 0, -5, 0), rect.center().y()

    def place(value: float) -> float:
        share = (value - axis[0]) / (axis[1] - axis[0])
        return inner.left() + min(max(share, 0.0), 1.0) * inner.width()

    painter.setPen(QPen(QColor(PALETTE.line), 1))
    painter.drawLine(QPointF(inner.left(), y), QPointF(inner.right(), y))
    painter.setPen(pen(REFERENCE))
    for value in references:
        painter.drawLine(
            QPointF(place(value), rect.top() + 3), QPointF(place(value), rect.bottom() - 3)
        )
    if interval is None:
        return
    painter.setPen(QPen(QColor(interval.color), 2))
    painter.drawLine(QPointF(place(interval.low), y), QPointF(place(interval.high), y))
    paint_mark(painter, QPointF(place(interval.estimate), y), "circle", QColor(interval.color), 7.6)
    if interval.paper is not None:
        painter.setPen(QPen(QColor(PALETTE.paper), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.translate(place(interval.paper), y)
        painter.drawPath(marker_path("diamond", 9))
        painter.resetTransform()


class MatrixView(QWidget):
    """Counts (rows x columns) as cells of one blue, alpha .06 + .50 x row share, white figures."""

    def __init__(
        self, rows_say: str = "Truth", columns_say: str = "Answer", cell: int = 62
    ) -> None:
        super().__init__()
        self._rows_say, self._columns_say, self._cell = rows_say, columns_say, cell
        self._counts = np.zeros((0, 0), int)
        self._categories: tuple[Category, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_counts(self, counts: np.ndarray, categories: tuple[Category, ...]) -> None:
        """Square matrix of counts in the categories' order."""
        self._counts, self._categories = np.asarray(counts), categories
        rows = (
            f"{category.name}: " + ", ".join(str(int(n)) for n in row)
            for category, row in zip(categories, self._counts, strict=True)
        )
        self.setAccessibleName(f"{self._rows_say} by {self._columns_say}. " + "; ".join(rows))
        self.setToolTip(f"Rows: {self._rows_say}. Columns: {self._columns_say}.")
        self.updateGeometry()
        self.update()

    def _left(self) -> int:
        metrics = QFontMetrics(font("body"))
        widest = max((metrics.horizontalAdvance(c.short) for c in self._categories), default=0)
        return widest + 22 + QFontMetrics(font("tick")).height() + 8

    def _top(self) -> int:
        return QFontMetrics(font("tick")).height() + QFontMetrics(font("hint")).height() + 12

    def sizeHint(self) -> QSize:
        """Cells with their labels."""
        side = len(self._categories) * self._cell
        return QSize(self._left() + side + 2, self._top() + side + 2)

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw titles, labels and cells."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, top, cell = self._left(), self._top(), self._cell
        side = cell * len(self._categories)
        self._paint_titles(painter, left, top, side)
        for k, category in enumerate(self._categories):
            self._paint_labels(painter, k, category, left, top)
        for i, row in enumerate(self._counts):
            for j, count in enumerate(row):
                box = QRectF(left + j * cell + 1, top + i * cell + 1, cell - 2, cell - 2)
                self._paint_cell(painter, box, int(count), count / max(1, row.sum()))

    def _paint_titles(self, painter: QPainter, left: int, top: int, side: int) -> None:
        painter.setFont(font("tick"))
        painter.setPen(QColor(PALETTE.text_3))
        height = painter.fontMetrics().height()
        center = Qt.AlignmentFlag.AlignCenter
        painter.drawText(QRectF(left, 0, side, height), center, self._columns_say)
        painter.save()
        painter.translate(0, top + side)
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, side, height), center, self._rows_say)
        painter.restore()

    def _paint_labels(
        self, painter: QPainter, k: int, category: Category, left: int, top: int
    ) -> None:
        cell = self._cell
        painter.setPen(QColor(PALETTE.text))
        painter.setFont(font("hint"))
        height = painter.fontMetrics().height()
        above = QRectF(left + k * cell, top - height - 5, cell, height)
        words = painter.fontMetrics().elidedText(
            category.short, Qt.TextElideMode.ElideRight, round(above.width())
        )
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, words)
        painter.setFont(font("body"))
        start = QFontMetrics(font("tick")).height() + 4
        middle = top + (k + 0.5) * cell
        paint_mark(painter, QPointF(start + 6, middle), category.marker, QColor(category.color), 10)
        beside = QRectF(start + 18, top + k * cell, left - start - 18, cell)
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter, category.short)

    def _paint_cell(self, painter: QPainter, box: QRectF, count: int, share: float) -> None:
        blue = QColor(PALETTE.dcgan)
        blue.setAlphaF(0.06 + 0.50 * float(share))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blue)
        painter.drawRoundedRect(box, 3, 3)
        painter.setFont(font("study"))
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(count))
