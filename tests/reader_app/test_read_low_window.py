"""A screen of 1920x1080 px at 200 %: everything that a reader needs stands in 960x540."""

from __future__ import annotations

import json
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from reading_desk import Planned, ReadingDesk, package_of

from reader_app.state.sitting import Sitting
from reader_app.views.read.check_screen import CheckScreen
from reader_app.views.read.quiet_button import QuietButton
from reader_app.views.read.reader_window import ReaderWindow
from reader_app.views.read.screen_layout import LEAST, ROI_SIDES, layout, roi_side
from studies.errors import NotAStudyError

LOW = (960, 540)


@pytest.mark.parametrize(
    ("high", "side"), [(500, 256), (540, 320), (600, 384), (660, 448), (720, 512), (1080, 512)]
)
def test_an_roi_is_as_large_as_the_answers_allow(high: int, side: int) -> None:
    assert roi_side(high, 3) == side


@pytest.mark.parametrize("high", [500, 540, 620, 708, 800])
@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("slices", [False, True])
def test_nothing_lies_on_another_or_outside(high: int, rows: int, slices: bool) -> None:
    places = layout(LEAST.width(), high, rows, roi=roi_side(high, rows), slices=slices)
    boxes = [places.picture, places.next, places.back, places.hints]
    for one, other in combinations(boxes, 2):
        assert not one.intersects(other)
    for box in boxes:
        assert box.left() >= 0
        assert box.right() < LEAST.width()
        assert box.bottom() < high
    assert places.rows[0].y() > places.picture.bottom()
    assert places.rows[-1].y() + 44 <= high
    assert all(later.y() - before.y() >= 44 for before, later in pairwise(places.rows))


def test_the_size_is_kept_through_the_sitting_and_written_down(
    qtbot: QtBot, tmp_path: Path
) -> None:
    reading = ReadingDesk(qtbot, package_of(tmp_path / "r.reading", (Planned(),) * 3))
    reading.screen.resize(*LOW)
    assert reading.screen.roi.width() == 320
    reading.press("1R6 ")
    reading.screen.resize(1280, 800)
    assert reading.screen.roi.width() == 320
    reading.press("1R6 ")
    assert reading.kinds == ["opened", "shown", "response", "response"]
    (event,) = (e for e in reading.package.events if e.kind == "shown")
    assert json.loads(event.payload) == {"detail": "ROI of 320 px"}
    assert reading.package.verify().ok
    reading.session.close()


def test_the_usual_size_needs_no_word(qtbot: QtBot, tmp_path: Path) -> None:
    reading = ReadingDesk(qtbot, package_of(tmp_path / "r.reading", (Planned(),) * 2))
    reading.press("1R6 ")
    assert reading.screen.roi.width() == ROI_SIDES[0]
    assert reading.kinds == ["opened", "response"]
    assert reading.screen.minimumHeight() == 708, "lower, the answers would lie outside"
    reading.session.close()


def test_the_check_page_stands_in_a_low_window(qtbot: QtBot, tmp_path: Path) -> None:
    folder = package_of(tmp_path / "r.reading", (Planned(),), display_check=True)
    reading = ReadingDesk(qtbot, folder)
    reading.screen.resize(*LOW)
    page = reading.screen.page
    assert isinstance(page, CheckScreen)
    column = [page.title, page.display, page.pattern, page.steps]
    column += [page.years, page.speciality, page.remark, page.go_on]
    for above, below in pairwise(column):
        assert above.geometry().bottom() < below.geometry().top()
    for one in (*column, page.missing):
        assert page.rect().contains(one.geometry()), one.accessibleName()
    reading.session.close()


def test_what_is_missing_stands_beside_continue(qtbot: QtBot, tmp_path: Path) -> None:
    folder = package_of(tmp_path / "r.reading", (Planned(),), display_check=True)
    reading = ReadingDesk(qtbot, folder)
    page = reading.screen.page
    assert isinstance(page, CheckScreen)
    assert page.missing.text() == "Still to say: the steps, years, speciality"
    reading.type("9")
    page.years.setText("5")
    assert page.missing.text() == "Still to say: speciality"
    page.speciality.setText("radiology")
    assert page.missing.text() == ""
    reading.session.close()


def test_the_window_of_a_reader_may_be_as_low_as_that(qtbot: QtBot) -> None:
    window = ReaderWindow()
    qtbot.addWidget(window)
    window.resize(LEAST)
    assert window.size() == LEAST


def test_a_narrow_button_shows_its_key_alone(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    undo = QuietButton("Undo the last one", "U", box)
    undo.resize(104, 40)
    narrow = undo.grab().toImage()
    inked = {
        x for x in range(narrow.width()) if narrow.pixelColor(x, 20) != narrow.pixelColor(103, 1)
    }
    assert inked
    assert max(inked) < 40, "the cap stands at the left, no cut word beside it"
    assert undo.accessibleName() == "Undo the last one, key U"


def test_a_folder_that_is_no_package_says_what_to_choose(tmp_path: Path) -> None:
    with pytest.raises(NotAStudyError, match="Choose the zip or folder that the coordinator gave"):
        Sitting.open(tmp_path)


def test_the_answers_are_as_wide_as_the_window_allows(qtbot: QtBot, tmp_path: Path) -> None:
    reading = ReadingDesk(qtbot, package_of(tmp_path / "r.reading", (Planned(),)))
    reading.screen.resize(LEAST)
    for row in reading.screen.rows:
        assert reading.screen.rect().contains(row.geometry())
    qtbot.keyClick(reading.screen, Qt.Key.Key_P)
    assert reading.screen.leave.geometry().bottom() < reading.screen.roi.geometry().bottom()
    reading.session.close()
