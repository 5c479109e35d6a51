"""DICOM RT Structure Set (PS3.3 A.19): one file a series and author, a region a lesion.

A margin becomes a CLOSED_PLANAR contour, vertex by vertex, in mm of the patient: the half pixel
between the image's outer corner and its first pixel's centre is taken off (frames.py). Written as
implicit VR, as the coordinates of a long margin are longer than an explicit VR can say.
"""

from __future__ import annotations

import io
import math
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ImplicitVRLittleEndian, RTStructureSetStorage

from studies.imaging.exchange import codes
from studies.imaging.exchange.incoming.grid import grid_of
from studies.imaging.exchange.incoming.structure_set import StructureSet
from studies.imaging.exchange.incoming.taken import result_of
from studies.imaging.exchange.outgoing import Outgoing, OutgoingMargin, RoundTrip
from studies.imaging.exchange.provenance import (
    MAKER,
    keep_deidentification,
    person,
    program_version,
    source_headers,
    text,
)
from studies.imaging.exchange.seg import Lesion, algorithm_type, color, series_description
from studies.imaging.exchange.words import counted, off

SERIES_NUMBER = 9003
NEAR_PX = 1e-6
"""A vertex read back may be this far off: coordinates are written with 16 characters."""
DECIMAL_LENGTH = 16
_STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"  # retired, but what the attribute is still filled with
_FROM_SOURCE = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate",
    "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber",
)  # fmt: skip


def written(outgoing: Outgoing, author: str) -> bytes:
    """The structure set of one author's margins on one series.

    StudyError for a series that is no DICOM or whose files cannot be read.
    """
    dataset = _empty()
    source = source_headers(outgoing.series, [0])[0]
    for name in _FROM_SOURCE:
        dataset[name] = source[name]
    keep_deidentification(dataset, source)
    _set_series(dataset, outgoing, author)
    lesions = outgoing.lesions(author)
    dataset.ReferencedFrameOfReferenceSequence = [_frame_of_reference(outgoing)]
    numbered = tuple(enumerate(lesions, start=1))
    dataset.StructureSetROISequence = [_region(outgoing, n, lesion) for n, lesion in numbered]
    dataset.ROIContourSequence = [_contours(outgoing, n, lesion) for n, lesion in numbered]
    dataset.RTROIObservationsSequence = [
        _observation(outgoing, n, lesion, author) for n, lesion in numbered
    ]
    dataset.ApprovalStatus = "UNAPPROVED"
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def round_trip(data: bytes, outgoing: Outgoing, author: str) -> RoundTrip:
    """Whether a structure set holds the author's margins, vertex by vertex; `worst` in px."""
    opened = StructureSet.of(dcmread(io.BytesIO(data)), "the RTSTRUCT")
    read = result_of(opened.read(grid_of(outgoing.series)))
    found = [margin.points for lesion in read.lesions for margin in lesion.margins]
    wanted = [m.points for lesion in outgoing.lesions(author) for m in lesion]
    if [len(points) for points in found] != [len(points) for points in wanted]:
        return RoundTrip(False, math.inf, "The margins read back are not those written.")
    worst = max(
        float(np.abs(np.subtract(one, other)).max())
        for one, other in zip(found, wanted, strict=True)
    )
    words = f"{counted(len(found), 'margin')} read back {off(worst)}."
    return RoundTrip(worst <= NEAR_PX, worst, words)


def decimal(value: float) -> str:
    """A DS value (PS3.5 6.2): the most digits that 16 characters hold."""
    for digits in range(DECIMAL_LENGTH, 0, -1):
        written = f"{value:.{digits}g}"
        if len(written) <= DECIMAL_LENGTH:
            return written
    return f"{value:.6g}"


def _empty() -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = RTStructureSetStorage
    meta.MediaStorageSOPInstanceUID = f"2.25.{uuid4().int}"
    meta.TransferSyntaxUID = ImplicitVRLittleEndian
    meta.ImplementationClassUID = codes.PROGRAM_UID
    meta.ImplementationVersionName = "BLINDREAD"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = RTStructureSetStorage
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    return dataset


def _set_series(dataset: Dataset, outgoing: Outgoing, author: str) -> None:
    now = datetime.now(UTC)
    dataset.Modality = "RTSTRUCT"
    dataset.SeriesInstanceUID = f"2.25.{uuid4().int}"
    dataset.SeriesNumber, dataset.InstanceNumber = SERIES_NUMBER, 1
    dataset.SeriesDescription = series_description(outgoing, author)
    dataset.OperatorsName = person(author)
    dataset.FrameOfReferenceUID = outgoing.series.frame_of_reference_uid
    dataset.PositionReferenceIndicator = ""
    dataset.Manufacturer, dataset.ManufacturerModelName = MAKER, MAKER
    dataset.DeviceSerialNumber, dataset.SoftwareVersions = "0", program_version()
    dataset.StructureSetLabel = "Margins"
    dataset.StructureSetName = text(f"Margins by {author}")
    dataset.StructureSetDate = dataset.InstanceCreationDate = now.strftime("%Y%m%d")
    dataset.StructureSetTime = dataset.InstanceCreationTime = now.strftime("%H%M%S")


def _frame_of_reference(outgoing: Outgoing) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = outgoing.series.series_uid
    series.ContourImageSequence = [
        _image(outgoing, index) for index in range(len(outgoing.series.frames))
    ]
    study = Dataset()
    study.ReferencedSOPClassUID = _STUDY_CLASS
    study.ReferencedSOPInstanceUID = outgoing.series.study_uid
    study.RTReferencedSeriesSequence = [series]
    item = Dataset()
    item.FrameOfReferenceUID = outgoing.series.frame_of_reference_uid
    item.RTReferencedStudySequence = [study]
    return item


def _image(outgoing: Outgoing, index: int) -> Dataset:
    frame = outgoing.series.frames[index]
    item = Dataset()
    item.ReferencedSOPClassUID = frame.sop_class_uid
    item.ReferencedSOPInstanceUID = frame.sop_uid
    return item


def _region(outgoing: Outgoing, number: int, lesion: Lesion) -> Dataset:
    item = Dataset()
    item.ROINumber = number
    item.ReferencedFrameOfReferenceUID = outgoing.series.frame_of_reference_uid
    item.ROIName = text(lesion[0].lesion)
    item.ROIGenerationAlgorithm = algorithm_type(lesion)
    return item


def _contours(outgoing: Outgoing, number: int, lesion: Lesion) -> Dataset:
    item = Dataset()
    item.ReferencedROINumber = number
    item.ROIDisplayColor = list(color(outgoing, lesion[0]))
    item.ContourSequence = [_contour(outgoing, at, m) for at, m in enumerate(lesion, start=1)]
    return item


def _contour(outgoing: Outgoing, number: int, margin: OutgoingMargin) -> Dataset:
    mm = outgoing.series.frames[margin.slice_index].to_mm(margin.points)
    item = Dataset()
    item.ContourImageSequence = [_image(outgoing, margin.slice_index)]
    item.ContourGeometricType = "CLOSED_PLANAR"
    item.NumberOfContourPoints = len(margin.points)
    item.ContourNumber = number
    item.ContourData = [decimal(value) for value in mm.ravel().tolist()]
    return item


def _observation(outgoing: Outgoing, number: int, lesion: Lesion, author: str) -> Dataset:
    first = lesion[0]
    found = codes.finding(outgoing.scheme, first.category)
    item = Dataset()
    item.ObservationNumber = item.ReferencedROINumber = number
    item.ROIObservationDescription = text(_description(first), 1024)
    item.RTROIInterpretedType = ""
    item.ROIInterpreter = person(author)
    item.RTROIIdentificationCodeSequence = [found.concept()]
    return item


def _description(margin: OutgoingMargin) -> str:
    """The class with its basis, in words."""
    if not margin.category:
        return "No diagnosis"
    return f"{margin.category_name} ({margin.basis})" if margin.basis else margin.category_name
