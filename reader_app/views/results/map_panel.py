"""A map in its panel: the network's name, its counts, and the measures of the map."""

from __future__ import annotations

from dataclasses import dataclass

from reader_app.state.results_loading import LoadedResults, NetworkMap
from reader_app.state.results_synthetic import PlacedRoi
from reader_app.views.results.layout import plain
from reader_app.views.results.map_colours import told, wrong_words
from reader_app.views.results.map_view import MapContent, MapView
from reader_app.views.results.map_words import (
    count_words,
    lesion_words,
    quality_words,
    short_quality,
)
from reader_app.widgets.badge import Badge
from reader_app.widgets.panel import Panel
from reader_app.widgets.theme import SPACE


@dataclass(frozen=True)
class MapLook:
    """How maps are shown: the colouring, and what beside the lesions themselves."""

    by: str
    augmented: bool
    synthetic: tuple[PlacedRoi, ...] = ()


class MapPanel(Panel):
    """`narrow` ones, several folds side by side, name the fold and say the measures in short."""

    def __init__(self, *, narrow: bool = False) -> None:
        super().__init__("Map", flush=True)
        self._narrow = narrow
        self.simulated = Badge("simulated", "simulated", "Trained on simulated CT")
        self.add_head(self.simulated)
        self.measures = plain("", "hint", wrap=True)
        self.measures.setContentsMargins(SPACE[3], 0, SPACE[3], SPACE[1])
        self.view = MapView()
        if narrow:
            self.view.setMinimumSize(160, 160)
        self.body.addWidget(self.view, 1)
        self.body.addWidget(self.measures)

    def show_map(self, loaded: LoadedResults, shown: NetworkMap, look: MapLook) -> None:
        """Name, counts, measures and points of a map."""
        said = told(look.by, loaded, shown)
        wrong = wrong_words(look.by, said)
        ids = {one.id for one in look.synthetic}
        made = sum(p.synthetic_id in ids for p in shown.embedding.synthetic)
        self.set_title(shown.fold if self._narrow else shown.name)
        self.set_hint(count_words(shown, wrong, made))
        self.simulated.setVisible(shown.run.simulated and not self._narrow)
        self.measures.setText(short_quality(shown) if self._narrow else quality_words(shown))
        self.measures.setToolTip(quality_words(shown) if self._narrow else "")
        categories, words = loaded.study.scheme.categories, lesion_words(loaded, shown)
        content = MapContent(
            shown, categories, loaded.lesions, said, words, look.augmented, look.by, look.synthetic
        )
        self.view.show_map(content)
