"""The import gate against headers that lie: no wrong HU, no bomb, no series lost or mixed."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from foreign_ct import SIDE, ct, stack, stored
from learning_sets import result_of
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    EnhancedCTImageStorage,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from reader_app.workflows.import_cases import import_paths
from studies import cases
from studies.imaging.dicom.claims import coded_size
from studies.imaging.volume import load, load_slice
from studies.records import ImportReport
from studies.store import Store

HU = np.random.default_rng(7).integers(-1000, 1000, (SIDE, SIDE))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.create(tmp_path / "study.blindread", "Import") as made:
        yield made


def _import(store: Store, *paths: Path) -> ImportReport:
    report: ImportReport = result_of(import_paths(store, paths))
    assert not list(store.series_folder.glob(".incoming*"))
    return report


def _changed(path: Path, change: Callable[[Dataset], None]) -> Path:
    """A slice of HU written, changed and written again."""
    dataset = ct(path, hu=HU)
    change(dataset)
    dataset.save_as(path, enforce_file_format=True)
    return path


# --- HU -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"RescaleSlope": 0}, "slope is 0"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "indices of colours"),
        ({"BitsStored": 12, "HighBit": 15}, "bits"),
        ({"BitsStored": 1, "HighBit": 0}, "too few for CT"),
        ({"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}, "more pixels"),
        ({"PixelSpacing": [1e6, 1e6]}, "pixel spacing is"),
        ({"ImagePositionPatient": [0, 0, 1e300]}, "100 m"),
    ],
)
def test_headers_that_would_give_wrong_numbers_are_refused(
    store: Store, tmp_path: Path, changes: dict[str, object], reason: str
):
    ct(tmp_path / "in" / "one", **changes)
    report = _import(store, tmp_path / "in")
    (verdict,) = report.left_out
    assert reason in verdict.reason
    assert not cases.cases(store)


@pytest.mark.parametrize("unit", ["US", "MGML", "Z_EFF"])
def test_values_of_another_unit_are_no_hu_now_and_when_they_return(
    store: Store, tmp_path: Path, unit: str
):
    ct(tmp_path / "in" / "one", RescaleType=unit)
    (series,) = _import(store, tmp_path / "in").series
    assert not series.has_hu
    assert any("another unit" in badge for badge in series.badges)
    (again,) = _import(store, series.folder).series
    assert not again.has_hu


def test_bits_above_the_stored_ones_do_not_count(store: Store, tmp_path: Path):
    def plant(dataset: Dataset) -> None:
        dataset.BitsStored, dataset.HighBit = 12, 11
        dataset.PixelData = ((HU + 1024) | 0xF000).astype("<u2").tobytes()

    def plant_signed(dataset: Dataset) -> None:
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, 1
        dataset.RescaleIntercept, dataset.SeriesInstanceUID = 0, "1.2.4"
        dataset.PixelData = (HU & 0xFFF).astype("<u2").tobytes()

    for change in (plant, plant_signed):
        path = _changed(tmp_path / change.__name__, change)
        (series,) = _import(store, path).series
        np.testing.assert_array_equal(load_slice(series, 0), HU)


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_lossless_codecs_give_the_same_hu(store: Store, tmp_path: Path, syntax: str):
    path = _changed(tmp_path / "one", lambda dataset: dataset.compress(syntax))
    (series,) = _import(store, path).series
    np.testing.assert_array_equal(load_slice(series, 0), HU)


# --- bombs --------------------------------------------------------------------------------------


def _deflated(dataset: Dataset) -> None:
    dataset.add_new(0x00090010, "LO", "BLOCK")
    dataset.add_new(0x00091001, "OB", b"\0" * (80 << 20))
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian


def _big_j2k(dataset: Dataset) -> None:
    _patched(dataset, JPEG2000Lossless, b"\xff\x4f\xff\x51", 8, struct.pack(">II", 20000, 20000))


def _big_jpeg_ls(dataset: Dataset) -> None:
    _patched(dataset, JPEGLSLossless, b"\xff\xf7", 5, struct.pack(">HH", 30000, 30000))


def _patched(dataset: Dataset, syntax: str, mark: bytes, at: int, content: bytes) -> None:
    dataset.compress(syntax)
    pixels = bytearray(dataset.PixelData)
    start = pixels.find(mark) + at
    pixels[start : start + len(content)] = content
    dataset.PixelData = bytes(pixels)
    dataset["PixelData"].is_undefined_length = True


@pytest.mark.parametrize(
    ("bomb", "reason"),
    [
        (_deflated, "unpacks to far more"),
        (_big_j2k, "another size"),
        (_big_jpeg_ls, "another size"),
    ],
)
def test_bombs_are_refused_at_once(
    store: Store, tmp_path: Path, bomb: Callable[[Dataset], None], reason: str
):
    path = _changed(tmp_path / "bomb", bomb)
    start = time.process_time()
    (verdict,) = _import(store, path).left_out
    assert reason in verdict.reason
    assert time.process_time() - start < 2


def test_a_deflated_slice_is_read(store: Store, tmp_path: Path):
    def deflate(dataset: Dataset) -> None:
        dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian

    (series,) = _import(store, _changed(tmp_path / "one", deflate)).series
    np.testing.assert_array_equal(load_slice(series, 0), HU)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8", b"\xff\xd8\xff\xff\xff\xff", b"\xff\x4f\xff\x51"]
)
def test_a_codestream_that_says_no_size_has_none(content: bytes):
    assert coded_size(content) is None


# --- one series UID for several things ----------------------------------------------------------


def test_patients_with_one_series_uid_are_two_series(store: Store, tmp_path: Path):
    for patient, uid in (("A", "1.2.5"), ("B", "1.2.6")):
        ct(tmp_path / patient, uid=uid, patient=patient, hu=ord(patient))
        assert len(_import(store, tmp_path / patient).series) == 1
    assert len({series.series_uid for series in cases.all_series(store)}) == 2
    assert [len(case.series) for case in cases.cases(store)] == [1, 1]


def test_two_geometries_of_one_series_both_come_in(store: Store, tmp_path: Path):
    stack(tmp_path / "in", (0.0, 5.0, 10.0))
    for z in (100.0, 105.0):
        ct(tmp_path / "in" / f"coarse{z}", z, PixelSpacing=[0.9, 0.9])
    report = _import(store, tmp_path / "in")
    assert not report.left_out
    assert sorted(series.slices for series in report.series) == [2, 3]
    again = _import(store, tmp_path / "in")
    assert len(again.left_out) == 5


# --- enhanced CT --------------------------------------------------------------------------------


def _enhanced(dataset: Dataset) -> None:
    """Three frames whose geometry stands in the frames alone; the shared item is missing."""
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    dataset.NumberOfFrames, dataset.PixelData = 3, dataset.PixelData * 3
    frames = []
    for number in range(3):
        frame, place, turn, sizes, values = (Dataset() for _ in range(5))
        place.ImagePositionPatient = [0, 0, 4.0 * (2 - number)]
        turn.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        sizes.PixelSpacing, sizes.SliceThickness = [0.7, 0.7], 4
        values.RescaleSlope, values.RescaleIntercept = 1, -1024 + number
        frame.PlanePositionSequence = Sequence([place])
        frame.PlaneOrientationSequence = Sequence([turn])
        frame.PixelMeasuresSequence = Sequence([sizes])
        frame.PixelValueTransformationSequence = Sequence([values])
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    for name in ("PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient",
                 "RescaleSlope", "RescaleIntercept", "SliceThickness"):  # fmt: skip
        delattr(dataset, name)


def test_frames_may_tell_everything_themselves(store: Store, tmp_path: Path):
    (series,) = _import(store, _changed(tmp_path / "one", _enhanced)).series
    volume = load(series)
    assert volume.positions == (0.0, 4.0, 8.0)
    for voxels, offset in zip(volume.voxels, (2, 1, 0), strict=True):
        np.testing.assert_array_equal(voxels, HU + offset)


# --- what is left of a person -------------------------------------------------------------------


def test_numbers_that_single_a_person_out_are_not_kept(store: Store, tmp_path: Path):
    ct(tmp_path / "in" / "one", PatientAge="097Y", KVP="7712345", XRayTubeCurrent=4711123)
    (series,) = _import(store, tmp_path / "in").series
    (dataset,) = stored(series.folder)
    assert dataset.PatientAge == "090Y"
    assert dataset.KVP is None
    assert "XRayTubeCurrent" not in dataset


def test_what_the_header_says_is_not_told_to_any_log(
    store: Store,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    path = _changed(tmp_path / "one", lambda dataset: None)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"UI\x06\x001.2.8\0", b"UI\x06\x00Doe^J "))
    assert _import(store, path).series
    assert "Doe" not in caplog.text + "".join(capfd.readouterr())
