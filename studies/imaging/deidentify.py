"""De-identification by keep-list: a new CT file from pixels and about thirty known attributes.

Nothing is copied that is not named here, and of what a person may have typed only values of a
known vocabulary are (PS3.15 E.1: Basic Profile with the options Clean Descriptors, Retain
Longitudinal Temporal Information with Modified Dates, Retain Device Identity in part).
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom import Dataset
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from studies.imaging.dicom.pixels import PADDED
from studies.imaging.dicom.values import soft
from studies.imaging.study_key import StudyKey

IMPLEMENTATION = "2.25.61250915420364391215432197652310994120"
MAKERS = ("GE MEDICAL SYSTEMS", "SIEMENS", "Siemens Healthineers", "Philips", "TOSHIBA",
          "CANON_MEC", "Canon Medical Systems", "Hitachi", "NeuroLogica", "UIH")  # fmt: skip
PHANTOM_MAKER = "Blindread"
POSITIONS = ("HFS", "HFP", "HFDR", "HFDL", "FFS", "FFP", "FFDR", "FFDL")
SEXES = ("M", "F", "O")
_KERNEL = re.compile(r"(STANDARD|SOFT|DETAIL|BONE|LUNG|CHEST|[A-Z]{1,2}\d{2}[a-z]?)", re.ASCII)
_AGE = re.compile(r"\d{3}[DWMY]", re.ASCII)
_NUMBERS = (
    ("KVP", 500), ("XRayTubeCurrent", 5_000), ("ExposureTime", 1_000_000), ("Exposure", 100_000),
    ("SliceThickness", 1_000), ("ReconstructionDiameter", 2_000), ("GantryDetectorTilt", 90),
)  # fmt: skip  # with the largest that is a setting and no hidden number of a person
WIDEST = 20_000
"""A display window wider or farther off than CT values go is none."""

_WHOLE = ("XRayTubeCurrent", "ExposureTime", "Exposure")
OLDEST = "089Y"
_DATES = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
_METHODS = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    ("113105", "Clean Descriptors Option"),
)


@dataclass(frozen=True)
class Place:
    """Where a slice lies in its series: mm, number from 1, and its original UIDs."""

    number: int
    position: tuple[float, ...]
    orientation: tuple[float, ...]
    row_spacing: float
    column_spacing: float
    slice_spacing: float
    sop_uid: str
    series_uid: str
    study_uid: str
    frame_uid: str


def deidentified(
    source: Dataset,
    hu: npt.NDArray[np.int16],
    place: Place,
    patient: str,
    key: StudyKey,
    *,
    lossy: bool,
    has_hu: bool,
) -> bytes:
    """A whole DICOM CT file (explicit VR little endian, int16 HU) of one slice.

    `source` gives the kept attributes, `patient` is its PatientID; `hu` (rows, columns).
    """
    dataset = _empty(key.uid(place.sop_uid))
    _set_patient(dataset, source, patient, key)
    _set_series(dataset, source, place, key)
    _set_acquisition(dataset, source)
    _set_image(dataset, hu, place, lossy, has_hu)
    _set_window(dataset, source)
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def is_simulated(source: Dataset) -> bool:
    """Whether our own phantom drew the file."""
    own = _text(source, "Manufacturer") == PHANTOM_MAKER
    return own and "SIMULATED" in _text(source, "ImageComments")


def maker(source: Dataset) -> str:
    """The scanner's manufacturer where it is a known one, else ""."""
    if is_simulated(source):
        return PHANTOM_MAKER
    said = _text(source, "Manufacturer").strip().casefold()
    return next((name for name in MAKERS if name.casefold() == said), "")


def _empty(sop_uid: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = sop_uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION
    meta.ImplementationVersionName = "BLINDREAD"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = sop_uid
    return dataset


def _set_patient(dataset: Dataset, source: Dataset, patient: str, key: StudyKey) -> None:
    name = key.pseudonym(patient) or ""
    dataset.PatientName = dataset.PatientID = name
    dataset.PatientBirthDate = ""
    sex, age = _text(source, "PatientSex"), _text(source, "PatientAge")
    dataset.PatientSex = sex if sex in SEXES else ""
    if _AGE.fullmatch(age):
        is_rare = age.endswith("Y") and age > OLDEST  # ages above 89 single people out
        dataset.PatientAge = "090Y" if is_rare else age
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "Blindread keep-list"
    dataset.DeidentificationMethodCodeSequence = [_code(*method) for method in _METHODS]
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"
    for attribute in _DATES:
        shifted = key.shifted(patient, _text(source, attribute))
        if shifted or attribute == "StudyDate":
            setattr(dataset, attribute, shifted)
    dataset.StudyTime = dataset.ReferringPhysicianName = dataset.AccessionNumber = ""
    dataset.StudyID = ""


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def _set_series(dataset: Dataset, source: Dataset, place: Place, key: StudyKey) -> None:
    dataset.Modality = "CT"
    dataset.StudyInstanceUID = key.uid(place.study_uid)
    dataset.SeriesInstanceUID = key.uid(place.series_uid)
    dataset.FrameOfReferenceUID = key.uid(place.frame_uid)
    dataset.PositionReferenceIndicator = ""
    dataset.SeriesNumber = 1
    dataset.Manufacturer = maker(source)
    if is_simulated(source):
        dataset.SeriesDescription = dataset.ImageComments = "SIMULATED, not a patient"
    kernels = soft((source,), "ConvolutionKernel") or ""
    kernel = kernels if isinstance(kernels, str) else str(next(iter(kernels), ""))
    if _KERNEL.fullmatch(kernel):
        dataset.ConvolutionKernel = kernel
    position = _text(source, "PatientPosition")
    dataset.Laterality = ""  # type 2C: empty, since the body part is not kept
    dataset.PatientPosition = position if position in POSITIONS else ""


def _set_acquisition(dataset: Dataset, source: Dataset) -> None:
    for attribute, largest in _NUMBERS:
        number = _finite(soft((source,), attribute))
        if number is None or abs(number) > largest:
            continue
        text = round(number) if attribute in _WHOLE else _decimal(number)
        setattr(dataset, attribute, text)
    for attribute in ("KVP", "SliceThickness"):  # type 2: present, though empty
        if attribute not in dataset:
            setattr(dataset, attribute, None)
    dataset.AcquisitionNumber = None


def _set_image(
    dataset: Dataset, hu: npt.NDArray[np.int16], place: Place, lossy: bool, has_hu: bool
) -> None:
    dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    dataset.InstanceNumber = place.number
    dataset.ImagePositionPatient = [_decimal(value) for value in place.position]
    dataset.ImageOrientationPatient = [_decimal(value) for value in place.orientation]
    dataset.PixelSpacing = [_decimal(place.row_spacing), _decimal(place.column_spacing)]
    if place.slice_spacing > 0:
        dataset.SpacingBetweenSlices = _decimal(place.slice_spacing)
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "01" if lossy else "00"
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = hu.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    dataset.RescaleIntercept, dataset.RescaleSlope = 0, 1
    dataset.RescaleType = "HU" if has_hu else "US"
    if (hu == PADDED).any():
        dataset.PixelPaddingValue = PADDED
    dataset.PixelData = np.ascontiguousarray(hu, dtype="<i2").tobytes()


def _set_window(dataset: Dataset, source: Dataset) -> None:
    """The scanner's first display window, whose unit is the rescaled values' (PS3.3 C.11.2.1.2)."""
    level, width = (_first(soft((source,), name)) for name in ("WindowCenter", "WindowWidth"))
    if level is None or width is None or not 1 <= width <= WIDEST or abs(level) > WIDEST:
        return
    dataset.WindowCenter, dataset.WindowWidth = _decimal(level), _decimal(width)


def _first(value: object) -> float | None:
    """The number, or the first of several."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return _finite(next(iter(value), ""))
    return _finite(value)


def _text(source: Dataset, name: str) -> str:
    """A kept value as text; "" where the file has none, or none that can be read."""
    return str(soft((source,), name) or "")


def _finite(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _decimal(value: float) -> str:
    """A DS value: at most 16 characters (PS3.5 6.2)."""
    for digits in range(12, 0, -1):
        text = f"{value:.{digits}g}"
        if len(text) <= 16:
            return text
    return f"{value:.6g}"
