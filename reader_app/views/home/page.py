"""Home's page: five steps, what to do next, lesions by class, recent studies."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from reader_app.state.home_state import HomeState
from reader_app.views.home.actions import ActionsPanel
from reader_app.views.home.lesions import LesionsPanel
from reader_app.views.home.recent import RecentPanel
from reader_app.views.home.steps import StepsPanel
from reader_app.widgets.buttons import button
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.page import PageTitle, page_column
from reader_app.widgets.theme import SPACE


class HomePage(QWidget):
    """Where the study stands; New, Open and the demo are always at hand."""

    def __init__(self, state: HomeState) -> None:
        super().__init__()
        self._state = state
        self.setAccessibleName("Home")
        title = PageTitle("Home")
        self.tour = button("Tour", "quiet", icon="info", tooltip="Five steps through the program")
        self.demo = button("Try the demo", icon="demo", tooltip="Open a ready study to look around")
        self.open = button("Open…", icon="open", key="Ctrl O", tooltip="Open a study folder")
        self.new = button("New study", "primary", icon="plus", key="Ctrl N")
        for one in (self.tour, self.demo, self.open, self.new):
            title.add(one)
        self.tour.clicked.connect(state.tour_asked)
        self.demo.clicked.connect(state.opening.demo)
        self.open.clicked.connect(state.open_asked)
        self.new.clicked.connect(state.new_asked)
        content = page_column(self, title)
        self.recent = RecentPanel(state)
        self.left = QStackedWidget()
        self.empty = EmptyPage("demo", "", "", "Try the demo")
        self.empty.acted.connect(state.opening.demo)
        self.left.addWidget(self.empty)
        self.left.addWidget(self._study_side())
        content.addWidget(self._columns(), 1)
        state.changed.connect(self.refresh)
        self.refresh()

    def _columns(self) -> QWidget:
        frame = QWidget()
        outer = QVBoxLayout(frame)
        row = QHBoxLayout()
        for layout in (outer, row):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(SPACE[3])
        self.steps = StepsPanel(self._state)
        outer.addWidget(self.steps)
        outer.addLayout(row, 1)
        row.addWidget(self.left, 8)
        row.addWidget(self.recent, 5)
        return frame

    def _study_side(self) -> QWidget:
        frame = QWidget()
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[3])
        self.next_actions = ActionsPanel(self._state)
        self.lesions = LesionsPanel(self._state)
        column.addWidget(self.next_actions)
        column.addWidget(self.lesions, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(frame)
        return scroll

    def refresh(self) -> None:
        """Show the study's side, or what to do without a study."""
        self.steps.setVisible(self._state.has_study)
        self.left.setCurrentIndex(1 if self._state.has_study else 0)
        self.empty.set_words(*self._state.empty_words)
        busy = self._state.making_demo
        for one in (self.demo, self.empty.button):
            if one is not None:
                one.set_enabled_because(not busy, "The demo is being made")

    def showEvent(self, event: QShowEvent) -> None:
        """The state reads pictures only while Home is seen."""
        super().showEvent(event)
        self._state.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """No need to follow the study now."""
        super().hideEvent(event)
        self._state.watch(False)
