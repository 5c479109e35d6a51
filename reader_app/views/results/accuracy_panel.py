"""Fig. 8: accuracy by examples added or SGD steps, the paper's hollow diamonds beside."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QGridLayout, QWidget

from reader_app.views.results.accuracy_plot import AccuracyContent, AccuracyPlot, PaperMark
from reader_app.views.results.layout import LineSample, emptied, plain, spare_height
from reader_app.widgets.buttons import button
from reader_app.widgets.figure_button import FigureButton, FigureSaver
from reader_app.widgets.figure_look import print_line
from reader_app.widgets.panel import Panel
from reader_app.widgets.plots import arm_look
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import PALETTE, SPACE
from studies.records import TrainingRunRecord
from studies.report.accuracy_lines import (
    EXAMPLES,
    PAPER_STEPS,
    STEPS,
    AccuracyLine,
    accuracy_lines,
    band_words,
)
from studies.report.classifier import ClassifierResults
from studies.report.drawing import Figure
from studies.report.paper import CITATION, FIGURE_8
from studies.report.window_figures import Axes, Line, Mark, line_figure

_BY_EXAMPLES, _BY_STEPS = "Examples", "SGD steps"
_A_ROW = 4
"""Entries in a row of the legend: more would push the panel beside it out of the window."""
_LEAST = 250
"""Px of the plot's height: lower, intervals of a few points could not be told apart."""
_WORTH = 0.4
"""The paper's points are shown at once where ours reach this share of its sizes."""
_PRINTED = "#8a6d00"
_WAYS = "Values of the nearest point: mouse, or Left and Right arrow keys on the plot."


class AccuracyPanel(Panel):
    """Lines by arm; the band is the range over seeds, or Wilson's interval of the only one."""

    def __init__(self, saver: FigureSaver) -> None:
        super().__init__("Fig. 8: accuracy and size")
        self.axis = Segmented((_BY_EXAMPLES, _BY_STEPS), name="Horizontal axis")
        self.axis.chosen.connect(lambda _: self._choose_paper())
        self.paper = button("Paper", "choice", small=True)
        self.paper.setToolTip("Show the points that the paper states, and its sizes")
        self.paper.clicked.connect(lambda _: self._keep_choice())
        self.save = FigureButton(saver, self.figure)
        for widget in (self.paper, self.axis, self.save):
            self.add_head(widget)
        self.legend = QGridLayout()
        self.legend.setHorizontalSpacing(SPACE[1])
        self.legend.setVerticalSpacing(0)
        self.plot = AccuracyPlot()
        spare_height(self.plot, _LEAST)
        self.body.addLayout(self.legend)
        self.body.addWidget(self.plot, 1)
        self.foot = plain(_WAYS, "hint", wrap=True)
        self.foot.setMinimumHeight(2 * self.foot.fontMetrics().height() + 4)
        self.body.addWidget(self.foot)
        self.plot.pointed.connect(lambda words: self.foot.setText(words or self._method()))
        self._results: ClassifierResults | None = None
        self._is_chosen = False  # the user has said whether the paper is shown
        self._lines: tuple[AccuracyLine, ...] = ()

    def show_results(self, results: ClassifierResults, runs: tuple[TrainingRunRecord, ...]) -> None:
        """Draw the lines."""
        self._results = results
        self._lines = accuracy_lines(results, runs)
        self.axis.setEnabled(any(line.by(STEPS) for line in self._lines))
        self._choose_paper()

    def _keep_choice(self) -> None:
        self._is_chosen = True
        self._show()

    def _choose_paper(self) -> None:
        """The paper's sizes are shown where they do not press ours into a corner."""
        own = max((x for line in self._lines for x, _ in line.by(self._by)), default=0.0)
        printed = max((mark.x for mark in _paper_marks(self._by)), default=0.0)
        if not self._is_chosen:
            self.paper.setChecked(own >= _WORTH * printed)
        self._show()

    @property
    def _by(self) -> str:
        return EXAMPLES if self.axis.value == _BY_EXAMPLES else STEPS

    def content(self) -> AccuracyContent:
        """What is drawn now."""
        paper = _paper_marks(self._by) if self.paper.isChecked() else ()
        return AccuracyContent(self._lines, self._by, paper, self._optimum())

    def _optimum(self) -> float | None:
        """Where the classic arm's shown group stands; None where it has but one size."""
        classic = next((line for line in self._lines if line.arm == "cnn-aug"), None)
        chosen = self._results.of_arm("cnn-aug") if self._results else None
        if classic is None or chosen is None or len(classic.points) < 2:
            return None
        return next((x for x, p in classic.by(self._by) if p.group == chosen.group), None)

    def _show(self) -> None:
        if self._results is None:
            return
        content = self.content()
        self.plot.show_content(content)
        self.foot.setText(self._method())
        emptied(self.legend)
        for line in content.lines:
            look = arm_look(line.arm)
            self._legend(LineSample(look.color, look.dash, look.marker), line.name)
        if content.paper:
            self._legend(LineSample(PALETTE.paper, (), "paper"), "paper")
        self.legend.setColumnStretch(2 * _A_ROW, 1)

    def _legend(self, sample: QWidget, name: str) -> None:
        row, column = divmod(self.legend.count() // 2, _A_ROW)
        self.legend.addWidget(sample, row, 2 * column)
        self.legend.addWidget(plain(name, "hint"), row, 2 * column + 1)

    def _method(self) -> str:
        """How it was measured: folds, profile, what the band is."""
        if self._results is None:
            return _WAYS
        return f"{_method(self._results, self._lines)} {_WAYS}"

    def figure(self) -> Figure | None:
        """The plot for a paper, on white, as it is shown."""
        if self._results is None or not self._lines:
            return None
        content = self.content()
        lines = [_print(line, content.axis) for line in content.lines]
        note = _method(self._results, self._lines)
        if content.paper:
            xs = tuple(mark.x for mark in content.paper)
            ys = tuple(mark.percent for mark in content.paper)
            lines.append(Line("the paper", xs, ys, _PRINTED, "", "diamond", hollow=True))
            note += f" Diamonds: stated by {CITATION}, not measured here."
        marks = () if content.optimum is None else (Mark(content.optimum, "optimum of classic"),)
        return line_figure(
            "figure_8" if content.axis == EXAMPLES else "figure_8_steps",
            f"Accuracy by {'size' if content.axis == EXAMPLES else 'steps'} of training",
            Axes(content.axis, "total accuracy, %"),
            lines, note, marks=marks, simulated=self._results.simulated,
        )  # fmt: skip


def _print(line: AccuracyLine, axis: str) -> Line:
    placed = line.by(axis)
    made = print_line(
        line.name,
        [x for x, _ in placed],
        [p.accuracy for _, p in placed],
        arm_look(line.arm),
        [p.low for _, p in placed],
        [p.high for _, p in placed],
    )
    # As in the window: where all stand in one place the interval is a bar, no band has a width.
    return replace(made, bars=len(set(made.x)) < 2)


def _method(results: ClassifierResults, lines: tuple[AccuracyLine, ...]) -> str:
    folds = f"{results.folds} fold{'s' if results.folds != 1 else ''}"
    profiles = ", ".join(sorted({g.profile for g in results.groups}))
    sizes = sorted({p.n for line in lines for p in line.points})
    n = f"n {sizes[0]}" if len(sizes) == 1 else f"n {sizes[0]} to {sizes[-1]}"
    return (
        f"Out-of-fold over {folds}, {n} lesions, profile {profiles}. "
        f"Line = first seed, {band_words(lines)}."
    )


def _paper_marks(axis: str) -> tuple[PaperMark, ...]:
    steps = dict(PAPER_STEPS)
    return tuple(
        PaperMark(
            float(point.examples if axis == EXAMPLES else steps[point.arm]),
            point.percent,
            f"{point.percent:g} %, stated by {CITATION}\n"
            + (f"{point.examples:,} added a fold" if axis == EXAMPLES else
               f"{steps[point.arm]:,} steps by its sizes and 150 epochs; it prints none"),
        )
        for point in FIGURE_8
    )  # fmt: skip
