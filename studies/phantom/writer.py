"""A simulated patient as DICOM CT Image Storage (PS3.3 A.3), one file a slice in z order."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from studies.phantom.anatomy import SIZE
from studies.phantom.plan import CasePlan
from studies.phantom.render import Patient, slices

SIMULATED = "SIMULATED"
_IMPLEMENTATION = "2.25.61250915420364391215432197652310994120"
_DATE, _TIME = "20180921", "120000"


@dataclass(frozen=True)
class WrittenSeries:
    """What was written: UIDs in z order and the description a person reads."""

    folder: Path
    study_uid: str
    series_uid: str
    sop_uids: tuple[str, ...]
    description: str


def write_series(drawn: Patient, folder: Path) -> WrittenSeries:
    """Write 00000.dcm… into `folder`, which is made; each file is synced to disk."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = drawn.plan
    sop_uids = tuple(_uid(plan, f"sop {index}") for index in range(plan.slices))
    dataset = _series_dataset(plan)
    for index, pixels in enumerate(slices(drawn)):
        _set_slice(dataset, plan, index, drawn.z[index], sop_uids[index])
        dataset.PixelData = (pixels + 1024).astype("<u2").tobytes()
        _write(dataset, folder / f"{index:05d}.dcm")
    return WrittenSeries(
        folder,
        str(dataset.StudyInstanceUID),
        str(dataset.SeriesInstanceUID),
        sop_uids,
        str(dataset.SeriesDescription),
    )


def _uid(plan: CasePlan, what: str) -> str:
    """2.25 UID (PS3.5 B.2) from the plan's seed, so that the same plan gives the same files."""
    digest = hashlib.sha256(f"blindread phantom {plan.patient} {plan.seed} {what}".encode())
    number = int.from_bytes(digest.digest()[:16], "big")
    number = number & ~(0xF << 76) | (0x8 << 76)
    number = number & ~(0x3 << 62) | (0x2 << 62)
    return f"2.25.{number}"


def _write(dataset: FileDataset, path: Path) -> None:
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    with path.open("wb") as file:
        file.write(buffer.getvalue())
        file.flush()
        os.fsync(file.fileno())


def _series_dataset(plan: CasePlan) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = _IMPLEMENTATION
    meta.ImplementationVersionName = "BLINDREAD"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    _set_patient(dataset, plan)
    _set_series(dataset, plan)
    _set_pixels(dataset, plan)
    return dataset


def _set_patient(dataset: Dataset, plan: CasePlan) -> None:
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.PatientName = f"{SIMULATED}^{plan.patient}"
    dataset.PatientID = plan.patient
    dataset.PatientBirthDate = ""
    dataset.PatientSex = ""
    dataset.PatientComments = f"{SIMULATED}: drawn by a program, no person"
    dataset.StudyInstanceUID = _uid(plan, "study")
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = _DATE
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = _TIME
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.StudyID = "1"
    dataset.StudyDescription = f"{SIMULATED} liver CT"


def _set_series(dataset: Dataset, plan: CasePlan) -> None:
    dataset.Modality = "CT"
    dataset.SeriesInstanceUID = _uid(plan, "series")
    dataset.SeriesNumber = 1
    dataset.SeriesDescription = f"{SIMULATED} portal venous"
    dataset.PatientPosition = "HFS"
    dataset.BodyPartExamined = "LIVER"
    dataset.FrameOfReferenceUID = _uid(plan, "frame")
    dataset.PositionReferenceIndicator = ""
    dataset.Manufacturer = "Blindread"
    dataset.ManufacturerModelName = plan.scanner.name
    dataset.SoftwareVersions = "phantom 1"
    dataset.DeviceSerialNumber = "0"
    dataset.ContrastBolusAgent = SIMULATED
    dataset.KVP = 120
    dataset.Exposure = plan.mas
    dataset.ExposureTime = 500
    dataset.XRayTubeCurrent = plan.mas * 2
    dataset.ConvolutionKernel = f"{SIMULATED} {plan.scanner.name[-1]}"
    dataset.ReconstructionDiameter = round(plan.pixel_mm * SIZE, 2)
    dataset.AcquisitionNumber = 1


def _set_pixels(dataset: Dataset, plan: CasePlan) -> None:
    dataset.SOPClassUID = CTImageStorage
    dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    dataset.DerivationDescription = f"{SIMULATED} by a phantom program"
    dataset.ImageComments = f"{SIMULATED}: not a patient"
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "00"
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows = dataset.Columns = SIZE
    dataset.PixelSpacing = [plan.pixel_mm, plan.pixel_mm]
    dataset.SliceThickness = plan.slice_mm
    dataset.SpacingBetweenSlices = plan.slice_mm
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = -1024, 1, "HU"
    dataset.WindowCenter, dataset.WindowWidth = 90, 150


def _set_slice(dataset: FileDataset, plan: CasePlan, index: int, z_mm: float, uid: str) -> None:
    first = round((0.5 - SIZE / 2) * plan.pixel_mm, 4)
    dataset.file_meta.MediaStorageSOPInstanceUID = uid
    dataset.SOPInstanceUID = uid
    dataset.InstanceNumber = index + 1
    dataset.ImagePositionPatient = [first, first, round(z_mm, 4)]
    dataset.SliceLocation = round(z_mm, 4)
