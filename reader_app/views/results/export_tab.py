"""Export: the report as HTML or PDF, figures, everything as CSV, ratings for other programs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.results_loading import LoadedResults
from reader_app.state.results_state import ResultsState
from reader_app.views.results.layout import plain
from reader_app.widgets import icons
from reader_app.widgets.buttons import Button, button
from reader_app.widgets.panel import Panel
from reader_app.widgets.theme import PALETTE, SPACE

_WIDE = 152  # px of every button
_BESIDE = 1400  # px from which the report and the rest stand beside each other
_REPORT = (
    "The whole paper: summary, data, methods, Tables 1-7 and Figures 1-9 as far as they were run, "
    "readers, limits, provenance, glossary."
)


class ExportTab(QWidget):
    """Five exports, each with what it holds; what is left out now is said below."""

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self._state = state
        self.html = button(
            "Write HTML…", "primary", icon="report", tooltip="One file for any browser"
        )
        self.pdf = button("Write PDF…", icon="export", tooltip="A4, for print")
        self.csv = button("Write CSV…", icon="export", tooltip="A folder of tables")
        self.html.clicked.connect(self.ask_html)
        self.pdf.clicked.connect(self._ask_pdf)
        self.csv.clicked.connect(self._ask_csv)
        self.figures = button("Write figures…", icon="export", tooltip="SVG, PNG and CSV of each")
        self.figures.clicked.connect(self._ask_figures)
        self.ratings = button("Write ratings…", icon="export", tooltip="For MRMC programs")
        self.ratings.clicked.connect(self._ask_ratings)
        for one in (self.html, self.pdf, self.figures, self.csv, self.ratings):
            one.setMinimumWidth(_WIDE)
        self.note = plain("", "secondary", wrap=True)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._parts.setSpacing(SPACE[2])
        self._parts.addWidget(self._report(), 1, Qt.AlignmentFlag.AlignTop)
        self._parts.addLayout(self._files(), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addLayout(self._parts)
        column.addWidget(self.note)
        column.addStretch(1)

    def _report(self) -> Panel:
        panel = Panel("Report")
        panel.body.addLayout(
            _line("report", "HTML", f"{_REPORT} One file, opens in any browser.", self.html)
        )
        panel.body.addLayout(_line("report", "PDF", f"{_REPORT} A4, for print.", self.pdf))
        words = (
            "Every figure of the report as SVG and as PNG of 300 dots an inch, with title, n and "
            "method, and its data as CSV."
        )
        panel.body.addLayout(_line("chart", "Figures", words, self.figures))
        return panel

    def _files(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(SPACE[2])
        tables = Panel("Tables")
        words = (
            "Every table of the report, each answer in words and each network's out-of-fold "
            "probabilities. Cells that a spreadsheet would run are escaped."
        )
        tables.body.addLayout(_line("list", "CSV", words, self.csv))
        others = Panel("For other programs")
        words = (
            "Each class against the rest on real ROIs (rating: confidence where the class was "
            "chosen, else minus confidence) for FDA's iMRMC (.imrmc), RJafroc (.xlsx) and R's "
            "MRMCaov (.csv); classes in words for blindread analyse."
        )
        others.body.addLayout(_line("chart", "Ratings", words, self.ratings))
        for part in (tables, others):
            column.addWidget(part)
        column.addStretch(1)
        return column

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside each other where the words stay readable, else below each other."""
        super().resizeEvent(event)
        beside = self.width() >= _BESIDE
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._parts.setDirection(across if beside else down)

    def show_results(self, loaded: LoadedResults) -> None:
        """Say what the exports leave out as things stand."""
        parts = []
        if loaded.protocol is None:
            parts.append("No reading has been sealed: reader results are left out.")
        elif loaded.readers is None:
            parts.append("The reading is still blinded: answers are left out until unblinding.")
        has_answers = loaded.readers is not None and bool(loaded.readers.scores)
        self.ratings.set_enabled_because(
            has_answers, "There are no unblinded answers of readers to write yet"
        )
        if not loaded.networks.groups:
            parts.append("No classifier has finished: networks are left out.")
        if loaded.simulated:
            parts.append("Simulated figures are marked simulated in every file.")
        parts.append("Research use only.")
        self.note.setText(" ".join(parts))

    def ask_html(self) -> None:
        """Ask where the report goes, and write it."""
        path = self._file("Write the report as HTML", "report.html", "HTML (*.html)")
        if path is not None:
            self._state.write_html(path)

    def _ask_pdf(self) -> None:
        path = self._file("Write the report as PDF", "report.pdf", "PDF (*.pdf)")
        if path is not None:
            self._state.write_pdf(path)

    def _ask_figures(self) -> None:
        start = str(self._state.exports_folder)
        folder = QFileDialog.getExistingDirectory(self, "Folder for the figures", start)
        if folder:
            self._state.write_figures(Path(folder))

    def _ask_csv(self) -> None:
        start = str(self._state.exports_folder)
        folder = QFileDialog.getExistingDirectory(self, "Folder for the CSV files", start)
        if folder:
            self._state.export_csv(Path(folder))

    def _ask_ratings(self) -> None:
        start = str(self._state.exports_folder)
        folder = QFileDialog.getExistingDirectory(self, "Folder for the rating files", start)
        if folder:
            self._state.export_ratings(Path(folder))

    def _file(self, title: str, name: str, kinds: str) -> Path | None:
        start = str(self._state.exports_folder / name)
        path, _ = QFileDialog.getSaveFileName(self, title, start, kinds)
        suffix = Path(name).suffix
        if not path:
            return None
        return Path(path) if path.lower().endswith(suffix) else Path(path + suffix)


def _line(icon: str, title: str, words: str, action: Button) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACE[3])
    mark = QLabel()
    mark.setPixmap(icons.pixmap(icon, PALETTE.text_2, 20))
    row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addWidget(plain(title, "panel"))
    column.addWidget(plain(words, "hint", wrap=True))
    row.addLayout(column, 1)
    row.addWidget(action, 0, Qt.AlignmentFlag.AlignVCenter)
    return row
