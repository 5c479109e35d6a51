"""Conditions over readers (MRMC): means with intervals, differences, networks, or why not."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from reader_app.state.results_loading import LoadedResults
from reader_app.views.results.layout import emptied, explain, plain, rule
from reader_app.views.results.table_panel import TablePanel
from reader_app.widgets.badge import Badge
from reader_app.widgets.figure_button import FigureButton, FigureSaver
from reader_app.widgets.panel import Panel
from reader_app.widgets.plots import Interval, IntervalView
from reader_app.widgets.theme import SPACE
from studies.records import ClassScheme
from studies.report.condition_tables import condition_tables, figure_words
from studies.report.conditions import ConditionAnalysis, ConditionResults
from studies.report.drawing import Figure
from studies.report.reader_figures import condition_figure
from studies.report.table import limits
from studies.report.tables import reader_tables
from studies.statistics.agreement.coefficient import without_zero

_MANY = 3  # readers whose own values take as much room as the drawing


class ConditionsPanel(QWidget):
    """Means drawn on one axis, then the tables, then what was declined in words."""

    def __init__(self, saver: FigureSaver) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        self.means = _Means(saver)
        self.differences, self.networks, self.paired = TablePanel(), TablePanel(), TablePanel()
        for panel in (self.means, self.differences, self.networks, self.paired):
            column.addWidget(panel)
        column.addStretch(1)

    def show_results(self, loaded: LoadedResults) -> None:
        """Fill every panel; those with nothing to say are hidden."""
        if loaded.conditions is None or loaded.readers is None:
            return
        scheme = loaded.study.scheme
        self.means.is_said_above = loaded.study.simulated
        self.means.show_results(loaded.conditions, loaded.condition_sentences, scheme)
        tables = {table.key: table for table in condition_tables(loaded.conditions, scheme)}
        self.differences.show_table(tables.get("mrmc_differences"))
        self.networks.show_table(tables.get("mrmc_networks"))
        within = {table.key: table for table in reader_tables(loaded.readers, scheme)}
        self.paired.show_table(within.get("conditions_paired"))


class _Means(Panel):
    """Each figure of merit: a row a condition, the readers' mean with its interval, sentences."""

    def __init__(self, saver: FigureSaver) -> None:
        super().__init__("Readers' means by condition", " ")
        self.simulated = Badge("simulated", "simulated", "Simulated images or readers")
        self.is_said_above = False  # that the pictures are simulated: the title row says it once
        self.add_head(self.simulated)
        self.save = FigureButton(saver, self.figure)
        self.add_head(self.save)
        self._results: ConditionResults | None = None
        self._scheme: ClassScheme | None = None
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(SPACE[3])
        self.grid.setVerticalSpacing(0)
        self.words = QVBoxLayout()
        self.words.setSpacing(SPACE[1])
        self.body.addLayout(self.grid)
        self.body.addLayout(self.words)

    def show_results(
        self, results: ConditionResults, sentences: tuple[str, ...], scheme: ClassScheme
    ) -> None:
        """Draw the means and say what they say."""
        self._results, self._scheme = results, scheme
        emptied(self.grid)
        emptied(self.words)
        self.simulated.setVisible(results.simulated and not self.is_said_above)
        self.set_hint(
            f"{results.items} real ROIs answered by all · axes 0 to 1 · "
            "Obuchowski-Rockette, jackknife, 95 %"
        )
        explain(self)
        row = 0
        for analysis in results.analyses:
            row = self._rows(row, analysis, results, scheme)
        for sentence in sentences:
            self.words.addWidget(plain(sentence, wrap=True))

    def figure(self) -> Figure | None:
        """The means drawn for a paper; None where conditions were not compared."""
        if self._results is None or self._scheme is None:
            return None
        return condition_figure(self._results, self._scheme)

    def _rows(
        self, row: int, analysis: ConditionAnalysis, results: ConditionResults, scheme: ClassScheme
    ) -> int:
        means = analysis.result.single or analysis.result.single_fixed_readers
        for k, (condition, mean) in enumerate(zip(results.conditions, means, strict=True)):
            self.grid.addWidget(rule(), row, 0, 1, 5)
            name = figure_words(analysis, scheme) if k == 0 else ""
            self.grid.addWidget(plain(name, "panel"), row + 1, 0)
            self.grid.addWidget(plain(condition), row + 1, 1)
            view = IntervalView(0.0, 1.0, (), width=200)
            view.set_interval(Interval(mean.mean, mean.low, mean.high))
            self.grid.addWidget(view, row + 1, 2)
            self.grid.addWidget(
                plain(limits(mean.mean, mean.low, mean.high, 3, scale=1.0)), row + 1, 3
            )
            each = zip(results.readers, analysis.result.merits[k], strict=True)
            words = ", ".join(f"{name} {without_zero(value, 3)}" for name, value in each)
            readers = plain(words, "hint", wrap=True)
            readers.setContentsMargins(0, 4, 0, 4)
            self.grid.addWidget(readers, row + 1, 4)
            self.grid.setRowMinimumHeight(row + 1, 30)
            row += 2
        self.grid.setColumnStretch(2, 3)
        self.grid.setColumnStretch(4, 1 if len(results.readers) < _MANY else 3)
        return row
