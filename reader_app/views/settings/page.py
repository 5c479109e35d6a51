"""The settings' page: general, keys, about. Each change is kept at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from reader_app.state.settings_state import SettingsState
from reader_app.views.settings.about_tab import AboutTab
from reader_app.views.settings.computing_panel import ComputingPanel
from reader_app.views.settings.folders_panel import FoldersPanel
from reader_app.views.settings.keys_tab import KeysTab
from reader_app.views.settings.window_panel import WindowPanel
from reader_app.widgets.page import PageTitle, page_column
from reader_app.widgets.theme import SPACE

TABS = ("General", "Keys", "About")
THREE = 1500  # px from which three columns fit


class GeneralTab(QWidget):
    """Three panels beside each other; where that is too narrow the second below the first."""

    def __init__(self, *panels: QWidget) -> None:
        super().__init__()
        first, self._second, last = panels
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(SPACE[3])
        self._columns = tuple(QVBoxLayout() for _ in panels)
        for column, panel in zip(self._columns, (first, None, last), strict=True):
            column.setSpacing(SPACE[3])
            if panel is not None:
                column.addWidget(panel)
            column.addStretch(1)
            self._row.addLayout(column, 1)
        self._place(beside=False)

    def _place(self, *, beside: bool) -> None:
        """The second panel in its own column, or under the first."""
        left, middle, _ = self._columns
        left.removeWidget(self._second)
        middle.removeWidget(self._second)
        (middle if beside else left).insertWidget(0 if beside else 1, self._second)
        self._row.setStretch(1, 1 if beside else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Three columns where there is room for them."""
        super().resizeEvent(event)
        beside = self.width() >= THREE
        if beside != (self._columns[1].indexOf(self._second) == 0):
            self._place(beside=beside)


class SettingsPage(QWidget):
    """A reader sees the window's size, the keys and what this is."""

    def __init__(self, state: SettingsState) -> None:
        super().__init__()
        self._state = state
        self.setAccessibleName("Settings")
        self.title = PageTitle("Settings", TABS)
        self.computing = ComputingPanel(state)
        self.window_panel = WindowPanel(state)
        self.folders = FoldersPanel(state)
        self.keys_tab = KeysTab(state)
        self.stack = QStackedWidget()
        for tab in (self._general(), self.keys_tab, AboutTab(state)):
            self.stack.addWidget(tab)
        page_column(self, self.title).addWidget(self.stack, 1)
        self.title.tab_chosen.connect(self._show)
        state.changed.connect(self.refresh)
        self.refresh()

    def _general(self) -> QWidget:
        frame = GeneralTab(self.computing, self.window_panel, self.folders)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(frame)
        return scroll

    def refresh(self) -> None:
        """Show what is for the role."""
        for panel in (self.computing, self.folders):
            panel.setVisible(not self._state.is_reader)

    def _show(self, tab: int) -> None:
        if TABS[tab] == "Keys":
            self._state.keys_wanted.emit()
        self.stack.setCurrentIndex(tab)

    def showEvent(self, event: QShowEvent) -> None:
        """Which devices answer is asked when somebody looks; a page may have set something."""
        super().showEvent(event)
        self._state.look()
        self._state.changed.emit()
