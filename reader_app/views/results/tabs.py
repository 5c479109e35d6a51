"""The five tabs, made when results are first shown."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget

from reader_app.state.results_loading import LoadedResults
from reader_app.state.results_state import ResultsState
from reader_app.views.results.classifier_tab import ClassifierTab
from reader_app.views.results.export_tab import ExportTab
from reader_app.views.results.map_tab import MapTab
from reader_app.views.results.quality_tab import QualityTab
from reader_app.views.results.readers_tab import ReadersTab


class Tabs(QStackedWidget):
    """One widget a tab, in the order of the page's tabs."""

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self.readers = ReadersTab(state)
        self.classifier = ClassifierTab(state)
        self.maps = MapTab(state)
        self.quality = QualityTab(state)
        self.export = ExportTab(state)
        for tab in (self.readers, self.classifier, self.maps, self.quality, self.export):
            self.addWidget(tab)

    def show_results(self, loaded: LoadedResults, index: int) -> None:
        """Fill every tab and bring one to the front."""
        self.readers.show_results(loaded)
        self.classifier.show_results(loaded)
        self.maps.show_results(loaded)
        self.quality.show_results(loaded)
        self.export.show_results(loaded)
        self.setCurrentIndex(index)
