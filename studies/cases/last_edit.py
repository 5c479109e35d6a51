"""Which edit an author can undo or redo next, read from the study alone: it survives a restart.

Margins keep every version, so any of them can be undone to the first stroke. Of a lesion the study
knows when it was added and whether it was taken out with its margins; of a diagnosis all that were
ever confirmed. The first diagnosis of a lesion cannot be taken back, only changed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Integer, case, cast, func, select
from sqlalchemy.orm import Session

from studies.cases.findings import MACHINE_TOOLS
from studies.model.imaging import ContourRow, DiagnosisRow, LesionRow
from studies.store import Store

Order = tuple[str, int, float]
ADDED, DREW, DIAGNOSED, REMOVED = "added", "drew", "diagnosed", "removed"
_RANK = {ADDED: 1, DREW: 1, DIAGNOSED: 2, REMOVED: 3}
"""Within one second: a lesion comes before its margins, these before its diagnosis."""


@dataclass(frozen=True)
class Edit:
    """One edit of an author. `kind` ADDED, DREW (also a deleted margin), DIAGNOSED or REMOVED.

    `slice_index` of a margin; `before` and `after` (class, basis) of a diagnosis.
    """

    kind: str
    lesion_id: int
    slice_index: int | None = None
    before: tuple[str, str] = ("", "")
    after: tuple[str, str] = ("", "")


def newest_edit(store: Store, author: str) -> Edit | None:
    """The author's newest edit that stands, anywhere in the study; None when all are undone."""
    with store.snapshot() as session:
        found = _standing(session, author)
        return max(found, key=_order)[1] if found else None


def newest_undone(store: Store, author: str) -> Edit | None:
    """The edit of the author that was undone last; None once they edited something after it."""
    with store.snapshot() as session:
        undone = _undone(session, author)
        if not undone:
            return None
        order, edit = min(undone, key=_order)
        return edit if all(standing[0] < order for standing in _standing(session, author)) else None


def _order(found: tuple[Order, Edit]) -> Order:
    return found[0]


def _standing(session: Session, author: str) -> list[tuple[Order, Edit]]:
    drawn = _margin(session, author, "standing")
    return [*drawn, *_lesions(session, author), *_diagnosis(session, author)]


def _undone(session: Session, author: str) -> list[tuple[Order, Edit]]:
    drawn, lines = _margin(session, author, "undone"), _lines(session)
    lone = [row for row in _taken_out(session, author) if not lines[row.id].standing]
    return [*drawn, *((_added(row, lines[row.id]), Edit(ADDED, row.id)) for row in lone)]


def _margin(session: Session, author: str, state: str) -> list[tuple[Order, Edit]]:
    """The newest margin that stands, or the oldest undone: the one undone last."""
    newest = state == "standing"
    row = session.scalars(
        select(ContourRow)
        .join(ContourRow.lesion)
        .where(
            ContourRow.author == author,
            ContourRow.state == state,
            ContourRow.tool.not_in(MACHINE_TOOLS),
            *((LesionRow.removed == "",) if newest else ()),
        )
        .order_by(ContourRow.id.desc() if newest else ContourRow.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return []
    return [((row.created, _RANK[DREW], row.id), Edit(DREW, row.lesion_id, row.slice_index))]


@dataclass(frozen=True)
class _Lines:
    """What was drawn of a lesion: the id of its first margin, and how many stand."""

    first: float = math.inf
    standing: int = 0


def _lines(session: Session) -> defaultdict[int, _Lines]:
    stands = case((ContourRow.state == "standing", ContourRow.area_mm2 > 0), else_=False)
    query = select(
        ContourRow.lesion_id, func.min(ContourRow.id), func.sum(cast(stands, Integer))
    ).group_by(ContourRow.lesion_id)
    found = {lesion: _Lines(first, count) for lesion, first, count in session.execute(query)}
    return defaultdict(_Lines, found)


def _lesions(session: Session, author: str) -> list[tuple[Order, Edit]]:
    """The lesions the author added, and those taken out while margins stood.

    One that still has margins was not added last: by this author they are newer, and those of
    others are not this author's to take away.
    """
    lines = _lines(session)
    query = select(LesionRow).where(LesionRow.author == author, LesionRow.removed == "")
    added = [row for row in session.scalars(query) if not lines[row.id].standing]
    removed = [row for row in _taken_out(session, author) if lines[row.id].standing]
    return [
        *((_added(row, lines[row.id]), Edit(ADDED, row.id)) for row in added),
        *(((row.removed, _RANK[REMOVED], row.id), Edit(REMOVED, row.id)) for row in removed),
    ]


def _taken_out(session: Session, author: str) -> list[LesionRow]:
    query = select(LesionRow).where(LesionRow.author == author, LesionRow.removed != "")
    return list(session.scalars(query))


def _added(row: LesionRow, lines: _Lines) -> Order:
    """Just before the lesion's first margin, where it has one: seconds alone do not tell."""
    return row.created, _RANK[ADDED], lines.first - 0.5


def _diagnosis(session: Session, author: str) -> list[tuple[Order, Edit]]:
    """Each lesion's newest change of diagnosis, where this author made it."""
    rows = session.scalars(
        select(DiagnosisRow)
        .join(LesionRow, LesionRow.id == DiagnosisRow.lesion_id)
        .where(LesionRow.removed == "")
        .order_by(DiagnosisRow.id)
    )
    by_lesion: defaultdict[int, list[DiagnosisRow]] = defaultdict(list)
    for row in rows:
        _keep(by_lesion[row.lesion_id], row)
    return [
        (
            (kept[-1].created, _RANK[DIAGNOSED], kept[-1].id),
            Edit(DIAGNOSED, lesion_id, None, _said(kept[-2]), _said(kept[-1])),
        )
        for lesion_id, kept in by_lesion.items()
        if len(kept) > 1 and kept[-1].author == author
    ]


def _keep(kept: list[DiagnosisRow], row: DiagnosisRow) -> None:
    """Add a diagnosis; one that says again what stood before the last has undone the last."""
    if len(kept) > 1 and _said(kept[-2]) == _said(row):
        kept.pop()
    else:
        kept.append(row)


def _said(row: DiagnosisRow) -> tuple[str, str]:
    return row.category, row.basis
