"""t-SNE: one map a network, a fold at a time; what is chosen or marked in one is so in both."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.results_loading import LoadedResults, NetworkMap
from reader_app.state.results_map import MarkedTable, marked_table
from reader_app.state.results_state import ResultsState
from reader_app.views.results.layout import plain
from reader_app.views.results.lesion_panel import LesionPanel
from reader_app.views.results.map_colours import CLASS, colourings, told, wrong_words
from reader_app.views.results.map_legend import MapLegend
from reader_app.views.results.map_list import MarkedList
from reader_app.views.results.map_view import MapContent, MapView
from reader_app.views.results.map_words import count_words, lesion_words, note, quality_words
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import button
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.panel import Panel
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import SPACE

MAPS = 2


class MapTab(QStackedWidget):
    """Fold and colour chooser, maps side by side, the lesions marked, and the one chosen."""

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self._state = state
        self._loaded: LoadedResults | None = None
        self._whole: tuple[int, ...] = ()
        self.none = EmptyPage(
            "scatter",
            "No map has been made",
            "A t-SNE map shows the last layer of a trained network. It is made on Learn, after "
            "a classifier has finished.",
            "Go to Learn",
        )
        self.none.acted.connect(lambda: state.go("learn"))
        self.addWidget(self.none)
        self.folds = QComboBox()
        self.folds.setAccessibleName("Fold")
        self.folds.setToolTip("Whose test lesions are shown: one map is one network")
        self.colours = Segmented((CLASS,), name="Colour of the points")
        self.augmented = QCheckBox("Augmentations")
        self.augmented.setToolTip("Show the augmentations of each lesion, small and faint")
        self.augmented.setChecked(True)
        self.lasso = button(
            "Lasso", "choice", icon="freehand", key="L", small=True,
            tooltip="Draw a line around lesions to mark them; with Shift they are added",
        )  # fmt: skip
        self.legend = MapLegend()
        self.panels = tuple(_MapPanel() for _ in range(MAPS))
        self.marked = MarkedList()
        self.lesion = LesionPanel()
        self.note = plain("", "hint", wrap=True)
        self.content = self._laid_out()
        self.addWidget(self.content)
        self._connect()

    def _connect(self) -> None:
        state = self._state
        self.folds.currentIndexChanged.connect(lambda _: self._show())
        self.colours.chosen.connect(lambda _: self._show())
        self.augmented.toggled.connect(lambda _: self._show())
        self.lasso.toggled.connect(self._turn_lasso)
        state.lesion_changed.connect(self._show_lesion)
        state.marks.changed.connect(self._show_marked)
        state.marks.pictures_read.connect(self._show_pictures)
        self.lesion.neighbour_chosen.connect(self._choose)
        self.marked.chosen.connect(self._choose)
        self.marked.cleared.connect(lambda: state.marks.mark(()))
        self.marked.export_asked.connect(
            lambda path: state.marks.export(path, self._marked_table())
        )
        for panel in self.panels:
            panel.view.chosen.connect(self._choose)
            panel.view.toggled.connect(state.marks.toggle)
            panel.view.lassoed.connect(self._lassoed)
        for key, act in (("L", self.lasso.toggle), ("Esc", self._leave)):
            shortcut = QShortcut(QKeySequence(key), self.content)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def _laid_out(self) -> QWidget:
        bar = QHBoxLayout()
        bar.setSpacing(SPACE[2])
        for widget in (plain("Fold", "hint"), self.folds, plain("Colour", "hint"), self.colours):
            bar.addWidget(widget)
        bar.addStretch(1)
        bar.addWidget(self.augmented)
        bar.addWidget(self.lasso)
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        for panel in self.panels:
            row.addWidget(panel, 1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        column.addLayout(bar)
        column.addWidget(self.legend)
        column.addLayout(row, 1)
        column.addWidget(self.marked)
        column.addWidget(self.note)
        content = QSplitter(Qt.Orientation.Horizontal)
        content.setHandleWidth(SPACE[2])
        content.setChildrenCollapsible(False)
        content.addWidget(left)
        content.addWidget(self.lesion)
        content.setStretchFactor(0, 1)
        content.setSizes([960, 330])
        return content

    def show_results(self, loaded: LoadedResults) -> None:
        """Offer the folds that have maps and show the one that stood, or the first."""
        self._loaded = loaded
        self.setCurrentWidget(self.content if loaded.maps else self.none)
        held = self.folds.currentText()
        blocked = self.folds.blockSignals(True)
        self.folds.clear()
        self.folds.addItems(list(dict.fromkeys(one.fold for one in loaded.maps)))
        self.folds.setCurrentIndex(max(0, self.folds.findText(held)))
        self.folds.blockSignals(blocked)
        if loaded.maps:
            self._show()

    @property
    def shown(self) -> tuple[NetworkMap, ...]:
        """The maps of the chosen fold, in the paper's order; two at most, the last ones."""
        if self._loaded is None:
            return ()
        fold = self.folds.currentText()
        return tuple(one for one in self._loaded.maps if one.fold == fold)[-MAPS:]

    def _show(self) -> None:
        if self._loaded is None:
            return
        self.lesion.set_categories(self._loaded.study.scheme.categories)
        shown = self.shown
        self.colours.set_options(colourings(self._loaded, shown), self.colours.value)
        runs = tuple(one.run.id for one in shown)
        for k, panel in enumerate(self.panels):
            panel.setVisible(k < len(shown))
            if k < len(shown):
                panel.show_map(self._loaded, shown[k], self.colours.value, self._augmented)
                if runs != self._whole:
                    panel.view.show_all()
        self._whole = runs
        self.legend.show_legend(self._loaded, shown, self.colours.value)
        self.note.setText(note(shown))
        self._show_marked()
        self._show_lesion()

    @property
    def _augmented(self) -> bool:
        return self.augmented.isChecked()

    def _choose(self, lesion_id: int) -> None:
        sender = next((p for p in self.panels if p.view is self.sender()), None)
        index = self.panels.index(sender) if sender is not None else 0
        if self.shown:
            self._state.choose_lesion(lesion_id, self.shown[min(index, len(self.shown) - 1)])

    def _show_lesion(self) -> None:
        detail = self._state.lesion
        self.lesion.show_lesion(detail)
        for panel in self.panels:
            panel.view.ring(detail.lesion.id if detail else None)

    def _turn_lasso(self, on: bool) -> None:
        for panel in self.panels:
            panel.view.set_lasso(on)

    def _lassoed(self, lesion_ids: tuple[int, ...], adding: bool) -> None:
        if adding:
            self._state.marks.add(lesion_ids)
        else:
            self._state.marks.mark(lesion_ids)

    def _leave(self) -> None:
        """Esc leaves the lasso first, then the marks."""
        if self.lasso.isChecked():
            self.lasso.setChecked(False)
        else:
            self._state.marks.mark(())

    def _show_marked(self) -> None:
        if self._loaded is None:
            return
        marked = self._state.marks.marked
        for panel in self.panels:
            panel.view.mark(marked)
        listed = {one.id: one for one in self._loaded.lesions}
        lesions = tuple(listed[i] for i in marked if i in listed)
        self.marked.setVisible(bool(lesions))
        self.marked.export_folder = self._state.exports_folder
        self.marked.show_lesions(lesions, self._loaded.study.scheme)
        self._show_pictures()

    def _show_pictures(self) -> None:
        if self._loaded is not None:
            pictures = dict(self._state.marks.pictures)
            self.marked.show_pictures(pictures, self._loaded.study.scheme)

    def _marked_table(self) -> MarkedTable:
        assert self._loaded is not None
        return marked_table(self._loaded, self.shown, self._state.marks.marked)


class _MapPanel(Panel):
    """A map with its network's name, its counts and the measures of the map."""

    def __init__(self) -> None:
        super().__init__("Map", flush=True)
        self.simulated = Badge("simulated", "simulated", "Trained on simulated CT")
        self.add_head(self.simulated)
        self.measures = plain("", "hint", wrap=True)
        self.measures.setContentsMargins(SPACE[3], 0, SPACE[3], SPACE[1])
        self.view = MapView()
        self.body.addWidget(self.view, 1)
        self.body.addWidget(self.measures)

    def show_map(self, loaded: LoadedResults, shown: NetworkMap, by: str, augmented: bool) -> None:
        """Name, counts, measures and points of a map."""
        said = told(by, loaded, shown)
        self.set_title(shown.name)
        self.set_hint(count_words(shown, wrong_words(by, said)))
        self.simulated.setVisible(shown.run.simulated)
        self.measures.setText(quality_words(shown))
        categories, words = loaded.study.scheme.categories, lesion_words(loaded, shown)
        self.view.show_map(MapContent(shown, categories, loaded.lesions, said, words, augmented))
