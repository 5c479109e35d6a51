"""Real or synthetic: d' on one axis, then each reader's 2x2 counts and lean."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from reader_app.views.results.layout import emptied, explain, named, plain, rule, tip
from reader_app.widgets.badge import Badge
from reader_app.widgets.figure_button import FigureButton, FigureSaver
from reader_app.widgets.panel import Panel
from reader_app.widgets.plots import Interval, IntervalView
from reader_app.widgets.theme import SPACE
from studies.report.drawing import Figure
from studies.report.reader_figures import detection_figure
from studies.report.readers import Detection, ReaderResults, ReaderScore
from studies.report.sentences import equivalence_text, lean, p_text
from studies.report.tables import signed
from studies.statistics.agreement.coefficient import without_zero


class DetectionPanel(Panel):
    """0 = cannot tell real from synthetic."""

    def __init__(self, saver: FigureSaver) -> None:
        super().__init__("Real or synthetic", "d', 95 %")
        explain(self)
        self.save = FigureButton(saver, self.figure)
        self.add_head(self.save)
        self._results: ReaderResults | None = None
        self.content = QVBoxLayout()
        self.content.setSpacing(SPACE[1])
        self.body.addLayout(self.content)
        self.body.addStretch(1)

    def show_results(self, results: ReaderResults) -> None:
        """Draw every reader who was asked."""
        self._results = results
        emptied(self.content)
        asked = [(s, s.detection) for s in results.scores if s.detection is not None]
        if not asked:
            words = "This reading asked nobody whether an ROI is real or synthetic."
            self.content.addWidget(plain(words, "hint", wrap=True))
            return
        axis = _axis([d for _, d in asked])
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[1])
        grid.setColumnStretch(1, 1)
        for row, (score, detection) in enumerate(asked):
            _d_row(grid, row, score, detection, axis)
        foot = plain(
            f"d' from {without_zero(axis[0], 1)} to {without_zero(axis[1], 1)}; "
            f"dashed: 0 = cannot tell real from synthetic",
            "hint",
            wrap=True,
        )
        grid.addWidget(foot, len(asked), 0, 1, 3)
        self.content.addLayout(grid)
        for score, detection in asked:
            self.content.addSpacing(SPACE[0])
            self.content.addWidget(_Counts(score, detection))

    def figure(self) -> Figure | None:
        """d' of everybody who was asked, for a paper."""
        return detection_figure(self._results) if self._results else None


def _axis(detections: list[Detection]) -> tuple[float, float]:
    low = min(d.d_prime.low for d in detections)
    high = max(d.d_prime.high for d in detections)
    return min(-0.5, math.floor(2 * low) / 2), max(1.0, math.ceil(2 * high) / 2)


def _d_row(
    grid: QGridLayout, row: int, score: ReaderScore, detection: Detection, axis: tuple[float, float]
) -> None:
    d = detection.d_prime
    view = IntervalView(*axis, (0.0,), width=90)
    view.set_interval(Interval(d.value, d.low, d.high))
    words = f"{score.reader}: d' {signed(d)}, {d.method}, n {d.n}"
    view.setToolTip(tip(words))
    view.setAccessibleName(words)
    grid.addWidget(named(score.reader), row, 0)
    grid.addWidget(view, row, 1)
    value = plain(signed(d), "hint")
    value.setToolTip(tip(words))
    grid.addWidget(value, row, 2, Qt.AlignmentFlag.AlignRight)


class _Counts(QWidget):
    """A reader's 2x2 counts, criterion, balanced accuracy and test."""

    def __init__(self, score: ReaderScore, detection: Detection) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[0])
        head = QHBoxLayout()
        head.addWidget(named(score.reader, "panel"))
        if score.kind == "simulated":
            head.addWidget(Badge("simulated", "simulated"))
        head.addStretch(1)
        column.addLayout(head)
        column.addLayout(_grid(detection))
        column.addSpacing(SPACE[0])
        words = plain(_words(detection), "hint", wrap=True)
        c = detection.criterion
        words.setToolTip(tip(f"c {signed(c)}, {c.method}; above 0 leans to “real”", words.text()))
        column.addWidget(words)


def _words(detection: Detection) -> str:
    b, c = detection.balanced_accuracy, detection.criterion
    return (
        f"Criterion c {without_zero(c.value)}, {lean(detection)}. Balanced accuracy "
        f"{100 * b.value:.1f} % [{100 * b.low:.1f}, {100 * b.high:.1f}], MOVER. Binomial p v "
        f"always “real” {p_text(detection.prevalence.p)}. {equivalence_text(detection)}"
    )


def _grid(detection: Detection) -> QGridLayout:
    counts = detection.counts
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE[3])
    grid.setVerticalSpacing(SPACE[0])
    grid.setColumnStretch(0, 1)
    right = Qt.AlignmentFlag.AlignRight
    for column, title in ((1, "says real"), (2, "says synthetic")):
        grid.addWidget(plain(title, "hint"), 0, column, right)
    grid.addWidget(rule(), 1, 0, 1, 3)
    rows = (
        ("real", counts.correct_rejections, counts.false_alarms, 1),
        ("synthetic", counts.misses, counts.hits, 2),
    )
    for row, (name, real, synthetic, correct) in enumerate(rows, 2):
        grid.addWidget(plain(name), row, 0)
        for column, value in ((1, real), (2, synthetic)):
            role = "panel" if column == correct else "body"
            grid.addWidget(plain(str(value), role), row, column, right)
    return grid
