"""ROIs of the ready lesions, sampled when first asked for and kept while nothing changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from studies.cases.examinations import series_record
from studies.cases.findings import key_margin, margins_of, standing_lesions
from studies.errors import StudyError
from studies.imaging import roi, volume, window
from studies.model.imaging import ContourRow, LesionRow, RoiRow, StudyRow
from studies.records import LesionRecord, NativeCrop, Points, RoiRecord, RoiStack, SeriesRecord
from studies.store import Store

RULE = 1  # of the sampling; another number samples every ROI again


@dataclass(frozen=True)
class Wanted:
    """A lesion's key margin with what its ROI is sampled from."""

    lesion: LesionRecord
    series: SeriesRecord
    contour_id: int
    slice_index: int
    points: Points
    window_low: float
    window_high: float


def rois(store: Store, *, extra: bool | None = None) -> tuple[RoiRecord, ...]:
    """The key slice's ROI of every ready lesion, by lesion id.

    `extra` True or False asks only for the additional cases or only for the others. (64, 64)
    float32 in 0..1; without HU the window is the image's own 1-99 percentile.
    """
    with store.snapshot() as session:
        wanted = tuple(w for w in wanted_regions(store, session) if extra in (None, w.lesion.extra))
        stored = {row.lesion_id: row for row in session.scalars(select(RoiRow))}
        session.expunge_all()
    kept = {w.lesion.id: stored[w.lesion.id] for w in wanted if _fits(w, stored.get(w.lesion.id))}
    fresh = {w.lesion.id: _sampled(w) for w in wanted if w.lesion.id not in kept}
    records = tuple(_record(w, (kept | fresh)[w.lesion.id]) for w in wanted)
    if fresh and not store.read_only:
        _keep(store, tuple(fresh.values()))
    return records


def stacks(store: Store, slices: int = 5) -> tuple[RoiStack, ...]:
    """Every ready lesion's ROI with its neighbouring slices, by lesion id; nothing is kept.

    `slices` is odd; all are cut by the key slice's square and shown in its window. StudyError for
    a lesion drawn on a single picture, which has no neighbours.
    """
    with store.snapshot() as session:
        wanted = wanted_regions(store, session)
        session.expunge_all()
    return tuple(_stack(one, slices) for one in wanted)


def _stack(wanted: Wanted, slices: int) -> RoiStack:
    series, reach = wanted.series, slices // 2
    if series.slices < 2:
        raise StudyError(
            f"Lesion {wanted.lesion.name} of patient {wanted.lesion.patient} lies on a single "
            "picture, and 2.5-D ROIs need the slices beside it. Choose an arm of single slices."
        )
    square = roi.geometry(wanted.points, series.row_spacing, series.column_spacing)
    low, high = shown_window(wanted, volume.load_slice(series, wanted.slice_index))
    images, natives = [], []
    for index in range(wanted.slice_index - reach, wanted.slice_index + reach + 1):
        pixels = volume.load_slice(series, min(max(index, 0), series.slices - 1))
        images.append(roi.sample(pixels, square, low, high))
        natives.append(roi.native_crop(pixels, square, low, high))
    return RoiStack(wanted.lesion.id, np.stack(images), tuple(natives))


def shown_window(wanted: Wanted, pixels: npt.NDArray[np.float32]) -> tuple[float, float]:
    """The study's window in HU; of pictures without HU their own."""
    if wanted.series.has_hu:
        return wanted.window_low, wanted.window_high
    return window.auto(pixels)


def wanted_regions(store: Store, session: Session) -> tuple[Wanted, ...]:
    """Every ready lesion with its key margin, by lesion id."""
    study = session.get_one(StudyRow, 1)
    ready = {record.id: record for record in standing_lesions(session) if record.is_ready}
    margins = margins_of(session)
    rows = session.scalars(
        select(LesionRow)
        .where(LesionRow.removed == "")
        .options(joinedload(LesionRow.series), joinedload(LesionRow.case))
        .order_by(LesionRow.id)
    )
    keys = tuple((row, key_margin(row, margins[row.id])) for row in rows if row.id in ready)
    points = _points(session, tuple(key.contour_id for _, key in keys if key))
    return tuple(
        Wanted(
            lesion=ready[row.id],
            series=series_record(store, row.series, row.case),
            contour_id=key.contour_id,
            slice_index=key.slice_index,
            points=points[key.contour_id],
            window_low=study.window_low,
            window_high=study.window_high,
        )
        for row, key in keys
        if key
    )


def _points(session: Session, contour_ids: tuple[int, ...]) -> dict[int, Points]:
    query = select(ContourRow.id, ContourRow.points).where(
        ContourRow.state == "standing", ContourRow.area_mm2 > 0
    )
    wanted = set(contour_ids)
    return {number: points for number, points in session.execute(query) if number in wanted}


def _fits(wanted: Wanted, row: RoiRow | None) -> bool:
    sampled = row and (row.rule, row.contour_id, row.window_low, row.window_high)
    return sampled == (RULE, wanted.contour_id, wanted.window_low, wanted.window_high)


def _sampled(wanted: Wanted) -> RoiRow:
    series = wanted.series
    pixels = volume.load_slice(series, wanted.slice_index)
    low, high = shown_window(wanted, pixels)
    square = roi.geometry(wanted.points, series.row_spacing, series.column_spacing)
    native = roi.native_crop(pixels, square, low, high)
    return RoiRow(
        lesion_id=wanted.lesion.id,
        contour_id=wanted.contour_id,
        rule=RULE,
        window_low=wanted.window_low,
        window_high=wanted.window_high,
        image=roi.sample(pixels, square, low, high),
        native=_narrow(native.pixels),
        native_low=low,
        native_high=high,
        center_x=native.center[0],
        center_y=native.center[1],
        row_spacing=native.row_spacing,
        column_spacing=native.column_spacing,
        diameter_mm=native.diameter_mm,
        side_mm=square.side_mm,
        beyond_image=square.is_beyond((series.rows, series.columns)),
    )


def _narrow(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.generic]:
    """Whole numbers (HU) in half the bytes; anything else as it is."""
    if np.abs(pixels).max(initial=0.0) < 2**15:
        whole = pixels.astype(np.int16)
        if np.array_equal(whole, pixels):
            return whole
    return pixels


def _record(wanted: Wanted, row: RoiRow) -> RoiRecord:
    lesion = wanted.lesion
    native = NativeCrop(
        pixels=np.asarray(row.native, dtype=np.float32),
        center=(row.center_x, row.center_y),
        row_spacing=row.row_spacing,
        column_spacing=row.column_spacing,
        diameter_mm=row.diameter_mm,
        window_low=row.native_low,
        window_high=row.native_high,
    )
    return RoiRecord(
        lesion_id=lesion.id,
        patient=lesion.patient,
        category=lesion.category,
        extra=lesion.extra,
        fold=lesion.fold,
        image=row.image,
        native=native,
        side_mm=row.side_mm,
        beyond_image=row.beyond_image,
        lossy=any("lossy" in badge for badge in wanted.series.badges),
    )


def _keep(store: Store, rows: tuple[RoiRow, ...]) -> None:
    """Keeps fresh ROIs; a margin that was undone meanwhile just samples again next time."""
    with store.transaction() as session:
        session.execute(delete(RoiRow).where(RoiRow.lesion_id.in_([r.lesion_id for r in rows])))
        session.add_all(rows)
