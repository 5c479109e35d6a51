"""One live curve: its name, its newest value, and the plot with the real-v-real band behind."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from reader_app.widgets.curve_content import CardContent, Series
from reader_app.widgets.panel import label
from reader_app.widgets.plots import LineLook, add_line, line_plot
from reader_app.widgets.theme import PALETTE, SPACE, font


class CurveCard(QWidget):
    """Lines are kept and given new data, so that an update costs a millisecond."""

    def __init__(self) -> None:
        super().__init__()
        self.title = label("", "panel")
        self.hint = label("", "hint")
        self.value = label("", "panel")
        head = QHBoxLayout()
        head.setContentsMargins(SPACE[3] + SPACE[2], 0, SPACE[1], 0)
        head.addWidget(self.title)
        head.addWidget(self.hint)
        head.addStretch(1)
        head.addWidget(self.value)
        self.plot = line_plot()
        self.plot.setMouseEnabled(False, False)
        self.plot.setMinimumHeight(96)
        self.plot.getPlotItem().getAxis("left").setWidth(34)
        self._lines: list[pg.PlotDataItem] = []
        self._names: list[pg.TextItem] = []
        self._looks: tuple[tuple[str, LineLook], ...] = ()
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
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[0])
        column.addLayout(head)
        column.addWidget(self.plot, 1)

    def show_content(self, content: CardContent) -> None:
        """Show lines, newest value and band."""
        self.title.setText(content.title)
        self.hint.setText(content.hint)
        self.value.setText(content.value)
        self.plot.setAccessibleName(f"{content.title}: {content.value or 'no value yet'}")
        self._fit_lines(content.series)
        for line, name, series in zip(self._lines, self._names, content.series, strict=True):
            line.setData(np.asarray(series.x, float), np.asarray(series.y, float))
            name.setText(series.name if len(content.series) > 1 and len(series.x) else "")
            if len(series.x):
                name.setPos(series.x[-1], series.y[-1])
        self._scale(content)

    def _fit_lines(self, series: tuple[Series, ...]) -> None:
        """Exactly one line for each series, in its look."""
        looks = tuple((one.name, one.look) for one in series)
        if looks == self._looks:
            return
        self._looks = looks
        for item in (*self._lines, *self._names):
            self.plot.removeItem(item)
        self._lines, self._names = [], []
        for one in series:
            line = add_line(self.plot, [], [], one.look, marker_size=7)
            name = pg.TextItem("", color=one.look.color, anchor=(0, 1 - 0.9 * len(self._names)))
            name.setFont(font("badge"))
            self.plot.addItem(name, ignoreBounds=True)
            self._lines.append(line)
            self._names.append(name)

    def _scale(self, content: CardContent) -> None:
        values = [value for one in content.series for value in one.y if np.isfinite(value)]
        values += list(content.band or ())
        room = 1.25 if content.band or len(content.series) > 1 else 1.08  # for the names
        high = content.high if content.high is not None else max(values, default=1.0) * room
        low = min([*values, content.low if content.low is not None else high])
        self.plot.setYRange(low, max(high, low + 1e-6), padding=0)
        self.plot.setXRange(0, max(content.x_end, 1) * 1.06, padding=0)
        self._band.setVisible(content.band is not None)
        self._band_name.setVisible(content.band is not None)
        if content.band is not None:
            self._band.setRegion(content.band)
            self._band_name.setText(content.band_name)
            self._band_name.setPos(max(content.x_end, 1) * 1.05, content.band[1])
