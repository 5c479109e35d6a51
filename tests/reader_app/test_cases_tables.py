"""The Cases tables as a person uses them: look, search, filter, open."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from cases_desk import HEIGHTS, Desk, mark, new_desk
from foreign_ct import stack
from learn_study import make_study
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state import cases_rows
from reader_app.state.annotate_state import AnnotateState
from reader_app.state.cases_pictures import body_square
from reader_app.state.cases_state import CasesState
from reader_app.state.study_state import Pointer
from reader_app.views.cases.page import CasesPage
from studies import cases, learning
from studies.records import DEFAULT_SCHEME


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Generator[Desk, None, None]:
    with new_desk(qtbot, tmp_path) as found:
        yield found


# --- looking --------------------------------------------------------------------------------


@pytest.fixture
def filled(desk: Desk, tmp_path: Path) -> Desk:
    """Three patients: ready, one of two margins, no lesion; drawn by whoever sits here."""
    Settings().author = "t"
    for letter in "ABC":
        stack(tmp_path / letter, HEIGHTS, series=f"1.{ord(letter)}", patient=letter)
    desk.import_dropped(*(tmp_path / letter for letter in "ABC"))
    first, second, _ = (row.series.id for row in desk.state.tables.series)
    mark(desk, first, "cyst")
    mark(desk, second, "metastasis")
    mark(desk, second, margin=False)
    return desk


def test_states_and_marks_follow_the_lesions(filled: Desk) -> None:
    rows = filled.table()
    assert [row[-1].text for row in rows] == ["Ready", "1 of 2 margins", "No lesion"]
    shown = [(mark.marker, mark.text) for mark in rows[1][3].marks]
    assert shown == [("triangle", "1"), ("cross", "1")]
    assert rows[1][3].tooltip == "1 metastasis, 1 without diagnosis"
    assert filled.page.tables.line.text() == "3 series · 3 patients · 3 lesions"
    assert filled.page.tables.totals.toolTip() == "1 cyst, 1 metastasis, 1 without diagnosis"


def test_the_size_of_a_margin_that_is_hidden_is_not_told(filled: Desk) -> None:
    filled.page.title.tabs.setCurrentIndex(1)
    Settings().author = "u"
    filled.study.notify("lesions")
    cells = [row[4] for row in filled.table()]
    assert [cell.text for cell in cells] == ["hidden", "hidden", "–"]
    assert {cell.sort for cell in cells} == {-1.0}
    first = filled.state.tables.lesions[0].lesion
    assert f"{first.diameter_mm:.1f}" not in "".join(c.text for row in filled.table() for c in row)
    cases.show_others(filled.store, first.id, "u")
    filled.study.notify("lesions")
    assert [row[4].text.endswith(" mm") for row in filled.table()] == [True, False, False]


def test_search_and_filter(filled: Desk) -> None:
    assert filled.page.tables.filter.options == ("All 3", "Ready 1", "To do 2")
    filled.filter_to("To do")
    assert filled.names() == ["P-002", "P-003"]
    filled.qtbot.keyClicks(filled.page.tables.search, "p-003")
    assert filled.names() == ["P-003"]
    filled.filter_to("Ready")
    panel = filled.page.tables
    assert panel.stack.currentWidget() is panel.nothing
    filled.qtbot.mouseClick(panel.nothing.button, Qt.MouseButton.LeftButton)
    assert filled.names() == ["P-001", "P-002", "P-003"]
    assert panel.filter.value == "All 3"


def test_the_tabs_show_lesions_and_patients(filled: Desk) -> None:
    filled.page.title.tabs.setCurrentIndex(1)
    rows = filled.table()
    assert [row[1].text for row in rows] == ["L1", "L1", "L2"]
    assert [row[3].text for row in rows] == ["biopsy", "biopsy", "–"]
    assert [row[5].text for row in rows] == ["2", "2", "–"]
    assert rows[0][4].text.endswith(" mm")
    assert rows[2][-1].text == "No margin"
    filled.page.title.tabs.setCurrentIndex(2)
    rows = filled.table()
    assert [row[0].text for row in rows] == ["P-001", "P-002", "P-003"]
    assert [row[4].text for row in rows] == ["–", "–", "–"]


def test_folds_and_extra_cases_are_shown(desk: Desk, tmp_path: Path) -> None:
    with make_study(tmp_path / "l.blindread", per_class=1) as store:
        learning.assign_folds(store, (("P-001", 2),), 0)
        cases.add_case(store, "P-900", extra=True)
    desk.study.open(tmp_path / "l.blindread")
    desk.page.title.tabs.setCurrentIndex(2)
    rows = {row[0].text: row for row in desk.table()}
    assert rows["P-001"][4].text == "3"
    assert rows["P-900"][0].badges == (("extra", "neutral"),)


def test_the_tenth_lesion_comes_after_the_second(filled: Desk) -> None:
    series = filled.state.tables.series[2].series.id
    for _ in range(10):
        mark(filled, series, margin=False)
    filled.page.title.tabs.setCurrentIndex(1)
    assert [row[1].text for row in filled.table()][3:] == [f"L{k}" for k in range(1, 11)]


# --- going to Annotate ----------------------------------------------------------------------


def test_enter_opens_the_series_and_its_open_lesion(filled: Desk) -> None:
    pointed: list[Pointer] = []
    filled.study.pointed.connect(pointed.append)
    series = filled.state.tables.series[1].series
    table = filled.page.tables.table
    table.choose(series.id)
    with filled.qtbot.waitSignal(filled.state.asked) as asked:
        filled.qtbot.keyClick(table, Qt.Key.Key_Return)
    assert asked.args == ["annotate"]
    open_one = next(row for row in filled.state.tables.lesions if row.standing.word == "No margin")
    assert pointed == [Pointer(series.case_id, series.id, open_one.key)]


def test_a_double_clicked_lesion_is_the_one_annotate_shows(filled: Desk) -> None:
    annotate = AnnotateState(filled.study, filled.jobs, Messages(), Settings())
    filled.page.title.tabs.setCurrentIndex(1)
    table = filled.page.tables.table
    index = table.model().index(1, 1)
    spot = table.visualRect(index).center()
    filled.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    filled.qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert annotate.lesion is not None
    assert annotate.lesion.id == table.key_at(index)
    last = filled.state.tables.series[2].series
    filled.state.open_series(last.id)
    assert annotate.series is not None
    assert (annotate.series.id, annotate.lesion) == (last.id, None)
    filled.state.open_patient("P-001")
    assert annotate.lesion.patient == "P-001"


# --- words and pictures ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "word", "role"),
    [
        ("gaps: slices are missing at 2 places", "gap 2", "warning"),
        ("stored values: the file has no rescale to HU", "stored values", "warning"),
        ("gaps: 3 slices are missing at 63 and 118 mm", "gap 3", "warning"),
        ("gantry tilt", "tilt", "warning"),
        ("gantry tilt: 12°", "tilt 12°", "warning"),
        ("gantry tilt: 0.6°", "tilt 0.6°", "warning"),
        ("simulated", "simulated", "simulated"),
        ("phase 2 of a series", "phase 2", "neutral"),
        ("no HU", "no HU", "neutral"),
    ],
)
def test_badges_are_one_word(stored: str, word: str, role: str) -> None:
    found = cases_rows.remark(stored)
    assert (found.word, found.role) == (word, role)


def test_a_page_made_for_an_open_study_has_thumbnails(filled: Desk) -> None:
    state = CasesState(filled.study, filled.jobs, Messages(), Settings())
    page = CasesPage(state)
    filled.qtbot.addWidget(page)
    page.show()
    rows = state.tables.series
    filled.qtbot.waitUntil(lambda: all(state.picture(row) for row in rows), timeout=10000)


def test_a_thumbnail_is_the_square_around_the_body() -> None:
    pixels = np.full((100, 100), -1000.0, np.float32)
    pixels[30:70, 20:80] = 50.0
    square = body_square(pixels)
    assert square.shape == (48, 48)
    assert (square > 0).mean() == pytest.approx(40 / 48)
    assert body_square(np.full((9, 9), 30.0, np.float32)).shape == (9, 9)


def test_classes_of_no_lesion_are_left_out() -> None:
    assert cases_rows.class_counts((), DEFAULT_SCHEME) == ()
