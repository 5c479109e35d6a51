"""Foreign CT files for import tests: made slice by slice, with whatever is to be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

SIDE = 32


def ct(
    path: Path,
    z: float = 0.0,
    *,
    uid: str = "",
    series: str = "1.2.3",
    patient: str = "PAT 7",
    hu: int | np.ndarray = 40,
    **changes: object,
) -> Dataset:
    """Write one CT slice; `changes` set or (None) delete attributes by keyword."""
    dataset = _dataset(z, uid or f"1.2.3.{round(1000 * (z + 1000))}", series, patient, hu)
    for name, value in changes.items():
        if value is None:
            if name in dataset:
                del dataset[name]
        else:
            setattr(dataset, name, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return dataset


def _dataset(z: float, uid: str, series: str, patient: str, hu: int | np.ndarray) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, uid
    dataset.Modality, dataset.Manufacturer = "CT", "SIEMENS"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.PatientID, dataset.PatientName = patient, "Doe^Jane"
    dataset.StudyDate = "20200310"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.9", series
    dataset.FrameOfReferenceUID = "1.2.8"
    dataset.ImagePositionPatient = [-10.0, -20.0, z]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.SliceThickness = [0.8, 0.7], 5.0
    dataset.Rows = dataset.Columns = SIDE
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 0
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    pixels = np.full((SIDE, SIDE), hu) if isinstance(hu, int) else hu
    dataset.PixelData = (pixels + 1024).astype("<u2").tobytes()
    return dataset


def stack(folder: Path, heights: tuple[float, ...], **changes: object) -> list[Path]:
    """Slices at these heights, their names in no order of theirs."""
    paths = []
    for number, z in enumerate(heights):
        path = folder / f"{(number * 7919) % 1000:03d}_{number}"
        ct(path, z, hu=int(10 * number), **changes)  # type: ignore[arg-type]
        paths.append(path)
    return paths


def with_bits(
    path: Path,
    hu: np.ndarray,
    *,
    z: float = 0.0,
    allocated: int = 16,
    stored_bits: int = 16,
    signed: bool = False,
    slope: float | None = 1,
    intercept: float | None = -1024,
    **changes: object,
) -> Dataset:
    """One CT slice whose stored values are (hu - intercept) / slope in so many bits."""
    raw = np.rint((hu - (intercept or 0)) / (slope or 1)).astype(np.int64)
    mask = (1 << stored_bits) - 1
    kind = f"<{'i' if signed else 'u'}{allocated // 8}"
    pixels = raw.astype(kind) if signed else (raw & mask).astype(kind)
    header: dict[str, object] = {
        "Rows": hu.shape[0],
        "Columns": hu.shape[1],
        "BitsAllocated": allocated,
        "BitsStored": stored_bits,
        "HighBit": stored_bits - 1,
        "PixelRepresentation": int(signed),
        "RescaleSlope": slope,
        "RescaleIntercept": intercept,
        "PixelData": pixels.tobytes(),
    }
    return ct(path, z, **header | changes)  # type: ignore[arg-type]


def stored(folder: Path) -> list[Dataset]:
    """The files of a stored series in their order."""
    return [pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm"))]
