"""Classifier: accuracy by group, methods and matrices beside the paper's; then lesion by lesion."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from reader_app.state.results_loading import LoadedResults
from reader_app.state.results_state import ResultsState
from reader_app.views.results.accuracy_panel import AccuracyPanel
from reader_app.views.results.cases_part import CasesPart
from reader_app.views.results.layout import emptied, scrolled
from reader_app.views.results.matrix_panel import MatrixPanel
from reader_app.views.results.methods_panel import MethodsPanel
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import SPACE
from studies.records import ClassScheme
from studies.report.classifier import ClassifierResults, GroupResult
from studies.report.paper import paper_matrix

FIGURES, CASES = "Figures and tables", "Cases"
_A_ROW = 2


class ClassifierTab(QStackedWidget):
    """An empty page until a classifier has finished; then two parts."""

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self._state = state
        self.none = EmptyPage(
            "network",
            "No classifier has finished",
            "Each trained network is tested on the fold it never saw; its results appear here.",
            "Go to Learn",
        )
        self.none.acted.connect(lambda: state.go("learn"))
        self.accuracy, self.methods = AccuracyPanel(state.figures), MethodsPanel()
        self.matrices = QGridLayout()
        self.matrices.setSpacing(SPACE[2])
        for k in range(_A_ROW):
            self.matrices.setColumnStretch(k, 1)
        self.cases = CasesPart(state)
        self.parts = Segmented((FIGURES, CASES), name="Part of the classifier's results")
        self.stack = QStackedWidget()
        self.stack.addWidget(scrolled(self._figures()))
        self.stack.addWidget(self.cases)
        self.results = QWidget()
        column = QVBoxLayout(self.results)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addWidget(self.parts)
        column.addWidget(self.stack, 1)
        self.addWidget(self.none)
        self.addWidget(self.results)
        self.parts.chosen.connect(lambda _: self._show_part())

    def _figures(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        top = QHBoxLayout()
        top.setSpacing(SPACE[2])
        top.addWidget(self.accuracy, 17)
        top.addWidget(self.methods, 10)
        column.addLayout(top, 1)
        column.addLayout(self.matrices)
        return content

    def show_results(self, loaded: LoadedResults) -> None:
        """Show the networks' results, or that there are none."""
        results, scheme = loaded.networks, loaded.study.scheme
        if not results.groups:
            self.setCurrentWidget(self.none)
            return
        self.accuracy.show_results(results, loaded.runs)
        self.methods.show_results(results, scheme, loaded.network_sentences)
        self._show_matrices(results, scheme)
        self.cases.show_results(loaded)
        self.setCurrentWidget(self.results)
        self._show_part()

    def _show_matrices(self, results: ClassifierResults, scheme: ClassScheme) -> None:
        emptied(self.matrices)
        for k, group in enumerate(_shown(results)):
            panel = MatrixPanel(group, scheme, self._state.figures)
            self.matrices.addWidget(panel, k // _A_ROW, k % _A_ROW)

    def _show_part(self) -> None:
        self.stack.setCurrentIndex((FIGURES, CASES).index(self.parts.value))
        if self.parts.value == CASES:
            self.cases.ask()


def _shown(results: ClassifierResults) -> tuple[GroupResult, ...]:
    """Every arm: those that the paper prints first, then the others in the tables' order."""
    printed = tuple(g for g in results.chosen if paper_matrix(g.arm) is not None)
    others = tuple(g for g in results.chosen if paper_matrix(g.arm) is None)
    return printed + others
