"""One file's header as slices to be: what it shows, where it lies, or why it is left out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pydicom.uid import UID

from studies.errors import ImportRefusedError
from studies.imaging.dicom.claims import DEFLATED, refuse_inflating
from studies.imaging.dicom.foreign import guarded
from studies.imaging.dicom.listing import Source
from studies.imaging.dicom.patience import ImpatientFile
from studies.imaging.dicom.values import first, numbers, soft

CT, ENHANCED_CT, LEGACY_CT = (
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.2.2",
)
LOSSY_SYNTAXES = frozenset(
    "1.2.840.10008.1.2.4." + last for last in ("50", "51", "53", "55", "81", "91", "203")
)
LOSSY_OR_NOT = frozenset("1.2.840.10008.1.2.4." + last for last in ("91", "203"))
"""JPEG 2000 and HTJ2K of either kind: lossy unless the file says that it is not."""
MOST_SIDE, MOST_FRAMES = 8192, 4096
LONGEST_WORDS = 64
MOST_SPACING_MM, MOST_THICKNESS_MM, FARTHEST_MM = 100.0, 1000.0, 1e5
LEAST_SLOPE = 1e-6
MANY_VALUES, MOST_DESCRIPTION = 4 << 20, 16 << 20
"""Bytes from which a header's values are counted, and what frames may take to describe."""
GREY = ("MONOCHROME2", "MONOCHROME1")
HOUNSFIELD, UNSPECIFIED = ("HU", "HU_MOD"), "US"
_PAGES = ("DOSE", "SCREEN", "PATIENT_INFO", "PROTOCOL")
_STARTS = (b"\x08\x00", b"\x02\x00", b"\x00\x08", b"\x00\x02")
_ARCHIVES = (b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_BEGINNING = 4096
_PHASES = (
    "AcquisitionNumber", "TemporalPositionIndex", "FrameAcquisitionNumber", "AcquisitionTime",
)  # fmt: skip
_READ = [
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality",
    "ImageType", "BurnedInAnnotation", "PatientID", "InstanceNumber", "AcquisitionNumber",
    "TemporalPositionIndex", "AcquisitionTime", "PixelSpacing", "SliceThickness",
    "ImagePositionPatient", "ImageOrientationPatient", "Rows", "Columns", "NumberOfFrames",
    "SamplesPerPixel", "PhotometricInterpretation", "PixelRepresentation", "RescaleSlope",
    "RescaleIntercept", "RescaleType", "LossyImageCompression", "LossyImageCompressionRatio",
    "LossyImageCompressionMethod", "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence", "ConcatenationFrameOffsetNumber", "ModalityLUTSequence",
    "SeriesDescription", "StudyDate",
]  # fmt: skip  # all else is stepped over: quicker, and a huge private value takes no memory


@dataclass(frozen=True)
class SliceHead:
    """One slice before its pixels are read. Lengths in mm; `slope` None where the file has none.

    `patient` and `series` are the file's own ids, or stand-ins from its folder (`minted`).
    `frame` counts frames of a multi-frame file from 0; `instance` is InstanceNumber and the frame
    in the whole that the file is, or is a part of. `has_table`: a Modality LUT leads to its values.
    `description` and `date` (YYYYMMDD) are the file's own and help a person to choose.
    """

    source: Source
    frame: int
    sop_uid: str
    study_uid: str
    series: str
    patient: str
    minted: tuple[str, ...]
    acquisition: str
    instance: tuple[int, int]
    position: tuple[float, float, float]
    orientation: tuple[float, ...]
    row_spacing: float
    column_spacing: float
    thickness: float
    rows: int
    columns: int
    slope: float | None
    intercept: float | None
    lossy: bool
    unit: str = HOUNSFIELD[0]
    signed: bool = True
    has_table: bool = False
    description: str = ""
    date: str = ""

    @property
    def has_hu(self) -> bool:
        """Whether rescaled values are Hounsfield units: CT's are, unless the file says another."""
        return self.slope is not None and self.intercept is not None and self.unit in HOUNSFIELD

    @property
    def file(self) -> str:
        """The file as it is listed."""
        return self.source.name


class KindRefusedError(ImportRefusedError):
    """A DICOM file that is left out; `series` and `description` are what it says of itself."""

    def __init__(self, reason: str, series: str, description: str) -> None:
        super().__init__(reason)
        self.series, self.description = series, description


def read_heads(source: Source) -> tuple[SliceHead, ...]:
    """The slices of one file; ImportRefusedError with the reason it is left out.

    KindRefusedError where the file is DICOM.
    """
    dataset = guarded(
        lambda: _read(source.path), "The file is not DICOM, or its header is damaged."
    )
    try:
        return guarded(
            lambda: _heads(source, dataset),
            "The DICOM header is damaged: a needed value is unusable.",
        )
    except ImportRefusedError as error:
        series = _words(dataset, "SeriesInstanceUID")
        raise KindRefusedError(str(error), series, _words(dataset, "SeriesDescription")) from error


def _words(dataset: Dataset, name: str) -> str:
    """A text of the header on one line, without what no screen shows."""
    text = " ".join(str(soft((dataset,), name) or "").split())
    return "".join(one for one in text if one.isprintable())[:LONGEST_WORDS]


def _read(path: Path) -> Dataset:
    with path.open("rb") as file:
        start = file.read(_BEGINNING)
    has_preamble = start[128:132] == b"DICM"
    if not has_preamble and start[:2] not in _STARTS:
        raise ImportRefusedError(_not_dicom(start))
    if has_preamble and _may_be_deflated(start):
        refuse_inflating(path)
    with path.open("rb") as file:
        source = file if path.stat().st_size < MANY_VALUES else ImpatientFile(file)
        dataset = dcmread(
            source, stop_before_pixels=True, force=not has_preamble, specific_tags=_READ
        )
    if not _kind(dataset):
        raise ImportRefusedError("The file is not DICOM, or does not say what it holds.")
    _refuse_endless(dataset)
    return dataset


def _refuse_endless(dataset: Dataset) -> None:
    """Of a frame's description much is read at once, so its size is judged before."""
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        stored = dataset.get_item(name) if name in dataset else None
        content = getattr(stored, "value", None)
        if isinstance(content, bytes) and len(content) > MOST_DESCRIPTION:
            raise ImportRefusedError("The file describes its frames at a length that no CT has.")


def _may_be_deflated(start: bytes) -> bool:
    """Whether the meta information (PS3.10 7.1) names that syntax, or ends beyond `start`."""
    tells_length = start[132:140] == b"\x02\0\0\0UL\x04\0"
    ends = 144 + int.from_bytes(start[140:144], "little")
    is_whole = tells_length and ends <= len(start)
    return not is_whole or DEFLATED.encode() in start[:ends]


def _kind(dataset: Dataset) -> str:
    """The SOP class; of files anonymised to death the file meta's, or what the modality says."""
    said = str(dataset.get("SOPClassUID", "") or "") or _meta(dataset, "MediaStorageSOPClassUID")
    return said or (CT if str(dataset.get("Modality", "")) == "CT" else "")


def _meta(dataset: Dataset, name: str) -> str:
    return str(dataset.file_meta.get(name, "") or "")


def _not_dicom(start: bytes) -> str:
    pictures = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
    if start.startswith(pictures):
        return "A picture, not DICOM. Import pictures as ROIs, with a CSV manifest."
    if not start:
        return "The file is empty."
    if start.startswith(_ARCHIVES) or start[257:262] == b"ustar":
        return "An archive that is no zip. Unpack it first and import the folder."
    return "The file is not DICOM."


def _heads(source: Source, dataset: Dataset) -> tuple[SliceHead, ...]:
    _refuse_other_kinds(dataset)
    _refuse_sizes(dataset)
    if _kind(dataset) == CT:
        return (_slice(source, dataset, 0, (dataset,)),)
    shared = next(iter(dataset.get("SharedFunctionalGroupsSequence") or ()), Dataset())
    frames = dataset.PerFrameFunctionalGroupsSequence
    if len(frames) != int(dataset.NumberOfFrames):
        raise ImportRefusedError("The file names another number of frames than it describes.")
    return tuple(
        _slice(source, dataset, number, _groups(frame, shared, dataset))
        for number, frame in enumerate(frames)
    )


def _groups(frame: Dataset, shared: Dataset, dataset: Dataset) -> tuple[Dataset, ...]:
    """Where a frame's values may stand, its own functional groups first (PS3.3 C.7.6.16).

    Private groups are none of them: some hold the same attributes of another kind of image.
    """
    found = [dataset]
    for group in (shared, frame):
        for element in group:
            is_group = element.VR == "SQ" and not element.tag.is_private
            if is_group and len(element.value) == 1:
                found.insert(0, element.value[0])
    return tuple(found)


def _refuse_other_kinds(dataset: Dataset) -> None:
    kind, modality = _kind(dataset), str(dataset.get("Modality", ""))
    image_type = [str(part).upper() for part in _many(dataset.get("ImageType"))]
    if kind not in (CT, ENHANCED_CT, LEGACY_CT):
        raise ImportRefusedError(f"Not CT slices: {_kind_name(kind, modality)}.")
    if modality and modality != "CT":
        raise ImportRefusedError(f"Not CT: the file says its modality is {modality[:16]!r}.")
    if "LOCALIZER" in image_type:
        raise ImportRefusedError("A localizer (scout) picture, not an axial slice.")
    if any(word in part for part in image_type for word in _PAGES):
        raise ImportRefusedError("A dose, protocol or screen page, not a slice.")
    if str(dataset.get("BurnedInAnnotation", "")).upper() == "YES":
        raise ImportRefusedError("Text is burned into the picture and may name the patient.")
    if int(dataset.get("SamplesPerPixel", 1)) != 1:
        raise ImportRefusedError("A colour picture; CT slices are grey.")
    if str(dataset.get("PhotometricInterpretation") or GREY[0]) not in GREY:
        raise ImportRefusedError("The pixels are indices of colours, not grey values of CT.")


def _kind_name(kind: str, modality: str) -> str:
    name = UID(kind).name
    return (name if name != kind else f"an unknown kind of file ({modality or 'no modality'})")[:80]


def _refuse_sizes(dataset: Dataset) -> None:
    rows, columns = int(dataset.get("Rows", 0) or 0), int(dataset.get("Columns", 0) or 0)
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    if rows < 1 or columns < 1:
        raise ImportRefusedError("The file holds no picture.")
    if rows > MOST_SIDE or columns > MOST_SIDE or not 1 <= frames <= MOST_FRAMES:
        raise ImportRefusedError(
            f"The file claims {frames} frames of {rows} x {columns} px, which no CT has."
        )
    if _kind(dataset) == CT and frames > 1:
        raise ImportRefusedError("Several frames in a file kind that holds one; it is not read.")


def _slice(source: Source, dataset: Dataset, frame: int, groups: tuple[Dataset, ...]) -> SliceHead:
    spacing = _told(groups, "PixelSpacing", 2, "pixel spacing")
    if min(spacing) <= 0:
        raise ImportRefusedError("The pixel spacing is not above 0 mm, so nothing can be measured.")
    if max(spacing) > MOST_SPACING_MM:
        raise ImportRefusedError(f"The pixel spacing is {max(spacing):.4g} mm, which no CT has.")
    slope, intercept = _rescale(groups, "RescaleSlope"), _rescale(groups, "RescaleIntercept")
    if slope is not None and abs(slope) < LEAST_SLOPE:
        raise ImportRefusedError("The rescale slope is 0, so the file tells no CT numbers.")
    patient, series, minted = _identity(source, dataset)
    sop_uid = str(dataset.get("SOPInstanceUID", "") or "")
    sop_uid = sop_uid or _meta(dataset, "MediaStorageSOPInstanceUID")
    return SliceHead(
        source=source,
        frame=frame,
        sop_uid=f"{sop_uid or source.name}#{frame}" if frame or not sop_uid else sop_uid,
        study_uid=str(dataset.get("StudyInstanceUID", "") or f"folder {source.place}"),
        series=series,
        patient=patient,
        minted=minted,
        acquisition=_acquisition(groups),
        instance=_instance(dataset, frame),
        position=_position(groups),
        orientation=_orientation(groups),
        row_spacing=spacing[0],
        column_spacing=spacing[1],
        thickness=_thickness(groups),
        rows=int(dataset.Rows),
        columns=int(dataset.Columns),
        slope=slope,
        intercept=intercept,
        lossy=_is_lossy(dataset),
        unit=str(soft(groups, "RescaleType") or HOUNSFIELD[0]).strip().upper()[:16],
        signed=str(first(groups, "PixelRepresentation")) == "1",
        has_table="ModalityLUTSequence" in dataset,
        description=_words(dataset, "SeriesDescription"),
        date=_words(dataset, "StudyDate"),
    )


def _rescale(groups: tuple[Dataset, ...], name: str) -> float | None:
    found = numbers(groups, name)
    if len(found) > 1 or not all(math.isfinite(value) for value in found):
        raise ImportRefusedError("The rescale to CT numbers is unusable.")
    return found[0] if found else None


def _identity(source: Source, dataset: Dataset) -> tuple[str, str, tuple[str, ...]]:
    """PatientID and SeriesInstanceUID, or stand-ins.

    A patient without an id is told by the study, where it has one: its series often lie in a
    folder each, and one patient under two names would stand in two folds.
    """
    patient = str(dataset.get("PatientID", "") or "").strip()
    series = str(dataset.get("SeriesInstanceUID", "") or "").strip()
    study = str(dataset.get("StudyInstanceUID", "") or "").strip()
    place = f"folder {source.place}"
    by, stand_in = ("study", f"study {study}") if study else ("folder", place)
    missing = (
        *(() if patient else (f"no PatientID: grouped by {by}",)),
        *(() if series else ("no SeriesInstanceUID: grouped by folder",)),
    )
    return patient or stand_in, series or place, missing


def _position(groups: tuple[Dataset, ...]) -> tuple[float, float, float]:
    x, y, z = _told(groups, "ImagePositionPatient", 3, "position in the patient")
    if max(abs(x), abs(y), abs(z)) > FARTHEST_MM:
        raise ImportRefusedError(
            "The slice lies more than 100 m from its origin, which no CT does."
        )
    return x, y, z


def _orientation(groups: tuple[Dataset, ...]) -> tuple[float, ...]:
    values = _told(groups, "ImageOrientationPatient", 6, "orientation in the patient")
    row, column = values[:3], values[3:]
    lengths = (math.hypot(*row), math.hypot(*column))
    dot = sum(a * b for a, b in zip(row, column, strict=True))
    if max(abs(length - 1) for length in lengths) > 0.02 or abs(dot) > 0.02:
        raise ImportRefusedError("The orientation in the patient is not one of right angles.")
    return values


def _thickness(groups: tuple[Dataset, ...]) -> float:
    value = soft(groups, "SliceThickness")
    thickness = float(value) if isinstance(value, int | float) else 0.0
    return thickness if 0.0 <= thickness <= MOST_THICKNESS_MM else 0.0


def _acquisition(groups: tuple[Dataset, ...]) -> str:
    """What tells phases apart where slices share a position."""
    for name in _PHASES:
        value = soft(groups, name)
        if value is not None:
            return f"{name} {value}"
    return ""


def _instance(dataset: Dataset, frame: int) -> tuple[int, int]:
    """The files of a concatenation share their InstanceNumber and count on (PS3.3 C.7.6.16)."""
    number = _whole(soft((dataset,), "InstanceNumber"), 0)
    return number, frame + _whole(soft((dataset,), "ConcatenationFrameOffsetNumber"), 0)


def _is_lossy(dataset: Dataset) -> bool:
    syntax = _meta(dataset, "TransferSyntaxUID")
    said = str(soft((dataset,), "LossyImageCompression") or "")
    told = any(
        soft((dataset,), f"LossyImageCompression{name}") is not None for name in ("Ratio", "Method")
    )
    is_either = syntax in LOSSY_OR_NOT and said == "00"
    return said == "01" or told or (syntax in LOSSY_SYNTAXES and not is_either)


def _told(groups: tuple[Dataset, ...], name: str, count: int, what: str) -> tuple[float, ...]:
    found = numbers(groups, name)
    if len(found) != count or not all(math.isfinite(number) for number in found):
        raise ImportRefusedError(f"The file does not tell its {what}, which CT must.")
    return found


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, str | bytes | int | float):
        return [value]
    try:
        return list(value)
    except TypeError:
        return [value]


def _whole(value: object, otherwise: int) -> int:
    try:
        return int(str(value))
    except ValueError:
        return otherwise
