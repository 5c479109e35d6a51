"""The tour: five steps beside the pages, by keys, never in the way, and never again by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from learn_study import make_study
from PySide6.QtCore import QObject, QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from reader_app.app import Desktop, application
from reader_app.settings import Settings
from reader_app.state.opening import Opening
from reader_app.state.tour_state import STEPS, Tour
from reader_app.views.main_window.tour import beside
from reader_app.views.main_window.window import MainWindow, PageEntry
from reader_app.widgets.buttons import button

NAMES = tuple(dict.fromkeys(step.page for step in STEPS))


class Quiet(QObject):
    """A page's state that says nothing."""

    asked = Signal(str)


class Shown:
    """A desktop's window with plain pages, each with the control its step speaks of."""

    def __init__(self, qtbot: QtBot, desktop: Desktop) -> None:
        self.qtbot, self.desktop, self.tour = qtbot, desktop, desktop.shell.tour
        self.pressed: list[str] = []
        self.tour.changed.disconnect(desktop.window._show_tour)  # its window stays out of it
        entries = tuple(PageEntry(one, one.title(), one, lambda n=one: self._make(n)) for one in
                        ("home", *NAMES))  # fmt: skip
        self.window = MainWindow(desktop.shell, entries)
        qtbot.addWidget(self.window)
        self.window.resize(1280, 800)
        self.window.go("home")
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)
        self.card = self.window.guide.card

    def _make(self, name: str) -> tuple[QObject, QWidget]:
        page, thing = QWidget(), button("Thing")
        thing.setAccessibleName(next((s.anchor for s in STEPS if s.page == name), "Thing"))
        thing.clicked.connect(lambda: self.pressed.append(name))
        QVBoxLayout(page).addWidget(thing)
        return Quiet(), page

    def key(self, key: Qt.Key) -> None:
        self.qtbot.keyClick(QApplication.focusWidget() or self.window, key)


@pytest.fixture
def shown(qtbot: QtBot, tmp_path: Path) -> Iterator[Shown]:
    application()
    make_study(tmp_path / "one.blindread", ready=False).close()
    desktop = Desktop()
    desktop.opening.open(tmp_path / "one.blindread")
    yield Shown(qtbot, desktop)
    assert desktop.close()


def test_five_steps_by_space_alone_each_on_its_page(shown: Shown) -> None:
    shown.desktop.shell.start_tour()
    visited = []
    while shown.tour.step is not None:
        assert shown.card.isVisible()
        assert shown.card.accessibleName().endswith(shown.tour.step.title)
        visited.append(shown.window.current)
        shown.key(Qt.Key.Key_Space)  # presses Next, which has the keyboard
    assert visited == ["cases", "annotate", "learn", "read", "results"]
    assert not shown.card.isVisible()
    assert shown.tour.was_seen


def test_next_keeps_the_keyboard_on_a_page_that_takes_it(shown: Shown) -> None:
    """As Annotate does for its slice: then Space magnified, and the tour stood still."""
    thing = shown.window.page("annotate").findChildren(QWidget)[0]
    shown.desktop.shell.start_tour()
    shown.tour.changed.connect(thing.setFocus)
    shown.key(Qt.Key.Key_Space)
    assert shown.window.current == "annotate"
    assert QApplication.focusWidget() is shown.card.next


def test_back_goes_back_and_the_rail_leads_the_tour(shown: Shown) -> None:
    shown.desktop.shell.start_tour()
    assert not shown.card.back.isEnabled()
    shown.window.go("learn")
    assert shown.tour.place == (3, 5)
    shown.qtbot.mouseClick(shown.card.back, Qt.MouseButton.LeftButton)
    assert (shown.window.current, shown.tour.place) == ("annotate", (2, 5))


def test_escape_skips_only_from_the_card_and_for_good(shown: Shown) -> None:
    shown.desktop.shell.start_tour()
    shown.window.rail.keys.setFocus()
    shown.key(Qt.Key.Key_Escape)
    assert shown.tour.step is not None, "Esc on the page is the page's"
    shown.key(Qt.Key.Key_F6)
    assert QApplication.focusWidget() is shown.card.next
    shown.key(Qt.Key.Key_Escape)
    assert shown.tour.step is None
    assert Tour(Settings()).was_seen
    shown.desktop.shell.offer_tour()
    assert shown.tour.step is None


def test_the_page_stays_usable_beside_the_card(shown: Shown) -> None:
    shown.desktop.shell.start_tour()
    thing = shown.window.page("cases").findChildren(QWidget)[0]
    assert shown.window.guide.frame.isVisible()
    middle = thing.mapTo(shown.window, thing.rect().center())
    assert not shown.card.geometry().contains(middle)
    shown.qtbot.mouseClick(thing, Qt.MouseButton.LeftButton)
    assert shown.pressed == ["cases"]


def test_nothing_of_it_is_seen_while_somebody_reads(shown: Shown) -> None:
    shown.desktop.shell.start_tour()
    shown.window.show_frame(False)
    assert not shown.card.isVisible()
    shown.window.show_frame(True)
    assert shown.card.isVisible()


def test_a_reader_has_no_tour_and_an_author_that_of_the_pages_at_hand(shown: Shown) -> None:
    shown.desktop.shell.set_role("Truth author")
    shown.desktop.shell.start_tour()
    assert shown.tour.place == (1, 2)
    shown.tour.skip()
    shown.desktop.shell.set_role("Reader")
    shown.desktop.shell.start_tour()
    assert shown.tour.step is None


def test_it_starts_by_itself_on_the_demo_only_and_once(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = shown.desktop.shell
    shell.offer_tour()
    assert shown.tour.step is None, "this study is no demo"
    here = shown.desktop.study.study
    assert here is not None
    monkeypatch.setattr(Opening, "demo_folder", here.folder)
    shell.offer_tour()
    assert shown.tour.place == (1, 5)
    shown.tour.skip()
    shell.offer_tour()
    assert shown.tour.step is None


@pytest.mark.parametrize(
    "there",
    [QRect(80, 100, 1190, 60), QRect(300, 700, 100, 32), QRect(1000, 120, 270, 300),
     QRect(80, 60, 200, 700), QRect(700, 60, 560, 40)],
)  # fmt: skip
def test_the_card_lies_in_the_window_and_not_on_the_thing(there: QRect) -> None:
    room = QRect(80, 56, 1192, 700)
    place = beside(there, 300, 150, room)
    card = QRect(place, QPoint(place.x() + 299, place.y() + 149))
    assert room.contains(card)
    tall = there.height() > 300
    assert tall or not card.intersects(there)
