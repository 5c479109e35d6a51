"""Margins out of and into the window: what is offered, asked, done and told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest
from cases_desk import Desk, new_desk
from drawn_series import ANISOTROPIC, ANN, BEN, UNEVEN, draw, write_originals
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog
from pytestqt.qtbot import QtBot
from shared_data import shared_path

from engine.jobs import Progress
from reader_app.state.cases_sorting import Dropped, kind_of, sorted_by_content
from reader_app.state.margins_exchange import FORMATS
from reader_app.views.cases.export_dialog import NAMED, NO_COCO, NO_REFERENCE, ExportDialog
from reader_app.views.cases.margins_dialog import MarginsDialog
from reader_app.workflows import export_margins as workflow
from studies import cases
from studies.access import ANALYST
from studies.imaging.exchange.kinds import KINDS

Kind = TypeVar("Kind", bound=QDialog)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Generator[Desk, None, None]:
    with new_desk(qtbot, tmp_path) as found:
        yield found


@pytest.fixture
def drawn(desk: Desk, tmp_path: Path) -> Desk:
    """Two series: the first drawn on by Ann and Ben, the second by nobody."""
    write_originals(tmp_path / "a", ANISOTROPIC, PatientID="A", PatientName="Doe^Ann")
    write_originals(tmp_path / "b", UNEVEN, PatientID="B", SeriesInstanceUID="1.2.4")
    for number, path in enumerate(sorted((tmp_path / "b").iterdir())):
        _renamed(path, f"1.2.3.88.{number}")
    desk.import_dropped(tmp_path / "a", tmp_path / "b")
    draw(desk.store, desk.state.tables.series[0].key)
    desk.study.notify("lesions")
    return desk


def _renamed(path: Path, uid: str) -> None:
    import pydicom

    dataset = pydicom.dcmread(path)
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
    dataset.save_as(path)


def dialog_of(desk: Desk, kind: type[Kind]) -> Kind:
    """The dialog that stands open over the page."""
    found: list[Kind] = []

    def is_open() -> bool:
        found[:] = [one for one in desk.page.findChildren(kind) if one.isVisible()]
        return bool(found)

    desk.qtbot.waitUntil(is_open, timeout=10000)
    return found[0]


def ask_export(desk: Desk) -> ExportDialog:
    desk.qtbot.mouseClick(desk.page.exporting, Qt.MouseButton.LeftButton)
    return dialog_of(desk, ExportDialog)


def finish(desk: Desk, dialog: ExportDialog | MarginsDialog) -> None:
    """Press the dialog's deed and wait for what comes of it."""
    with desk.qtbot.waitSignal(desk.state.margins.ended, timeout=60000):
        desk.qtbot.mouseClick(dialog.deed, Qt.MouseButton.LeftButton)


def choose_only(dialog: ExportDialog, *kinds: str) -> None:
    for kind, box in dialog.formats.items():
        box.setChecked(kind in kinds)


# --- out ------------------------------------------------------------------------------------


def test_every_format_has_its_line() -> None:
    assert tuple(one.kind for one in FORMATS) == KINDS
    assert all(one.words for one in FORMATS)


def test_without_margins_export_says_what_to_do(desk: Desk) -> None:
    assert not desk.page.exporting.isEnabled()
    assert desk.page.exporting.toolTip().startswith("This study has no margins yet.")


def test_an_export_is_listed_file_by_file(drawn: Desk, tmp_path: Path) -> None:
    dialog = ask_export(drawn)
    assert dialog.kinds == ("seg", "sr", "rtstruct")
    choose_only(dialog, "seg", "csv")
    dialog.folder.setText(str(tmp_path / "out"))
    finish(drawn, dialog)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    told = drawn.state.last_outcome
    assert told is not None
    assert told.title == "Last export"
    assert {one.title for one in told.sections[0].reasons} == names
    assert len(names) == 4
    lines = {one.title: one.line for one in told.sections[0].reasons}
    assert lines["P-001_1_Ben_seg.dcm"].startswith("3 masks of 1 lesion read back exactly.")
    if shutil.which("dciodvfy"):
        assert "dciodvfy: no error." in lines["P-001_1_Ben_seg.dcm"]
    assert drawn.said[-1].sentence == "4 files of margins written and read back."
    assert drawn.page.last.title.text() == "Last export"
    assert drawn.page.last.open.isVisibleTo(drawn.page)
    drawn.qtbot.mouseClick(drawn.page.last.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text().count("Written, round trip proven\t") == 4
    again = ask_export(drawn)
    assert again.kinds == ("seg", "csv")
    assert again.folder.text() == str(tmp_path / "out")


def test_an_author_and_the_chosen_rows_narrow_the_export(drawn: Desk, tmp_path: Path) -> None:
    draw(drawn.store, drawn.state.tables.series[1].key)
    table = drawn.page.tables.table
    table.selectAll()
    table.choose(drawn.state.tables.series[1].key)
    dialog = ask_export(drawn)
    choose_only(dialog, "json")
    texts = [dialog.author.itemText(k) for k in range(dialog.author.count())]
    assert texts == ["Everyone, a file each", f"{ANN} (12 margins)", f"{BEN} (6 margins)"]
    assert dialog.series.itemText(1) == "Chosen rows: 1 series"
    dialog.series.setCurrentIndex(1)
    assert dialog.author.itemText(1) == f"{ANN} (6 margins)"
    dialog.author.setCurrentIndex(2)
    dialog.folder.setText(str(tmp_path / "out"))
    finish(drawn, dialog)
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "P-002_1.json"
    content = json.loads(path.read_text())
    assert {one["author"] for one in content["margins"]} == {BEN}


def test_what_cannot_apply_is_disabled_with_its_reason(drawn: Desk) -> None:
    dialog = ask_export(drawn)
    assert not dialog.series.isEnabled()
    assert "Choose rows" in dialog.series.toolTip()
    assert (dialog.pictures.isEnabled(), dialog.pictures.toolTip()) == (False, NO_COCO)
    choose_only(dialog, "coco")
    assert dialog.pictures.isEnabled()
    assert (dialog.original.isEnabled(), dialog.hint.text()) == (False, NO_REFERENCE)
    choose_only(dialog)
    assert (dialog.deed.isEnabled(), dialog.deed.toolTip()) == (False, "Choose a format.")
    dialog.formats["csv"].setChecked(True)
    assert dialog.deed.isEnabled()
    dialog.folder.clear()
    assert dialog.deed.toolTip() == "Choose a folder."


def test_with_the_original_files_the_export_names_the_patient(drawn: Desk, tmp_path: Path) -> None:
    import pydicom

    dialog = ask_export(drawn)
    choose_only(dialog, "rtstruct")
    dialog.original.setText(str(tmp_path / "a"))
    assert dialog.hint.text() == NAMED
    dialog.folder.setText(str(tmp_path / "out"))
    finish(drawn, dialog)
    found = pydicom.dcmread(tmp_path / "out" / "P-001_1_Ben_rtstruct.dcm")
    assert found.PatientID == "A"


def test_a_wrong_original_folder_is_a_reason_for_each_file(drawn: Desk, tmp_path: Path) -> None:
    dialog = ask_export(drawn)
    choose_only(dialog, "seg", "csv")
    dialog.original.setText(str(tmp_path / "b"))
    dialog.folder.setText(str(tmp_path / "out"))
    finish(drawn, dialog)
    told = drawn.state.last_outcome
    assert [one.count for one in told.sections] == [2, 0, 2]
    assert "are not in that folder" in drawn.panel_words()
    assert drawn.said[-1].kind == "warning"
    assert drawn.said[-1].sentence.endswith("; 2 not written.")


def test_the_checkers_errors_are_a_list_of_their_own(
    drawn: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow, "_checked", lambda _: ("Error - Missing attribute",))
    dialog = ask_export(drawn)
    choose_only(dialog, "seg")
    dialog.folder.setText(str(tmp_path / "out"))
    finish(drawn, dialog)
    assert [one.count for one in drawn.state.last_outcome.sections] == [0, 2, 0]
    assert "dciodvfy: Error - Missing attribute" in drawn.panel_words()


def test_a_folder_that_cannot_be_written_is_one_sentence(drawn: Desk, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    dialog = ask_export(drawn)
    choose_only(dialog, "json")
    dialog.folder.setText(str(tmp_path / "taken"))
    finish(drawn, dialog)
    assert drawn.said[-1].kind == "error"
    assert "cannot be written" in drawn.said[-1].sentence
    assert not drawn.state.deed


def test_an_export_can_be_stopped(
    drawn: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: object, **__: object) -> Generator[Progress, None, None]:
        while True:
            yield Progress(2, 7, "Writing seg of P-001")

    monkeypatch.setattr(workflow, "export_margins", endless)
    drawn.qtbot.mouseClick(ask_export(drawn).deed, Qt.MouseButton.LeftButton)
    zone = drawn.page.zone
    drawn.qtbot.waitUntil(lambda: zone.more.text() == "Writing seg of P-001", timeout=5000)
    assert (zone.what.text(), zone.bar.value()) == ("Exporting margins", 2)
    assert drawn.page.exporting.toolTip() == "An export or import is under way."
    with drawn.qtbot.waitSignal(drawn.state.margins.ended, timeout=5000):
        drawn.qtbot.mouseClick(zone.cancel, Qt.MouseButton.LeftButton)
    assert drawn.said[-1].sentence.startswith("Exporting margins was cancelled.")
    drawn.qtbot.waitUntil(drawn.page.exporting.isEnabled, timeout=5000)


def test_an_analyst_hands_no_margins_on(drawn: Desk) -> None:
    drawn.study.work_as(ANALYST, "a")
    folder = drawn.store.folder
    drawn.study.close()
    drawn.study.open(folder)
    assert not drawn.page.exporting.isEnabled()
    assert "tell where lesions are" in drawn.page.exporting.toolTip()


# --- in -------------------------------------------------------------------------------------


def exported(desk: Desk, folder: Path, *kinds: str) -> Path:
    dialog = ask_export(desk)
    choose_only(dialog, *kinds)
    dialog.folder.setText(str(folder))
    finish(desk, dialog)
    return folder


@pytest.mark.parametrize("kind", ["seg", "rtstruct", "nifti", "json"])
def test_margins_dropped_under_any_name_are_taken_in(
    drawn: Desk, tmp_path: Path, kind: str
) -> None:
    out = exported(drawn, tmp_path / "out", kind)
    path = next(p for p in sorted(out.iterdir()) if kind != "nifti" or p.name.endswith(".gz"))
    (tmp_path / "in").mkdir()
    plain = path.rename(tmp_path / "in" / ("mask.nii.gz" if kind == "nifti" else "margins"))
    assert drawn.drop(plain)
    dialog = dialog_of(drawn, MarginsDialog)
    if kind == "json":  # two authors lie in it: nobody is named, each keeps the own margins
        for margin in cases.contours(drawn.store):
            cases.delete_contour(drawn.store, margin.id)
    else:
        dialog.author.setText("Cleo")
    finish(drawn, dialog)
    told = drawn.state.last_outcome
    assert told.title == "Margins taken in"
    assert [one.count for one in told.sections][2] == 0, told.text
    authors = {one.author for one in cases.contours(drawn.store)}
    assert ("Cleo" in authors) is (kind != "json")
    assert {ANN, BEN} <= authors


def test_files_that_are_refused_are_listed_with_their_reason(drawn: Desk, tmp_path: Path) -> None:
    out = exported(drawn, tmp_path / "out", "json")
    files = [str(next(out.iterdir())), str(tmp_path / "a" / "0.dcm")]
    drawn.state.margins.ask(tuple(Path(one) for one in files))
    finish(drawn, dialog_of(drawn, MarginsDialog))
    told = drawn.state.last_outcome
    assert [one.count for one in told.sections] == [0, 0, 2]
    assert "0.dcm holds no margins: CT Image Storage." in drawn.panel_words()
    assert drawn.said[-1].sentence.startswith("No margins were taken in.")


def test_the_menu_asks_for_files_of_margins(
    drawn: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.seg"
    path.write_bytes(b"no DICOM")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path)], ""))
    (action,) = (one for one in drawn.page.menu.actions() if "RTSTRUCT" in one.text())
    action.trigger()
    dialog = dialog_of(drawn, MarginsDialog)
    assert dialog.windowTitle() == "Take in 1 file of margins"
    assert [dialog.series.itemText(k)[:5] for k in range(dialog.series.count())][1:] == [
        "P-001", "P-002",
    ]  # fmt: skip


def test_without_ct_margins_wait_for_it(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text('{"format": "blindread-margins"}')
    assert desk.drop(path)
    dialog = dialog_of(desk, MarginsDialog)
    assert not dialog.deed.isEnabled()
    assert dialog.deed.toolTip().startswith("Import the CT")


def test_of_margins_beside_ct_it_is_asked_after_the_import(drawn: Desk, tmp_path: Path) -> None:
    out = exported(drawn, tmp_path / "out", "seg")
    write_originals(out / "ct", ANISOTROPIC, PatientID="C", SeriesInstanceUID="1.2.5")
    for number, path in enumerate(sorted((out / "ct").iterdir())):
        _renamed(path, f"1.2.3.99.{number}")
    drawn.import_dropped(out)
    assert "P-003" in drawn.names()
    assert dialog_of(drawn, MarginsDialog).windowTitle() == "Take in 2 files of margins"


def test_a_folder_of_an_export_holds_margins_only(drawn: Desk, tmp_path: Path) -> None:
    out = exported(drawn, tmp_path / "out", "seg", "sr", "rtstruct", "nifti", "json", "csv")
    found = sorted_by_content((out,))
    assert found.pictures == ()
    assert [kind_of(path) for path in found.margins][:2] == ["JSON", "JSON"]
    assert sorted(path.name for path in found.margins if kind_of(path) == "DICOM") == [
        "P-001_1_Ann-Oz_rtstruct.dcm", "P-001_1_Ann-Oz_seg.dcm",
        "P-001_1_Ben_rtstruct.dcm", "P-001_1_Ben_seg.dcm",
    ]  # fmt: skip


def test_files_of_other_programs_are_told_by_their_content() -> None:
    folder = shared_path("data/ct_sts_003_rtstruct")
    found = sorted_by_content((folder,))
    assert found.pictures == (folder,)
    assert {path.name for path in found.margins} >= {"RS.dcm", "CT_mask.nii.gz"}
    segs = shared_path("data/seg_dcmqi") / "segmentations"
    assert kind_of(segs / "liver.dcm") == "DICOM"
    assert kind_of(next((segs / "24x38x3").rglob("label.seg"))) == "DICOM"


def test_what_is_no_margins_is_left_to_the_import(tmp_path: Path) -> None:
    write_originals(tmp_path / "ct", ANISOTROPIC)
    text, packed = tmp_path / "x.json", tmp_path / "x.nii.gz"
    text.write_text('{"margins": 3}')
    packed.write_bytes(b"\x1f\x8b\x08\x00broken")
    paths = (tmp_path / "ct" / "0.dcm", text, packed, tmp_path / "gone")
    assert sorted_by_content(paths) == Dropped(paths, ())
