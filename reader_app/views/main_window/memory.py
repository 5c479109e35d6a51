"""What the window keeps from one sitting to the next: its place, pages, tabs, splits, orders."""

from __future__ import annotations

import json
from collections.abc import Iterator

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

from reader_app.state.shell_state import ShellState
from reader_app.widgets.page import PageTitle
from reader_app.widgets.table import Table

_DONE = "remembered"  # a widget's property: it was given back what was kept
_ASCENDING, _DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


class WindowMemory:
    """Reads and writes through the state; damaged or foreign values change nothing."""

    def __init__(self, state: ShellState) -> None:
        self._state = state

    def keep_window(self, window: QMainWindow, page: str) -> None:
        """The window's place and size, and the page on screen."""
        self._state.keep("geometry", window.saveGeometry().toBase64().toStdString())
        self._state.keep("page", page)

    def restore_window(self, window: QMainWindow) -> str:
        """Put the window where it was; the name of the page that was on screen, or ""."""
        window.restoreGeometry(QByteArray.fromBase64(self._state.kept("geometry").encode()))
        return self._state.kept("page")

    def keep_page(self, name: str, page: QWidget) -> None:
        """A page's tab, how its splitters stand, and how its tables are sorted."""
        kept: dict[str, object] = dict(self._kept(name))
        for key, widget in _lasting(page):
            kept[key] = _standing(widget)
        self._state.keep(f"page-{name}", json.dumps(kept))

    def restore_page(self, name: str, page: QWidget) -> None:
        """Give each part what was kept, once; parts of a tab when it has been made."""
        kept = self._kept(name)
        for key, widget in _lasting(page):
            if not widget.property(_DONE):
                widget.setProperty(_DONE, True)
                _give_back(widget, kept.get(key))

    def _kept(self, name: str) -> dict[str, object]:
        try:
            found = json.loads(self._state.kept(f"page-{name}") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def _lasting(page: QWidget) -> Iterator[tuple[str, QObject]]:
    """Parts of a page that keep a standing, each with a name that lasts."""
    for title in page.findChildren(PageTitle):
        if title.tabs.count():
            yield "tab", title
    for number, splitter in enumerate(page.findChildren(QSplitter)):
        yield f"split {splitter.accessibleName() or number}", splitter
    for number, table in enumerate(page.findChildren(Table)):
        if table.isSortingEnabled():
            yield f"order {table.accessibleName() or number}", table


def _standing(widget: QObject) -> object:
    if isinstance(widget, PageTitle):
        return widget.tabs.tabText(widget.tabs.currentIndex())
    if isinstance(widget, QSplitter):
        return widget.sizes()
    assert isinstance(widget, Table)
    header = widget.horizontalHeader()
    return [header.sortIndicatorSection(), header.sortIndicatorOrder() == _DESCENDING]


def _give_back(widget: QObject, kept: object) -> None:
    if isinstance(widget, PageTitle) and isinstance(kept, str):
        texts = [widget.tabs.tabText(k) for k in range(widget.tabs.count())]
        if kept in texts:
            widget.tabs.setCurrentIndex(texts.index(kept))
    elif isinstance(widget, QSplitter) and isinstance(kept, list):
        if len(kept) == widget.count() and all(isinstance(size, int) for size in kept):
            widget.setSizes(kept)
    elif isinstance(widget, Table) and isinstance(kept, list) and len(kept) == 2:
        column, falls = kept
        if isinstance(column, int) and 0 <= column < len(widget.columns):
            widget.sortByColumn(column, _DESCENDING if falls else _ASCENDING)
