"""Handing margins on: every format, read back before it is kept; the commands."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from blob_manifest import manifest
from drawn_series import ANN, BEN, TILTED, draw, drawn_study, handed_over
from learning_sets import result_of
from PIL import Image

from reader_app.cli import program
from reader_app.workflows import export_margins as workflow
from reader_app.workflows.export_margins import MarginExport, export_margins
from reader_app.workflows.import_rois import import_rois
from studies import cases
from studies.cases import NewSeries
from studies.errors import StudyError
from studies.imaging import volume
from studies.imaging.exchange import bundles, seg
from studies.imaging.exchange.kinds import KINDS
from studies.imaging.exchange.outgoing import RoundTrip
from studies.imaging.volume import load_slice
from studies.store import Store


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLINDREAD_HOME", str(home))
        drawn_study(folder).close()
    (folder / "home").symlink_to(home)
    return folder / "study"


@pytest.fixture
def with_key(study: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The study on the computer that has its key."""
    monkeypatch.setenv("BLINDREAD_HOME", str(study.parent / "home"))
    return study


def exported(study: Path, out: Path, *kinds: str, **options: object) -> MarginExport:
    with Store.open(study, read_only=True) as store:
        return result_of(export_margins(store, kinds, out, **options))


def run(*arguments: object) -> int:
    return program(lambda _: 0, lambda *_: 0, [str(word) for word in arguments])


def test_every_format_is_written_and_read_back_exactly(study: Path, tmp_path: Path):
    ended = exported(study, tmp_path, *KINDS, pictures=True)
    assert ended.refused == ()
    assert ended.is_clean
    names = {file.path.name for file in ended.files}
    assert names == {path.name for path in tmp_path.iterdir()}
    assert {
        "P-001_1_Ann-Oz_seg.dcm", "P-001_1_Ben_seg.dcm", "P-001_1_Ann-Oz_sr.dcm",
        "P-001_1_Ben_rtstruct.dcm", "P-001_1_margins.nii.gz", "P-001_1.json",
        "study_coco.json", "study_margins.csv", "study_vertices.csv", "P-001_1_0002.png",
    } <= names  # fmt: skip
    assert all(file.round_trip.exact for file in ended.files)
    assert {file.kind for file in ended.files if file.checker == ()} <= {"seg", "sr", "rtstruct"}
    assert {file.kind for file in ended.files} == {*KINDS, "png"}


def test_pictures_are_the_slices_in_the_studys_window(study: Path, tmp_path: Path):
    exported(study, tmp_path, "coco", pictures=True)
    named = json.loads((tmp_path / "study_coco.json").read_text())["images"]
    assert {one["file_name"] for one in named} == {p.name for p in tmp_path.glob("*.png")}
    with Store.open(study, read_only=True) as store:
        pixels = load_slice(cases.all_series(store)[0], 1)
        record = cases.study(store)
    wanted = (pixels - record.window_low) / (record.window_high - record.window_low) * 255
    with Image.open(tmp_path / "P-001_1_0002.png") as picture:
        assert np.abs(np.asarray(picture) - np.clip(wanted, 0, 255)).max() <= 0.51


def test_a_file_that_does_not_read_back_is_not_left_behind(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "P-001_1_Ann-Oz_seg.dcm").write_bytes(b"an older file")
    real = seg.round_trip

    def of_ann_is_off(data: bytes, outgoing: seg.Outgoing, author: str) -> RoundTrip:
        found = real(data, outgoing, author)
        return replace(found, exact=author != ANN, words="3 pixels differ at most.")

    monkeypatch.setattr(seg, "round_trip", of_ann_is_off)
    ended = exported(study, tmp_path, "seg")
    assert [file.author for file in ended.files] == [BEN]
    (refused,) = ended.refused
    assert "does not tell what was drawn" in refused.reason
    assert "3 pixels" in refused.reason
    assert (tmp_path / "P-001_1_Ann-Oz_seg.dcm").read_bytes() == b"an older file"
    assert not list(tmp_path.glob(".*"))


def test_the_round_trip_reads_what_is_on_the_disk(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    real = workflow.write_synced
    monkeypatch.setattr(
        workflow, "write_synced", lambda path, data: real(path, data[:-7] + b"\0" + data[-6:])
    )
    ended = exported(study, tmp_path, "json")
    assert ended.files == ()
    assert len(ended.refused) == 1
    assert list(tmp_path.iterdir()) == []


def test_what_the_checker_calls_an_error_is_told(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    checker = tmp_path / "bin" / "dciodvfy"
    checker.parent.mkdir()
    checker.write_text("#!/bin/sh\necho Warning - one\necho Error - two\n")
    checker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{checker.parent}{os.pathsep}{os.environ['PATH']}")
    ended = exported(study, tmp_path / "out", "seg", "csv", author=BEN)
    assert {file.kind: file.checker for file in ended.files} == {
        "seg": ("Error - two",),
        "csv": None,
    }
    assert not ended.is_clean


def test_without_the_checker_its_word_is_missing_and_the_file_stands(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    ended = exported(study, tmp_path / "out", "sr", author=BEN)
    assert [file.checker for file in ended.files] == [None]
    assert ended.is_clean


def test_what_one_file_refuses_leaves_the_others(study: Path, tmp_path: Path):
    (tmp_path / "copy").mkdir()
    with drawn_study(tmp_path / "copy") as store:
        series = cases.all_series(store)[0]
        lesion = cases.lesions(store)[0]
        beyond = ((-2.0, 3.0), (6.0, 3.0), (6.0, 9.0))
        sop = volume.slice_uids(series)[1]
        cases.save_contour(store, lesion.id, sop, 1, beyond, BEN, "freehand")
        ended = result_of(export_margins(store, ("seg", "sr"), tmp_path / "out"))
    assert [(one.kind, one.author) for one in ended.refused] == [("sr", BEN)]
    assert "beyond the image" in ended.refused[0].reason
    assert len(ended.files) == 3


def test_a_study_without_margins_and_an_unknown_format_are_refused(tmp_path: Path, study: Path):
    with pytest.raises(StudyError, match="dwg is no format"):
        exported(study, tmp_path, "seg", "dwg")
    with Store.create(tmp_path / "new", "new") as store, pytest.raises(StudyError, match="no marg"):
        result_of(export_margins(store, ("seg",), tmp_path))


def test_a_study_that_imported_nothing_has_no_originals(tmp_path: Path):
    with drawn_study(tmp_path) as store:
        (store.folder / "study.id").unlink()
        with pytest.raises(StudyError, match="no original ones"):
            result_of(export_margins(store, ("seg",), tmp_path / "out", original=tmp_path))
        assert not (store.folder / "study.id").exists()


def test_pictures_without_dicom_go_to_coco_and_csv_and_the_rest_says_why(tmp_path: Path):
    table = manifest(tmp_path / "rois", per_class=2)
    with Store.create(tmp_path / "study", "rois", kind="roi") as store:
        result_of(import_rois(store, table))
        ended = result_of(export_margins(store, KINDS, tmp_path / "out", pictures=True))
    assert {file.kind for file in ended.files} >= {"coco", "csv", "json", "png"}
    assert {one.kind for one in ended.refused} == {"seg", "sr", "rtstruct", "nifti"}
    assert all("COCO or CSV" in one.reason for one in ended.refused)


def test_an_additional_case_of_the_same_patient_gets_files_of_its_own(tmp_path: Path):
    with drawn_study(tmp_path) as store:
        record = cases.all_series(store)[0]
        shutil.copytree(record.folder, store.series_folder / "again")
        case = cases.add_case(store, record.patient, extra=True)
        again = NewSeries(
            "2.25.1", "dicom", "again", record.slices, record.rows, record.columns,
            record.row_spacing, record.column_spacing, record.slice_spacing, "", True, False, (),
            Path("again"),
        )  # fmt: skip
        draw(store, cases.add_series(store, case.id, again).id)
        ended = result_of(export_margins(store, ("seg", "json"), tmp_path / "out"))
    assert len({file.path for file in ended.files}) == len(ended.files) == 6


def test_pseudonyms_a_file_cannot_be_called_by_stay_apart(tmp_path: Path):
    series = handed_over(tmp_path).series
    stems = {replace(series, patient=name).file_stem for name in ("A/1", "A_1", "A 1", "..", "Ä")}
    assert len(stems) == 5
    assert all("/" not in stem and "." not in stem and stem.isascii() for stem in stems)


def test_originals_with_values_nobody_can_take_over_are_refused_in_words(
    with_key: Path, tmp_path: Path
):
    folder = tmp_path / "original"
    shutil.copytree(with_key.parent / "original", folder)
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.add_new("PatientSex", "CS", "NEITHER")
        dataset.save_as(path)
    ended = exported(with_key, tmp_path / "out", "seg", original=folder, author=BEN)
    assert ended.files == ()
    assert "cannot be handed on" in ended.refused[0].reason


def test_a_study_number_longer_than_the_standard_allows_is_cut(with_key: Path, tmp_path: Path):
    folder = tmp_path / "original"
    shutil.copytree(with_key.parent / "original", folder)
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.StudyID = "12345678901234567"
        dataset.save_as(path)
    ended = exported(with_key, tmp_path / "out", "seg", "sr", "rtstruct", original=folder)
    assert ended.refused == ()
    found = {str(pydicom.dcmread(path).StudyID) for path in (tmp_path / "out").iterdir()}
    assert found == {"1234567890123456"}


def test_the_names_of_authors_that_look_alike_stay_apart():
    authors = ("Ä. Öz", "A. Oz", "李")
    assert [bundles.author_stem(one, authors) for one in authors] == ["A-Oz", "A-Oz-2", "author"]


def test_tilted_slices_get_a_mask_each_and_a_remark(tmp_path: Path):
    drawn_study(tmp_path, TILTED).close()
    ended = exported(tmp_path / "study", tmp_path / "out", "nifti", "seg", "rtstruct")
    assert ended.refused == ()
    masks = [file for file in ended.files if file.kind == "nifti"]
    assert len(masks) > 2
    assert all("tilted" in file.remark for file in masks)


def test_the_command_writes_and_tells_json(study: Path, tmp_path: Path, capsys):
    code = run("margins", "export", study, "--format", "seg,csv", "--out", tmp_path, "--json")
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert told["refused"] == []
    assert {one["kind"] for one in told["files"]} == {"seg", "csv"}
    assert all(Path(one["file"]).exists() and one["round_trip"]["exact"] for one in told["files"])


def test_the_command_refers_to_the_original_series(with_key: Path, tmp_path: Path, capsys):
    folder = with_key.parent / "original"
    code = run("margins", "export", with_key, "--original", folder, "--out", tmp_path / "out")
    told = capsys.readouterr()
    assert code == 0, told.err
    assert told.out.count("NAME THE PATIENT") == 1
    written = sorted((tmp_path / "out").iterdir())
    assert len(written) == 6
    assert {str(pydicom.dcmread(path).PatientID) for path in written} == {"PAT 7"}
    assert run("margins", "export", with_key, "--original", tmp_path, "--out", tmp_path / "b") == 1
    assert "5 of 5 slices" in capsys.readouterr().err


def test_margins_too_small_for_a_mask_are_told(tmp_path: Path):
    with drawn_study(tmp_path) as store:
        series = cases.all_series(store)[0]
        lesion = cases.add_lesion(store, series.id, author=ANN)
        speck = ((5.6, 5.6), (5.9, 5.6), (5.9, 5.9), (5.6, 5.9))
        cases.save_contour(
            store, lesion.id, volume.slice_uids(series)[2], 2, speck, ANN, "freehand"
        )
        done = result_of(export_margins(store, ("seg", "sr", "nifti"), tmp_path / "out"))
    said = {(file.kind, file.author): file.remark for file in done.files}
    lacking = "Too small to hold the centre of a pixel, so not in the masks: L3 on slice 3."
    assert said == {
        ("seg", ANN): lacking, ("seg", BEN): "", ("sr", ANN): "", ("sr", BEN): "",
        ("nifti", ""): lacking,
    }  # fmt: skip


def test_originals_without_a_preamble_are_referred_to(tmp_path: Path):
    drawn_study(tmp_path).close()
    for path in (tmp_path / "original").iterdir():
        content = path.read_bytes()
        path.write_bytes(content[144 + int.from_bytes(content[140:144], "little") :])
    done = exported(tmp_path / "study", tmp_path / "out", "seg", "sr", "rtstruct",
                    original=tmp_path / "original")  # fmt: skip
    assert (len(done.files), done.refused) == (6, ())
    assert all("NAME THE PATIENT" in file.remark for file in done.files)


def test_bad_calls_of_the_command_end_with_2(study: Path, tmp_path: Path, capsys):
    assert run("margins", "export", study, "--format", "dwg", "--out", tmp_path) == 2
    assert run("margins", "export", tmp_path / "no", "--out", tmp_path) == 2
    assert run("margins", "import", study, tmp_path / "no.dcm") == 2
    assert "There is no" in capsys.readouterr().err


def test_margins_handed_on_come_back_through_the_command(tmp_path: Path, capsys):
    drawn_study(tmp_path).close()
    study, out = tmp_path / "study", tmp_path / "out"
    assert run("margins", "export", study, "--format", "seg,json", "--out", out) == 0
    capsys.readouterr()
    file = out / "P-001_1_Ann-Oz_seg.dcm"
    assert run("margins", "import", study, file, "--author", "Cy", "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert {lesion["author"] for lesion in told["lesions"]} == {"Cy"}
    with Store.open(study) as store:
        handed = [m for m in cases.contours(store) if m.author == "Cy"]
        series = cases.all_series(store)[0]
    assert {m.slice_index for m in handed} == {1, 2, 3}
    assert len(handed) == 6
    assert {m.series_id for m in handed} == {series.id}


def test_a_file_that_is_none_is_refused_and_a_good_one_beside_it_taken(tmp_path: Path, capsys):
    drawn_study(tmp_path).close()
    study, out = tmp_path / "study", tmp_path / "out"
    assert run("margins", "export", study, "--format", "json", "--author", BEN, "--out", out) == 0
    (out / "notes.txt").write_text("nothing")
    files = (out / "notes.txt", out / "P-001_1.json")
    assert run("margins", "import", study, *files, "--author", "Cy") == 1
    assert "not taken: notes.txt" in capsys.readouterr().err
    assert run("margins", "import", study, out / "notes.txt", "--author", "Cy") == 2
