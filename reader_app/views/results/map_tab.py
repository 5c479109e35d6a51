"""t-SNE: one map a network, a fold at a time; a lesion chosen in one is ringed in both."""

from __future__ import annotations

from PySide6.QtCore import Qt
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
from reader_app.state.results_state import ResultsState
from reader_app.views.results.layout import emptied, plain
from reader_app.views.results.lesion_panel import LesionPanel
from reader_app.views.results.map_view import MapView
from reader_app.widgets.badge import Badge
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.panel import Panel
from reader_app.widgets.theme import SPACE
from studies.report.sentences import map_quality, map_settings

MAPS = 2


class MapTab(QStackedWidget):
    """Fold chooser, classes, maps side by side, and the lesion chosen."""

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self._state = state
        self._loaded: LoadedResults | None = None
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
        self.augmented = QCheckBox("Augmentations")
        self.augmented.setToolTip("Show the augmentations of each lesion, small and faint")
        self.augmented.setChecked(True)
        self.classes = QHBoxLayout()
        self.classes.setSpacing(SPACE[3])
        self.panels = tuple(_MapPanel() for _ in range(MAPS))
        self.lesion = LesionPanel()
        self.note = plain("", "hint", wrap=True)
        self.content = self._laid_out()
        self.addWidget(self.content)
        self.folds.currentIndexChanged.connect(lambda _: self._show())
        self.augmented.toggled.connect(lambda _: self._show())
        state.lesion_changed.connect(self._show_lesion)
        self.lesion.neighbour_chosen.connect(self._choose)
        for panel in self.panels:
            panel.view.chosen.connect(self._choose)

    def _laid_out(self) -> QWidget:
        bar = QHBoxLayout()
        bar.setSpacing(SPACE[2])
        bar.addWidget(plain("Fold", "hint"))
        bar.addWidget(self.folds)
        bar.addLayout(self.classes)
        bar.addStretch(1)
        bar.addWidget(self.augmented)
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        for panel in self.panels:
            row.addWidget(panel, 1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addLayout(bar)
        column.addLayout(row, 1)
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
        lesions = {one.id: one for one in self._loaded.lesions}
        categories = self._loaded.study.scheme.categories
        self.lesion.set_categories(categories)
        shown = self.shown
        for k, panel in enumerate(self.panels):
            panel.setVisible(k < len(shown))
            if k < len(shown):
                panel.set_map(shown[k])
                panel.view.show_map(shown[k], categories, lesions, self.augmented.isChecked())
        emptied(self.classes)
        on_map = {i for panel in self.panels[: len(shown)] for i in panel.view.lesion_ids}
        for category in categories:
            count = sum(lesions[i].category == category.code for i in on_map)
            self.classes.addWidget(ClassMark(category))
            self.classes.addWidget(plain(str(count), "hint"))
        self.note.setText(_note(shown))
        self._show_lesion()

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


class _MapPanel(Panel):
    """A map with its network's name and the measures of the map."""

    def __init__(self) -> None:
        super().__init__("Map", flush=True)
        self.simulated = Badge("simulated", "simulated", "Trained on simulated CT")
        self.add_head(self.simulated)
        self.measures = plain("", "hint", wrap=True)
        self.measures.setContentsMargins(SPACE[3], 0, SPACE[3], SPACE[1])
        self.view = MapView()
        self.body.addWidget(self.view, 1)
        self.body.addWidget(self.measures)

    def set_map(self, shown: NetworkMap) -> None:
        """Name and measures of a map."""
        self.set_title(shown.name)
        self.simulated.setVisible(shown.run.simulated)
        quality = map_quality(shown.embedding.measures)
        self.measures.setText(quality[:1].upper() + quality[1:])


def _note(shown: tuple[NetworkMap, ...]) -> str:
    if not shown:
        return ""
    settings = map_settings(shown[0].embedding.measures)
    told = f", {settings}" if settings else ""
    linked = " A lesion chosen in one map is ringed in both." if len(shown) > 1 else ""
    return (
        f"Features of the last layer for the network's own test lesions, t-SNE{told}. "
        f"Distances between groups carry no meaning.{linked} Arrow keys go to the next lesion."
    )
