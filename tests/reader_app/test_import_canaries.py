"""RELIABILITY 6: what is planted in a file, its name or its folder is nowhere in the study."""

from __future__ import annotations

import inspect
import re
import zipfile
from pathlib import Path

import pydicom
import pytest
from foreign_ct import ct, stored
from import_desk import run_import
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from reader_app.workflows.export import export_results
from studies import places
from studies.imaging import deidentify
from studies.imaging.dicom.kept import KEPT
from studies.store import Store

CANARY = "CANARY7F3A"
NUMBER = "7712345"
TEXT_VRS = (
    "AE",
    "AS",
    "CS",
    "DA",
    "DT",
    "LO",
    "LT",
    "PN",
    "SH",
    "ST",
    "TM",
    "UC",
    "UI",
    "UR",
    "UT",
)
NUMBER_VRS = ("DS", "IS")
NEEDED = {"SOPClassUID", "Modality", "ImageType", "PhotometricInterpretation", "RescaleType",
          "SpecificCharacterSet", "BurnedInAnnotation", "PixelSpacing", "ImagePositionPatient",
          "ImageOrientationPatient", "RescaleSlope", "RescaleIntercept", "NumberOfFrames",
          "LossyImageCompression"}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.create(tmp_path / "study.blindread", "Import") as made:
        yield made


def plant(dataset: Dataset) -> int:
    """The canary in every text value, an odd number in every numeric text, three nests deep."""
    from pydicom.datadict import DicomDictionary

    planted = 0
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        if tag >> 16 < 8 or keyword in NEEDED or not keyword:
            continue
        if vr in TEXT_VRS:
            dataset.add_new(tag, vr, f"1.2.{CANARY}" if vr == "UI" else CANARY)
        elif vr in NUMBER_VRS:
            dataset.add_new(tag, vr, NUMBER)
        planted += vr in (*TEXT_VRS, *NUMBER_VRS)
    for group, creator in ((0x0011, CANARY), (0x0029, "SIEMENS CSA HEADER")):
        block = dataset.private_block(group, creator, create=True)
        for offset, vr in enumerate(("LO", "UN", "OB", "UT", "PN"), start=1):
            block.add_new(offset, vr, CANARY.encode() if vr in ("UN", "OB") else CANARY)
    inner = Dataset()
    inner.PatientName = inner.InstitutionName = inner.RetrieveURL = CANARY
    for _ in range(3):
        outer = Dataset()
        outer.ReferencedPatientSequence = outer.RequestAttributesSequence = Sequence([inner])
        inner = outer
    dataset.ReferencedPatientSequence = dataset.SourceImageSequence = Sequence([inner])
    for group in (0x6000, 0x6002):
        dataset.add_new(group << 16 | 0x0022, "LO", CANARY)
        dataset.add_new(group << 16 | 0x3000, "OW", CANARY.encode())
    return planted


def planted_file(path: Path) -> None:
    """One slice with all of it, also before and behind the data set."""
    dataset = ct(path)
    assert plant(dataset) > 2000
    dataset.file_meta.SourceApplicationEntityTitle = CANARY
    dataset.preamble = CANARY.encode().ljust(128, b"\0")
    dataset.add_new(0xFFFCFFFC, "OB", CANARY.encode())
    before = pydicom.config.settings.writing_validation_mode
    pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
    try:
        dataset.save_as(path, enforce_file_format=True)
    finally:
        pydicom.config.settings.writing_validation_mode = before
    assert path.read_bytes().count(CANARY.encode()) > 1500


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("has_patient", [True, False])
@pytest.mark.parametrize("is_zip", [False, True])
def test_no_planted_text_is_anywhere_in_study_exports_or_logs(
    store: Store, tmp_path: Path, has_patient: bool, is_zip: bool, caplog, capfd
):
    source = tmp_path / f"in {CANARY}" / f"{CANARY}^Jane" / f"{CANARY}.dcm"
    planted_file(source)
    if not has_patient:
        dataset = pydicom.dcmread(source)
        del dataset.PatientID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID
        dataset.save_as(source, enforce_file_format=True)
    if is_zip:
        with zipfile.ZipFile(tmp_path / f"{CANARY}.zip", "w") as archive:
            archive.write(source, f"{CANARY}/{CANARY}")
        source = tmp_path / f"{CANARY}.zip"
    caplog.clear()
    capfd.readouterr()
    caplog.set_level("DEBUG")
    (series,) = run_import(store, source).series
    for _ in export_results(store, tmp_path / "out"):
        pass
    said = "".join(capfd.readouterr()) + caplog.text
    assert CANARY not in f"{said}{series}"
    checked = 0
    for root in (store.folder, tmp_path / "out"):
        for path in root.rglob("*"):
            assert CANARY not in str(path.relative_to(root))
            if path.is_file():
                assert leaks(path.read_bytes()) == [], path
                checked += 1
    assert checked >= 5


def leaks(content: bytes) -> list[str]:
    """Which planted texts stand in these bytes, in 8 or 16 bits."""
    texts = (CANARY, NUMBER)
    kinds = ("utf-8", "utf-16-le", "utf-16-be")
    return [text for text in texts if any(text.encode(kind) in content for kind in kinds)]


def test_the_key_alone_knows_the_patient_and_lies_outside(store: Store, tmp_path: Path):
    ct(tmp_path / "in" / "one", patient=CANARY)
    run_import(store, tmp_path / "in")
    keys = list((places.keys_home() / "studies").iterdir())
    assert [CANARY in key.read_text("utf-8") for key in keys] == [True]
    assert not keys[0].is_relative_to(store.folder)


def test_one_uid_is_one_pseudonym_wherever_it_stands(store: Store, tmp_path: Path):
    """Study and frame of reference of two series stay one; the slices' own are all different."""
    for number in range(2):
        ct(tmp_path / "in" / str(number), 5.0 * number, series=f"1.3.{number}")
    series = run_import(store, tmp_path / "in").series
    datasets = [dataset for one in series for dataset in stored(one.folder)]
    for name, count in (("StudyInstanceUID", 1), ("FrameOfReferenceUID", 1),
                        ("SeriesInstanceUID", 2), ("SOPInstanceUID", 2)):  # fmt: skip
        uids = {str(dataset[name].value) for dataset in datasets}
        assert len(uids) == count
        assert all(re.fullmatch(r"2\.25\.[1-9]\d{0,38}", uid) for uid in uids)
    for dataset in datasets:
        assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID


def test_dates_of_one_patient_keep_their_distance(store: Store, tmp_path: Path):
    for number, day in enumerate(("20200310", "20200324")):
        ct(tmp_path / "in" / str(number), series=f"1.3.{number}", uid=f"1.4.{number}",
           StudyDate=day, StudyInstanceUID=f"1.5.{number}")  # fmt: skip
    days = [
        pydicom.valuerep.DA(stored(one.folder)[0].StudyDate)
        for one in run_import(store, tmp_path / "in").series
    ]
    assert (days[1] - days[0]).days == 14
    assert days[0].year < 2020 or days[0].month < 3 or days[0].day < 10


def test_all_that_de_identification_looks_at_is_read_from_the_file():
    source = inspect.getsource(deidentify)
    asked = set(re.findall(r'(?:_text\(source,|soft\(\(source,\),) "(\w+)"', source))
    asked |= set(deidentify._DATES) | {name for name, _ in deidentify._NUMBERS}
    assert len(asked) > 12
    assert asked <= set(KEPT)
