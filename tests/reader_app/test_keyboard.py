"""Every page by keys alone: each control reached by Tab, named, ringed; no key that means two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from reader_app.app import PAGES, Desktop, application
from reader_app.shots import settle
from reader_app.state.reading_launch import ReadingHere
from reader_app.views.main_window.dialogs import keys_of
from reader_app.widgets.buttons import Button
from reader_app.widgets.page import PageTitle

MOST_STEPS, LOOKS = 400, 3
TAB = Qt.FocusPolicy.TabFocus
HANDLED = {"Space", "Enter", "Del"}
"""Keys that a list or the slice handles itself while it has the keyboard."""


@pytest.fixture
def desktop(qtbot: QtBot, demo_copy: Path) -> Iterator[Desktop]:
    application()
    one = Desktop(ReadingHere())
    qtbot.addWidget(one.window)
    one.opening.open(demo_copy)
    one.window.resize(1280, 800)
    one.window.show()
    one.window.activateWindow()
    qtbot.waitUntil(one.window.isActiveWindow)
    yield one
    assert one.close()


def tabs_of(page: QWidget) -> QTabBar | None:
    title = page.findChild(PageTitle)
    return title.tabs if title is not None and title.tabs.count() else None


def each_tab(desktop: Desktop, name: str) -> Iterator[tuple[str, QWidget]]:
    """The page's tabs, one after the other, filled."""
    desktop.window.go(name)
    page = desktop.window.page(name)
    settle(desktop.jobs, LOOKS)
    bar = tabs_of(page)
    for at in range(bar.count() if bar is not None else 1):
        if bar is not None and at != bar.currentIndex():
            bar.setCurrentIndex(at)
            settle(desktop.jobs, LOOKS)
        yield f"{name} {bar.tabText(at) if bar is not None else ''}".strip(), page


def controls(part: QWidget) -> set[QWidget]:
    """What a person can use now; parts of a composed control are the control's own business."""
    return {
        one
        for one in part.findChildren(QWidget)
        if one.isVisible()
        and one.isEnabled()
        and one.focusPolicy() & TAB
        and one.focusProxy() is None
        and not _only_scrolls(one)
    }


def _only_scrolls(one: QWidget) -> bool:
    """A frame whose content is reached in itself, and which moves with the focus."""
    return isinstance(one, QAbstractScrollArea) and type(one).__name__ == "QScrollArea"


def walk(desktop: Desktop, qtbot: QtBot, part: QWidget) -> dict[QWidget, bool]:
    """Tab through the window, or a page alone: what got the focus, and whether that was seen."""
    reached: dict[QWidget, bool] = {}
    start = desktop.window.rail.buttons["home"] if part is desktop.window else tabs_of(part)
    assert start is not None
    start.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(start, Qt.Key.Key_Tab)
    for _ in range(MOST_STEPS):
        focused = QApplication.focusWidget()
        if focused is None or focused in reached or not part.isAncestorOf(focused):
            break
        reached[focused] = _shows_focus(desktop.window, focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    return reached


def _shows_focus(window: QWidget, focused: QWidget) -> bool:
    if focused.property("focusRing") is False or isinstance(focused, QAbstractItemView):
        return True  # draws it itself
    return any(ring.isVisible() for ring in window.findChildren(QWidget, "focusRing"))


def said(one: QWidget) -> str:
    text = one.text() if isinstance(one, QAbstractButton) else ""
    return one.accessibleName() or text or type(one).__name__


def test_each_page_is_worked_by_keys_alone(desktop: Desktop, qtbot: QtBot) -> None:
    faults = {
        place: found
        for name in PAGES
        for place, page in each_tab(desktop, name)
        if (found := unreached(desktop, qtbot, page) + unclear(desktop.window, page))
    }
    assert faults == {}


def unreached(desktop: Desktop, qtbot: QtBot, page: QWidget) -> list[str]:
    """Controls that Tab does not reach or that do not show it, and those that say nothing.

    The frame is walked with each page's first tab; it is the same beside the others.
    """
    bar = tabs_of(page)
    part = page if bar is not None and bar.currentIndex() > 0 else desktop.window
    wanted, reached = controls(part), walk(desktop, qtbot, part)
    if part is page:
        wanted -= {bar}  # where the walk began
    return [
        *(f"not reached: {said(one)}" for one in wanted - set(reached)),
        *(f"focus not seen: {said(one)}" for one, seen in reached.items() if not seen),
        *(f"without a name: {type(one).__name__}" for one in wanted if not _is_named(one)),
        *(f"without a tooltip: {said(one)}" for one in wanted if not _is_explained(one)),
    ]


def unclear(window: QWidget, page: QWidget) -> list[str]:
    """Keys with two meanings, and keys that the sheet of the page is silent about."""
    told = {key for key, _ in keys_of(page)}
    own = () if hasattr(page, "keys") else page.findChildren(QShortcut)
    here = (one.key().toString() for one in own if one.isEnabled() and _is_here(one))
    return [
        *(f"means two things: {key}" for key in doubled(window)),
        *(f"not on the sheet: {key}" for key in here if not told & _spellings(key)),
        *(f"does nothing: {key}" for key in dead(window)),
    ]


def dead(window: QWidget) -> list[str]:
    """Keys on buttons that no shortcut answers."""
    answered = {
        spelling
        for sequence in (
            *(one.key() for one in window.findChildren(QShortcut) if one.isEnabled()),
            *(one.shortcut() for one in window.findChildren(QAbstractButton)),
        )
        for spelling in _spellings(sequence.toString())
    }
    shown = (one for one in window.findChildren(Button) if one.isVisible() and one.key)
    return [one.key for one in shown if one.key not in answered | HANDLED]


def _is_named(one: QWidget) -> bool:
    return bool(one.accessibleName() or (isinstance(one, QAbstractButton) and one.text()))


def _is_explained(one: QWidget) -> bool:
    """A tooltip of its own or of each tab; lists and pictures say what they do in their names."""
    if isinstance(one, QTabBar):
        return all(one.tabToolTip(k) for k in range(one.count()))
    return bool(one.toolTip()) or not isinstance(one, QAbstractButton)


def _spellings(key: str) -> set[str]:
    words = key.replace("+", " ").replace("Return", "Enter")
    return {key, words, words.replace("Escape", "Esc"), words.replace("Del", "Delete")}


def _is_here(shortcut: QShortcut) -> bool:
    owner = shortcut.parent()
    return isinstance(owner, QWidget) and owner.isVisible()


def doubled(window: QWidget) -> list[str]:
    """Keys that two shortcuts answer at the same place: Qt then calls neither."""
    bound: dict[str, list[tuple[QWidget, bool]]] = defaultdict(list)
    for one in window.findChildren(QShortcut):
        if one.isEnabled() and _is_here(one):
            everywhere = one.context() == Qt.ShortcutContext.WindowShortcut
            bound[one.key().toString()].append((one.parent(), everywhere))
    for button in window.findChildren(QAbstractButton):
        if button.isVisible() and button.isEnabled() and button.shortcut() != QKeySequence():
            bound[button.shortcut().toString()].append((button, True))
    return [key for key, owners in bound.items() if _collide(owners)]


def _collide(owners: list[tuple[QWidget, bool]]) -> bool:
    return any(
        (one_everywhere and other_everywhere)
        or one is other
        or one.isAncestorOf(other)
        or other.isAncestorOf(one)
        for (one, one_everywhere), (other, other_everywhere) in combinations(owners, 2)
    )
