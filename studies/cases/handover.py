"""What is handed on: a series with everyone's standing margins and what was measured of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sqlalchemy import select

from studies.access import COORDINATOR, TRUTH_AUTHOR, require
from studies.cases.examinations import cases
from studies.cases.findings import lesions
from studies.cases.margins import contours
from studies.cases.overview import study
from studies.errors import StudyError
from studies.imaging import contour, volume
from studies.imaging.exchange.frames import (
    References,
    SliceFrame,
    frames_of,
    references_of,
    series_files,
)
from studies.imaging.exchange.identity import lesion_uid
from studies.imaging.exchange.outgoing import Outgoing, OutgoingMargin, OutgoingSeries
from studies.imaging.volume import Slice
from studies.model.imaging import StudyRow
from studies.records import (
    ClassScheme,
    ContourRecord,
    LesionRecord,
    SeriesRecord,
)
from studies.store import Store


@dataclass(frozen=True)
class _Drawn:
    """A series with its margins, read in one go; measured afterwards, with no transaction open."""

    series: SeriesRecord
    number: int
    margins: tuple[ContourRecord, ...]


def drawn_series(store: Store) -> tuple[int, ...]:
    """The ids of all series with a standing margin, in the order of import.

    BlindingError for an analyst, whom margins would tell where lesions are.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    drawn = {margin.series_id for margin in contours(store)}
    return tuple(one.id for case in cases(store) for one in case.series if one.id in drawn)


def outgoing(store: Store, series_id: int, *, author: str | None = None) -> Outgoing:
    """One series with its standing margins, of one author or of all.

    StudyError where it has none, or its files are missing; BlindingError for an analyst.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    drawn = _drawn(store, series_id, author)
    known = {lesion.id: lesion for lesion in lesions(store, case_id=drawn.series.case_id)}
    own, record = _study_uid(store), study(store)
    return Outgoing(
        series=_series(drawn),
        margins=_margins(drawn, known, own, record.scheme),
        scheme=record.scheme,
        study_name=record.name,
        window_low=record.window_low,
        window_high=record.window_high,
    )


def _drawn(store: Store, series_id: int, author: str | None) -> _Drawn:
    every = tuple(one for case in cases(store) for one in case.series)
    record = next((one for one in every if one.id == series_id), None)
    if record is None:
        raise StudyError(f"There is no series {series_id} in this study.")
    number = 1 + [one.id for one in every if one.patient == record.patient].index(series_id)
    margins = contours(store, series_id=series_id, author=author)
    if not margins:
        by = f" by {author}" if author else ""
        raise StudyError(f"Series {number} of {record.patient} has no margin{by}. Draw one first.")
    return _Drawn(record, number, margins)


def _study_uid(store: Store) -> str:
    with store.snapshot() as session:
        return session.scalars(select(StudyRow.uid)).one()


def _series(drawn: _Drawn) -> OutgoingSeries:
    record = drawn.series
    is_dicom = record.kind == "dicom"
    files = series_files(record.folder) if is_dicom else (record.folder / volume.IMAGE_FILE,)
    frames: tuple[SliceFrame, ...] = frames_of(files) if is_dicom else ()
    told = references_of(files[0]) if is_dicom else References("", record.series_uid, "")
    return OutgoingSeries(
        patient=record.patient,
        number=drawn.number,
        kind=record.kind,
        study_uid=told.study_uid,
        series_uid=told.series_uid,
        frame_of_reference_uid=told.frame_of_reference_uid,
        description=record.description,
        rows=record.rows,
        columns=record.columns,
        row_spacing=record.row_spacing,
        column_spacing=record.column_spacing,
        slices=record.slices,
        frames=frames,
        files=files,
        has_hu=record.has_hu,
        simulated=record.simulated,
    )


def _margins(
    drawn: _Drawn, known: dict[int, LesionRecord], study_uid: str, scheme: ClassScheme
) -> tuple[OutgoingMargin, ...]:
    """The margins with their measures; each slice is read once."""
    found = []
    for index in sorted({margin.slice_index for margin in drawn.margins}):
        plane = volume.read_slice(drawn.series, index)
        found += [
            _margin(drawn.series, plane, margin, known[margin.lesion_id], study_uid, scheme)
            for margin in drawn.margins
            if margin.slice_index == index
        ]
    return tuple(sorted(found, key=lambda m: (m.lesion_id, m.author, m.slice_index)))


def _margin(
    series: SeriesRecord,
    plane: Slice,
    margin: ContourRecord,
    lesion: LesionRecord,
    study_uid: str,
    scheme: ClassScheme,
) -> OutgoingMargin:
    spacing = (series.row_spacing, series.column_spacing)
    name = scheme.category(lesion.category).name if lesion.category else ""
    mean, sd = _attenuation(series, plane, margin)
    return OutgoingMargin(
        lesion=lesion.name,
        lesion_id=lesion.id,
        tracking_uid=lesion_uid(study_uid, lesion.id),
        slice_index=margin.slice_index,
        points=margin.points,
        author=margin.author,
        tool=margin.tool,
        created=margin.created,
        category=lesion.category,
        category_name=name,
        basis=lesion.basis,
        long_axis_mm=contour.feret(margin.points, *spacing).length_mm,
        short_axis_mm=contour.short_axis(margin.points, *spacing).length_mm,
        area_mm2=contour.area_mm2(margin.points, *spacing),
        mean_hu=mean,
        sd_hu=sd,
    )


def _attenuation(
    series: SeriesRecord, plane: Slice, margin: ContourRecord
) -> tuple[float | None, float | None]:
    """Mean and SD in HU under the margin, each None where it cannot be told."""
    if not series.has_hu:
        return None, None
    found = contour.statistics(plane.pixels, margin.points, plane.padding)
    mean = None if math.isnan(found.mean) else found.mean
    return mean, None if math.isnan(found.sd) else found.sd
