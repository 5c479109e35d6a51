"""DICOM SR (PS3.16 TID 1500, PS3.3 A.35.13): one author's margins with their measures.

Each margin is one planar measurement group (TID 1410): the closed line in pixel coordinates of its
slice, what the lesion is, where it lies, and area, axes and attenuation. A lesion's groups share
its tracking UID. SCOORD counts from the outer corner of the first pixel (PS3.3 C.18.6.1.1), as our
points do, in 32-bit floats (VR FL), which on a side of 8192 px hold 1/2000 px.
"""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from studies.errors import StudyError
from studies.imaging.exchange import codes
from studies.imaging.exchange.codes import Coded
from studies.imaging.exchange.outgoing import Outgoing, OutgoingMargin, RoundTrip
from studies.imaging.exchange.provenance import (
    MACHINE_TOOLS,
    MAKER,
    keep_deidentification,
    person,
    program_version,
    pseudonyms_allowed,
    source_headers,
)
from studies.imaging.exchange.seg import series_description, tracking_id
from studies.imaging.exchange.words import counted, off
from studies.records import Points

if TYPE_CHECKING:
    from highdicom.sr import (
        Measurement,
        MeasurementReport,
        ObservationContext,
        ObserverContext,
        PlanarROIMeasurementsAndQualitativeEvaluations,
        QualitativeEvaluation,
    )
    from pydicom import Dataset

SERIES_NUMBER = 9002
NEAR_PX = 1e-3
"""How far a line read back may lie from the one written, px."""

_IMAGE_REGION, _TRACKING_UID, _MEASUREMENTS = "111030", "112040", "126010"


@dataclass(frozen=True)
class Region:
    """One line read back: which lesion, on which slice, its points in px from the corner."""

    tracking_uid: str
    sop_uid: str
    points: Points


def written(outgoing: Outgoing, author: str) -> bytes:
    """The SR of one author's margins on one series; StudyError for one that is no DICOM."""
    making = writing(outgoing, author)
    while True:
        try:
            next(making)
        except StopIteration as ended:
            data: bytes = ended.value
            return data


def writing(outgoing: Outgoing, author: str) -> Generator[str, None, bytes]:
    """As `written`; tells each margin's lesion before it is put in."""
    margins = outgoing.by(author)
    if not margins:
        raise StudyError(f"{author} drew no margin on this series, so there is nothing to report.")
    for margin in margins:
        _check_inside(outgoing, margin)
    slices = tuple(sorted({margin.slice_index for margin in margins}))
    sources = source_headers(outgoing.series, slices)
    with pseudonyms_allowed():
        dataset = _document(outgoing, author, margins, sources)
    groups = _measured(dataset)
    for margin in margins[1:]:
        yield margin.lesion
        groups.append(_group(outgoing, margin)[0])
    _count_all_as_evidence(dataset)
    keep_deidentification(dataset, sources[0])
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def read(data: bytes) -> tuple[Region, ...]:
    """The lines of a report and the lesions they belong to, read here from its content tree.

    StudyError where the bytes are no such file.
    """
    from pydicom import dcmread

    try:
        return tuple(_regions(dcmread(io.BytesIO(data))))
    except (AttributeError, KeyError, IndexError, ValueError, TypeError, EOFError) as error:
        raise StudyError("The report just written cannot be read back.") from error


def round_trip(data: bytes, outgoing: Outgoing, author: str) -> RoundTrip:
    """Whether a report holds the author's lines; `worst` in px, at most NEAR_PX."""
    found = {(one.tracking_uid, one.sop_uid): one.points for one in read(data)}
    frames = outgoing.series.frames
    wanted = {
        (margin.tracking_uid, frames[margin.slice_index].sop_uid): margin.points
        for margin in outgoing.by(author)
    }
    if {key: len(line) for key, line in found.items()} != {k: len(p) for k, p in wanted.items()}:
        return RoundTrip(False, float("inf"), "The margins read back are not those written.")
    worst = max(float(np.abs(np.subtract(found[key], wanted[key])).max()) for key in wanted)
    words = f"{counted(len(wanted), 'margin')} read back {off(worst)}."
    return RoundTrip(worst <= NEAR_PX, worst, words)


def _check_inside(outgoing: Outgoing, margin: OutgoingMargin) -> None:
    """StudyError for a line beyond the image: SCOORD ends at its corners (PS3.3 C.18.6.1.1)."""
    series = outgoing.series
    points = np.asarray(margin.points)
    if (points < 0).any() or (points > (series.columns, series.rows)).any():
        raise StudyError(
            f"The margin of {margin.lesion} of {series.patient} on slice {margin.slice_index + 1} "
            "reaches beyond the image, which a report cannot tell. Draw it within the image."
        )


def _document(
    outgoing: Outgoing, author: str, margins: tuple[OutgoingMargin, ...], sources: list[Dataset]
) -> Dataset:
    """The report with the first margin alone.

    highdicom copies and searches a report's whole content several times, which grows dear with
    hundreds of margins: the others are put beside the first one afterwards.
    """
    from highdicom import UID
    from highdicom.sr import Comprehensive3DSR

    return Comprehensive3DSR(
        evidence=sources,
        content=_report(outgoing, author, margins),
        series_instance_uid=UID.from_uuid(str(uuid4())),
        series_number=SERIES_NUMBER,
        sop_instance_uid=UID.from_uuid(str(uuid4())),
        instance_number=1,
        manufacturer=MAKER,
        is_complete=True,
        series_description=series_description(outgoing, author),
        manufacturer_model_name=MAKER,
        software_versions=program_version(),
        coding_schemes=codes.private_schemes(_used_codes(outgoing, margins)) or None,
        specific_character_set="ISO_IR 192",
    )


def _report(
    outgoing: Outgoing, author: str, margins: tuple[OutgoingMargin, ...]
) -> MeasurementReport:
    from highdicom.sr import MeasurementReport

    return MeasurementReport(
        observation_context=_observers(outgoing, author, margins),
        procedure_reported=codes.CT.concept(),
        imaging_measurements=[_group(outgoing, margins[0])],
    )


def _measured(report: Dataset) -> list[Dataset]:
    """The measurement groups of a report (PS3.16 TID 1500, row 8)."""
    container = next(item for item in report.ContentSequence if _named(item, _MEASUREMENTS))
    groups: list[Dataset] = container.ContentSequence
    return groups


def _count_all_as_evidence(report: Dataset) -> None:
    """Every slice of the margins is evidence of the request, not of the first margin's slice only
    (PS3.3 C.17.2): all are of one series of one study."""
    others = report.get("PertinentOtherEvidenceSequence")
    if not others:
        return
    (mine,) = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    for study in others:
        for series in study.ReferencedSeriesSequence:
            mine.ReferencedSOPSequence.extend(series.ReferencedSOPSequence)
    del report.PertinentOtherEvidenceSequence


def _observers(
    outgoing: Outgoing, author: str, margins: tuple[OutgoingMargin, ...]
) -> ObservationContext:
    """The author, and the program where an aid of it took part; a simulation has no person."""
    from highdicom.sr import ObservationContext

    is_simulated = all(margin.tool in MACHINE_TOOLS for margin in margins)
    return ObservationContext(
        observer_person_context=None if is_simulated else _person(author),
        observer_device_context=_device(outgoing),
    )


def _person(author: str) -> ObserverContext:
    from highdicom.sr import ObserverContext, PersonObserverIdentifyingAttributes

    return ObserverContext(
        observer_type=codes.PERSON.concept(),
        observer_identifying_attributes=PersonObserverIdentifyingAttributes(name=person(author)),
    )


def _device(outgoing: Outgoing) -> ObserverContext:
    """The program; its UID is the same in all files of one study's series."""
    from highdicom.sr import DeviceObserverIdentifyingAttributes, ObserverContext

    return ObserverContext(
        observer_type=codes.DEVICE.concept(),
        observer_identifying_attributes=DeviceObserverIdentifyingAttributes(
            uid=codes.PROGRAM_UID,
            name=MAKER,
            manufacturer_name=MAKER,
            model_name=program_version(),
        ),
    )


def _group(
    outgoing: Outgoing, margin: OutgoingMargin
) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    from highdicom.sr import (
        FindingSite,
        ImageRegion,
        PlanarROIMeasurementsAndQualitativeEvaluations,
        SourceImageForRegion,
        TrackingIdentifier,
    )

    frame = outgoing.series.frames[margin.slice_index]
    closed = np.asarray((*margin.points, margin.points[0]), dtype=np.float64)
    return PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(margin.tracking_uid, tracking_id(outgoing, margin)),
        referenced_region=ImageRegion(
            graphic_type="POLYLINE",
            graphic_data=closed,
            source_image=SourceImageForRegion(frame.sop_class_uid, frame.sop_uid),
        ),
        finding_type=codes.finding(outgoing.scheme, margin.category).concept(),
        finding_sites=[FindingSite(codes.LIVER.concept())],
        measurements=_measurements(margin),
        qualitative_evaluations=_evaluations(margin),
    )


def _measurements(margin: OutgoingMargin) -> list[Measurement]:
    """Area, axes and attenuation, each rounded to what 16 characters hold (VR DS)."""
    found = [
        _measurement(codes.AREA, margin.area_mm2, codes.SQUARE_MILLIMETER),
        _measurement(codes.LONG_AXIS, margin.long_axis_mm, codes.MILLIMETER),
        _measurement(codes.SHORT_AXIS, margin.short_axis_mm, codes.MILLIMETER),
    ]
    for value, way in ((margin.mean_hu, codes.MEAN), (margin.sd_hu, codes.STANDARD_DEVIATION)):
        if value is not None:
            found.append(_measurement(codes.ATTENUATION, value, codes.HOUNSFIELD, way))
    return found


def _measurement(
    name: Coded, value: float, unit: Coded, derivation: Coded | None = None
) -> Measurement:
    from highdicom.sr import Measurement

    return Measurement(
        name=name.concept(),
        value=round(value, 4),
        unit=unit.concept(),
        derivation=derivation.concept() if derivation else None,
    )


def _evaluations(margin: OutgoingMargin) -> list[QualitativeEvaluation] | None:
    """What the diagnosis stands on, where there is one."""
    if not margin.basis:
        return None
    from highdicom.sr import QualitativeEvaluation

    return [QualitativeEvaluation(codes.BASIS.concept(), codes.basis(margin.basis).concept())]


def _used_codes(outgoing: Outgoing, margins: tuple[OutgoingMargin, ...]) -> list[Coded]:
    found = [codes.finding(outgoing.scheme, margin.category) for margin in margins]
    return [*found, *(codes.BASIS for margin in margins if margin.basis)]


def _regions(dataset: Dataset) -> Iterator[Region]:
    """Every container that has a tracking UID and an image region."""
    yield from _regions_below(dataset.ContentSequence)


def _regions_below(items: list[Dataset]) -> Iterator[Region]:
    uid = next((str(i.UID) for i in items if _named(i, _TRACKING_UID)), "")
    for item in items:
        if uid and _named(item, _IMAGE_REGION):
            line = np.asarray(item.GraphicData, dtype=np.float64).reshape(-1, 2)[:-1]
            image = item.ContentSequence[0].ReferencedSOPSequence[0]
            points = tuple((float(x), float(y)) for x, y in line)
            yield Region(uid, str(image.ReferencedSOPInstanceUID), points)
        elif "ContentSequence" in item:
            yield from _regions_below(item.ContentSequence)


def _named(item: Dataset, code: str) -> bool:
    names = item.get("ConceptNameCodeSequence")
    return bool(names) and str(names[0].CodeValue) == code
