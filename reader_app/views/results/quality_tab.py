"""Synthetic quality: how near each generator's draws come to real ROIs, and what they copy."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QStackedWidget,
    QWidget,
)

from reader_app.state.results_loading import LoadedResults
from reader_app.state.results_state import ResultsState
from reader_app.views.results.layout import choice, offer, plain, scrolled, tip
from reader_app.views.results.quality_chart import ChartContent, ChartRow, QualityChart
from reader_app.views.results.quality_detail import QualityDetail
from reader_app.views.results.quality_figure import chart_figure
from reader_app.views.results.quality_rows import COLUMNS, quality_row
from reader_app.widgets.buttons import button
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.figure_button import FigureButton
from reader_app.widgets.panel import Panel
from reader_app.widgets.plots import arm_look
from reader_app.widgets.table import Table
from reader_app.widgets.theme import SPACE
from studies.records import ClassScheme
from studies.report.arms import arm_name
from studies.report.csv_file import csv_text
from studies.report.drawing import Figure
from studies.report.quality import GeneratorQuality, feature_names
from studies.report.quality_tables import MEASURES, MeasureWords, methods, quality_table, words_of

_LEAST_ROWS, _ROW = 3, 44
_TABLE_HINT = (
    "below each value real v real; bold = not shown to be worse; choose a row for its numbers"
)
_CONDITIONAL = "cda"  # a generator whose look has another name


class QualityTab(QStackedWidget):
    """An empty page until a generator has finished; then filters, chart, numbers and table."""

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self._state, self._quality = state, state.quality
        self._scheme: ClassScheme | None = None
        self.none = EmptyPage(
            "synthetic",
            "No generator has finished",
            "Synthetic ROIs are judged generator by generator. Train CNN-AUG-GAN on Learn first.",
            "Go to Learn",
        )
        self.none.acted.connect(lambda: state.go("learn"))
        self.waits = EmptyPage("synthetic", "Reading the generators", "")
        self._make_bar()
        self._make_chart()
        self.detail = QualityDetail()
        self._make_table()
        self.results = scrolled(self._laid_out())
        for page in (self.none, self.waits, self.results):
            self.addWidget(page)
        self._quality.changed.connect(self._refresh)

    # --- parts ------------------------------------------------------------------------------

    def _make_bar(self) -> None:
        quality = self._quality
        self.classes = choice("Class", "Show one class only (Up and Down arrow keys)", 16)
        self.classes.activated.connect(lambda k: quality.filter_category(self.classes.itemData(k)))
        self.arms = choice("Generator", "Show one kind of generator (Up and Down arrow keys)", 16)
        self.arms.activated.connect(lambda k: quality.filter_arm(self.arms.itemData(k)))
        self.features = choice("Features", "In which network's features distances are measured", 16)
        self.features.activated.connect(lambda _: self._show())
        self.note = plain("", "hint", wrap=True)
        self.gallery = button("Synthetic gallery", small=True, icon="grid")
        self.gallery.setToolTip(
            "Look at the chosen generator's ROIs beside their nearest, on Learn"
        )
        self.gallery.clicked.connect(self._open_gallery)
        self.measure = button("Measure", "primary", small=True, icon="play")
        self.measure.setToolTip(
            "Measure distances to real ROIs and audit the drawn ROIs, in the background"
        )
        self.measure.clicked.connect(quality.measure)

    def _make_chart(self) -> None:
        self.panel = Panel(" ", "grey: real against real")
        self.which = choice("Measure", "Which number is drawn (Up and Down arrow keys)", 16)
        for words in MEASURES:
            self.which.addItem(words.title, words.name)
        self.which.activated.connect(lambda _: self._show())
        self.save = FigureButton(self._state.figures, self._figure)
        self.panel.add_head(self.which)
        self.panel.add_head(self.save)
        self.chart = QualityChart()
        self.explained = plain("", "hint", wrap=True)
        self.panel.body.addWidget(self.chart, 100)  # as high as its rows, then its words
        self.panel.body.addWidget(self.explained)
        self.panel.body.addStretch(1)

    def _make_table(self) -> None:
        self.listed = Panel("Generators and classes", _TABLE_HINT, flush=True)
        self.copy = button("Copy", small=True, icon="copy", tooltip="Copy all numbers as CSV")
        self.copy.clicked.connect(self._copy)
        self.csv = button("Save CSV…", small=True, icon="export")
        self.csv.setToolTip("Write all numbers with intervals, bands, n and method")
        self.csv.clicked.connect(self._save_csv)
        self.listed.add_head(self.copy)
        self.listed.add_head(self.csv)
        self.table = Table(COLUMNS, row_height=_ROW, name="Quality of generators")
        self.table.chosen.connect(lambda _: self._show_detail())
        self.listed.body.addWidget(self.table)

    def _laid_out(self) -> QWidget:
        bar = QHBoxLayout()
        bar.setSpacing(SPACE[1])
        for part in (self.classes, self.arms, self.features):
            bar.addWidget(part)
        bar.addWidget(self.note, 1)
        bar.addWidget(self.gallery)
        bar.addWidget(self.measure)
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SPACE[2])
        grid.addLayout(bar, 0, 0, 1, 2)
        grid.addWidget(self.listed, 1, 0, 1, 2)
        grid.addWidget(self.panel, 2, 0)
        grid.addWidget(self.detail, 2, 1)
        grid.setColumnStretch(0, 6)
        grid.setColumnStretch(1, 5)
        grid.setRowStretch(2, 1)
        return content

    # --- showing ----------------------------------------------------------------------------

    def show_results(self, loaded: LoadedResults) -> None:
        """The study's classes may have changed."""
        self._scheme = loaded.study.scheme
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Read what has changed."""
        super().showEvent(event)
        self._quality.activate()

    def hideEvent(self, event: QHideEvent) -> None:
        """Changes wait until the tab is seen again."""
        super().hideEvent(event)
        self._quality.deactivate()

    @property
    def chosen(self) -> GeneratorQuality | None:
        """The generator and class whose numbers are shown: the row's, else the first."""
        key = self.table.chosen_key
        shown = self._quality.shown
        return next((one for one in shown if _key(one) == key), shown[0] if shown else None)

    def _refresh(self) -> None:
        found = self._quality.found
        if found is None or self._scheme is None:
            self._say_waiting()
            return
        self.setCurrentWidget(self.results if found else self.none)
        if found:
            self._offer()
            self._say_missing(found)
            self._show()

    def _say_waiting(self) -> None:
        trouble = self._quality.trouble
        title = "The generators could not be read" if trouble else "Reading the generators"
        self.waits.set_words(title, trouble or "Their measurements and drawn ROIs are being read.")
        self.setCurrentWidget(self.waits)

    def _offer(self) -> None:
        quality = self._quality
        found = quality.found or ()
        arms = dict.fromkeys(one.run.arm for one in found)
        classes = [(c.name, c.code) for c in quality.categories]
        offer(self.classes, [("All classes", ""), *classes], quality.category)
        offer(self.arms, [("All generators", ""), *((arm_name(a), a) for a in arms)], quality.arm)
        names = feature_names(found)
        held = self.features.currentData() or ""
        offer(self.features, [(name.capitalize(), name) for name in names], held)
        self.features.setVisible(len(names) > 1)
        self.arms.setVisible(len(arms) > 1)

    def _say_missing(self, found: tuple[GeneratorQuality, ...]) -> None:
        quality = self._quality
        others = len({one.run.id for one in found if not one.can_judge and not one.is_judged})
        words = []
        if quality.unjudged:
            words.append(f"Distances of {quality.unjudged} of {len(found)} are to be measured.")
        if quality.unaudited:
            words.append(f"Limits of copies of {quality.unaudited} are to be measured.")
        if others:
            words.append(
                f"{others} generator{'s were' if others > 1 else ' was'} trained on other ROIs "
                "than the study holds now: only what their training measured is shown."
            )
        self.note.setText(" ".join(words))
        reason = ""
        if quality.measuring:
            reason = "The measurement is under way"
        elif quality.read_only:
            reason = "This study is open read-only, so nothing can be measured in it"
        elif not quality.unjudged + quality.unaudited:
            reason = "All that can be measured has been"
        self.measure.set_enabled_because(not reason, reason)

    def _show(self) -> None:
        shown, features = self._quality.shown, self.features.currentData() or ""
        words = words_of(self.which.currentData())
        scheme = self._scheme_of()
        rows = tuple(_chart_row(one, words.name, features, scheme) for one in shown)
        self.panel.set_title(f"{words.title} by class")
        said = self._method(words)
        self.chart.show_content(ChartContent(words, rows))
        self.explained.setText(f"{words.title}: {words.sentence}; {words.best}.")
        self.explained.setToolTip(tip(f"{words.sentence} ({words.source}). {said}"))
        held = self.table.chosen_key
        self.table.set_rows(tuple(
            quality_row(one, features, scheme, _key(one)) for one in shown
        ))  # fmt: skip
        high = self.table.horizontalHeader().height() + 4
        self.table.setFixedHeight(high + _ROW * max(_LEAST_ROWS, len(shown)))
        if shown and held not in [_key(one) for one in shown]:
            self.table.choose(_key(shown[0]))
        self._show_detail()

    def _method(self, words: MeasureWords) -> str:
        """What the drawn numbers and bands rest on; empty where nothing was measured."""
        features = self.features.currentData() or ""
        found = (one.find(words.name, features) for one in self._quality.shown)
        rests = methods(one[1] for one in found if one is not None)
        return f"Grey: real against real. {'. '.join(rests)}." if rests else ""

    def _show_detail(self) -> None:
        features = self.features.currentData() or ""
        self.detail.show_generator(self.chosen, features, self._scheme_of())

    def _scheme_of(self) -> ClassScheme:
        assert self._scheme is not None
        return self._scheme

    def _open_gallery(self) -> None:
        """Go to the gallery of the generator and class whose numbers are shown."""
        chosen = self.chosen
        self._state.go("learn")
        if chosen is not None:
            self._quality.point_to_gallery(*_key(chosen))

    # --- taking along -----------------------------------------------------------------------

    def _copy(self) -> None:
        table = quality_table(self._quality.shown, self._scheme_of())
        QGuiApplication.clipboard().setText(csv_text(table.columns, table.rows))

    def _save_csv(self) -> None:
        path = self._csv_file()
        if path is not None:
            table = quality_table(self._quality.shown, self._scheme_of())
            self._quality.save_table(path, table)

    def _figure(self) -> Figure | None:
        """The chart for a paper, with its numbers."""
        shown, features = self._quality.shown, self.features.currentData() or ""
        if not shown:
            return None
        words, scheme = words_of(self.which.currentData()), self._scheme_of()
        rows = [_chart_row(one, words.name, features, scheme) for one in shown]
        return chart_figure(
            words, rows, self._method(words), simulated=any(one.run.simulated for one in shown)
        )

    def _csv_file(self) -> Path | None:
        start = str(self._state.exports_folder / "synthetic_quality.csv")
        title, kinds = "Save the numbers as CSV", "CSV (*.csv)"
        text, _ = QFileDialog.getSaveFileName(self, title, start, kinds)
        if not text:
            return None
        return Path(text if text.lower().endswith(".csv") else f"{text}.csv")


def _key(one: GeneratorQuality) -> tuple[int, str]:
    return one.run.id, one.category


def _chart_row(one: GeneratorQuality, name: str, features: str, scheme: ClassScheme) -> ChartRow:
    found = one.find(name, features)
    kind = one.run.arm.split("-")[0]
    look = arm_look("conditional" if kind == _CONDITIONAL else kind)
    measure = found[0] if found is not None else None
    return ChartRow(scheme.category(one.category), one.name, look, measure)
