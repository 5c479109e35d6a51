"""The Cases page as a person uses it: drop, choose, read the lists."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from cases_desk import HEIGHTS, Desk, new_desk
from foreign_ct import ct, stack
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from engine.jobs import Progress
from reader_app.state.cases_import import manifest_of
from reader_app.views.cases.import_panel import ShareBar
from studies.errors import StudyError
from studies.store import Store


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Generator[Desk, None, None]:
    with new_desk(qtbot, tmp_path) as found:
        yield found


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
    assert badges.tooltip == "Lossy compression; HU may differ from the scanner's"
    words = desk.panel_words()
    for expected in ("10 files in 2 series", "1 series of 1 patient", "Localizers", "Not DICOM"):
        assert expected in words
    assert "Lossy compression; HU may differ from the scanner's. P-002" in words
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


def test_an_import_shows_how_far_it_is_and_can_be_stopped(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: object) -> Generator[Progress, None, None]:
        while True:
            yield Progress(3, 8, "Importing P-001")

    monkeypatch.setattr("reader_app.state.cases_import.look_through", endless)
    assert desk.drop(tmp_path)
    zone = desk.page.zone
    desk.qtbot.waitUntil(lambda: zone.more.text() == "Importing P-001", timeout=5000)
    assert (zone.bar.value(), zone.bar.maximum()) == (3, 8)
    assert not zone.choose.isVisibleTo(desk.page)
    desk.qtbot.mouseClick(zone.cancel, Qt.MouseButton.LeftButton)
    desk.wait()
    desk.qtbot.waitUntil(lambda: bool(desk.said), timeout=5000)
    assert desk.said[-1].sentence.startswith("Import cancelled.")
    assert zone.choose.isVisibleTo(desk.page)


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
    desk.take_all()
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
