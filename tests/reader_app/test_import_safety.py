"""The import gate against harm: zips, and what is left of names, dates and free texts."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest
from foreign_ct import ct, stack, stored
from import_desk import ISOTROPIC, only_reason, run_import

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
