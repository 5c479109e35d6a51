"""What the colours and shapes of the maps stand for, with how many lesions have them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from PySide6.QtWidgets import QHBoxLayout, QWidget

from reader_app.state.results_loading import LoadedResults, NetworkMap
from reader_app.views.results.layout import colored, emptied, plain
from reader_app.views.results.map_colours import CLASS, NETWORK, Told, told
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.theme import PALETTE, SPACE
from studies.records import Category


class MapLegend(QWidget):
    """A line above the maps."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Legend")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(SPACE[2])

    def show_legend(
        self, loaded: LoadedResults, shown: tuple[NetworkMap, ...], by: str, synthetic: int
    ) -> None:
        """Explain a colouring; lesions and `synthetic` ROIs on several maps count once."""
        emptied(self._row)
        on_map = {i: one for each in shown for i, one in told(by, loaded, each)}
        categories = loaded.study.scheme.categories
        if by == CLASS:
            counts = Counter(one.words for one in on_map.values())
            for category in categories:
                self._add_class(category, str(counts[category.name]))
        else:
            self._add_colours(on_map, counted=by != NETWORK)
            self._row.addWidget(plain("Shape tells the class:", "hint"))
            for category in categories:
                self._add_class(_grey(category), "")
        if synthetic:
            self._row.addWidget(plain(f"Hollow: {synthetic} synthetic", "hint"))
        self._row.addStretch(1)

    def _add_class(self, category: Category, count: str) -> None:
        self._row.addWidget(ClassMark(category))
        if count:
            self._row.addWidget(plain(count, "hint"))

    def _add_colours(self, on_map: dict[int, Told], *, counted: bool) -> None:
        """Each colour that occurs; networks differ, so theirs are counted beside their names."""
        counts = Counter(on_map.values())
        for one in sorted(counts, key=lambda each: (each.size, each.words)):
            self._row.addWidget(colored("●", one.color))
            words = f"{one.words} {counts[one]}" if counted else one.words
            self._row.addWidget(plain(words, "hint"))


def _grey(category: Category) -> Category:
    return replace(category, color=PALETTE.text_2)
