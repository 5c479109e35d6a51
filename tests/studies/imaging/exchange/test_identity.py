"""Margins on the original series: found by the study's key, or refused in words."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from drawn_series import ANN, OBLIQUE, dciodvfy_errors, drawn_study

from studies.cases.handover import drawn_series, outgoing
from studies.errors import StudyError
from studies.imaging.exchange import rtstruct, seg, sr
from studies.imaging.exchange.identity import (
    lesion_uid,
    on_original,
    original_files,
    stored_uid,
)
from studies.imaging.exchange.outgoing import Outgoing
from studies.imaging.study_key import StudyKey, open_key


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outgoing, StudyKey, Path]:
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLINDREAD_HOME", str(tmp_path_factory.mktemp("home")))
        with drawn_study(folder, OBLIQUE) as store:
            handed = outgoing(store, drawn_series(store)[0])
            return handed, open_key(store.folder), folder / "original"


@pytest.fixture
def stored(
    tmp_path: Path, kept: tuple[Outgoing, StudyKey, Path]
) -> tuple[Outgoing, StudyKey, Path]:
    """What a study hands on, its key, and a copy of the originals to be changed."""
    handed, key, folder = kept
    shutil.copytree(folder, tmp_path / "original")
    return handed, key, tmp_path / "original"


def found(folder: Path, key: StudyKey) -> dict[str, Path]:
    return {stored_uid(path, key): path for path in original_files(folder)}


def test_all_three_kinds_name_the_original_patient_series_and_slices(
    tmp_path: Path, stored: tuple[Outgoing, StudyKey, Path]
):
    handed, key, folder = stored
    (folder / "notes.txt").write_text("no DICOM")
    on_theirs = on_original(handed, found(folder, key))
    for kind in (seg, sr, rtstruct):
        data = kind.written(on_theirs, ANN)
        dataset = pydicom.dcmread(io.BytesIO(data))
        assert dataset.PatientID == "PAT 7"
        assert dataset.StudyInstanceUID == "1.2.9"
        words = str(dataset)
        assert all(f"1.2.3.77.{n}" in words for n in (1, 2, 3))
        assert not any(frame.sop_uid in words for frame in handed.series.frames)
        assert kind.round_trip(data, on_theirs, ANN).exact
        (tmp_path / "out.dcm").write_bytes(data)
        assert dciodvfy_errors(tmp_path / "out.dcm") == []


def test_file_names_stay_those_of_the_pseudonym(stored: tuple[Outgoing, StudyKey, Path]):
    handed, key, folder = stored
    assert on_original(handed, found(folder, key)).series.file_stem == "P-001_1"


def test_another_studys_key_finds_nothing(stored: tuple[Outgoing, StudyKey, Path]):
    handed, key, folder = stored
    other = replace(key, secret=b"another secret of another study!")
    with pytest.raises(StudyError, match="5 of 5 slices"):
        on_original(handed, found(folder, other))


def test_a_missing_slice_is_refused(stored: tuple[Outgoing, StudyKey, Path]):
    handed, key, folder = stored
    (folder / "3.dcm").unlink()
    with pytest.raises(StudyError, match="1 of 5 slices of P-001"):
        on_original(handed, found(folder, key))


def _moved(dataset: pydicom.Dataset) -> None:
    x, y, z = dataset.ImagePositionPatient
    dataset.ImagePositionPatient = [x + 0.5, y, z]


def _of_another_series(dataset: pydicom.Dataset) -> None:
    dataset.SeriesInstanceUID = "1.2.99"


def _without_study(dataset: pydicom.Dataset) -> None:
    dataset.StudyInstanceUID = ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_moved, "lies elsewhere"),
        (_of_another_series, "several series"),
        (_without_study, "no StudyInstanceUID"),
    ],
)
def test_an_original_that_changed_since_is_refused(
    stored: tuple[Outgoing, StudyKey, Path],
    change: Callable[[pydicom.Dataset], None],
    words: str,
):
    handed, key, folder = stored
    dataset = pydicom.dcmread(folder / "2.dcm")
    change(dataset)
    dataset.save_as(folder / "2.dcm")
    with pytest.raises(StudyError, match=words):
        on_original(handed, found(folder, key))


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(StudyError, match="no folder"):
        original_files(tmp_path / "nowhere")


def test_damaged_files_beside_the_originals_are_passed_over(
    stored: tuple[Outgoing, StudyKey, Path],
):
    handed, key, folder = stored
    (folder / "cut.dcm").write_bytes((folder / "1.dcm").read_bytes()[:300])
    assert stored_uid(folder / "cut.dcm", key) == ""
    assert on_original(handed, found(folder, key)).series.series_uid == "1.2.3"


def test_a_lesions_uid_is_its_own_and_lasts():
    uids = {lesion_uid(study, number) for study in ("a", "b") for number in (1, 11)}
    assert len(uids) == 4
    assert lesion_uid("a", 1) == lesion_uid("a", 1)
    assert all(uid.startswith("2.25.") and len(uid) <= 44 for uid in uids)
