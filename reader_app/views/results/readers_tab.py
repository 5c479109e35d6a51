"""Readers: five parts of the results; before unblinding only that they are sealed."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QStackedWidget, QVBoxLayout, QWidget

from reader_app.state.results_loading import LoadedResults
from reader_app.state.results_state import ResultsState
from reader_app.views.results.agreement_panel import AgreementPanel
from reader_app.views.results.conditions_panel import ConditionsPanel
from reader_app.views.results.confusion_panel import ConfusionPanel
from reader_app.views.results.detection_panel import DetectionPanel
from reader_app.views.results.gallery_panel import GalleryPanel
from reader_app.views.results.layout import scrolled
from reader_app.views.results.roc_panel import RocPanel
from reader_app.views.results.score_panel import ScorePanel
from reader_app.views.results.table_panel import TablePanel
from reader_app.views.results.times_panel import TimesPanel
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import SPACE
from studies.report.tables import reader_tables

OVERVIEW, CONFUSION, TIMES = "Overview", "Confusion", "Times"
CONDITIONS, DISAGREEMENT = "Conditions", "Disagreement"
PARTS = (OVERVIEW, CONFUSION, TIMES, CONDITIONS, DISAGREEMENT)


class ReadersTab(QStackedWidget):
    """Three empty pages (no protocol, sealed, nobody read) and the results in five parts."""

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self.none = EmptyPage(
            "readers",
            "No reading has been sealed",
            "Reader results come from a sealed protocol that readers have read blinded.",
            "Go to Read",
        )
        self.sealed = EmptyPage("lock", "Reader results are sealed", "", "Go to Read")
        self.unread = EmptyPage(
            "readers",
            "Nobody has read yet",
            "The protocol is unblinded, but no answers have been merged.",
            "Go to Read",
        )
        for page in (self.none, self.sealed, self.unread):
            page.acted.connect(lambda: state.go("read"))
            self.addWidget(page)
        self.scores, self.agreement = ScorePanel(state.figures), AgreementPanel(state.figures)
        self.roc, self.detection = RocPanel(state.figures), DetectionPanel(state.figures)
        self.confusion, self.times = ConfusionPanel(state.figures), TimesPanel(state)
        self.conditions, self.gallery = ConditionsPanel(state.figures), GalleryPanel(state)
        self.parts = Segmented(PARTS, name="Part of the results")
        self.stack = QStackedWidget()
        for part in (self._overview(), self.confusion, self.times, self.conditions):
            self.stack.addWidget(scrolled(part))
        self.stack.addWidget(self.gallery)
        self.results = QWidget()
        column = QVBoxLayout(self.results)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addWidget(self.parts)
        column.addWidget(self.stack, 1)
        self.addWidget(self.results)
        self.parts.chosen.connect(lambda _: self._show_part())

    def _overview(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addWidget(self.scores)
        row = QGridLayout()
        row.setSpacing(SPACE[2])
        for k, (panel, stretch) in enumerate(
            ((self.agreement, 10), (self.roc, 8), (self.detection, 7))
        ):
            row.addWidget(panel, 0, k)
            row.setColumnStretch(k, stretch)
        column.addLayout(row, 1)
        return content

    def show_results(self, loaded: LoadedResults) -> None:
        """Show reader results, or why there are none."""
        if loaded.protocol is None:
            self.setCurrentWidget(self.none)
        elif loaded.readers is None:
            self.sealed.set_words("Reader results are sealed", _sealed_words(loaded))
            self.setCurrentWidget(self.sealed)
        elif not loaded.readers.scores:
            self.setCurrentWidget(self.unread)
        else:
            scheme = loaded.study.scheme
            for panel in self.results.findChildren(TablePanel):
                panel.is_said_above = loaded.study.simulated
            tables = {table.key: table for table in reader_tables(loaded.readers, scheme)}
            self.scores.show_results(
                loaded.readers, loaded.reader_sentences, tables.get("table_4"), loaded.primary
            )
            self.agreement.show_results(loaded.readers, scheme)
            self.roc.show_results(loaded.readers, scheme)
            self.detection.show_results(loaded.readers)
            self.confusion.show_results(loaded.readers, scheme, loaded.subgroups)
            self.times.show_results(loaded.readers, scheme)
            self.conditions.show_results(loaded)
            self.gallery.show_results(loaded)
            self.setCurrentWidget(self.results)
            self._show_part()

    def _show_part(self) -> None:
        self.stack.setCurrentIndex(PARTS.index(self.parts.value))
        if self.parts.value == TIMES:
            self.times.ask()
        elif self.parts.value == DISAGREEMENT:
            self.gallery.ask()


def _sealed_words(loaded: LoadedResults) -> str:
    version = loaded.protocol.version if loaded.protocol else 0
    return (
        f"Answers and truth of protocol version {version} stay apart: "
        f"{loaded.readers_finished} of {loaded.readers_enrolled} readers have finished. When the "
        f"reading is over, open Read and press Unblind; who did it and why is recorded."
    )
