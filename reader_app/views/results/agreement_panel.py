"""Two readers against each other: who said what, who was right, and the coefficients."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from reader_app.views.results.layout import (
    ShareBar,
    as_tooltip,
    clipped,
    emptied,
    narrow,
    plain,
    rule,
    tip,
)
from reader_app.widgets.badge import Badge
from reader_app.widgets.figure_button import FigureButton, FigureSaver
from reader_app.widgets.panel import Panel
from reader_app.widgets.plots import MatrixView
from reader_app.widgets.theme import PALETTE, SPACE
from studies.records import ClassScheme
from studies.report.drawing import Figure
from studies.report.pairing import RaterPair
from studies.report.readers import ReaderResults
from studies.report.sentences import p_text, pair_sentence
from studies.report.table import coefficient
from studies.report.window_rows import NamedMatrix, matrices_figure
from studies.statistics.agreement import Coefficient

_SIDE, _LEAST_CELL = 141, 28  # px: a matrix of any number of classes, its smallest cell


class AgreementPanel(Panel):
    """A pair is chosen; people come before networks."""

    def __init__(self, saver: FigureSaver) -> None:
        super().__init__("Agreement")
        self.pairs = QComboBox()
        self.pairs.setAccessibleName("Pair of readers")
        self.pairs.setToolTip("Which two are compared (Up and Down arrow keys)")
        narrow(self.pairs, 22)
        self.add_head(self.pairs)
        self.save = FigureButton(saver, self.figure)
        self.add_head(self.save)
        self._results: ReaderResults | None = None
        self._scheme: ClassScheme | None = None
        self.content = QVBoxLayout()
        self.content.setSpacing(SPACE[2])
        self.body.addLayout(self.content)
        self.body.addStretch(1)
        self.pairs.currentIndexChanged.connect(lambda _: self._show())

    def show_results(self, results: ReaderResults, scheme: ClassScheme) -> None:
        """Offer the pairs and show the one that stood, or the first."""
        held = self.pairs.currentText()
        self._results, self._scheme = results, scheme
        blocked = self.pairs.blockSignals(True)
        self.pairs.clear()
        self.pairs.addItems([f"{p.first} and {p.second}" for p in results.pairs])
        self.pairs.setCurrentIndex(max(0, self.pairs.findText(held)))
        self.pairs.setVisible(bool(results.pairs))
        self.pairs.blockSignals(blocked)
        self._show()

    def _show(self) -> None:
        emptied(self.content)
        if self._results is None or self._scheme is None:
            return
        if not self._results.pairs:
            words = "Agreement needs a second reader. A network that reads the same ROIs counts."
            self.content.addWidget(plain(words, "hint", wrap=True))
            return
        pair = self._results.pairs[max(0, self.pairs.currentIndex())]
        if pair.outcomes.n == 0:
            words = f"{pair.first} and {pair.second} have answered no ROI in common yet."
            self.content.addWidget(plain(words, "hint", wrap=True))
            return
        self._fill(pair, self._scheme, self._results)

    def figure(self) -> Figure | None:
        """Who said what, for a paper; None without a pair that read the same ROIs."""
        results, scheme = self._results, self._scheme
        if results is None or scheme is None or not results.pairs:
            return None
        pair = results.pairs[max(0, self.pairs.currentIndex())]
        if not pair.outcomes.n:
            return None
        coefficients = ", ".join(f"{c.name} {c.text} {_interval(c)}" for c in pair.coefficients)
        note = (
            f"n {pair.outcomes.n} ROIs read by both; same class in {pair.outcomes.agree} "
            f"({pair.outcomes.agreement.percent} % {pair.outcomes.agreement.interval}, Wilson). "
            f"{coefficients}. Shade: share of the row."
        )
        one = NamedMatrix(f"{pair.first} and {pair.second}", pair.table)
        says = (f"{clipped(pair.first)} says", f"{clipped(pair.second)} says")
        title = f"Agreement of {pair.first} and {pair.second}"
        return matrices_figure(
            "agreement", title, (one,), scheme, scheme.codes, note, says=says,
            simulated=results.simulated or self._is_simulated(pair),
        )  # fmt: skip

    def _fill(self, pair: RaterPair, scheme: ClassScheme, results: ReaderResults) -> None:
        cell = max(_LEAST_CELL, _SIDE // max(3, len(scheme.categories)))
        matrix = MatrixView(
            f"{clipped(pair.first, 20)} says", f"{clipped(pair.second, 20)} says", cell
        )
        matrix.set_counts(np.array(pair.table), scheme.categories)
        matrix.setToolTip(as_tooltip(f"Rows: {pair.first}. Columns: {pair.second}."))
        row = QHBoxLayout()
        row.setSpacing(SPACE[4])
        row.addWidget(matrix, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(_outcomes(pair, self._is_simulated(pair)), 1)
        self.content.addLayout(row)
        self.content.addWidget(rule())
        self.content.addLayout(_coefficients(pair.coefficients))
        self.content.addWidget(rule())
        self.content.addWidget(plain(pair_sentence(pair), "hint", wrap=True))
        for line in _further_tests(pair):
            self.content.addWidget(plain(line, "hint", wrap=True))
        for line in _repeat_lines(results):
            self.content.addWidget(plain(line, "hint", wrap=True))
        for reason in results.declined:
            self.content.addWidget(plain(reason, "hint", wrap=True))

    def _is_simulated(self, pair: RaterPair) -> bool:
        """Whether one of the two is no person; simulated pictures stand in the title row."""
        known = self._results.simulated_readers if self._results else ()
        return bool({pair.first, pair.second} & set(known))


def _outcomes(pair: RaterPair, simulated: bool) -> QVBoxLayout:
    o = pair.outcomes
    column = QVBoxLayout()
    column.setSpacing(6)
    top = QHBoxLayout()
    top.setSpacing(SPACE[1])
    top.addWidget(plain(f"{o.agreement.percent} %", "page"))
    top.addWidget(plain(o.agreement.interval, "hint"))
    if simulated:
        top.addWidget(Badge("simulated", "simulated"))
    top.addStretch(1)
    column.addLayout(top)
    column.addWidget(plain(f"same class in {o.agree} of {o.n}, Wilson", "hint"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE[1])
    grid.setVerticalSpacing(6)
    rows = (
        ("Both right", o.both_correct, PALETTE.ok),
        (f"Only {clipped(pair.first)} right", o.only_first, PALETTE.text_2),
        (f"Only {clipped(pair.second)} right", o.only_second, PALETTE.text_2),
        ("Both wrong", o.both_wrong, PALETTE.warning),
    )
    for i, (name, count, color) in enumerate(rows):
        grid.addWidget(plain(name, wrap=True), i, 0)
        grid.addWidget(ShareBar(count / o.n, color, name), i, 1)
        number = plain(str(count), "panel")
        grid.addWidget(number, i, 2, Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(0, 3)
    grid.setColumnStretch(1, 2)
    column.addLayout(grid)
    column.addWidget(plain(f"{o.agree_wrong} of them: same wrong class", "hint"))
    column.addStretch(1)
    return column


def _coefficients(values: tuple[Coefficient, ...]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACE[2])
    names = {
        "Cohen's kappa": "Cohen κ",
        "Gwet's AC1": "Gwet AC1",
        "Krippendorff's alpha": "Kripp. α",
    }
    for value in values:
        cell = QWidget()
        column = QVBoxLayout(cell)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(plain(names.get(value.name, value.name), "hint"))
        column.addWidget(plain(value.text, "study"))
        column.addWidget(plain(_interval(value), "hint"))
        words = tip(f"{value.name}, {value.method}, n {value.n}")
        for part in cell.findChildren(QLabel):
            part.setToolTip(words)
        row.addWidget(cell, 1)
    return row


def _interval(value: Coefficient) -> str:
    """The limits; a dash where they are wider than the scale, since n is too small."""
    if math.isnan(value.low):
        return "no interval"
    return coefficient(value.value, value.low, value.high).partition(" ")[2]


def _further_tests(pair: RaterPair) -> tuple[str, ...]:
    lines = []
    if pair.clustered is not None:
        c = pair.clustered
        lines.append(
            f"With {c.patients} patients and other ROIs as units: p {p_text(c.p)}, {c.method}."
        )
    return tuple(lines)


def _repeat_lines(results: ReaderResults) -> tuple[str, ...]:
    read = [(s.reader, s.repeats) for s in results.scores if s.repeats is not None]
    if not read:
        return ()
    parts = [f"{name} {p.percent} % {p.interval} of {p.n}" for name, p in read if p is not None]
    return (f"Same class on hidden repeats: {', '.join(parts)}.",)
