"""Which edit an author can undo or redo next, read from the study alone: it survives a restart.

Margins keep every version, so any of them can be undone to the first stroke. Of a lesion the study
knows when it was added, and when and by whom it was taken out; of a diagnosis all that were ever
confirmed, an empty one for a first diagnosis that was taken back.

The newest margin is found first; of lesions and diagnoses only those are looked at that are newer
still. So an undo costs the same beside ten lesions and beside thousands.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import ColumnElement, case, distinct, exists, func, or_, select
from sqlalchemy.orm import Session

from studies.cases.findings import MACHINE_TOOLS
from studies.clock import apart_s
from studies.model.imaging import ContourRow, DiagnosisRow, LesionRow
from studies.store import Store

Order = tuple[str, int, float]
Found = tuple[Order, "Edit"]
Row = TypeVar("Row")
ADDED, DREW, DIAGNOSED, REMOVED = "added", "drew", "diagnosed", "removed"
_MACHINE_BASES = ("manifest", "simulation")
_RANK = {ADDED: 1, DREW: 1, DIAGNOSED: 2, REMOVED: 3}
"""Within one second of version 0002, which knew no parts of it: a lesion comes before its margins,
these before its diagnosis."""

AT_ONCE = 50
"""Lesions whose diagnoses are read together, the newest first."""

ONE_STROKE_S = 1.0
"""A lesion and its first margin that follow each other so fast were one stroke."""


@dataclass(frozen=True)
class Edit:
    """One edit of an author. `kind` ADDED, DREW (also a deleted margin), DIAGNOSED or REMOVED.

    `slice_index` of a margin; `before` and `after` (class, basis) of a diagnosis. `made_lesion`:
    this first margin and its lesion came in one stroke, and go in one.
    """

    kind: str
    lesion_id: int
    slice_index: int | None = None
    before: tuple[str, str] = ("", "")
    after: tuple[str, str] = ("", "")
    made_lesion: bool = False


def newest_edit(store: Store, author: str) -> Edit | None:
    """The author's newest edit that stands, anywhere in the study; None when all are undone."""
    with store.snapshot() as session:
        found = _newest(session, author)
        return found[1] if found else None


def newest_undone(store: Store, author: str) -> Edit | None:
    """The edit of the author that was undone last; None once they edited something after it."""
    with store.snapshot() as session:
        undone = _undone(session, author)
        if not undone:
            return None
        order, edit = min(undone, key=_order)
        standing = _newest(session, author)
        return edit if standing is None or standing[0] < order else None


def _order(found: Found) -> Order:
    return found[0]


def _newest(session: Session, author: str) -> Found | None:
    """The newest that stands: each kind is asked only for what is newer than those before it."""
    best = _later(None, _margin(session, author, "standing"))
    best = _later(best, _lesions(session, author, _since(best)))
    return _later(best, _diagnoses(session, author, best))


def _later(best: Found | None, found: Iterable[Found]) -> Found | None:
    return max((*found, *((best,) if best else ())), key=_order, default=None)


def _since(best: Found | None) -> str:
    """Nothing before this moment can be newer."""
    return best[0][0] if best else ""


def _undone(session: Session, author: str) -> list[Found]:
    drawn, lone = _margin(session, author, "undone"), _taken_back(session, author)
    lines = _lines(session, [row.id for row in lone])
    added = [
        (_added(row, lines[row.id]), _first_again(session, row))
        for row in lone
        if not lines[row.id].stand
    ]
    courses = _courses(session, author, _said_again(session, author))
    return [*drawn, *added, *(c.undone for c in courses if c.undone)]


def _margin(session: Session, author: str, state: str) -> list[Found]:
    """The newest margin that stands, or the oldest undone: the one undone last."""
    newest = state == "standing"
    in_turn = func.coalesce(ContourRow.state, "")  # no index by it: that would have to be sorted
    row = session.scalars(
        select(ContourRow)
        .join(ContourRow.lesion)
        .where(
            ContourRow.author == author,
            in_turn == state,
            ContourRow.tool.not_in(MACHINE_TOOLS),
            *((LesionRow.removed == "",) if newest else ()),
        )
        .order_by(ContourRow.id.desc() if newest else ContourRow.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return []
    edit = Edit(DREW, row.lesion_id, row.slice_index, made_lesion=_made_lesion(session, row))
    return [((row.created, _RANK[DREW], row.id), edit)]


def _made_lesion(session: Session, row: ContourRow) -> bool:
    """Whether the author made this margin's lesion by drawing it: nothing came between."""
    first = select(func.min(ContourRow.id)).where(ContourRow.lesion_id == row.lesion_id)
    lesion = row.lesion
    own = lesion.author == row.author and apart_s(lesion.created, row.created) < ONE_STROKE_S
    return own and session.scalar(first) == row.id


def _first_again(session: Session, row: LesionRow) -> Edit:
    """The adding of a lesion; with its first margin where one stroke made both."""
    query = select(ContourRow).where(ContourRow.lesion_id == row.id, ContourRow.state == "undone")
    first = session.scalars(query.order_by(ContourRow.id).limit(1)).one_or_none()
    if first is None or not _made_lesion(session, first):
        return Edit(ADDED, row.id)
    return Edit(DREW, row.id, first.slice_index, made_lesion=True)


@dataclass(frozen=True)
class _Lines:
    """What was drawn of a lesion: the id of its first margin, and whether any stands."""

    first: float = math.inf
    stand: bool = False


_STANDS = (ContourRow.state == "standing") & (ContourRow.area_mm2 > 0)


def _lines(session: Session, lesion_ids: Sequence[int]) -> defaultdict[int, _Lines]:
    found: defaultdict[int, _Lines] = defaultdict(_Lines)
    for some in _portions(lesion_ids):
        query = (
            select(
                ContourRow.lesion_id,
                func.min(ContourRow.id),
                func.max(case((_STANDS, 1), else_=0)),
            )
            .where(ContourRow.lesion_id.in_(some))
            .group_by(ContourRow.lesion_id)
        )
        for lesion_id, first, stands in session.execute(query):
            found[lesion_id] = _Lines(first, bool(stands))
    return found


def _lesions(session: Session, author: str, since: str) -> list[Found]:
    """The lesions the author added, and those they took out, from a moment on.

    One that still has margins was not added last: by this author they are newer, and those of
    others are not this author's to take away.
    """
    drawn = exists().where(ContourRow.lesion_id == LesionRow.id, _STANDS)
    fresh = (LesionRow.author == author, LesionRow.removed == "", LesionRow.created >= since)
    added = list(session.scalars(select(LesionRow).where(*fresh, ~drawn)))
    lines = _lines(session, [row.id for row in added])
    out = (_is_out(), LesionRow.removed >= since)
    removed = [
        *session.scalars(select(LesionRow).where(*out, LesionRow.removed_by == author)),
        *session.scalars(
            select(LesionRow).where(
                *out, LesionRow.removed_by == "", LesionRow.author == author, drawn
            )
        ),
    ]
    return [
        *((_added(row, lines[row.id]), Edit(ADDED, row.id)) for row in added),
        *(((row.removed, _RANK[REMOVED], row.id), Edit(REMOVED, row.id)) for row in removed),
    ]


def _is_out() -> ColumnElement[bool]:
    return LesionRow.removed != ""


def _taken_back(session: Session, author: str) -> list[LesionRow]:
    """The author's lesions whose adding was undone; with margins: removed by version 0002."""
    query = select(LesionRow).where(
        _is_out(), LesionRow.removed_by == "", LesionRow.author == author
    )
    return list(session.scalars(query))


def _added(row: LesionRow, lines: _Lines) -> Order:
    """Just before the lesion's first margin, where it has one: seconds alone do not tell."""
    return row.created, _RANK[ADDED], lines.first - 0.5


def _diagnoses(session: Session, author: str, best: Found | None) -> Iterator[Found]:
    """The author's diagnoses that stand, those said last first, while any can still be newer."""
    last = func.max(DiagnosisRow.created)
    query = (
        select(DiagnosisRow.lesion_id, last)
        .join(LesionRow, LesionRow.id == DiagnosisRow.lesion_id)
        .where(LesionRow.removed == "", DiagnosisRow.author == author)
        .where(DiagnosisRow.created >= _since(best))
        .group_by(DiagnosisRow.lesion_id)
        .order_by(last.desc())
    )
    said = session.execute(query).all()
    for some in _portions(said, AT_ONCE):
        if some[0][1] < _since(best):
            return
        courses = _courses(session, author, [row[0] for row in some])
        found = [course.standing for course in courses if course.standing]
        best = _later(best, found)
        yield from found


def _said_again(session: Session, author: str) -> list[int]:
    """The lesions of which something was said twice, or taken back: else nothing was undone."""
    what = DiagnosisRow.category + "/" + DiagnosisRow.basis
    empty = func.sum(case((what == "/", 1), else_=0))
    own = select(DiagnosisRow.lesion_id).where(DiagnosisRow.author == author)
    query = (
        select(DiagnosisRow.lesion_id)
        .join(LesionRow, LesionRow.id == DiagnosisRow.lesion_id)
        .where(LesionRow.removed == "", DiagnosisRow.lesion_id.in_(own))
        .group_by(DiagnosisRow.lesion_id)
        .having(or_(func.count() > func.count(distinct(what)), empty > 0))
    )
    return list(session.scalars(query))


@dataclass(frozen=True)
class _Diagnosis:
    """One that was confirmed."""

    id: int
    lesion_id: int
    category: str
    basis: str
    author: str
    created: str

    @property
    def said(self) -> tuple[str, str]:
        """Class and basis."""
        return self.category, self.basis


def _courses(session: Session, author: str, lesion_ids: Sequence[int]) -> list[_Course]:
    """Each lesion's diagnoses by people, where this author made the newest or undid it."""
    found = {lesion_id: _Course(author) for lesion_id in lesion_ids}
    for some in _portions(lesion_ids):
        query = select(
            DiagnosisRow.id,
            DiagnosisRow.lesion_id,
            DiagnosisRow.category,
            DiagnosisRow.basis,
            DiagnosisRow.author,
            DiagnosisRow.created,
        ).where(DiagnosisRow.lesion_id.in_(some))
        for row in session.execute(query.order_by(DiagnosisRow.id)):
            found[row[1]].take(_Diagnosis(*row))
    return list(found.values())


def _portions(rows: Sequence[Row], size: int = 5000) -> Iterator[Sequence[Row]]:
    """So many at once as a statement takes, or as are wanted."""
    return (rows[at : at + size] for at in range(0, len(rows), size))


@dataclass
class _Course:
    """What was said of a lesion in turn, undone and said again."""

    author: str
    _kept: list[_Diagnosis] = field(default_factory=list)
    _undone: list[_Diagnosis] = field(default_factory=list)

    def take(self, row: _Diagnosis) -> None:
        """One that says what stood before the last undoes the last; one undone may come again."""
        if self._kept and row.said == self._before:
            self._undone.append(self._kept.pop())
        elif self._undone and row.said == self._undone[-1].said:
            self._kept.append(self._undone.pop())
        else:
            self._kept.append(row)
            self._undone.clear()

    @property
    def standing(self) -> tuple[Order, Edit] | None:
        """The newest that stands, where the author said it and no machine."""
        if not self._kept or not self._is_own(self._kept[-1]):
            return None
        return self._edit(self._kept[-1], self._before)

    @property
    def undone(self) -> tuple[Order, Edit] | None:
        """The one undone last."""
        if not self._undone or not self._is_own(self._undone[-1]):
            return None
        before = self._kept[-1].said if self._kept else ("", "")
        return self._edit(self._undone[-1], before)

    def _is_own(self, row: _Diagnosis) -> bool:
        return row.author == self.author and row.basis not in _MACHINE_BASES

    @property
    def _before(self) -> tuple[str, str]:
        return self._kept[-2].said if len(self._kept) > 1 else ("", "")

    def _edit(self, row: _Diagnosis, before: tuple[str, str]) -> tuple[Order, Edit]:
        order = (row.created, _RANK[DIAGNOSED], row.id)
        return order, Edit(DIAGNOSED, row.lesion_id, None, before, row.said)
