"""A small CT series of 12 slices, uncompressed DICOM written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from studies import cases
from studies.cases import NewSeries
from studies.records import SeriesRecord
from studies.store import Store

SLICES, SIDE, SPACING = 12, 128, 0.8


def write_slice(path: Path, index: int) -> None:
    """One slice: body of 100 HU with a darker disc, noise of its own."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    hu = np.where(np.hypot(x - 60, y - 70) < 15 + index, 20, 100).astype(np.int16)
    hu += np.random.default_rng(index).integers(-9, 10, hu.shape, dtype=np.int16)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPInstanceUID = f"1.2.826.1.{index + 1}"
    slice_ = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    slice_.SOPInstanceUID, slice_.SOPClassUID = meta.MediaStorageSOPInstanceUID, CTImageStorage
    slice_.Rows = slice_.Columns = SIDE
    slice_.SamplesPerPixel, slice_.PhotometricInterpretation = 1, "MONOCHROME2"
    slice_.BitsAllocated, slice_.BitsStored, slice_.HighBit = 16, 16, 15
    slice_.PixelRepresentation, slice_.RescaleSlope, slice_.RescaleIntercept = 1, 1, 0
    slice_.ImagePositionPatient = [0.0, 0.0, 3.0 * index]
    slice_.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    slice_.PixelData = hu.tobytes()
    slice_.save_as(path, enforce_file_format=True)


def new_series(folder: str, uid: str) -> NewSeries:
    return NewSeries(
        series_uid=uid,
        kind="dicom",
        description=f"Portal {uid}",
        slices=SLICES,
        rows=SIDE,
        columns=SIDE,
        row_spacing=SPACING,
        column_spacing=SPACING,
        slice_spacing=3.0,
        scanner="drawn",
        has_hu=True,
        simulated=True,
        badges=("simulated", "lossy"),
        folder=Path(folder),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "s", "Liver", simulated=True) as made:
        yield made


@pytest.fixture
def series(store: Store) -> SeriesRecord:
    """The series of patient P1."""
    (store.series_folder / "P1").mkdir()
    for index in range(SLICES):
        write_slice(store.series_folder / "P1" / f"{index:05d}.dcm", index)
    case = cases.add_case(store, "P1", simulated=True)
    return cases.add_series(store, case.id, new_series("P1", "1.2.3"))
