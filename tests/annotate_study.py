"""Small studies for the Annotate tests: numpy-made CT as DICOM, and one image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from studies import cases
from studies.cases import NewSeries
from studies.imaging import volume
from studies.records import SeriesRecord
from studies.store import Store

SPACING = 0.8
LESION = (160.0, 110.0, 14.0)
"""Centre x, y and radius in px of the dark disc on every slice."""


def ct_slice(index: int, rows: int = 256, columns: int = 256) -> np.ndarray:
    """A body with a liver and one dark lesion; HU."""
    y, x = np.mgrid[:rows, :columns] + 0.5
    pixels = np.full((rows, columns), -1000.0)
    pixels[((x - columns / 2) / 110) ** 2 + ((y - rows / 2) / 85) ** 2 < 1] = 110
    pixels[np.hypot(x - LESION[0], y - LESION[1]) < LESION[2]] = 20
    pixels += np.random.default_rng(index).normal(0, 8, pixels.shape)
    return np.rint(pixels).astype(np.int16)


def write_slice(path: Path, pixels: np.ndarray, index: int, series: str) -> None:
    """One slice as a stored series holds it."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = f"{series}.{index + 1}"
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = f"{series}.{index + 1}"
    dataset.ImagePositionPatient = [0.0, 0.0, -300.0 + 5 * index]
    dataset.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    dataset.PixelSpacing = [SPACING, SPACING]
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation, dataset.SamplesPerPixel = 1, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    dataset.PixelData = pixels.astype("<i2").tobytes()
    dataset.save_as(path, enforce_file_format=True)


def add_ct(store: Store, patient: str, slices: int = 9, size: int = 256) -> SeriesRecord:
    """A case with one numpy-made CT series."""
    folder = Path(patient)
    (store.series_folder / folder).mkdir(parents=True)
    uid = f"1.2.826.0.1.{sum(map(ord, patient))}"
    for index in range(slices):
        path = store.series_folder / folder / volume.slice_name(index)
        write_slice(path, ct_slice(index, size, size), index, uid)
    case = cases.add_case(store, patient)
    new = NewSeries(
        uid, "dicom", "Portal venous", slices, size, size, SPACING, SPACING, 5.0, "Test scanner",
        True, True, ("simulated",), folder,
    )  # fmt: skip
    return cases.add_series(store, case.id, new)


def add_image(store: Store, patient: str = "US-1") -> SeriesRecord:
    """An image without HU and without mm."""
    folder = Path(patient)
    (store.series_folder / folder).mkdir(parents=True)
    y, x = np.mgrid[:180, :240]
    pixels = (90 + 30 * np.sin(x / 9) + np.where(np.hypot(x - 120, y - 90) < 30, -50, 0)).astype(
        "f4"
    )
    np.save(store.series_folder / folder / volume.IMAGE_FILE, pixels)
    case = cases.add_case(store, patient)
    new = NewSeries(
        f"1.2.3.{len(patient)}", "image", "Ultrasound", 1, 180, 240, 1.0, 1.0, 0.0, "", False,
        False, (), folder,
    )  # fmt: skip
    return cases.add_series(store, case.id, new)
