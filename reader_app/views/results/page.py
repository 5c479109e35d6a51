"""The Results page: tabs over what the study has shown so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from reader_app.state.results_state import ResultsState
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import button
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.figure_button import FigureKey
from reader_app.widgets.page import PageTitle, page_column
from reader_app.widgets.panel import label
from studies.records import ProtocolRecord

if TYPE_CHECKING:
    from reader_app.state.results_loading import LoadedResults
    from reader_app.views.results.tabs import Tabs

TABS = ("Readers", "Classifier", "t-SNE", "Synthetic quality", "Export")


class ResultsPage(QWidget):
    """Five tabs; without a study, or while reading, one sentence in their place."""

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self._state = state
        self._tabs: Tabs | None = None
        self.setAccessibleName("Results")
        self.head = PageTitle("Results", TABS)
        self.simulated = Badge(
            "simulated", "simulated", "Figures here rest on simulated images or readers"
        )
        self.head.add(self.simulated)
        self.version = label("", "hint")
        self.versions = QComboBox()
        self.versions.setAccessibleName("Version of the protocol")
        self.versions.setToolTip("Which unblinded version is shown (Up and Down arrow keys)")
        self.versions.setProperty("dense", True)
        self.versions.activated.connect(lambda k: state.choose_version(self.versions.itemData(k)))
        self.head.add(self.version)
        self.head.add(self.versions)
        self.report = button(
            "Report…", "primary", icon="report", tooltip="Write the report as HTML"
        )
        self.report.clicked.connect(self._write_report)
        self.head.add(self.report)
        self.words = EmptyPage("results", "", "", "Go to Home")
        self.words.acted.connect(lambda: state.go("home"))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.words)
        page_column(self, self.head, dense=True).addWidget(self.stack, 1)
        self.save_key = FigureKey(self)
        self.head.tab_chosen.connect(lambda _: self.refresh())
        state.changed.connect(self.refresh)
        self.refresh()

    def show_tab(self, name: str) -> None:
        """Open a tab by its name; ValueError for an unknown one."""
        self.head.tabs.setCurrentIndex(TABS.index(name))

    def refresh(self) -> None:
        """Show the state's results, or why there are none."""
        loaded = self._state.loaded
        tab = TABS[self.head.tabs.currentIndex()]
        self.report.setVisible(loaded is not None and tab != "Export")
        self.simulated.setVisible(loaded is not None and loaded.is_simulated(tab))
        self._show_version(loaded)
        if loaded is None:
            self._show_words()
            return
        if self._tabs is None:
            # Statistics are imported here, not on the way to the first window.
            from reader_app.views.results.tabs import Tabs

            self._tabs = Tabs(self._state)
            self.stack.addWidget(self._tabs)
        self._tabs.show_results(loaded, self.head.tabs.currentIndex())
        self.stack.setCurrentWidget(self._tabs)

    def _show_version(self, loaded: LoadedResults | None) -> None:
        """Which version the readers' figures are of; a choice where several are unblinded."""
        protocol = loaded.protocol if loaded else None
        several = loaded.versions if loaded and len(loaded.versions) > 1 else ()
        self.version.setVisible(protocol is not None and not several)
        self.versions.setVisible(bool(several))
        self.version.setText(_version_words(protocol) if protocol else "")
        self.versions.clear()
        for one in several:
            self.versions.addItem(_version_words(one), one.id)
        if protocol is not None:
            self.versions.setCurrentIndex(self.versions.findData(protocol.id))
        if loaded is not None:
            words = "simulated CT" if loaded.study.simulated else "simulated"
            if loaded.study.simulated and loaded.study.kind == "roi":
                words = "simulated images"
            self.simulated.set(words, "simulated")

    def _write_report(self) -> None:
        if self._tabs is not None:
            self._tabs.export.ask_html()

    def _show_words(self) -> None:
        self.stack.setCurrentWidget(self.words)
        button = self.words.button
        if button is not None:
            button.setVisible(not self._state.loading)
        if not self._state.has_study:
            self.words.set_words("No study is open", "Open a study or the demo on Home.")
        elif self._state.trouble:
            self.words.set_words("The results could not be read", self._state.trouble)
        else:
            self.words.set_words("Reading results", "Answers and predictions are being counted.")

    def showEvent(self, event: QShowEvent) -> None:
        """Read what has changed."""
        super().showEvent(event)
        self._state.activate()

    def hideEvent(self, event: QHideEvent) -> None:
        """Changes wait until the page is seen again."""
        super().hideEvent(event)
        self._state.deactivate()


def _version_words(protocol: ProtocolRecord) -> str:
    """`Version 2, unblinded 2026-11-20`."""
    if protocol.unblinded:
        return f"Version {protocol.version}, unblinded {protocol.unblinded[:10]}"
    return f"Version {protocol.version}, sealed {protocol.sealed[:10]}, blinded"
