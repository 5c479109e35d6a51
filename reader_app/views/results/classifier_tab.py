"""Classifier: accuracy by group, methods beside the paper's, confusion matrices in pairs."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from reader_app.state.results_loading import LoadedResults
from reader_app.state.results_state import ResultsState
from reader_app.views.results.accuracy_panel import AccuracyPanel
from reader_app.views.results.layout import emptied, scrolled
from reader_app.views.results.matrix_panel import MatrixPanel
from reader_app.views.results.methods_panel import MethodsPanel
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.theme import SPACE
from studies.records import ClassScheme
from studies.report.classifier import ClassifierResults, GroupResult
from studies.report.paper import paper_matrix


class ClassifierTab(QStackedWidget):
    """An empty page until a classifier has finished."""

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self.none = EmptyPage(
            "network",
            "No classifier has finished",
            "Each trained network is tested on the fold it never saw; its results appear here.",
            "Go to Learn",
        )
        self.none.acted.connect(lambda: state.go("learn"))
        self.accuracy, self.methods = AccuracyPanel(), MethodsPanel()
        self.matrices = QHBoxLayout()
        self.matrices.setSpacing(SPACE[2])
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
        self.results = scrolled(content)
        self.addWidget(self.none)
        self.addWidget(self.results)

    def show_results(self, loaded: LoadedResults) -> None:
        """Show the networks' results, or that there are none."""
        results, scheme = loaded.networks, loaded.study.scheme
        if not results.groups:
            self.setCurrentWidget(self.none)
            return
        self.accuracy.show_results(results)
        self.methods.show_results(results, scheme, loaded.network_sentences)
        self._show_matrices(results, scheme)
        self.setCurrentWidget(self.results)

    def _show_matrices(self, results: ClassifierResults, scheme: ClassScheme) -> None:
        emptied(self.matrices)
        for group in _shown(results):
            self.matrices.addWidget(MatrixPanel(group, scheme), 1)


def _shown(results: ClassifierResults) -> tuple[GroupResult, ...]:
    """Two arms at most: those that the paper prints first, then the best of the others."""
    printed = [g for g in results.chosen if paper_matrix(g.arm) is not None]
    others = [g for g in results.chosen if paper_matrix(g.arm) is None]
    return tuple((printed + others)[:2])
