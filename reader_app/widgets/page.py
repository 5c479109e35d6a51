"""The frame of a workspace: title, tabs, buttons; below it the page's own widgets."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QTabBar, QVBoxLayout, QWidget

from reader_app.widgets.panel import label
from reader_app.widgets.theme import SPACE, font


class PageTitle(QWidget):
    """Row of 56 px: title, tabs (`tab_chosen` with the index), buttons at the right."""

    tab_chosen = Signal(int)

    def __init__(self, title: str, tabs: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.setMinimumHeight(56)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(SPACE[4], 0, SPACE[4], 0)
        self.row.setSpacing(SPACE[1])
        self.title = label(title, "page")
        self.row.addWidget(self.title)
        self.tabs = QTabBar()
        self.tabs.setObjectName("pageTabs")
        self.tabs.setFont(font("medium"))
        self.tabs.setAccessibleName(f"{title}: pages")
        self.tabs.setExpanding(False)
        self.tabs.setVisible(bool(tabs))
        for k, text in enumerate(tabs):
            self.tabs.addTab(text)
            self.tabs.setTabToolTip(k, f"{text} (Left and Right arrow keys change the tab)")
        self.row.addSpacing(SPACE[3])
        self.row.addWidget(self.tabs)
        self.row.addStretch(1)
        self.tabs.currentChanged.connect(self.tab_chosen)

    def add(self, widget: QWidget) -> None:
        """Put a button or hint at the right end."""
        self.row.addWidget(widget)


def page_column(page: QWidget, title: PageTitle, *, dense: bool = False) -> QVBoxLayout:
    """Lay the title at the top of a page; returns the column for its content, edges kept."""
    outer = QVBoxLayout(page)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.setSpacing(0)
    outer.addWidget(title)
    content = QVBoxLayout()
    content.setContentsMargins(SPACE[4], 0, SPACE[4], SPACE[3])
    content.setSpacing(SPACE[2] if dense else SPACE[3])
    outer.addLayout(content, 1)
    return content
