"""Readers: Table 4, agreement, ROC, real or synthetic; before unblinding only that it is sealed."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QStackedWidget, QVBoxLayout, QWidget

from reader_app.state.results_loading import LoadedResults
from reader_app.state.results_state import ResultsState
from reader_app.views.results.agreement_panel import AgreementPanel
from reader_app.views.results.detection_panel import DetectionPanel
from reader_app.views.results.layout import scrolled
from reader_app.views.results.roc_panel import RocPanel
from reader_app.views.results.score_panel import ScorePanel
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.theme import SPACE


class ReadersTab(QStackedWidget):
    """Three empty pages (no protocol, sealed, nobody read) and the results."""

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
        self.scores, self.agreement = ScorePanel(), AgreementPanel()
        self.roc, self.detection = RocPanel(), DetectionPanel()
        self.results = scrolled(self._laid_out())
        self.addWidget(self.results)

    def _laid_out(self) -> QWidget:
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
            self.scores.show_results(loaded.readers, loaded.reader_sentences)
            self.agreement.show_results(loaded.readers, scheme)
            self.roc.show_results(loaded.readers, scheme)
            self.detection.show_results(loaded.readers)
            self.setCurrentWidget(self.results)


def _sealed_words(loaded: LoadedResults) -> str:
    version = loaded.protocol.version if loaded.protocol else 0
    return (
        f"Answers and truth of protocol version {version} stay apart: "
        f"{loaded.readers_finished} of {loaded.readers_enrolled} readers have finished. When the "
        f"reading is over, open Read and press Unblind; who did it and why is recorded."
    )
