"""What is chosen on the t-SNE maps: a lesion, or a synthetic ROI, and the ways on from there."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from reader_app.state.results_state import ResultsState
from reader_app.state.study_state import GalleryPointer
from reader_app.views.results.lesion_panel import LesionPanel
from reader_app.views.results.map_synthetic import SyntheticPanel
from reader_app.widgets.buttons import button


class MapChosen(QStackedWidget):
    """`lesion_chosen` with the number of another lesion to choose."""

    lesion_chosen = Signal(int)

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self._state = state
        self.lesion = LesionPanel()
        self.open_slice = button(
            "Open slice", small=True, key="Enter", tooltip="Show the lesion on Annotate"
        )
        self.open_slice.clicked.connect(self.open)
        self.lesion.add_head(self.open_slice)
        self.made = SyntheticPanel()
        self.addWidget(self.lesion)
        self.addWidget(self.made)
        self.lesion.neighbour_chosen.connect(self.lesion_chosen)
        self.made.lesion_chosen.connect(self.lesion_chosen)
        self.made.gallery_asked.connect(self.open)

    def show_chosen(self) -> None:
        """Show what the state holds: a synthetic ROI, else a lesion."""
        detail, made = self._state.lesion, self._state.marks.synthetic.detail
        self.open_slice.set_enabled_because(detail is not None, "Choose a point first")
        self.lesion.show_lesion(detail)
        if made is not None:
            self.made.show_detail(made)
        self.setCurrentWidget(self.made if made is not None else self.lesion)

    def open(self) -> None:
        """Go to the lesion's slice on Annotate, or to the synthetic ROI in its gallery."""
        detail, made = self._state.lesion, self._state.marks.synthetic.detail
        if made is not None:
            self._state.go("learn")
            self._state.marks.synthetic.point_to_gallery(GalleryPointer(made.roi.id))
        elif detail is not None:
            self._state.go("annotate")
            self._state.marks.point_to(detail.lesion)
