"""The Learn page: training, the data behind it, the synthetic gallery, augmentations."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.learn_rows import RunRow
from reader_app.state.learn_state import LearnState
from reader_app.views.learn.augment_view import AugmentView
from reader_app.views.learn.compare_dialog import CompareDialog
from reader_app.views.learn.data_page import DataPage
from reader_app.views.learn.data_panel import DataPanel
from reader_app.views.learn.gallery_view import GalleryView
from reader_app.views.learn.live_panel import LivePanel
from reader_app.views.learn.recipe_panel import RecipePanel
from reader_app.views.learn.runs_panel import RunsPanel
from reader_app.views.learn.samples_panel import SamplesPanel
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.page import PageTitle, page_column
from reader_app.widgets.panel import label
from reader_app.widgets.theme import SPACE

LEFT_WIDTH = 328


class LearnPage(QWidget):
    """Knows the state; its panels know their part of it."""

    def __init__(self, state: LearnState) -> None:
        super().__init__()
        self.state = state
        self.title = PageTitle("Learn", ("Train", "Synthetic gallery", "Augmentations", "Data"))
        self.words = label("", "hint")
        self.title.add(self.words)
        self.empty = EmptyPage("learn", "Nothing to learn from yet", "")
        self.to_annotate = EmptyPage("learn", "Nothing to learn from yet", "", "Go to Annotate")
        self.gallery = GalleryView(state.gallery)
        self.augmentations = AugmentView(state.augment)
        self.train = _train_tab(state)
        self.data = DataPage(state)
        self.pages = QStackedWidget()
        self.tabs = (self.train, self.gallery, self.augmentations, self.data)
        for page in (self.empty, self.to_annotate, *self.tabs):
            self.pages.addWidget(page)
        page_column(self, self.title, dense=True).addWidget(self.pages, 1)
        self.title.tab_chosen.connect(self._refresh)
        self.to_annotate.acted.connect(lambda: state.asked.emit("annotate"))
        state.gallery.called.connect(lambda: self.title.tabs.setCurrentIndex(1))
        self.gallery.train_asked.connect(lambda: self.title.tabs.setCurrentIndex(0))
        state.data_changed.connect(self._refresh)
        state.recipe_changed.connect(self._say)
        self._refresh()
        self._say()

    def _refresh(self) -> None:
        data = self.state.data
        ready = data is not None and (
            data.total > 0 or bool(data.sources) or bool(self.state.runs.rows)
        )
        self.title.tabs.setVisible(ready)
        self.words.setVisible(ready and self.title.tabs.currentIndex() == 0)
        if data is None:
            self.empty.set_words("No study is open", "Open or make a study on Home first.")
            self.pages.setCurrentWidget(self.empty)
        elif not ready:
            self.to_annotate.set_words(
                "Nothing to learn from yet",
                "Networks are trained on lesions with a margin, a diagnosis and its basis. "
                "Draw and confirm some in Annotate.",
            )
            self.pages.setCurrentWidget(self.to_annotate)
        else:
            self.pages.setCurrentWidget(self.tabs[self.title.tabs.currentIndex()])

    def _say(self) -> None:
        self.words.setText(self.state.profile_words)


class _ScrolledFields(QScrollArea):
    """As high as its fields where there is room, so that what follows stands right below them."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields come into sight with the focus
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def sizeHint(self) -> QSize:
        """That of the fields."""
        held = self.widget()
        return held.sizeHint() if held is not None else super().sizeHint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fields that come or go change the room that is asked for."""
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def _train_tab(state: LearnState) -> QWidget:
    left = QVBoxLayout()
    left.setContentsMargins(0, 0, 0, 0)
    left.setSpacing(SPACE[2])
    recipe = RecipePanel(state)
    left.addWidget(DataPanel(state))
    left.addWidget(recipe)
    column = QWidget()
    column.setLayout(left)
    scroll = _ScrolledFields()
    scroll.setWidget(column)
    side = QVBoxLayout()
    side.setSpacing(SPACE[2])
    side.addWidget(scroll)
    side.addWidget(recipe.foot)
    side.addStretch(1)
    bar = scroll.verticalScrollBar().sizeHint().width()
    width = max(LEFT_WIDTH, column.minimumSizeHint().width())
    column.setFixedWidth(width)
    recipe.foot.setFixedWidth(width)
    scroll.setFixedWidth(width + bar)  # the bar stands in the gap beside the panels
    right = QVBoxLayout()
    right.setSpacing(SPACE[2])
    right.addWidget(LivePanel(state), 5)
    right.addWidget(SamplesPanel(state))
    runs = RunsPanel(state)
    right.addWidget(runs, 5)
    page = QWidget()
    runs.compared.connect(lambda rows: _compare(state, rows, page))
    runs.exported.connect(lambda rows: _export(state, rows, page))
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE[3] - bar)
    row.addLayout(side)
    row.addLayout(right, 1)
    return page


def _compare(state: LearnState, rows: tuple[RunRow, ...], page: QWidget) -> None:
    state.comparison.compare(rows)
    CompareDialog(state.comparison, state.figures, page).open()


def _export(state: LearnState, rows: tuple[RunRow, ...], page: QWidget) -> None:
    """Ask for a folder; every run gets one of its own in it."""
    start = str(state.bin.exports_folder)
    folder = QFileDialog.getExistingDirectory(page, "Export runs into", start)
    if folder:
        state.bin.export(tuple(one for row in rows for one in row.ids), Path(folder))
