"""One live curve: its name, its newest value, and the plot with the real-v-real band behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from reader_app.widgets.curve_content import CardContent, Event, Series
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.figure_button import FigureButton, FigureSaver
from reader_app.widgets.panel import label
from reader_app.widgets.plots import LineLook, add_line, line_plot
from reader_app.widgets.theme import PALETTE, SPACE, font

if TYPE_CHECKING:  # drawing is imported when something is saved
    from studies.report.drawing import Figure

EVENT_COLORS = {"ok": PALETTE.ok, "warning": PALETTE.warning, "error": PALETTE.error}

_BESIDE = 16
"""Px right of a line's end, beside its name."""

SHORT = 5
"""Letters of the longest name that stands beside its line's end."""
LINE_OF_NAME, NEAR = 12, 24
"""Px: names of lines that end within NEAR of each other stand so far one below the other."""
BAND_NAME = 16
"""Px above the band that its name needs; where they are not there it stands in the band."""


class _SaveButton(FigureButton):
    """Named after its curve, since a panel holds several."""

    named = ""

    @property
    def panel_title(self) -> str:
        """The curve's name."""
        return self.named


class CurveCard(QWidget):
    """Lines are kept and given new data, so that an update costs a millisecond.

    The pointer shows the values below it in place of the newest.
    """

    def __init__(self, saver: FigureSaver, figure: Callable[[CardContent], Figure | None]) -> None:
        super().__init__()
        self.title = label("", "panel")
        self.hint = ElidedLabel("", "hint", least=0)
        self.save = _SaveButton(saver, lambda: figure(self.content) if self.content else None)
        self.value = label("", "panel")
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(SPACE[0])
        head.addWidget(self.title)
        head.addWidget(self.hint, 1)
        head.addWidget(self.value)
        head.addWidget(self.save)
        self.plot = line_plot()
        self.plot.setMouseEnabled(False, False)
        self.plot.setMinimumHeight(96)
        self.plot.setMinimumWidth(120)
        self.plot.getPlotItem().getAxis("left").setWidth(34)
        self.content: CardContent | None = None
        self._lines: list[pg.PlotDataItem] = []
        self._names: list[pg.TextItem] = []
        self._marks: list[pg.InfiniteLine] = []
        self._marked: tuple[Event, ...] = ()
        self._named: tuple[tuple[str, bool], ...] = ()
        self._looks: tuple[tuple[str, LineLook], ...] = ()
        self._make_band()
        self._make_interval()
        self._make_hover()
        self._legend = _legend(self.plot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[0])
        column.addLayout(head)
        column.addWidget(self.plot, 1)

    def _make_band(self) -> None:
        self._band = pg.LinearRegionItem(
            orientation="horizontal",
            movable=False,
            brush=pg.mkBrush(215, 220, 225, 36),
            pen=pg.mkPen(None),
        )
        self._band.setZValue(-20)
        self._band_name = pg.TextItem("", color=PALETTE.text_2, anchor=(1, 1))
        self._band_name.setFont(font("tick"))
        self.plot.addItem(self._band, ignoreBounds=True)
        self.plot.addItem(self._band_name, ignoreBounds=True)

    def _make_interval(self) -> None:
        """The interval of the first line that has one, as a pale area."""
        clear = pg.mkPen(None)
        self._lower, self._upper = pg.PlotDataItem(pen=clear), pg.PlotDataItem(pen=clear)
        self._interval = pg.FillBetweenItem(self._lower, self._upper)
        self._interval.setZValue(-10)
        for item in (self._lower, self._upper, self._interval):
            self.plot.addItem(item, ignoreBounds=True)

    def _make_hover(self) -> None:
        self._cursor = pg.InfiniteLine(angle=90, pen=pg.mkPen(PALETTE.hint, width=1))
        self._cursor.setVisible(False)
        self.plot.addItem(self._cursor, ignoreBounds=True)
        self.plot.scene().sigMouseMoved.connect(self._hovered)

    def show_content(self, content: CardContent) -> None:
        """Show lines, newest value and band."""
        self.content = content
        self.title.setText(content.title)
        self.save.named = content.title
        self.value.setText(content.value)
        self._show_hint(content)
        self.setToolTip(content.note)
        self.plot.setAccessibleName(f"{content.title}: {content.value or 'no value yet'}")
        self._fit_lines(content.series)
        for line, name, series in zip(self._lines, self._names, content.series, strict=True):
            _show_line(line, series)
            name.setText(series.name if len(series.x) and not _has_legend(content) else "")
            name.setVisible(len(content.series) > 1)
        self._show_interval(content.series)
        self._scale(content)
        self._show_legend(content)
        self._mark(content.events)

    def _fit_lines(self, series: tuple[Series, ...]) -> None:
        """Exactly one line for each series, in its look."""
        looks = tuple((one.name, one.look) for one in series)
        if looks == self._looks:
            return
        self._looks = looks
        self._legend.clear()
        self._named = ()
        for item in (*self._lines, *self._names):
            self.plot.removeItem(item)
        self._lines, self._names = [], []
        for one in series:
            line = add_line(self.plot, [], [], one.look, marker_size=7)
            name = pg.TextItem("", color=one.look.color, anchor=(-0.06, 0.5))
            name.setFont(font("badge"))
            self.plot.addItem(name, ignoreBounds=True)
            self._lines.append(line)
            self._names.append(name)

    def _show_interval(self, series: tuple[Series, ...]) -> None:
        one = next((one for one in series if len(one.low) > 1), None)
        self._interval.setVisible(one is not None)
        if one is not None:
            x = np.asarray(one.x, float)
            self._lower.setData(x, np.asarray(one.low, float))
            self._upper.setData(x, np.asarray(one.high, float))
            fill = QColor(one.look.color)
            fill.setAlphaF(0.16)
            self._interval.setBrush(fill)

    def _show_legend(self, content: CardContent) -> None:
        """Long names in one row, at the edge that the lines leave: below where they end high."""
        wanted = _has_legend(content)
        self._legend.setVisible(wanted)
        if not wanted:
            return
        named = tuple((one.name, len(one.x) > 0) for one in content.series)
        if named != self._named:
            self._named = named
            self._legend.clear()
            for line, (name, is_there) in zip(self._lines, named, strict=True):
                if is_there:
                    self._legend.addItem(line, name)
        (_, _), (low, high) = self.plot.getPlotItem().vb.viewRange()
        ends = [one.y[-1] for one in content.series if len(one.y)]
        edge = 1 if ends and sum(ends) / len(ends) > (low + high) / 2 else 0
        self._legend.anchor((1, edge), (1, edge), (-SPACE[0], 0))

    def _mark(self, events: tuple[Event, ...]) -> None:
        """A thin line where something happened; the pointer near it says what."""
        if events == self._marked:
            return
        self._marked = events
        for old in self._marks:
            self.plot.removeItem(old)
        self._marks = []
        for event in events:
            dashed = pg.mkPen(EVENT_COLORS[event.role], width=1, dash=[2, 3])
            mark = pg.InfiniteLine(event.x, angle=90, pen=dashed)
            mark.setZValue(-4)
            self.plot.addItem(mark, ignoreBounds=True)
            self._marks.append(mark)

    def _scale(self, content: CardContent) -> None:
        values = [value for one in content.series for value in one.y if np.isfinite(value)]
        values += list(content.band or ())
        room = 1.25 if content.band else 1.08  # for the band's name
        high = content.high if content.high is not None else max(values, default=1.0) * room
        low = min([*values, content.low if content.low is not None else min(0.0, high)])
        self.plot.setYRange(low, max(high, low + 1e-6), padding=0)
        beside_it = len(content.series) > 1 and not _has_legend(content)
        names = [one.name for one in content.series] if beside_it else []
        letters = QFontMetrics(font("badge"))
        beside = max((letters.horizontalAdvance(name) for name in names), default=0)
        room = max(self.plot.getPlotItem().vb.width(), 120)
        share = room / (room - _BESIDE - min(beside, room / 2))
        self.plot.setXRange(0, max(content.x_end, 1) * share, padding=0)
        self._band.setVisible(content.band is not None)
        self._band_name.setVisible(content.band is not None)
        if content.band is not None:
            self._band.setRegion(content.band)
            self._band_name.setText(content.band_name)
            self._band_name.setPos(max(content.x_end, 1) * 1.05, content.band[1])
            (_, _), (low, high) = self.plot.getPlotItem().vb.viewRange()
            above = (high - content.band[1]) / (high - low) * self.plot.getPlotItem().vb.height()
            self._band_name.setAnchor((1, 1) if above >= BAND_NAME else (1, 0))
        self._place_names(content)

    def _place_names(self, content: CardContent) -> None:
        """Right of each line's end, none over another, none beyond the plot."""
        view = self.plot.getPlotItem().vb
        (left, right), (low, high) = view.viewRange()
        if view.height() <= 0:  # not laid out yet: resizing places them
            return
        px_x, px_y = view.width() / (right - left), view.height() / (high - low)

        def is_near(x: float, other: float) -> bool:
            return bool(abs(x - other) * px_x < NEAR)

        ends = [
            (float(one.x[-1]), (high - float(one.y[-1])) * px_y, name)
            for name, one in zip(self._names, content.series, strict=True)
            if len(one.x)
        ]
        ends.sort(key=lambda end: end[1])
        tops: list[float] = []
        for x, top, _ in ends:
            near = [y for y, (other, *_) in zip(tops, ends, strict=False) if is_near(x, other)]
            tops.append(max([top, LINE_OF_NAME / 2, *(y + LINE_OF_NAME for y in near)]))
        for at in reversed(range(len(ends))):
            x, _, name = ends[at]
            below = [tops[k] for k in range(at + 1, len(ends)) if is_near(x, ends[k][0])]
            lowest = view.height() - LINE_OF_NAME / 2
            tops[at] = min([tops[at], lowest, *(y - LINE_OF_NAME for y in below)])
            name.setPos(x, high - tops[at] / px_y)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What stands beside lines and title is placed for the new size."""
        super().resizeEvent(event)
        if self.content is not None:
            self._show_hint(self.content)
            self._scale(self.content)

    def _show_hint(self, content: CardContent) -> None:
        """Whole or not at all."""
        taken = sum(part.sizeHint().width() for part in (self.title, self.value, self.save))
        words = self.hint.fontMetrics().horizontalAdvance(content.hint)
        fits = taken + words + 4 * SPACE[0] < self.width()
        self.hint.show_whole(content.hint if fits else "")

    # --- values below the pointer -----------------------------------------------------------

    def _hovered(self, place: QPointF) -> None:
        if self.content is not None and self.plot.sceneBoundingRect().contains(place):
            self.say_at(float(self.plot.getPlotItem().vb.mapSceneToView(place).x()))

    def say_at(self, x: float) -> None:
        """Show the values at the measured place nearest to `x`, and what happened there."""
        content = self.content
        if content is None or not any(len(one.x) for one in content.series):
            return
        first = next(one for one in content.series if len(one.x))
        at = min(first.x, key=lambda place: abs(place - x))
        parts = []
        for one in content.series:
            if len(one.x):
                nearest = min(range(len(one.x)), key=lambda k: abs(one.x[k] - at))
                parts.append(f"{one.name} {one.y[nearest]:.3g}".strip())
        self._cursor.setPos(at)
        self._cursor.setVisible(True)
        self.value.setText(f"{content.x_name} {at:,.0f}: {', '.join(parts)}")
        reach = max(content.x_end, 1) * 0.03
        happened = [event.words for event in content.events if abs(event.x - x) <= reach]
        self.setToolTip("\n".join(happened) or content.note)

    def leaveEvent(self, event: object) -> None:
        """The newest value again."""
        self._cursor.setVisible(False)
        if self.content is not None:
            self.value.setText(self.content.value)
            self.setToolTip(self.content.note)
        super().leaveEvent(event)  # type: ignore[arg-type]


def _show_line(line: pg.PlotDataItem, series: Series) -> None:
    """New data; a line of one point is a dot, since nothing else would be seen of it."""
    x, y = np.asarray(series.x, float), np.asarray(series.y, float)
    if series.look.marker:
        line.setData(x, y)
    else:
        dot = "o" if len(x) == 1 else None
        line.setData(x, y, symbol=dot, symbolSize=6, symbolBrush=series.look.color, symbolPen=None)


def _has_legend(content: CardContent) -> bool:
    """Whether a name is too long to stand beside its line's end."""
    return len(content.series) > 1 and any(len(one.name) > SHORT for one in content.series)


def _legend(plot: pg.PlotWidget) -> pg.LegendItem:
    """An empty row of names on the plot's ground."""
    ground = QColor(PALETTE.page)
    ground.setAlphaF(0.8)
    legend = pg.LegendItem(
        colCount=4,
        horSpacing=SPACE[1],
        verSpacing=-SPACE[1],
        brush=pg.mkBrush(ground),
        labelTextColor=PALETTE.text_2,
        labelTextSize=f"{font('badge').pixelSize()}px",
        sampleType=_Sample,
    )
    legend.setParentItem(plot.getPlotItem().vb)
    legend.setVisible(False)
    return legend


class _Sample(pg.graphicsItems.LegendItem.ItemSample):  # type: ignore[misc]
    """The line's look; a click on it hides no line."""

    def mouseClickEvent(self, event: object) -> None:
        """Nothing."""
