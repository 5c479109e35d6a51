"""The folds of one network side by side: as many small maps as it has folds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QWidget

from reader_app.state.results_loading import LoadedResults, NetworkMap
from reader_app.views.results.map_panel import MapLook, MapPanel
from reader_app.widgets.theme import SPACE

MOST = 5


class MapMultiples(QWidget):
    """`connect` is called with every panel that is made: they are made when first needed."""

    def __init__(self, connect: Callable[[MapPanel], None]) -> None:
        super().__init__()
        self._connect = connect
        self._whole: tuple[int, ...] = ()
        self.panels: tuple[MapPanel, ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(SPACE[1])

    def show_maps(
        self, loaded: LoadedResults, shown: tuple[NetworkMap, ...], look: MapLook
    ) -> None:
        """Show these maps, the first MOST of them."""
        while len(self.panels) < min(len(shown), MOST):
            panel = MapPanel(narrow=True)
            self.panels = (*self.panels, panel)
            self._row.addWidget(panel, 1)
            self._connect(panel)
        runs = (bool(look.synthetic), *(one.run.id for one in shown))
        for at, panel in enumerate(self.panels):
            panel.setVisible(at < len(shown))
            if at < len(shown):
                panel.show_map(loaded, shown[at], look)
                if runs != self._whole:
                    panel.view.show_all()
        self._whole = runs
