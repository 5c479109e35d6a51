"""What the window keeps: size, page, tab, how a splitter stands, how a table is sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QSplitter, QWidget
from pytestqt.qtbot import QtBot

from reader_app.app import Desktop, application
from reader_app.views.main_window.window import MainWindow, PageEntry
from reader_app.widgets.page import PageTitle, page_column
from reader_app.widgets.table import Cell, Column, Row, Table

Open = Callable[[], MainWindow]
TABS = ("First", "Second")


class Page(QWidget):
    """Tabs, a splitter, a table."""

    def __init__(self) -> None:
        super().__init__()
        self.title = PageTitle("Page", TABS)
        self.split, self.table = QSplitter(Qt.Orientation.Horizontal), _table()
        column = page_column(self, self.title)
        for part in (self.table, QWidget()):
            self.split.addWidget(part)
        column.addWidget(self.split)


def _table() -> Table:
    table = Table((Column("Name"), Column("Number", "right", 90)), name="Things")
    table.set_rows(tuple(Row((Cell(n), Cell(n)), n) for n in "bca"))
    return table


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Open]:
    application()
    desktop = Desktop()

    def make() -> MainWindow:
        names = ("home", "cases")
        entries = tuple(PageEntry(n, n.title(), n, lambda: (QObject(), Page())) for n in names)
        window = MainWindow(desktop.shell, entries)
        qtbot.addWidget(window)
        window.setMinimumSize(300, 200)  # the screen of the tests is small
        window.go("home")
        window.restore()
        window.show()
        return window

    yield make
    assert desktop.close()


def page_of(window: MainWindow) -> Page:
    page = window.page("cases")
    assert isinstance(page, Page)
    return page


def test_the_next_window_stands_as_the_last_one(opened: Open) -> None:
    first = opened()
    first.resize(700, 600)
    first.go("cases")
    page = page_of(first)
    page.title.tabs.setCurrentIndex(1)
    page.split.setSizes([200, 300])
    page.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    sizes = page.split.sizes()
    first.close()
    second = opened()
    assert (second.width(), second.height(), second.current) == (700, 600, "cases")
    again = page_of(second)
    assert again.title.tabs.currentIndex() == 1
    assert again.split.sizes() == sizes
    header = again.table.horizontalHeader()
    assert (header.sortIndicatorSection(), header.sortIndicatorOrder()) == (
        0, Qt.SortOrder.DescendingOrder,
    )  # fmt: skip
    shown = [again.table.model().index(k, 0).data() for k in range(3)]
    assert shown == ["c", "b", "a"]


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"tab": 7, "split 0": ["x"], "order Things": 3}'])
def test_damaged_memory_changes_nothing(opened: Open, kept: str) -> None:
    first = opened()
    first._state.keep("page-cases", kept)
    first._state.keep("geometry", "nonsense")
    first._state.keep("page", "nowhere")
    second = opened()
    second.go("cases")
    assert page_of(second).title.tabs.currentIndex() == 0
    assert second.current == "cases"
