"""Which edit an author can undo or redo next, read from the study alone: it survives a restart.

Margins keep every version, so any of them can be undone to the first stroke. Of a lesion the study
knows when it was added, and when and by whom it was taken out; of a diagnosis all that were ever
confirmed, an empty one for a first diagnosis that was taken back.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Integer, case, cast, func, select
from sqlalchemy.orm import Session

from studies.cases.findings import MACHINE_TOOLS
from studies.clock import apart_s
from studies.model.imaging import ContourRow, DiagnosisRow, LesionRow
from studies.store import Store

Order = tuple[str, int, float]
ADDED, DREW, DIAGNOSED, REMOVED = "added", "drew", "diagnosed", "removed"
_MACHINE_BASES = ("manifest", "simulation")
_RANK = {ADDED: 1, DREW: 1, DIAGNOSED: 2, REMOVED: 3}
"""Within one second of version 0002, which knew no parts of it: a lesion comes before its margins,
these before its diagnosis."""

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
    said = [course.standing for course in _courses(session, author)]
    return [*drawn, *_lesions(session, author), *(found for found in said if found)]


def _undone(session: Session, author: str) -> list[tuple[Order, Edit]]:
    drawn, lines = _margin(session, author, "undone"), _lines(session)
    lone = [row for row in _taken_back(session, author) if not lines[row.id].standing]
    added = [(_added(row, lines[row.id]), _first_again(session, row)) for row in lone]
    said = [course.undone for course in _courses(session, author)]
    return [*drawn, *added, *(found for found in said if found)]


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
    """The lesions the author added, and those they took out.

    One that still has margins was not added last: by this author they are newer, and those of
    others are not this author's to take away.
    """
    lines = _lines(session)
    query = select(LesionRow).where(LesionRow.author == author, LesionRow.removed == "")
    added = [row for row in session.scalars(query) if not lines[row.id].standing]
    removed = [
        *session.scalars(select(LesionRow).where(_is_out(), LesionRow.removed_by == author)),
        *(row for row in _taken_back(session, author) if lines[row.id].standing),
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


def _courses(session: Session, author: str) -> list[_Course]:
    """Each lesion's diagnoses by people, where this author made the newest or undid it."""
    rows = session.scalars(
        select(DiagnosisRow)
        .join(LesionRow, LesionRow.id == DiagnosisRow.lesion_id)
        .where(LesionRow.removed == "", DiagnosisRow.author == author)
    )
    ids = {row.lesion_id for row in rows}
    found = {lesion_id: _Course(author) for lesion_id in ids}
    every = select(DiagnosisRow).where(DiagnosisRow.lesion_id.in_(ids)).order_by(DiagnosisRow.id)
    for row in session.scalars(every):
        found[row.lesion_id].take(row)
    return list(found.values())


@dataclass
class _Course:
    """What was said of a lesion in turn, undone and said again."""

    author: str
    _kept: list[DiagnosisRow] = field(default_factory=list)
    _undone: list[DiagnosisRow] = field(default_factory=list)

    def take(self, row: DiagnosisRow) -> None:
        """One that says what stood before the last undoes the last; one undone may come again."""
        if self._kept and _said(row) == self._before:
            self._undone.append(self._kept.pop())
        elif self._undone and _said(row) == _said(self._undone[-1]):
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
        before = _said(self._kept[-1]) if self._kept else ("", "")
        return self._edit(self._undone[-1], before)

    def _is_own(self, row: DiagnosisRow) -> bool:
        return row.author == self.author and row.basis not in _MACHINE_BASES

    @property
    def _before(self) -> tuple[str, str]:
        return _said(self._kept[-2]) if len(self._kept) > 1 else ("", "")

    def _edit(self, row: DiagnosisRow, before: tuple[str, str]) -> tuple[Order, Edit]:
        order = (row.created, _RANK[DIAGNOSED], row.id)
        return order, Edit(DIAGNOSED, row.lesion_id, None, before, _said(row))


def _said(row: DiagnosisRow) -> tuple[str, str]:
    return row.category, row.basis
