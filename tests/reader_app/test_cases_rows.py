"""What each row still needs, its clinical note, and the word on stored values."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from cases_desk import HEIGHTS, Desk, mark, new_desk
from foreign_ct import stack
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from reader_app.state import cases_reading
from reader_app.state.cases_import import ImportSummary, Reason, Section
from reader_app.state.cases_rows import NOTE_ROOM, missing_words
from reader_app.views.cases.dialogs import HuDialog, NoteDialog
from reader_app.views.cases.import_panel import REASONS_SHOWN
from studies import cases
from studies.store import Store


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Generator[Desk, None, None]:
    with new_desk(qtbot, tmp_path) as found:
        yield found


@pytest.fixture
def filled(desk: Desk, tmp_path: Path) -> Desk:
    """P-001 holds stored values and has a finished lesion, P-002 lacks much, P-003 has none."""
    unsaid = {"RescaleSlope": None, "RescaleIntercept": None}
    stack(tmp_path / "A", HEIGHTS, series="1.65", patient="A", **unsaid)
    for letter in "BC":
        stack(tmp_path / letter, HEIGHTS, series=f"1.{ord(letter)}", patient=letter)
    desk.import_dropped(*(tmp_path / letter for letter in "ABC"))
    first, second, _ = (row.series.id for row in desk.state.tables.series)
    mark(desk, first, "cyst")
    mark(desk, second, "metastasis")
    mark(desk, second)
    mark(desk, second, margin=False)
    return desk


def choose(desk: Desk, row: int) -> None:
    """Choose a row as a click on its name does."""
    table = desk.page.tables.table
    spot = table.visualRect(table.model().index(row, 0)).center()
    desk.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def click(desk: Desk, row: int, column: int) -> None:
    table = desk.page.tables.table
    spot = table.visualRect(table.model().index(row, column)).topLeft() + QPoint(20, 20)
    desk.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def dialogs(desk: Desk, kind: type[QDialog]) -> list[QDialog]:
    return [one for one in desk.page.findChildren(kind) if one.isVisible()]


def told(desk: Desk) -> str:
    return desk.page.tables.bar.words.accessibleName()


# --- what is missing ------------------------------------------------------------------------


def test_the_chosen_row_says_what_it_still_needs(filled: Desk) -> None:
    assert told(filled) == "Choose a row to see what it still needs."
    assert not filled.page.tables.bar.note.isEnabled()
    choose(filled, 1)
    assert told(filled).endswith(" · missing: 1 margin, 2 classes, 2 bases")
    choose(filled, 2)
    assert told(filled).endswith(" · missing: no lesion drawn yet")
    choose(filled, 0)
    assert told(filled).endswith(" · missing: a word on HU")


def test_lesions_and_patients_say_what_is_missing(filled: Desk) -> None:
    filled.page.title.tabs.setCurrentIndex(1)
    states = [row[-1] for row in filled.table()]
    assert [cell.text for cell in states] == ["Confirm HU", "Ready", "No class", "No margin"]
    assert [cell.tooltip for cell in states] == [
        "Missing: a word on HU. Click to answer",
        "Nothing is missing",
        "Missing: class, basis",
        "Missing: margin, class, basis",
    ]
    filled.page.title.tabs.setCurrentIndex(2)
    assert [row[-1].text for row in filled.table()] == [
        "a word on HU",
        "1 margin, 2 classes, 2 bases",
        "no lesion drawn yet",
    ]


def test_a_second_authors_margin_is_missed_of_who_began_it(filled: Desk) -> None:
    series = filled.state.tables.series[1].series.id
    filled.page.title.tabs.setCurrentIndex(1)
    assert filled.table()[1][-1].tooltip == "Nothing is missing"
    lesion, *_ = (one for one in cases.lesions(filled.store) if one.series_id == series)
    points = ((8.0, 8.0), (20.0, 8.0), (20.0, 20.0))
    cases.save_contour(filled.store, lesion.id, "1.2", 1, points, filled.state.author, "freehand")
    filled.study.notify("lesions")
    assert filled.table()[1][-1].tooltip == "Missing: second author's margin"
    assert filled.table()[1][-1].text == "Ready"


def test_missing_words_are_counted_in_one_order() -> None:
    assert missing_words(("class", "margin", "class", "HU?")) == "1 margin, 2 classes"
    assert missing_words((), awaits_hu=True) == "a word on HU"
    assert missing_words(()) == ""


# --- stored values --------------------------------------------------------------------------


def test_confirm_hu_asks_once_in_words_and_can_be_withdrawn(filled: Desk) -> None:
    row = filled.table()[0]
    assert (row[-1].text, row[-1].badge) == ("Confirm HU", "warning")
    assert filled.page.tables.filter.options == ("All 3", "Ready 0", "To do 3")
    click(filled, 0, 5)
    (dialog,) = dialogs(filled, HuDialog)
    assert isinstance(dialog, HuDialog)
    dialog.reject()
    assert cases.all_series(filled.store)[0].hu_confirmed_by == ""
    filled.page.tables.bar.hu.click()
    dialogs(filled, HuDialog)[0].deed.click()
    assert cases.all_series(filled.store)[0].hu_confirmed_by == filled.state.author
    row = filled.table()[0]
    assert row[-1].text == "Ready"
    assert row[4].badges == (("HU confirmed", "neutral"),)
    assert filled.state.author in row[4].tooltip
    assert filled.page.tables.bar.hu.text() == "Withdraw HU…"
    series = filled.state.tables.series[0]
    filled.qtbot.waitUntil(lambda: filled.state.picture(series) is not None, timeout=10000)
    click(filled, 0, 4)
    dialogs(filled, HuDialog)[0].deed.click()
    assert filled.table()[0][-1].text == "Confirm HU"
    assert filled.table()[0][4].badges == (("stored values", "warning"),)


def test_a_click_elsewhere_asks_nothing(filled: Desk) -> None:
    for row, column in ((0, 0), (1, 5), (1, 4)):
        click(filled, row, column)
    assert dialogs(filled, HuDialog) == []
    assert not filled.page.tables.bar.hu.isVisibleTo(filled.page)


# --- clinical notes -------------------------------------------------------------------------


def test_a_clinical_note_is_written_and_shown(filled: Desk) -> None:
    choose(filled, 1)
    bar = filled.page.tables.bar
    bar.note.click()
    (dialog,) = dialogs(filled, NoteDialog)
    dialog.text.setPlainText("54 y,\n colorectal cancer")
    dialog.keep.click()
    assert dialogs(filled, NoteDialog) == []
    assert cases.cases(filled.store)[1].clinical_note == "54 y, colorectal cancer"
    assert bar.below.accessibleName() == "Note: 54 y, colorectal cancer"
    choose(filled, 2)
    assert not bar.below.isVisibleTo(bar)


def test_a_note_too_long_or_not_plain_stays_to_be_mended(filled: Desk) -> None:
    choose(filled, 0)
    filled.page.tables.bar.note.click()
    (dialog,) = dialogs(filled, NoteDialog)
    dialog.text.setPlainText("x" * (NOTE_ROOM + 1))
    assert not dialog.keep.isEnabled()
    assert dialog.count.text() == f"{NOTE_ROOM + 1} of {NOTE_ROOM} characters"
    dialog.text.setPlainText("bell \x07")
    dialog.keep.click()
    assert filled.said[-1].sentence.startswith("A clinical note is plain text")
    assert dialogs(filled, NoteDialog) == [dialog]


def test_a_read_only_study_takes_no_note_and_no_word(desk: Desk, tmp_path: Path) -> None:
    with Store.create(tmp_path / "other.blindread", "Other") as store:
        case = cases.add_case(store, "P-9")
        assert case.clinical_note == ""
        desk.study.open(tmp_path / "other.blindread")
        desk.page.title.tabs.setCurrentIndex(2)
        assert desk.state.no_edit.endswith("so nothing can be changed.")
        assert not desk.state.set_note(case.id, "x")
        assert desk.said[-1].kind == "error"


# --- long lists -----------------------------------------------------------------------------


def test_a_list_of_thousands_of_reasons_shows_the_first(desk: Desk) -> None:
    reasons = tuple(Reason(f"Cut short {k}", f"Ends after {k} kB", (f"{k}",)) for k in range(5000))
    section = Section("left_out", "Left out", 5000, reasons)
    desk.state.last_outcome = ImportSummary(5000, "5,000 files", "/x", (section,), "text")
    desk.state.import_changed.emit()
    words = desk.panel_words()
    assert f"Cut short {REASONS_SHOWN - 1}\n" in words
    assert f"Cut short {REASONS_SHOWN}\n" not in words
    assert f"and {5000 - REASONS_SHOWN:,} more; Copy list has all of them" in words


def test_several_chosen_rows_stay_chosen_when_pictures_arrive(filled: Desk) -> None:
    panel = filled.page.tables
    panel.table.selectAll()
    assert len(panel.chosen_series) == 3
    filled.qtbot.waitUntil(
        lambda: all(filled.state.picture(row) for row in filled.state.tables.series), timeout=10000
    )
    assert len(panel.chosen_series) == 3
    filled.page.title.tabs.setCurrentIndex(2)
    choose(filled, 1)
    assert panel.chosen_series == (filled.state.tables.series[1].key,)


def test_a_large_study_is_read_in_a_thread(filled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases_reading, "AT_ONCE", 1)
    mark(filled, filled.state.tables.series[2].series.id)
    assert filled.table()[2][-1].text == "No lesion"
    filled.qtbot.waitUntil(lambda: filled.table()[2][-1].text == "No class", timeout=10000)
    before = len(filled.state.tables.lesions)
    mark(filled, filled.state.tables.series[2].series.id)
    mark(filled, filled.state.tables.series[2].series.id)  # while the first is being read
    filled.qtbot.waitUntil(lambda: len(filled.state.tables.lesions) == before + 2, timeout=10000)
