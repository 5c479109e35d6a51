"""The Learn page: training on its first tab, the synthetic gallery on its second."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from reader_app.state.learn_state import LearnState
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
        self.title = PageTitle("Learn", ("Train", "Synthetic gallery"))
        self.words = label("", "hint")
        self.title.add(self.words)
        self.empty = EmptyPage("learn", "Nothing to learn from yet", "")
        self.to_annotate = EmptyPage("learn", "Nothing to learn from yet", "", "Go to Annotate")
        self.gallery = GalleryView(state.gallery)
        self.train = _train_tab(state)
        self.pages = QStackedWidget()
        for page in (self.empty, self.to_annotate, self.train, self.gallery):
            self.pages.addWidget(page)
        page_column(self, self.title, dense=True).addWidget(self.pages, 1)
        self.title.tab_chosen.connect(self._refresh)
        self.to_annotate.acted.connect(lambda: state.asked.emit("annotate"))
        self.gallery.train_asked.connect(lambda: self.title.tabs.setCurrentIndex(0))
        state.data_changed.connect(self._refresh)
        state.recipe_changed.connect(self._say)
        self._refresh()
        self._say()

    def _refresh(self) -> None:
        data = self.state.data
        ready = data is not None and (data.total > 0 or bool(self.state.runs.rows))
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
            tabs = (self.train, self.gallery)
            self.pages.setCurrentWidget(tabs[self.title.tabs.currentIndex()])

    def _say(self) -> None:
        self.words.setText(self.state.profile_words)


def _train_tab(state: LearnState) -> QWidget:
    left = QVBoxLayout()
    left.setContentsMargins(0, 0, 0, 0)
    left.setSpacing(SPACE[2])
    left.addWidget(DataPanel(state))
    left.addWidget(RecipePanel(state), 1)
    column = QWidget()
    column.setLayout(left)
    scroll = QScrollArea()
    scroll.setWidget(column)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFixedWidth(max(LEFT_WIDTH, column.minimumSizeHint().width()))
    right = QVBoxLayout()
    right.setSpacing(SPACE[2])
    right.addWidget(LivePanel(state), 5)
    right.addWidget(SamplesPanel(state))
    right.addWidget(RunsPanel(state), 5)
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE[3])
    row.addWidget(scroll)
    row.addLayout(right, 1)
    return page
