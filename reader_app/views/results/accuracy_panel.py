"""Fig. 8: accuracy by examples added, intervals beside the paper's hollow diamonds."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QGridLayout

from reader_app.views.results.layout import LineSample, emptied, plain, spare_height
from reader_app.widgets.panel import Panel
from reader_app.widgets.plots import add_line, add_marker, add_text, arm_look, line_plot
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import PALETTE, SPACE
from studies.report.classifier import ClassifierResults, GroupResult
from studies.report.figures import accuracy_curves
from studies.report.paper import FIGURE_8

_WITH, _OWN = "With the paper", "Ours only"
_A_ROW = 3
"""Entries in a row of the legend: more would push the panel beside it out of the window."""
_APART = 0.006
"""Bars of different arms stand this share of the axis apart, so that none hides another."""


class AccuracyPanel(Panel):
    """Lines by arm; the bar is Wilson's interval of the first seed."""

    def __init__(self) -> None:
        super().__init__("Fig. 8: accuracy and training set size")
        self.range = Segmented((_WITH, _OWN), name="Points shown")
        self.range.chosen.connect(lambda _: self._show())
        self.add_head(self.range)
        self.legend = QGridLayout()
        self.legend.setHorizontalSpacing(SPACE[1])
        self.legend.setVerticalSpacing(0)
        self.plot = line_plot("", "examples added a fold", "total accuracy, %")
        self.plot.setAccessibleName("Accuracy by examples added")
        spare_height(self.plot, 240)
        self.plot.setMouseEnabled(False, False)
        self.body.addLayout(self.legend)
        self.body.addWidget(self.plot, 1)
        self.foot = plain("", "hint", wrap=True)
        self.body.addWidget(self.foot)
        self._results: ClassifierResults | None = None

    def show_results(self, results: ClassifierResults) -> None:
        """Draw the lines."""
        self._results = results
        folds = f"{results.folds} fold{'s' if results.folds != 1 else ''}"
        profiles = ", ".join(sorted({g.profile for g in results.groups}))
        self.foot.setText(
            f"{folds}, profile {profiles}. Bar = Wilson's 95 % interval of the first seed."
        )
        self._show()

    def _show(self) -> None:
        if self._results is None:
            return
        self.plot.clear()
        emptied(self.legend)
        lines = accuracy_curves(self._results)
        with_paper = self.range.value == _WITH
        shown = [g for _, groups in lines for g in groups]
        most = _most(shown, with_paper)
        for number, (arm, groups) in enumerate(lines):
            self._draw(arm, groups, (number - len(lines) // 2) * _APART * most)
        if with_paper:
            self._draw_paper()
        self.legend.setColumnStretch(2 * _A_ROW, 1)
        self._fit(shown, with_paper)

    def _draw(self, arm: str, groups: tuple[GroupResult, ...], aside: float) -> None:
        look = arm_look(arm)
        x = [g.examples + aside for g in groups]
        y = [100 * g.accuracy.estimate for g in groups]
        up = [100 * g.accuracy.high - v for g, v in zip(groups, y, strict=True)]
        down = [v - 100 * g.accuracy.low for g, v in zip(groups, y, strict=True)]
        bars = pg.ErrorBarItem(
            x=np.array(x), y=np.array(y), top=np.array(up), bottom=np.array(down),
            pen=pg.mkPen(look.color, width=1.4), beam=0,
        )  # fmt: skip
        self.plot.addItem(bars)
        add_line(self.plot, x, y, look)
        best = max(range(len(y)), key=lambda i: y[i])
        add_text(self.plot, x[best], y[best], f"  {y[best]:.1f}", look.color, (0, 1))
        name = "CNN and CNN-AUG" if arm == "cnn-aug" else groups[0].name
        self._legend(LineSample(look.color, look.dash, look.marker), name)

    def _draw_paper(self) -> None:
        x, y = [p.examples for p in FIGURE_8], [p.percent for p in FIGURE_8]
        add_marker(self.plot, x, y, "diamond", PALETTE.paper, size=11, hollow=True)
        for point in FIGURE_8:
            words = f"{point.percent:g}"
            add_text(self.plot, point.examples, point.percent, words, PALETTE.paper, (1.3, 0.5))
        self._legend(LineSample(PALETTE.paper, (), "paper"), "paper")

    def _legend(self, sample: LineSample, name: str) -> None:
        row, column = divmod(self.legend.count() // 2, _A_ROW)
        self.legend.addWidget(sample, row, 2 * column)
        self.legend.addWidget(plain(name, "hint"), row, 2 * column + 1)

    def _fit(self, groups: list[GroupResult], with_paper: bool) -> None:
        most = _most(groups, with_paper)
        low = min([100 * g.accuracy.low for g in groups] + ([57.0] if with_paper else []))
        high = max([100 * g.accuracy.high for g in groups] + ([85.7] if with_paper else []))
        edge = max(1.0, 0.06 * most)
        self.plot.setXRange(-edge, most + 1.6 * edge, padding=0)
        self.plot.setYRange(max(0.0, 10 * (low // 10)), min(101.0, high + 6), padding=0)


def _most(groups: list[GroupResult], with_paper: bool) -> int:
    """The most examples added a fold that the plot has to show."""
    return max([g.examples for g in groups] + ([8000] if with_paper else []), default=0)
