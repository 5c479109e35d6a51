"""t-SNE: one map a network, a fold at a time or all folds of one network side by side.

What is chosen or marked in one map is so in all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from reader_app.views.results.map_colours import CLASS, colourings
from reader_app.views.results.map_figure import figure_of
from reader_app.views.results.map_legend import MapLegend
from reader_app.views.results.map_list import MarkedList
from reader_app.views.results.map_multiples import MapMultiples
from reader_app.views.results.map_panel import MapLook, MapPanel
from reader_app.views.results.map_synthetic import SyntheticPanel
from reader_app.views.results.map_words import note
from reader_app.widgets.buttons import button
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.figure_button import FigureButton
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import SPACE

if TYPE_CHECKING:
    from studies.report.drawing import Figure

MAPS = 2
SIDE_BY_SIDE = "Side by side"


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
        self.folds.setToolTip(
            "Whose test lesions are shown: one map is one network (Up and Down arrow keys)"
        )
        self.networks = QComboBox()
        self.networks.setAccessibleName("Network")
        for choice in (self.folds, self.networks):
            choice.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
        self.folds.setMinimumContentsLength(len(SIDE_BY_SIDE))
        self.networks.setMinimumContentsLength(12)
        self.networks.setToolTip("Whose folds stand side by side (Up and Down arrow keys)")
        self.colours = Segmented((CLASS,), name="Colour of the points")
        self.augmented = QCheckBox("Augmentations")
        self.augmented.setToolTip("Show the augmentations of each lesion, small and faint")
        self.augmented.setChecked(True)
        self.synthetic = QCheckBox("Synthetic")
        self.synthetic.setToolTip(
            "Show synthetic ROIs, hollow; those that are not on the maps yet are placed first"
        )
        self.lasso = button(
            "Lasso", "choice", icon="freehand", key="L", small=True,
            tooltip="Draw a line around lesions to mark them; with Shift they are added",
        )  # fmt: skip
        self.legend = MapLegend()
        self.save = FigureButton(state.figures, self._figure)
        self.save.setAccessibleDescription("t-SNE maps")
        self.panels = tuple(MapPanel() for _ in range(MAPS))
        self.multiples = MapMultiples(self._join)
        self.marked = MarkedList()
        self._make_right()
        self.note = plain("", "hint", wrap=True)
        self.content = self._laid_out()
        self.addWidget(self.content)
        self._connect()

    def _make_right(self) -> None:
        self.lesion = LesionPanel()
        self.open_slice = button(
            "Open slice", small=True, key="Enter", tooltip="Show the lesion on Annotate"
        )
        self.open_slice.clicked.connect(self._open_slice)
        self.lesion.add_head(self.open_slice)
        self.made = SyntheticPanel()
        self.chosen = QStackedWidget()
        self.chosen.addWidget(self.lesion)
        self.chosen.addWidget(self.made)

    def _connect(self) -> None:
        state, made = self._state, self._state.marks.synthetic
        for choice in (self.folds, self.networks):
            choice.currentIndexChanged.connect(lambda _: self._show())
        self.colours.chosen.connect(lambda _: self._show())
        self.augmented.toggled.connect(lambda _: self._show())
        self.synthetic.toggled.connect(lambda _: self._turn_synthetic())
        self.lasso.toggled.connect(self._turn_lasso)
        state.lesion_changed.connect(self._show_lesion)
        state.marks.changed.connect(self._show_marked)
        state.marks.pictures_read.connect(self._show_pictures)
        made.changed.connect(self._turn_synthetic)
        made.chosen_changed.connect(self._show_chosen)
        self.lesion.neighbour_chosen.connect(self._choose)
        self.made.lesion_chosen.connect(self._choose)
        self.made.gallery_asked.connect(lambda: state.go("learn"))
        self.marked.chosen.connect(self._choose)
        self.marked.cleared.connect(lambda: state.marks.mark(()))
        self.marked.export_asked.connect(
            lambda path: state.marks.export(path, self._marked_table())
        )
        for panel in self.panels:
            self._join(panel)
        for key, words, act in (
            ("L", "", self.lasso.toggle),
            ("Esc", "Leave the lasso, then the marks", self._leave),
            ("Return", "", self._open_slice),
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
        panel.view.set_lasso(self.lasso.isChecked())

    def _laid_out(self) -> QWidget:
        bar = QHBoxLayout()
        bar.setSpacing(SPACE[2])
        self.colour_words = plain("Colour", "hint")
        for widget in (self.folds, self.networks, self.colour_words, self.colours):
            bar.addWidget(widget)
        bar.addStretch(1)
        bar.addWidget(self.lasso)
        kinds = QHBoxLayout()
        kinds.setSpacing(SPACE[2])
        kinds.addWidget(self.legend, 1)
        kinds.addWidget(self.augmented)
        kinds.addWidget(self.synthetic)
        kinds.addWidget(self.save)
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
        column.addLayout(bar)
        column.addLayout(kinds)
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
        folds = list(dict.fromkeys(one.fold for one in loaded.maps))
        arms = [name for name, count in _arms(loaded).items() if count > 1]
        _fill(self.folds, [*folds, SIDE_BY_SIDE] if arms else folds, 0)
        _fill(self.networks, arms, len(arms) - 1)
        if loaded.maps:
            self._show()

    @property
    def is_side_by_side(self) -> bool:
        """Whether the folds of one network are shown, not the networks of one fold."""
        return self.folds.currentText() == SIDE_BY_SIDE

    @property
    def shown(self) -> tuple[NetworkMap, ...]:
        """The maps on the screen: of the chosen fold in the paper's order, two at most, the last
        ones; or all folds of the chosen network."""
        if self._loaded is None:
            return ()
        if self.is_side_by_side:
            name = self.networks.currentText()
            return tuple(one for one in self._loaded.maps if _is_fold_of(one, name))
        fold = self.folds.currentText()
        return tuple(one for one in self._loaded.maps if one.fold == fold)[-MAPS:]

    @property
    def showing(self) -> tuple[MapPanel, ...]:
        """The panels of these maps."""
        return self.multiples.panels if self.is_side_by_side else self.panels

    def _show(self) -> None:
        if self._loaded is None:
            return
        self.lesion.set_categories(self._loaded.study.scheme.categories)
        shown, aside = self.shown, self.is_side_by_side
        self.colours.set_options(colourings(self._loaded, shown), self.colours.value)
        self.networks.setVisible(aside)
        self.colour_words.setVisible(not aside)
        self.lasso.setText("" if aside else "Lasso")  # the icon says it where room is short
        self.lasso.updateGeometry()
        self.single.setVisible(not aside)
        self.multiples.setVisible(aside)
        look = self._look()
        if aside:
            self.multiples.show_maps(self._loaded, shown, look)
        else:
            self._show_single(self._loaded, shown, look)
        placed = {p.synthetic_id for one in shown for p in one.embedding.synthetic}
        made = sum(one.id in placed for one in look.synthetic)
        self.legend.show_legend(self._loaded, shown, look.by, made)
        self.note.setText(note(shown, folds=aside, synthetic=bool(made)))
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
        wanted = self._state.marks.synthetic.rois if self.synthetic.isChecked() else ()
        return MapLook(self.colours.value, self._augmented, wanted)

    def _turn_synthetic(self) -> None:
        """Synthetic ROIs are read when first wanted, and placed where maps lack them."""
        made = self._state.marks.synthetic
        if self.synthetic.isChecked() and self._loaded is not None:
            if not made.is_known:
                made.ask()
            elif not made.rois:
                self.synthetic.setText("Synthetic (none drawn)")
            elif made.lacks(self._loaded.maps) and not made.placing:
                made.place()
        if made.is_known and made.rois:
            self.synthetic.setText("Synthetic (placing…)" if made.placing else "Synthetic")
        if not self.synthetic.isChecked() and made.detail is not None:
            made.choose(None)
        self._show()

    def _figure(self) -> Figure | None:
        if self._loaded is None or not self.shown:
            return None
        made = self._look().synthetic
        return figure_of(self._loaded, self.shown, made, aside=self.is_side_by_side)

    @property
    def _augmented(self) -> bool:
        return self.augmented.isChecked()

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

    def _open_slice(self) -> None:
        detail = self._state.lesion
        if detail is not None and self._state.marks.synthetic.detail is None:
            self._state.go("annotate")
            self._state.marks.point_to(detail.lesion)

    def _show_lesion(self) -> None:
        if self._state.marks.synthetic.detail is None:
            self._show_chosen()

    def _show_chosen(self) -> None:
        """Ring what is chosen, a lesion or a synthetic ROI, and show it at the right."""
        detail, made = self._state.lesion, self._state.marks.synthetic.detail
        self.open_slice.set_enabled_because(detail is not None, "Choose a point first")
        self.lesion.show_lesion(detail)
        for panel in (*self.panels, *self.multiples.panels):
            panel.view.ring(detail.lesion.id if detail else None)
            if made is not None:
                panel.view.ring_synthetic(made.roi.id)
        if made is not None:
            self.made.show_detail(made)
        self.chosen.setCurrentWidget(self.made if made is not None else self.lesion)

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
        if self.lasso.isChecked():
            self.lasso.setChecked(False)
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


def _arms(loaded: LoadedResults) -> dict[str, int]:
    """How many folds' maps each network has, in the paper's order."""
    found: dict[str, int] = {}
    for one in loaded.maps:
        if one.run.fold is not None:
            found[one.name] = found.get(one.name, 0) + 1
    return found


def _is_fold_of(one: NetworkMap, name: str) -> bool:
    return one.name == name and one.run.fold is not None


def _fill(choice: QComboBox, words: list[str], usual: int) -> None:
    """Offer these and keep what was chosen, without a signal."""
    held = choice.currentText()
    blocked = choice.blockSignals(True)
    choice.clear()
    choice.addItems(words)
    at = choice.findText(held) if held else -1
    choice.setCurrentIndex(at if at >= 0 else usual)
    choice.blockSignals(blocked)
