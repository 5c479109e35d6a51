"""What the t-SNE tab is asked to show: fold or network, colours, augmentations, synthetic ROIs."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from reader_app.state.results_loading import LoadedResults, NetworkMap
from reader_app.views.results.layout import plain
from reader_app.views.results.map_colours import CLASS
from reader_app.views.results.map_legend import MapLegend
from reader_app.widgets.buttons import button
from reader_app.widgets.figure_button import FigureButton
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import SPACE

MAPS = 2
SIDE_BY_SIDE = "Side by side"


class MapChoices(QWidget):
    """`changed` with another choice of maps or looks; the two lines above the maps."""

    changed = Signal()

    def __init__(self, save: FigureButton) -> None:
        super().__init__()
        self._maps: tuple[NetworkMap, ...] = ()
        self.save = save
        self._make_combos()
        self.colour_words = plain("Colour", "hint")
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
        for choice in (self.folds, self.networks):
            choice.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.colours.chosen.connect(lambda _: self.changed.emit())
        self.augmented.toggled.connect(lambda _: self.changed.emit())
        self._lay_out()

    def _make_combos(self) -> None:
        self.folds = QComboBox()
        self.folds.setAccessibleName("Fold")
        self.folds.setToolTip(
            "Whose test lesions are shown: one map is one network (Up and Down arrow keys)"
        )
        self.networks = QComboBox()
        self.networks.setAccessibleName("Network")
        self.networks.setToolTip("Whose folds stand side by side (Up and Down arrow keys)")
        for choice in (self.folds, self.networks):
            choice.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
        self.folds.setMinimumContentsLength(len(SIDE_BY_SIDE))
        self.networks.setMinimumContentsLength(12)

    def _lay_out(self) -> None:
        bar, kinds = QHBoxLayout(), QHBoxLayout()
        for widget in (self.folds, self.networks, self.colour_words, self.colours):
            bar.addWidget(widget)
        bar.addStretch(1)
        bar.addWidget(self.lasso)
        kinds.addWidget(self.legend, 1)
        for part in (self.augmented, self.synthetic, self.save):
            kinds.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        for row in (bar, kinds):
            row.setSpacing(SPACE[2])
            column.addLayout(row)

    def offer(self, loaded: LoadedResults) -> None:
        """Offer the folds and networks that have maps; what stood stays chosen."""
        self._maps = loaded.maps
        folds = list(dict.fromkeys(one.fold for one in loaded.maps))
        arms = [name for name, count in _arms(loaded.maps).items() if count > 1]
        _fill(self.folds, [*folds, SIDE_BY_SIDE] if arms else folds, 0)
        _fill(self.networks, arms, len(arms) - 1)

    @property
    def is_side_by_side(self) -> bool:
        """Whether the folds of one network are shown, not the networks of one fold."""
        return self.folds.currentText() == SIDE_BY_SIDE

    @property
    def maps(self) -> tuple[NetworkMap, ...]:
        """The maps that are wanted: of the chosen fold in the paper's order, two at most, the last
        ones; or all folds of the chosen network."""
        if self.is_side_by_side:
            name = self.networks.currentText()
            return tuple(one for one in self._maps if _is_fold_of(one, name))
        fold = self.folds.currentText()
        return tuple(one for one in self._maps if one.fold == fold)[-MAPS:]

    def fit(self, colours: tuple[str, ...]) -> None:
        """Show the choices that make sense now, and these colourings."""
        aside = self.is_side_by_side
        self.colours.set_options(colours, self.colours.value)
        self.networks.setVisible(aside)
        self.colour_words.setVisible(not aside)
        self.lasso.setText("" if aside else "Lasso")  # the icon says it where room is short
        self.lasso.updateGeometry()


def _arms(maps: tuple[NetworkMap, ...]) -> dict[str, int]:
    """How many folds' maps each network has, in the paper's order."""
    found: dict[str, int] = {}
    for one in maps:
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
