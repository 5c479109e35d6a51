"""ROC of one class against the rest, where confidences were given."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout

from reader_app.views.results.layout import (
    LineSample,
    emptied,
    explain,
    named,
    narrow,
    plain,
    say,
    spare_height,
    tip,
)
from reader_app.widgets.figure_button import FigureButton, FigureSaver
from reader_app.widgets.figure_look import print_line
from reader_app.widgets.panel import Panel
from reader_app.widgets.plots import REFERENCE, LineLook, add_line, arm_look, line_plot
from reader_app.widgets.theme import PALETTE, SPACE
from studies.records import ClassScheme
from studies.report.arms import arm_code
from studies.report.drawing import Figure
from studies.report.readers import ReaderResults, ReaderRoc
from studies.report.readings import condition_words
from studies.report.table import area_text
from studies.report.window_figures import Axes, Line, line_figure
from studies.statistics.agreement.coefficient import without_zero
from studies.statistics.roc import LOGIT, Auc

_DASHES: tuple[tuple[float, ...], ...] = ((6, 3), (2, 3), (9, 3, 2, 3), (12, 4))
_HIGHEST = 360
_TICKS = [(0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1")]


class RocPanel(Panel):
    """People are white with different dashes, networks have their arm's look."""

    def __init__(self, saver: FigureSaver) -> None:
        super().__init__("ROC")
        explain(self, "AUC")
        self.classes = QComboBox()
        self.classes.setAccessibleName("Class against the rest")
        self.classes.setToolTip("Which class counts as positive (Up and Down arrow keys)")
        narrow(self.classes)
        self.conditions = QComboBox()
        self.conditions.setAccessibleName("Condition of the readers")
        self.conditions.setToolTip("Which reading of each reader is drawn (Up and Down arrow keys)")
        narrow(self.conditions, 8)
        self.add_head(self.classes)
        self.save = FigureButton(saver, self.figure)
        self.add_head(self.save)
        self.plot = line_plot("", "1 − specificity", "sensitivity")
        self.plot.setAccessibleName("ROC curves")
        spare_height(self.plot, 200)
        self.plot.setMaximumHeight(_HIGHEST)
        self.plot.setMouseEnabled(False, False)
        self.plot.setRange(xRange=(0, 1), yRange=(0, 1), padding=0.05)
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setTicks([_TICKS])
        self.legend = QGridLayout()
        self.legend.setHorizontalSpacing(SPACE[1])
        self.legend.setVerticalSpacing(SPACE[0])
        self.legend.setColumnStretch(1, 1)
        self.why = plain("", "hint", wrap=True)
        self.body.addWidget(self.conditions, 0, Qt.AlignmentFlag.AlignRight)
        self.body.addWidget(self.plot, 1)
        self.body.addLayout(self.legend)
        self.body.addWidget(self.why)
        self.body.addStretch(0)
        self._results: ReaderResults | None = None
        self._scheme: ClassScheme | None = None
        self.classes.currentIndexChanged.connect(lambda _: self._show())
        self.conditions.currentIndexChanged.connect(lambda _: self._show())

    def show_results(self, results: ReaderResults, scheme: ClassScheme) -> None:
        """Offer the classes and draw the one that stood, or the first."""
        self._results, self._scheme = results, scheme
        held = max(0, self.classes.currentIndex())
        blocked = self.classes.blockSignals(True)
        self.classes.clear()
        for code in results.classes:
            self.classes.addItem(f"{scheme.category(code).name} v rest", code)
        self.classes.setCurrentIndex(min(held, self.classes.count() - 1))
        self.classes.setVisible(bool(results.rocs))
        self.classes.blockSignals(blocked)
        self._offer_conditions(results)
        self._show()

    def _offer_conditions(self, results: ReaderResults) -> None:
        people = dict.fromkeys(r.condition for r in results.rocs if r.kind != "model")
        held = self.conditions.currentText()
        blocked = self.conditions.blockSignals(True)
        self.conditions.clear()
        for condition in people:
            self.conditions.addItem(condition_words(condition), condition)
        self.conditions.setCurrentIndex(max(0, self.conditions.findText(held)))
        self.conditions.setVisible(len(people) > 1)
        self.conditions.blockSignals(blocked)

    def _show(self) -> None:
        if self._results is None:
            return
        self.plot.clear()
        emptied(self.legend)
        self.plot.setVisible(bool(self._results.rocs))
        if not self._results.rocs:
            say(self.why, "No confidences were asked in this reading, so there is no ROC curve.")
            return
        rocs = self._drawn()
        add_line(self.plot, [0, 1], [0, 1], REFERENCE)
        if rocs:
            self._legend_head()
        for row, (roc, look) in enumerate(zip(rocs, _looks(rocs), strict=True), 1):
            add_line(self.plot, roc.curve.false_positive, roc.curve.true_positive, look)
            self._legend_row(row, roc, look)
        say(self.why, _words(rocs))

    def _drawn(self) -> list[ReaderRoc]:
        """The curves of the class and the condition that are chosen."""
        code, condition = self.classes.currentData(), self.conditions.currentData()
        return [
            roc
            for roc in (self._results.rocs if self._results else ())
            if roc.category == code and (roc.kind == "model" or roc.condition == condition)
        ]

    def figure(self) -> Figure | None:
        """The curves of the chosen class for a paper; None without confidences."""
        rocs = self._drawn()
        if not rocs or self._results is None or self._scheme is None:
            return None
        lines = [Line("", (0.0, 1.0), (0.0, 1.0), "#59636e", "--")]
        for roc, look in zip(rocs, _looks(rocs), strict=True):
            lines.append(print_line(
                f"{roc.reader} {area_text(roc.auc)}",
                list(map(float, roc.curve.false_positive)),
                list(map(float, roc.curve.true_positive)), look,
            ))  # fmt: skip
        name = self._scheme.category(rocs[0].category).name
        return line_figure(
            f"roc_{rocs[0].category}", f"ROC of {name} against the rest",
            Axes("1 − specificity", "sensitivity", (0.0, 1.0), (0.0, 1.0), is_square=True),
            lines, f"{_words(rocs)} Area and 95 % interval in the legend.",
            simulated=self._results.simulated,
        )  # fmt: skip

    def _legend_head(self) -> None:
        for column, text in ((2, "AUC"), (3, "95 %")):
            right = Qt.AlignmentFlag.AlignRight
            self.legend.addWidget(plain(text, "hint"), 0, column, right)

    def _legend_row(self, row: int, roc: ReaderRoc, look: LineLook) -> None:
        a = roc.auc
        self.legend.addWidget(LineSample(look.color, look.dash), row, 0)
        self.legend.addWidget(named(roc.reader), row, 1)
        value, limits = area_text(a).split(" ", 1)
        words = tip(_methods(a), "AUC")
        for column, text, role in ((2, value, "panel"), (3, limits, "hint")):
            widget = plain(text, role)
            widget.setToolTip(words)
            self.legend.addWidget(widget, row, column, Qt.AlignmentFlag.AlignRight)


def _methods(area: Auc) -> str:
    """Which interval is shown, and the other beside it."""
    items = f"{area.positives} v {area.negatives} ROIs"
    if math.isnan(area.se):
        return f"{area.method}, {items}"
    own = f"[{without_zero(area.low, 3)}, {without_zero(area.high, 3)}]"
    return f"{LOGIT}'s interval; DeLong's own is {own}; {items}"


def _looks(rocs: list[ReaderRoc]) -> list[LineLook]:
    people = 0
    looks: list[LineLook] = []
    for roc in rocs:
        if roc.kind == "model":
            looks.append(_arm(roc, looks))
        else:
            looks.append(LineLook(PALETTE.strong, _DASHES[people % len(_DASHES)]))
            people += 1
    return looks


def _arm(roc: ReaderRoc, before: list[LineLook]) -> LineLook:
    """The arm's look everywhere; a second arm of the same colour gets another dash."""
    look = arm_look(arm_code(roc.reader))
    same = sum(one.color == look.color for one in before)
    return LineLook(look.color, _DASHES[(same - 1) % len(_DASHES)] if same else look.dash)


def _words(rocs: list[ReaderRoc]) -> str:
    if not rocs:
        return "Nobody rated real ROIs of this class and of others."
    counts = dict.fromkeys(f"{roc.auc.positives} v {roc.auc.negatives}" for roc in rocs)
    networks = "; of networks the probability" if any(r.kind == "model" for r in rocs) else ""
    whole = ", of an area of 1 Wilson's on the smaller group"
    void = whole if any(math.isnan(roc.auc.se) for roc in rocs) else ""
    return (
        f"Real ROIs only ({', '.join(counts)}). Rating = confidence where the class was "
        f"chosen, else minus confidence{networks}; ties one half. Logit of DeLong's interval{void}."
    )
