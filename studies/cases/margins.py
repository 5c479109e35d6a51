"""Contours: every version is kept, one stands per lesion, slice and author.

A version's state is standing, past (undo leads there), undone (redo leads there) or dropped
(undone, then drawn over). A standing version without points says the margin was deleted, so that
deleting is undone like drawing. The history outlives the program.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session, joinedload

from studies.access import COORDINATOR, TRUTH_AUTHOR, refuse_reader, require
from studies.cases.findings import key_margin, lesion_row, margins_of
from studies.clock import moment
from studies.errors import StudyError
from studies.imaging import contour
from studies.model.imaging import ContourRow, LesionRow, SeriesRow
from studies.records import ContourRecord, Points
from studies.store import Store


def contours(
    store: Store,
    *,
    lesion_id: int | None = None,
    series_id: int | None = None,
    author: str | None = None,
) -> tuple[ContourRecord, ...]:
    """The standing margins of lesions not taken out, by lesion and slice."""
    query = (
        select(ContourRow)
        .join(ContourRow.lesion)
        .where(ContourRow.state == "standing", ContourRow.area_mm2 > 0, LesionRow.removed == "")
        .order_by(ContourRow.lesion_id, ContourRow.slice_index, ContourRow.id)
        .options(joinedload(ContourRow.lesion))
    )
    if lesion_id is not None:
        query = query.where(ContourRow.lesion_id == lesion_id)
    if series_id is not None:
        query = query.where(LesionRow.series_id == series_id)
    if author is not None:
        query = query.where(ContourRow.author == author)
    with store.snapshot() as session:
        return tuple(_record(row) for row in session.scalars(query))


def key_contour(store: Store, lesion_id: int) -> ContourRecord | None:
    """The margin whose ROI is used, None while there is none. StudyError for no such lesion."""
    with store.snapshot() as session:
        key = key_margin(
            lesion_row(session, lesion_id), margins_of(session, (lesion_id,))[lesion_id]
        )
        return _record(session.get_one(ContourRow, key.contour_id)) if key else None


def save_contour(
    store: Store,
    lesion_id: int,
    sop_uid: str,
    slice_index: int,
    points: Points,
    author: str,
    tool: str,
    *,
    anchors: Points = (),
    seeds: Points = (),
) -> ContourRecord:
    """The author's margin on a slice; on the disk when this returns, the one before is kept.

    `points` (x, y) in px from the outer corner of the first pixel; `anchors` and `seeds` likewise,
    kept so that the margin re-opens as it was drawn. StudyError for a line that
    encloses nothing or lies on no slice of the lesion's series, BlindingError for somebody who
    reads the study blinded.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    refuse_reader(store, author)
    with store.transaction() as session:
        lesion = _standing(session, lesion_id)
        row = measured(lesion.series, slice_index, points)
        row.lesion_id, row.sop_uid, row.author, row.tool = lesion_id, sop_uid, author, tool
        row.anchors, row.seeds = anchors, seeds
        _put(session, row)
        return _record(row)


@dataclass(frozen=True)
class PlacedLine:
    """A finished line (px) and the slice that it lies on."""

    sop_uid: str
    slice_index: int
    points: Points


def save_contours(
    store: Store, lesion_id: int, lines: Sequence[PlacedLine], author: str, tool: str
) -> None:
    """The author's margins on many slices of a lesion: all are kept, or none.

    Each can be undone by itself. Errors as `save_contour`.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    refuse_reader(store, author)
    with store.transaction() as session:
        lesion = _standing(session, lesion_id)
        rows = []
        for line in lines:
            row = measured(lesion.series, line.slice_index, line.points)
            row.lesion_id, row.sop_uid = lesion_id, line.sop_uid
            row.author, row.tool, row.anchors, row.seeds = author, tool, (), ()
            rows.append(row)
        _put(session, *rows)


def _standing(session: Session, lesion_id: int) -> LesionRow:
    lesion = lesion_row(session, lesion_id)
    if lesion.removed:
        raise StudyError(f"{lesion.name} was removed. Restore it to draw its margin.")
    return lesion


def delete_contour(store: Store, contour_id: int) -> None:
    """Takes a standing margin away; `undo_contour` brings it back."""
    require(store, COORDINATOR, TRUTH_AUTHOR)
    with store.transaction() as session:
        old = session.get(ContourRow, contour_id)
        if old is None or old.state != "standing" or not old.points:
            raise StudyError("This margin is not there any more.")
        empty = ContourRow(
            lesion_id=old.lesion_id,
            sop_uid=old.sop_uid,
            slice_index=old.slice_index,
            author=old.author,
            points=(),
            tool="delete",
            area_mm2=0.0,
            diameter_mm=0.0,
        )
        _put(session, empty)


def undo_contour(
    store: Store, lesion_id: int, slice_index: int, author: str
) -> ContourRecord | None:
    """One step back in the author's drawing on a slice; what stands then, None for nothing."""
    require(store, COORDINATOR, TRUTH_AUTHOR)
    return _step(store, _of(lesion_id, slice_index, author), back=True)


def redo_contour(
    store: Store, lesion_id: int, slice_index: int, author: str
) -> ContourRecord | None:
    """One step forward again; what stands then, None for nothing."""
    require(store, COORDINATOR, TRUTH_AUTHOR)
    return _step(store, _of(lesion_id, slice_index, author), back=False)


def _polygon(points: Points) -> Points:
    if any(not math.isfinite(value) for point in points for value in point):
        raise StudyError("The margin has a point that is no number. Draw it again.")
    closed = contour.close(points)
    if len(closed) < 3:
        raise StudyError("A margin needs at least three points. Draw around the lesion.")
    return closed


def measured(series: SeriesRow, slice_index: int, points: Points) -> ContourRow:
    """A new margin with its closed line, area and diameter; StudyError for what is none."""
    points = _polygon(points)
    if not 0 <= slice_index < series.slices:
        raise StudyError(f"The series has {series.slices} slices; there is no {slice_index + 1}.")
    area = contour.area_mm2(points, series.row_spacing, series.column_spacing)
    if not area > 0:
        raise StudyError("The margin encloses nothing. Draw around the lesion.")
    return ContourRow(
        slice_index=slice_index,
        points=points,
        area_mm2=area,
        diameter_mm=contour.feret(points, series.row_spacing, series.column_spacing).length_mm,
    )


def _put(session: Session, *rows: ContourRow) -> None:
    """Makes an author's rows of a lesion stand; those before them become their past, what was
    undone is dropped."""
    slices = tuple(row.slice_index for row in rows)
    for row in rows[:1]:
        own = (
            ContourRow.lesion_id == row.lesion_id,
            ContourRow.slice_index.in_(slices),
            ContourRow.author == row.author,
        )
        for before, after in (("undone", "dropped"), ("standing", "past")):
            session.execute(
                update(ContourRow).where(*own, ContourRow.state == before).values(state=after)
            )
    for row in rows:
        row.state, row.created = "standing", moment()
    session.add_all(rows)
    session.flush()


def _step(store: Store, history: Select[ContourRow], *, back: bool) -> ContourRecord | None:
    target, left = ("past", "undone") if back else ("undone", "past")
    order = ContourRow.id.desc() if back else ContourRow.id.asc()
    with store.transaction() as session:
        standing = session.scalars(history.where(ContourRow.state == "standing")).one_or_none()
        following = session.scalars(
            history.where(ContourRow.state == target).order_by(order).limit(1)
        ).one_or_none()
        if following is None and not (back and standing):
            return _record(standing) if standing and standing.points else None
        if standing is not None:
            standing.state = left
            session.flush()
        if following is None:
            return None
        following.state = "standing"
        session.flush()
        return _record(following) if following.points else None


def _of(lesion_id: int, slice_index: int, author: str) -> Select[ContourRow]:
    return select(ContourRow).where(*_where(lesion_id, slice_index, author))


def _where(lesion_id: int, slice_index: int, author: str) -> tuple[Any, ...]:
    return (
        ContourRow.lesion_id == lesion_id,
        ContourRow.slice_index == slice_index,
        ContourRow.author == author,
    )


def _record(row: ContourRow) -> ContourRecord:
    return ContourRecord(
        id=row.id,
        lesion_id=row.lesion_id,
        series_id=row.lesion.series_id,
        sop_uid=row.sop_uid,
        slice_index=row.slice_index,
        author=row.author,
        points=row.points,
        tool=row.tool,
        created=row.created,
        anchors=row.anchors,
        seeds=row.seeds,
    )
