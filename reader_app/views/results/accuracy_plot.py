"""Fig. 8 drawn: lines with bands, names at their ends, the nearest point's values on hover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QResizeEvent

from reader_app.views.results.layout import as_tooltip
from reader_app.widgets.plots import (
    REFERENCE,
    LineLook,
    add_band,
    add_line,
    add_marker,
    add_text,
    arm_look,
    pen,
    style_plot,
)
from reader_app.widgets.theme import PALETTE, font
from studies.report.accuracy_lines import AccuracyLine, AccuracyPoint
from studies.report.plotting import number, ticks

_NEAR = 28.0  # px: a point further from the mouse is not meant
_GAP, _EDGE = 10.0, 12.0  # px between a line's end and its name; left of the first point
_BAR = 1.4
_OPTIMUM = " optimum of classic "
_WAYS = "Values of the nearest point: mouse, or Left and Right arrow keys"


@dataclass(frozen=True)
class PaperMark:
    """A point that the paper states: its place, percent and what is written beside it."""

    x: float
    percent: float
    words: str


@dataclass(frozen=True)
class AccuracyContent:
    """What the plot shows. `optimum` is where the classic line is best, None without one."""

    lines: tuple[AccuracyLine, ...]
    axis: str  # accuracy_lines.EXAMPLES or STEPS
    paper: tuple[PaperMark, ...] = ()
    optimum: float | None = None


@dataclass(frozen=True)
class _Spot:
    x: float
    y: float
    words: str
    color: str


class AccuracyPlot(pg.PlotWidget):  # type: ignore[misc]
    """Left and Right go from point to point; `pointed` says the values of the nearest one."""

    pointed = Signal(str)
    _content: AccuracyContent | None = None  # Qt resizes it before it is made

    def __init__(self) -> None:
        super().__init__(background=PALETTE.page)
        style_plot(self, "", "", "total accuracy, %")
        self.setMouseEnabled(False, False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Accuracy by examples added")
        self.setToolTip(_WAYS)
        self._spots: list[_Spot] = []
        self._names: list[tuple[pg.TextItem, float, float]] = []
        self._at: int | None = None
        self._optimum: pg.TextItem | None = None
        self.ring = pg.ScatterPlotItem(size=15, brush=None, pen=pg.mkPen(PALETTE.accent, width=2))
        self.ring.setZValue(20)

    # --- drawing ----------------------------------------------------------------------------

    def show_content(self, content: AccuracyContent) -> None:
        """Draw everything anew."""
        self._content, self._at, self._optimum = content, None, None
        self.clear()
        self._spots, self._names = [], []
        self.setLabel("bottom", content.axis, **{"color": PALETTE.text_3, "font-size": "11px"})
        for line in content.lines:
            self._draw(line)
        for mark in content.paper:
            self._draw_paper(mark)
        if content.optimum is not None:
            self._draw_optimum(content.optimum)
        self.ring.setData([], [])
        self.addItem(self.ring, ignoreBounds=True)
        self._spots.sort(key=lambda one: (one.x, one.y))
        self.setAccessibleDescription(". ".join(s.words.replace("\n", ", ") for s in self._spots))
        self._fit()

    def _draw(self, line: AccuracyLine) -> None:
        look, placed = arm_look(line.arm), line.by(self._axis)
        if not placed:
            return
        x, points = [value for value, _ in placed], [point for _, point in placed]
        y = [point.accuracy for point in points]
        low, high = [p.low for p in points], [p.high for p in points]
        if len(set(x)) > 1:
            add_band(self, x, low, high, look.color, 0.14)
            add_line(self, x, y, look)
        else:  # one place: the interval stands there as a bar, without a line up and down
            self._draw_bars(x, y, low, high, look)
            add_marker(self, x, y, look.marker or "circle", look.color)
        self._spots += [
            _Spot(value, point.accuracy, point.words, look.color) for value, point in placed
        ]
        self._name(x[-1], points[-1], line, look)

    def _draw_bars(
        self, x: list[float], y: list[float], low: list[float], high: list[float], look: LineLook
    ) -> None:
        up, down = np.subtract(high, y), np.subtract(y, low)
        own = pg.mkPen(look.color, width=_BAR)
        self.addItem(
            pg.ErrorBarItem(x=np.array(x), y=np.array(y), top=up, bottom=down, pen=own, beam=0)
        )

    def _name(self, x: float, last: AccuracyPoint, line: AccuracyLine, look: LineLook) -> None:
        words = f"{line.name} {last.accuracy:.1f}"
        text = add_text(self, x, last.accuracy, words, look.color, (0, 0.5))
        ground = QColor(PALETTE.page)
        ground.setAlphaF(0.6)
        text.fill = pg.mkBrush(ground)  # readable over lines
        self._names.append((text, x, last.accuracy))

    def _draw_paper(self, mark: PaperMark) -> None:
        add_marker(self, [mark.x], [mark.percent], "diamond", PALETTE.paper, size=11, hollow=True)
        words = f"{mark.percent:g}"
        is_first = mark.x == min(one.x for one in self._content.paper) if self._content else False
        add_text(self, mark.x, mark.percent, words, PALETTE.paper, (-0.5 if is_first else 1.3, 0.9))
        self._spots.append(_Spot(mark.x, mark.percent, mark.words, PALETTE.paper))

    def _draw_optimum(self, x: float) -> None:
        line = pg.InfiniteLine(x, angle=90, pen=pen(REFERENCE))
        line.setZValue(-5)
        self.addItem(line, ignoreBounds=True)
        self._optimum = add_text(self, x, 0, _OPTIMUM, PALETTE.text_3, (0, 1.1))

    @property
    def _axis(self) -> str:
        return self._content.axis if self._content else ""

    # --- fitting ----------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names keep their room at the right."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The range that holds every point, interval and name."""
        if self._content is None or not self._spots:
            return
        low, high = self._heights()
        self.setYRange(low, high, padding=0)
        self._tick("left", low, high)
        most = max(spot.x for spot in self._spots)
        least = min(0.0, *(spot.x for spot in self._spots))
        wide = max(60.0, self.getViewBox().width())
        metrics = QFontMetrics(font("badge"))
        room = _EDGE
        for text, x, _ in self._names:  # a name that begins further left needs less at the right
            own = metrics.horizontalAdvance(text.toPlainText()) + _GAP + 8
            share = (x - least) / ((most - least) or 1.0)
            room = max(room, (own - (1 - share) * (wide - _EDGE)) / max(share, 0.05))
        room = min(room, 0.55 * wide)
        unit = ((most - least) or 1.0) / (wide - _EDGE - room)
        self.setXRange(least - _EDGE * unit, most + room * unit, padding=0)
        self._tick("bottom", least, most)
        self._place_names(low, unit)

    def _tick(self, side: str, low: float, high: float) -> None:
        """At most six round numbers, thousands with commas."""
        self.getPlotItem().getAxis(side).setTicks([[(v, number(v)) for v in ticks(low, high)]])

    def _heights(self) -> tuple[float, float]:
        content = self._content
        assert content is not None
        ends = [p for line in content.lines for _, p in line.by(content.axis)]
        lows = [p.low for p in ends] + [mark.percent for mark in content.paper]
        highs = [p.high for p in ends] + [mark.percent for mark in content.paper]
        return max(0.0, 10 * (min(lows) // 10)), min(101.0, max(highs) + 5)

    def _place_names(self, low: float, unit: float) -> None:
        """Beside the lines' ends, moved up or down until none covers another."""
        box = self.getViewBox()
        high = box.viewRange()[1]
        scale = (high[1] - high[0]) / max(1.0, box.height())
        tall = QFontMetrics(font("badge")).height()
        taken: list[QRectF] = []
        for text, x, y in sorted(self._names, key=lambda one: -one[2]):
            wide = QFontMetrics(font("badge")).horizontalAdvance(text.toPlainText())
            left, middle = x / unit + _GAP - 4, -y / scale
            own = free_place(QRectF(left, middle - tall / 2, wide, tall), taken)
            taken.append(own)
            text.setPos((own.left()) * unit, -own.center().y() * scale)
        if (
            self._optimum is not None
            and self._content is not None
            and self._content.optimum is not None
        ):
            self._optimum.setPos(self._content.optimum, low)
            wide = QFontMetrics(font("badge")).horizontalAdvance(_OPTIMUM)
            fits = (box.viewRange()[0][1] - self._content.optimum) / unit >= wide
            self._optimum.setAnchor((0 if fits else 1, 1.1))  # left of its line at the right end

    # --- pointing ---------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say the values of the nearest point."""
        super().mouseMoveEvent(event)
        self.point_at(self.nearest(event.position()))

    def leaveEvent(self, event: object) -> None:
        """No point is meant any more."""
        super().leaveEvent(event)
        self.point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right go through the points."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self._spots:
            super().keyPressEvent(event)
            return
        last = len(self._spots) - 1
        start = (last if step < 0 else 0) if self._at is None else self._at + step
        self.point_at(min(max(start, 0), last))

    def nearest(self, position: QPointF) -> int | None:
        """The point within reach of a place of the widget in px, by its number."""
        if not self._spots:
            return None
        scene = self.mapToScene(position.toPoint())
        box = self.getViewBox()
        places = [box.mapViewToScene(QPointF(s.x, s.y)) for s in self._spots]
        apart = [np.hypot(p.x() - scene.x(), p.y() - scene.y()) for p in places]
        best = int(np.argmin(apart))
        return best if apart[best] <= _NEAR else None

    def point_at(self, number: int | None) -> None:
        """Ring a point and say its values; None takes the ring away."""
        if number == self._at:
            return
        self._at = number
        if number is None:
            self.ring.setData([], [])
            self.pointed.emit("")
            self.setToolTip(_WAYS)
            return
        spot = self._spots[number]
        self.ring.setData([spot.x], [spot.y])
        self.setToolTip(as_tooltip(spot.words).replace("\n", "<br>"))
        self.pointed.emit(spot.words.replace("\n", " · "))


def free_place(wanted: QRectF, taken: list[QRectF]) -> QRectF:
    """The nearest place above or below where a box covers none of those taken."""
    if not any(wanted.intersects(other) for other in taken):
        return wanted
    tries = [wanted.translated(0, other.bottom() - wanted.top() + 1) for other in taken]
    tries += [wanted.translated(0, other.top() - wanted.bottom() - 1) for other in taken]
    free = [one for one in tries if not any(one.intersects(other) for other in taken)]
    return min(free, key=lambda one: abs(one.top() - wanted.top()), default=wanted)
