"""The import gate against harm: zips, deep nesting, planted patient data."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pydicom
import pytest
from foreign_ct import ct, stack, stored
from import_desk import ISOTROPIC, only_reason, run_import
from pydicom.dataset import Dataset

from studies.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.create(tmp_path / "study.blindread", "Import") as made:
        yield made


# --- zips ---------------------------------------------------------------------------------------


def _zip(path: Path, members: list[tuple[str, bytes]], link: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if name == link:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, content)
    return path


def test_a_zip_is_read_like_a_folder(store: Store, tmp_path: Path):
    members = [(f"ct/{p.name}", p.read_bytes()) for p in stack(tmp_path / "ct", ISOTROPIC)]
    report = run_import(store, _zip(tmp_path / "ct.zip", [*members, ("readme.txt", b"hello")]))
    assert len(report.taken) == 4
    assert report.left_out[0].file.endswith("ct.zip/readme.txt")


@pytest.mark.parametrize(
    ("members", "link", "words"),
    [
        ([("../evil", b"x")], "", "outside"),
        ([("/evil", b"x")], "", "outside"),
        ([("a\\..\\..\\evil", b"x")], "", "outside"),
        ([("a", b"x"), ("A", b"y")], "", "one name"),
        ([("a", b"/etc/passwd")], "a", "link"),
        ([("bomb", b"\0" * (120 << 20))], "", "not opened"),
        ([], "", "empty"),
    ],
)
def test_dangerous_zips_are_refused_before_writing(
    store: Store, tmp_path: Path, members: list[tuple[str, bytes]], link: str, words: str
):
    report = run_import(store, _zip(tmp_path / "x.zip", members, link))
    assert words in only_reason(report)


def test_a_damaged_zip_is_a_sentence(store: Store, tmp_path: Path):
    path = _zip(tmp_path / "x.zip", [("a", b"x" * 100)])
    path.write_bytes(path.read_bytes()[:60])
    assert "damaged" in only_reason(run_import(store, path))


# --- de-identification ----------------------------------------------------------------------------

CANARY = "CANARY7F3A"
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


def _plant(dataset: Dataset) -> int:
    """Put the canary into every text attribute of the dictionary that a dataset may have."""
    from pydicom.datadict import DicomDictionary

    kept = {"SOPClassUID", "Modality", "ImageType", "PhotometricInterpretation",
            "SpecificCharacterSet", "BurnedInAnnotation"}  # fmt: skip
    planted = 0
    for tag, (vr, _, _, retired, keyword) in DicomDictionary.items():
        group = tag >> 16
        if vr not in TEXT_VRS or group < 8 or keyword in kept or not keyword or retired:
            continue
        value = f"1.2.{CANARY}" if vr == "UI" else CANARY
        dataset.add(pydicom.DataElement(tag, vr, value))
        planted += 1
    return planted


def test_no_planted_text_reaches_the_study(store: Store, tmp_path: Path):
    dataset = pydicom.dcmread(_one(tmp_path))
    assert _plant(dataset) > 1500
    block = dataset.private_block(0x0011, CANARY, create=True)
    block.add_new(1, "LO", CANARY)
    inner = Dataset()
    inner.PatientName = inner.InstitutionName = CANARY
    dataset.ReferencedPatientSequence = [inner]
    pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
    try:
        dataset.save_as(tmp_path / "planted", enforce_file_format=True)
    finally:
        pydicom.config.settings.writing_validation_mode = None
    report = run_import(store, tmp_path / "planted")
    assert len(report.series) == 1
    for path in store.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert CANARY.encode() not in content, path
            assert CANARY.encode("utf-16-le") not in content, path


def _one(folder: Path) -> Path:
    ct(folder / "one")
    return folder / "one"


def test_names_uids_and_dates_are_replaced(store: Store, tmp_path: Path):
    stack(tmp_path / "ct", ISOTROPIC)
    (series,) = run_import(store, tmp_path / "ct").series
    for dataset in stored(series.folder):
        assert str(dataset.PatientName) == dataset.PatientID == "P-001"
        assert dataset.PatientIdentityRemoved == "YES"
        assert dataset.DeidentificationMethodCodeSequence[0].CodeValue == "113100"
        assert dataset.StudyDate not in ("20200310", "")
        for name in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
            uid = str(dataset[name].value)
            assert uid.startswith("2.25.")
            assert len(uid) <= 44
    assert len({str(d.SOPInstanceUID) for d in stored(series.folder)}) == 4
    assert len({str(d.FrameOfReferenceUID) for d in stored(series.folder)}) == 1


def test_a_free_text_kernel_or_maker_is_not_kept(store: Store, tmp_path: Path):
    ct(tmp_path / "a", Manufacturer="Dr Smith", ConvolutionKernel="Jane Doe")
    (series,) = run_import(store, tmp_path / "a").series
    (dataset,) = stored(series.folder)
    assert (series.scanner, str(dataset.Manufacturer)) == ("", "")
    assert "ConvolutionKernel" not in dataset
