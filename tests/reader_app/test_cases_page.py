"""The Cases page as a person uses it: drop, look, search, filter, open."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from foreign_ct import ct, stack
from learn_study import make_study
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from engine.errors import EngineError
from engine.jobs import JobRunner
from reader_app.messages import Message, Messages
from reader_app.settings import Settings
from reader_app.state import cases_rows
from reader_app.state.annotate_state import AnnotateState
from reader_app.state.cases_import import manifest_of
from reader_app.state.cases_state import CasesState, body_square
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import Pointer, StudyState
from reader_app.views.cases.import_panel import ShareBar
from reader_app.views.cases.page import CasesPage
from reader_app.widgets.table import Cell
from studies import cases
from studies.errors import StudyError
from studies.records import DEFAULT_SCHEME
from studies.store import Store

HEIGHTS = (0.0, 5.0, 10.0, 15.0)


@dataclass
class Desk:
    """A page with its state and what it said."""

    page: CasesPage
    state: CasesState
    study: StudyState
    jobs: Jobs
    said: list[Message]
    qtbot: QtBot

    @property
    def store(self) -> Store:
        assert self.study.store is not None
        return self.study.store

    def drop(self, *paths: Path) -> bool:
        """Drop paths on the page as a file manager does; True when the page took them."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        none = Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(40, 40), action, mime, button, none)
        QApplication.sendEvent(self.page, enter)
        if not enter.isAccepted():
            return False
        QApplication.sendEvent(self.page, QDropEvent(QPointF(40, 40), action, mime, button, none))
        return True

    def import_dropped(self, *paths: Path) -> None:
        assert self.drop(*paths)
        self.wait()

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: not self.state.is_importing, timeout=30000)

    def table(self) -> list[list[Cell]]:
        """The open tab's rows as shown, in the order shown."""
        table = self.page.tables.table
        model = table.model()
        return [
            [table.cell_at(model.index(k, column)) for column in range(model.columnCount())]
            for k in range(model.rowCount())
        ]

    def names(self) -> list[str]:
        return [row[0].text for row in self.table()]

    def filter_to(self, begins: str) -> None:
        options = self.page.tables.filter.options
        self.page.tables.filter.choose(next(one for one in options if one.startswith(begins)))

    def counts(self) -> dict[str, int]:
        """The numbers of the three lists."""
        assert self.state.last_import is not None
        return {one.kind: one.count for one in self.state.last_import.sections}

    def panel_words(self) -> str:
        return "\n".join(one.text() for one in self.page.last.findChildren(QLabel))


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Generator[Desk, None, None]:
    messages, said = Messages(), []
    messages.posted.connect(said.append)
    jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
    study = StudyState(messages)
    state = CasesState(study, jobs, messages, Settings())
    page = CasesPage(state)
    qtbot.addWidget(page)
    page.resize(1368, 816)
    page.show()
    assert study.create(tmp_path / "s.blindread", "S")
    yield Desk(page, state, study, jobs, said, qtbot)
    assert jobs.shutdown()
    study.close()


def mark(desk: Desk, series_id: int, code: str = "", *, margin: bool = True) -> int:
    """A lesion with a margin and, with a class, a diagnosis."""
    lesion = cases.add_lesion(desk.store, series_id, author="t")
    if margin:
        points = ((8.0, 8.0), (20.0, 8.0), (20.0, 20.0), (8.0, 20.0))
        cases.save_contour(desk.store, lesion.id, "1.2", 1, points, "t", "polygon")
    if code:
        cases.confirm_diagnosis(desk.store, lesion.id, code, "biopsy", "t")
    desk.study.notify("lesions")
    return lesion.id


# --- importing ------------------------------------------------------------------------------


def test_a_dropped_folder_becomes_series_and_three_lists(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    stack(folder / "a", HEIGHTS, series="1.1", patient="A")
    stack(folder / "b", HEIGHTS, series="1.2", patient="B", LossyImageCompression="01")
    ct(folder / "scout", uid="9.1", series="9", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    (folder / "note.txt").write_text("no picture")
    desk.import_dropped(folder)
    assert desk.counts() == {"taken": 4, "badged": 4, "left_out": 2}
    assert desk.names() == ["P-001", "P-002"]
    _name, slices, voxel, lesions, badges, state = desk.table()[1]
    assert (slices.text, voxel.text) == ("4", "0.70 × 0.80 × 5.0")
    assert (lesions.text, state.text) == ("none", "No lesion")
    assert badges.badges == (("lossy", "warning"),)
    assert badges.tooltip == "Lossy compression"
    words = desk.panel_words()
    for expected in ("10 files in 2 series", "1 series of 1 patient", "Localizers", "Not DICOM"):
        assert expected in words
    assert "Lossy compression. P-002" in words
    assert desk.said[-1].sentence == "2 series imported; 2 files left out."
    bar = desk.page.last.findChild(ShareBar)
    assert sum(bar.widths()) + 6 == pytest.approx(bar.width())


def test_thumbnails_come_after_the_rows(desk: Desk, tmp_path: Path) -> None:
    stack(tmp_path / "a", HEIGHTS)
    desk.import_dropped(tmp_path / "a")
    (row,) = desk.state.tables.series
    desk.qtbot.waitUntil(lambda: desk.state.picture(row) is not None, timeout=10000)
    picture = desk.state.picture(row)
    # The middle slice holds 20 HU (foreign_ct), the Liver window runs from 15 to 165 HU.
    values = {picture.pixelColor(x, 50).red() for x in (10, 50, 90)}
    assert values == {round(255 * (_hu_of(row.picture) - 15) / 150)}
    assert desk.table()[0][0].image == picture


def _hu_of(index: int) -> int:
    """HU of `stack`'s slice at an index: ten per slice."""
    return 10 * index


def test_a_wrong_file_is_listed_with_its_reason(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "letter.docx"
    path.write_bytes(b"not a picture" * 50)
    desk.import_dropped(path)
    assert desk.counts() == {"taken": 0, "badged": 0, "left_out": 1}
    assert "File letter.docx" in desk.panel_words()
    assert desk.said[-1].kind == "warning"
    assert desk.said[-1].sentence.startswith("Nothing was imported. The file is not DICOM")
    assert desk.page.content.currentIndex() == 0


def test_an_empty_folder_and_a_missing_path_are_said(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    desk.import_dropped(tmp_path / "empty")
    assert desk.said[-1].sentence == "Nothing was imported. The folder is empty."
    assert "Empty folder" in desk.panel_words()
    desk.import_dropped(tmp_path / "gone")
    assert "There is no such file or folder" in desk.said[-1].sentence


def test_a_zip_and_a_second_time(desk: Desk, tmp_path: Path) -> None:
    paths = stack(tmp_path / "a", HEIGHTS)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in paths:
            archive.write(path, path.name)
    desk.import_dropped(tmp_path / "a.zip")
    assert desk.counts()["taken"] == 4
    desk.import_dropped(tmp_path / "a")
    assert desk.counts() == {"taken": 0, "badged": 0, "left_out": 4}
    assert "In the study already" in desk.panel_words()
    assert len(desk.table()) == 1


def _manifest(folder: Path) -> Path:
    rng = np.random.default_rng(3)
    folder.mkdir()
    with (folder / "list.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "patient", "diagnosis"))
        for k, name in enumerate(("Cyst", "Metastasis", "Cyst")):
            pixels = rng.integers(0, 255, (40, 40), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{k}.png")
            writer.writerow((f"{k}.png", f"Q{k}", name))
        writer.writerow(("none.png", "Q9", "Cyst"))
    return folder / "list.csv"


def test_a_dropped_manifest_becomes_rois(desk: Desk, tmp_path: Path) -> None:
    desk.import_dropped(_manifest(tmp_path / "rois"))
    assert desk.counts() == {"taken": 3, "badged": 0, "left_out": 1}
    assert "3 ROIs of 3 patients" in desk.panel_words()
    assert [row[-1].text for row in desk.table()] == ["Ready"] * 3
    assert desk.table()[0][2].text == "40 × 40 px"
    desk.page.title.tabs.setCurrentIndex(1)
    assert [row[2].marks[0].text for row in desk.table()] == ["Cyst", "Metastasis", "Cyst"]
    assert desk.table()[0][4].text.endswith(" px")


def test_which_paths_are_a_manifest(tmp_path: Path) -> None:
    table = _manifest(tmp_path / "rois")
    assert manifest_of((table,)) == table
    assert manifest_of((table, tmp_path / "rois" / "0.png")) == table
    assert manifest_of((tmp_path / "rois",)) == table
    assert manifest_of((table, tmp_path / "ct")) is None
    (tmp_path / "ct").mkdir()
    (tmp_path / "ct" / "list.csv").write_text("a,b\n1,2\n")
    assert manifest_of((tmp_path / "ct",)) is None


def test_a_wrong_manifest_is_one_sentence(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("name,who\nx,y\n")
    desk.import_dropped(tmp_path / "m.csv")
    assert desk.said[-1].kind == "error"
    assert "patient" in desk.said[-1].sentence
    assert desk.state.last_import is None
    assert desk.page.last.isHidden()


def test_a_full_disk_is_said_and_the_page_goes_on(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StudyError("There is no room left. Free some space and import again.")

    stack(tmp_path / "a", HEIGHTS)
    monkeypatch.setattr("reader_app.workflows.import_cases.write_synced", full)
    desk.import_dropped(tmp_path / "a")
    assert desk.said[-1].sentence.startswith("There is no room left")
    assert desk.page.zone.choose.isVisibleTo(desk.page)
    monkeypatch.undo()


def test_the_list_is_copied_whole(desk: Desk, tmp_path: Path) -> None:
    stack(tmp_path / "a", HEIGHTS)
    (tmp_path / "a" / "x.txt").write_text("x")
    desk.import_dropped(tmp_path / "a")
    desk.qtbot.mouseClick(desk.page.last.copy, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 2 + 5
    assert sum(line.startswith("Left out\t") for line in lines) == 1
    assert desk.said[-1].sentence == "Copied a list of 5 files."


def test_the_menu_asks_for_a_folder_and_imports_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack(tmp_path / "a", HEIGHTS)
    chosen = str(tmp_path / "a")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: chosen)
    desk.qtbot.mouseClick(desk.page.importing, Qt.MouseButton.LeftButton)
    assert desk.page.menu.isVisible()
    desk.page.menu.actions()[0].trigger()
    desk.page.menu.hide()
    desk.wait()
    assert desk.names() == ["P-001"]
    assert desk.state.start_folder == str(tmp_path)


# --- without and read-only ------------------------------------------------------------------


def test_without_a_study_the_page_leads_home(desk: Desk, tmp_path: Path) -> None:
    desk.study.close()
    assert desk.page.pages.currentWidget() is desk.page.no_study
    with desk.qtbot.waitSignal(desk.state.asked) as asked:
        desk.qtbot.mouseClick(desk.page.no_study.button, Qt.MouseButton.LeftButton)
    assert asked.args == ["home"]
    assert not desk.state.import_from((tmp_path,))
    assert desk.said[-1].sentence == "Open or make a study on Home first."


def test_a_read_only_study_takes_nothing_and_says_why(desk: Desk, tmp_path: Path) -> None:
    with Store.create(tmp_path / "other.blindread", "Other"):
        desk.study.open(tmp_path / "other.blindread")
        for control in (desk.page.importing, desk.page.zone.choose, desk.page.empty.button):
            assert not control.isEnabled()
            assert "read-only" in control.toolTip()
        assert desk.drop(tmp_path)
        assert not desk.state.is_importing
        assert "nothing can be imported" in desk.said[-1].sentence


def test_a_dropped_study_is_left_to_the_window(desk: Desk, tmp_path: Path) -> None:
    Store.create(tmp_path / "other.blindread", "Other").close()
    assert not desk.drop(tmp_path / "other.blindread")


# --- looking --------------------------------------------------------------------------------


@pytest.fixture
def filled(desk: Desk, tmp_path: Path) -> Desk:
    """Three patients: ready, one of two margins, no lesion."""
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
    from studies import learning

    with make_study(tmp_path / "l.blindread", per_class=1) as store:
        learning.assign_folds(store, (("P-001", 2),), 0)
        cases.add_case(store, "P-900", extra=True)
    desk.study.open(tmp_path / "l.blindread")
    desk.page.title.tabs.setCurrentIndex(2)
    rows = {row[0].text: row for row in desk.table()}
    assert rows["P-001"][4].text == "3"
    assert rows["P-900"][0].badges == (("extra", "neutral"),)


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
        ("gantry tilt", "tilt", "warning"),
        ("simulated", "simulated", "simulated"),
        ("phase 2 of a series", "phase 2", "neutral"),
        ("no HU", "no HU", "neutral"),
    ],
)
def test_badges_are_one_word(stored: str, word: str, role: str) -> None:
    found = cases_rows.remark(stored)
    assert (found.word, found.role) == (word, role)


def test_a_thumbnail_is_the_square_around_the_body() -> None:
    pixels = np.full((100, 100), -1000.0, np.float32)
    pixels[30:70, 20:80] = 50.0
    square = body_square(pixels)
    assert square.shape == (48, 48)
    assert (square > 0).mean() == pytest.approx(40 / 48)
    assert body_square(np.full((9, 9), 30.0, np.float32)).shape == (9, 9)


def test_classes_of_no_lesion_are_left_out() -> None:
    assert cases_rows.class_counts((), DEFAULT_SCHEME) == ()
