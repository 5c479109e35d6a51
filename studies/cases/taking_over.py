"""Margins that were drawn elsewhere become lesions of a series, with their author named."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from studies.access import COORDINATOR, TRUTH_AUTHOR, refuse_reader, require
from studies.cases.margins import measured
from studies.clock import now
from studies.errors import StudyError
from studies.imaging import contour
from studies.imaging.exchange.incoming.taken import Incoming, IncomingLesion, IncomingMargin
from studies.model.imaging import ContourRow, LesionRow, SeriesRow
from studies.store import Store

TOOL = "import"
_OWN_NAME = re.compile(r"L\d+", re.ASCII)
Placed = defaultdict[str, list[LesionRow]]
"""The lesions that a file has become so far, by the file's name for them."""


@dataclass(frozen=True)
class TakenLesion:
    """A lesion of the file as it stands in the study now.

    `is_new` is false where the margins joined a lesion that somebody else had drawn.
    """

    id: int
    name: str
    name_in_file: str
    author: str
    margins: int
    is_new: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TakenOver:
    """What became of a file's lesions; `notes` are sentences on the whole file."""

    lesions: tuple[TakenLesion, ...]
    notes: tuple[str, ...] = ()


def take_over(store: Store, series_id: int, incoming: Incoming, author: str = "") -> TakenOver:
    """The lesions of a file on a series, all of them or, where one fails, none.

    `author` is who drew them; left empty, each lesion's own author counts, as the file names it.
    A lesion joins a standing one of the same name where their margins share a pixel; else it is a
    new one, under its own name as far as that is free in the case.

    StudyError where nobody is named, nothing is left to take, or the author's margin is there
    already; BlindingError for somebody who reads the study blinded.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    lesions = _authored(incoming, author.strip())
    for name in sorted({lesion.author for lesion in lesions}):
        refuse_reader(store, name)
    with store.transaction() as session:
        series = session.get(SeriesRow, series_id)
        if series is None:
            raise StudyError(f"There is no series {series_id} in this study.")
        placed: Placed = defaultdict(list)
        taken = tuple(_taken(session, series, lesion, placed) for lesion in lesions)
    empty = tuple(
        f"{lesion.name} has no margin on this series. {' '.join(lesion.notes)}".strip()
        for lesion in incoming.lesions
        if not lesion.margins
    )
    return TakenOver(taken, (*incoming.notes, *empty))


def _authored(incoming: Incoming, author: str) -> tuple[IncomingLesion, ...]:
    """The lesions with margins, each with the author it will have."""
    drawn = tuple(lesion for lesion in incoming.lesions if lesion.margins)
    if not drawn:
        why = " ".join(note for lesion in incoming.lesions for note in lesion.notes)
        raise StudyError(f"The file has no margin on this series. {why}".strip())
    told = sorted({lesion.author for lesion in drawn} - {""})
    if author in told:
        return tuple(lesion for lesion in drawn if lesion.author == author)
    if author and len(told) > 1:
        raise StudyError(
            f"The file holds margins by {', '.join(told)}. Name one of them, or nobody to take "
            "them all."
        )
    if not author and any(not lesion.author for lesion in drawn):
        raise StudyError("The file does not say who drew its margins. Name the author.")
    return tuple(
        IncomingLesion(lesion.name, author or lesion.author, lesion.margins, lesion.notes)
        for lesion in drawn
    )


def _taken(
    session: Session, series: SeriesRow, lesion: IncomingLesion, placed: Placed
) -> TakenLesion:
    """One lesion; `placed` are those of the file so far.

    Several authors of one lesion in one file stay authors of one lesion, whatever it is called
    here; two lesions of one name by one author stay two.
    """
    before = placed[lesion.name]
    standing = _of_file(session, lesion, before) or _same(session, series, lesion, before)
    row = standing or _new(session, series, lesion)
    if row not in before:
        before.append(row)
    _make_room(session, row.id, lesion)
    for margin in lesion.margins:
        session.add(_contour(series, row, margin, lesion.author))
    session.flush()
    return TakenLesion(
        row.id,
        row.name,
        lesion.name,
        lesion.author,
        len(lesion.margins),
        standing is None,
        lesion.notes,
    )


def _of_file(session: Session, lesion: IncomingLesion, before: list[LesionRow]) -> LesionRow | None:
    """The file's first lesion of this name that its author has not drawn yet."""
    for row in before:
        drawn = select(ContourRow.id).filter_by(lesion_id=row.id, author=lesion.author)
        if session.scalars(drawn.limit(1)).first() is None:
            return row
    return None


def _same(
    session: Session, series: SeriesRow, lesion: IncomingLesion, before: list[LesionRow]
) -> LesionRow | None:
    """The standing lesion of this name whose margins share a pixel with the file's.

    Not one that came with the file: lesions of one name in one file are as many lesions.
    """
    row = session.scalars(
        select(LesionRow).filter_by(series_id=series.id, name=lesion.name, removed="")
    ).one_or_none()
    if row is None or row in before:
        return None
    drawn = tuple(
        session.scalars(
            select(ContourRow).filter_by(lesion_id=row.id, state="standing").order_by(ContourRow.id)
        )
    )
    if not _overlap(series, drawn, lesion):
        return None
    own = {one.slice_index for one in drawn if one.author == lesion.author and one.points}
    clash = sorted(own & {margin.slice_index for margin in lesion.margins})
    if clash:
        raise StudyError(
            f"{lesion.author} has a margin of {lesion.name} on slice {clash[0] + 1} already, so "
            "nothing was taken. Name another author, or take the lesion out first."
        )
    return row


def _overlap(series: SeriesRow, drawn: tuple[ContourRow, ...], lesion: IncomingLesion) -> bool:
    shape = (series.rows, series.columns)
    coming = {margin.slice_index: margin.points for margin in lesion.margins}
    return any(
        bool(np.any(contour.mask(one.points, shape) & contour.mask(coming[one.slice_index], shape)))
        for one in drawn
        if one.points and one.slice_index in coming
    )


def _make_room(session: Session, lesion_id: int, lesion: IncomingLesion) -> None:
    """What the author deleted or undid on these slices becomes the past of what now stands."""
    slices = [margin.slice_index for margin in lesion.margins]
    for before, after in (("undone", "dropped"), ("standing", "past")):
        session.execute(
            update(ContourRow)
            .where(
                ContourRow.lesion_id == lesion_id,
                ContourRow.author == lesion.author,
                ContourRow.slice_index.in_(slices),
                ContourRow.state == before,
            )
            .values(state=after)
        )


def _new(session: Session, series: SeriesRow, lesion: IncomingLesion) -> LesionRow:
    row = LesionRow(
        case_id=series.case_id,
        series_id=series.id,
        name=_free_name(session, series.case_id, lesion.name),
        author=lesion.author,
        created=now(),
    )
    session.add(row)
    session.flush()
    return row


def _free_name(session: Session, case_id: int, name: str) -> str:
    """The name in the file, numbered where it is taken; L1, L2, … only as the case counts them."""
    known = set(session.scalars(select(LesionRow.name).filter_by(case_id=case_id)))
    count = session.scalar(select(func.count(LesionRow.id)).filter_by(case_id=case_id)) or 0
    following = f"L{count + 1}"
    if not name or _OWN_NAME.fullmatch(name):
        return following
    if name not in known:
        return name
    return next(
        free for number in range(2, len(known) + 3) if (free := f"{name} ({number})") not in known
    )


def _contour(series: SeriesRow, row: LesionRow, margin: IncomingMargin, author: str) -> ContourRow:
    new = measured(series, margin.slice_index, margin.points)
    new.lesion_id, new.sop_uid, new.author, new.tool = row.id, margin.sop_uid, author, TOOL
    new.state, new.created = "standing", now()
    return new
