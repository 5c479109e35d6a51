"""t-SNE: one map a network, a fold at a time or all folds of one network side by side.

What is chosen or marked in one map is so in all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
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
from reader_app.views.results.map_choices import MAPS, MapChoices
from reader_app.views.results.map_chosen import MapChosen
from reader_app.views.results.map_colours import colourings
from reader_app.views.results.map_figure import figure_of
from reader_app.views.results.map_list import MarkedList
from reader_app.views.results.map_multiples import MapMultiples
from reader_app.views.results.map_panel import MapLook, MapPanel
from reader_app.views.results.map_words import note
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.figure_button import FigureButton
from reader_app.widgets.theme import SPACE

if TYPE_CHECKING:
    from studies.report.drawing import Figure


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
        save = FigureButton(state.figures, self._figure)
        save.setAccessibleDescription("t-SNE maps")
        self.choices = MapChoices(save)
        self.panels = tuple(MapPanel() for _ in range(MAPS))
        self.multiples = MapMultiples(self._join)
        self.marked = MarkedList()
        self.chosen = MapChosen(state)
        self.note = plain("", "hint", wrap=True)
        self.content = self._laid_out()
        self.addWidget(self.content)
        self._connect()

    def _connect(self) -> None:
        state, made = self._state, self._state.marks.synthetic
        choices = self.choices
        choices.changed.connect(self._show)
        choices.synthetic.toggled.connect(lambda _: self._turn_synthetic())
        choices.lasso.toggled.connect(self._turn_lasso)
        state.lesion_changed.connect(self._show_lesion)
        state.marks.changed.connect(self._show_marked)
        state.marks.pictures_read.connect(self._show_pictures)
        made.changed.connect(self._turn_synthetic)
        made.chosen_changed.connect(self._show_chosen)
        self.chosen.lesion_chosen.connect(self._choose)
        self.marked.chosen.connect(self._choose)
        self.marked.cleared.connect(lambda: state.marks.mark(()))
        self.marked.export_asked.connect(
            lambda path: state.marks.export(path, self._marked_table())
        )
        for panel in self.panels:
            self._join(panel)
        for key, words, act in (
            ("L", "", choices.lasso.toggle),
            ("Esc", "Leave the lasso, then the marks", self._leave),
            ("Return", "", self.chosen.open),
        ):
            shortcut = QShortcut(QKeySequence(key), self.content)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setWhatsThis(words)
            shortcut.activated.connect(act)

    def _join(self, panel: MapPanel) -> None:
        panel.view.chosen.connect(self._choose)
        panel.view.synthetic_chosen.connect(self._choose_synthetic)
        panel.view.toggled.connect(self._state.marks.toggle)
        panel.view.lassoed.connect(self._lassoed)
        panel.view.set_lasso(self.choices.lasso.isChecked())

    def _laid_out(self) -> QWidget:
        self.single = QWidget()
        row = QHBoxLayout(self.single)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[1])
        for panel in self.panels:
            row.addWidget(panel, 1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        column.addWidget(self.choices)
        column.addWidget(self.single, 1)
        column.addWidget(self.multiples, 1)
        column.addWidget(self.marked)
        column.addWidget(self.note)
        content = QSplitter(Qt.Orientation.Horizontal)
        content.setHandleWidth(SPACE[2])
        content.setChildrenCollapsible(False)
        content.addWidget(left)
        content.addWidget(self.chosen)
        content.setStretchFactor(0, 1)
        content.setSizes([960, 330])
        return content

    # --- showing ----------------------------------------------------------------------------

    def show_results(self, loaded: LoadedResults) -> None:
        """Offer the folds that have maps and show the one that stood, or the first."""
        self._loaded = loaded
        self.setCurrentWidget(self.content if loaded.maps else self.none)
        self.choices.offer(loaded)
        if loaded.maps:
            self._show()

    @property
    def shown(self) -> tuple[NetworkMap, ...]:
        """The maps on the screen."""
        return self.choices.maps

    @property
    def showing(self) -> tuple[MapPanel, ...]:
        """The panels of these maps."""
        return self.multiples.panels if self.choices.is_side_by_side else self.panels

    def _show(self) -> None:
        if self._loaded is None:
            return
        self.chosen.lesion.set_categories(self._loaded.study.scheme.categories)
        shown, aside = self.shown, self.choices.is_side_by_side
        self.choices.fit(colourings(self._loaded, shown))
        self.single.setVisible(not aside)
        self.multiples.setVisible(aside)
        look = self._look()
        if aside:
            self.multiples.show_maps(self._loaded, shown, look)
        else:
            self._show_single(self._loaded, shown, look)
        placed = {p.synthetic_id for one in shown for p in one.embedding.synthetic}
        made = sum(one.id in placed for one in look.synthetic)
        self.choices.legend.show_legend(self._loaded, shown, look.by, made)
        self.note.setText(note(shown, folds=aside, synthetic=bool(made)))
        self._say_synthetic()
        self._show_marked()
        self._show_chosen()

    def _show_single(
        self, loaded: LoadedResults, shown: tuple[NetworkMap, ...], look: MapLook
    ) -> None:
        runs = (bool(look.synthetic), *(one.run.id for one in shown))
        for k, panel in enumerate(self.panels):
            panel.setVisible(k < len(shown))
            if k < len(shown):
                panel.show_map(loaded, shown[k], look)
                if runs != self._whole:
                    panel.view.show_all()
        self._whole = runs

    def _look(self) -> MapLook:
        wanted = self.choices.synthetic.isChecked()
        made = self._state.marks.synthetic.rois if wanted else ()
        return MapLook(self.choices.colours.value, self.choices.augmented.isChecked(), made)

    def _turn_synthetic(self) -> None:
        """Synthetic ROIs are read when first wanted, and placed where maps lack them."""
        made, wanted = self._state.marks.synthetic, self.choices.synthetic.isChecked()
        maps = self._loaded.maps if self._loaded is not None else ()
        if not wanted:
            made.retry()
            if made.detail is not None:
                made.choose(None)
        elif maps and not made.is_known:
            made.ask()
        elif maps and made.rois and made.lacks(maps):
            made.place(maps)
        self._show()

    def _say_synthetic(self) -> None:
        """Whether all of them stand on the maps, in the words of their box."""
        made, words = self._state.marks.synthetic, "Synthetic"
        if self.choices.synthetic.isChecked() and made.is_known and self._loaded is not None:
            if made.placing:
                words = "Synthetic (placing…)"
            elif not made.rois:
                words = "Synthetic (none drawn)"
            elif made.lacks(self._loaded.maps):
                words = "Synthetic (some not placed)"
        self.choices.synthetic.setText(words)

    def _figure(self) -> Figure | None:
        if self._loaded is None or not self.shown:
            return None
        made = self._look().synthetic
        return figure_of(self._loaded, self.shown, made, aside=self.choices.is_side_by_side)

    # --- choosing and marking -----------------------------------------------------------------

    def _choose(self, lesion_id: int) -> None:
        sender = next((p for p in self.showing if p.view is self.sender()), None)
        index = self.showing.index(sender) if sender is not None else self._first_with(lesion_id)
        if self.shown:
            self._state.marks.synthetic.choose(None)
            self._state.choose_lesion(lesion_id, self.shown[min(index, len(self.shown) - 1)])

    def _first_with(self, lesion_id: int) -> int:
        """The first map that has a lesion; the first of all where none has."""
        found = (k for k, p in enumerate(self.showing) if lesion_id in p.view.lesion_ids)
        return next(found, 0)

    def _choose_synthetic(self, synthetic_id: int) -> None:
        self._state.marks.synthetic.choose(synthetic_id)

    def _show_lesion(self) -> None:
        if self._state.marks.synthetic.detail is None:
            self._show_chosen()

    def _show_chosen(self) -> None:
        """Ring what is chosen, a lesion or a synthetic ROI, and show it at the right."""
        detail, made = self._state.lesion, self._state.marks.synthetic.detail
        for panel in (*self.panels, *self.multiples.panels):
            panel.view.ring(detail.lesion.id if detail else None)
            if made is not None:
                panel.view.ring_synthetic(made.roi.id)
        self.chosen.show_chosen()

    def _turn_lasso(self, on: bool) -> None:
        for panel in (*self.panels, *self.multiples.panels):
            panel.view.set_lasso(on)

    def _lassoed(self, lesion_ids: tuple[int, ...], adding: bool) -> None:
        if adding:
            self._state.marks.add(lesion_ids)
        else:
            self._state.marks.mark(lesion_ids)

    def _leave(self) -> None:
        """Esc leaves the lasso first, then the marks."""
        if self.choices.lasso.isChecked():
            self.choices.lasso.setChecked(False)
        else:
            self._state.marks.mark(())

    def _show_marked(self) -> None:
        if self._loaded is None:
            return
        marked = self._state.marks.marked
        for panel in (*self.panels, *self.multiples.panels):
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
