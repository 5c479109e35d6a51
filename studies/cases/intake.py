"""Pictures that arrive with margin and diagnosis: many in one write, each whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studies.access import ANALYST, COORDINATOR, TRUTH_AUTHOR, require
from studies.cases.examinations import NewSeries, check_folder, series_columns, series_record
from studies.cases.findings import check_class
from studies.cases.margins import measured
from studies.clock import now
from studies.errors import StudyError
from studies.model.imaging import (
    CaseRow,
    ContourRow,
    DiagnosisRow,
    FoldRow,
    LesionRow,
    SeriesRow,
    StudyRow,
)
from studies.records import Points, SeriesRecord
from studies.store import Store

Value = TypeVar("Value", int, str)
ASKED_AT_ONCE = 500
"""Values in one question to the database: fewer than any has a limit for."""


@dataclass(frozen=True)
class NewFinding:
    """A series of one slice with the lesion it shows; its files already lie in the study.

    `points` (x, y) in px from the outer corner of the first pixel; `category` is a class's code.
    `fold` (0-based) is the patient's, None where none is given; a fold that stands is kept.
    """

    patient: str
    series: NewSeries
    points: Points
    category: str
    basis: str
    author: str
    tool: str
    fold: int | None = None


@dataclass(frozen=True)
class Intake:
    """What became of a finding: its series, or None and the reason."""

    series: SeriesRecord | None
    reason: str = ""


@dataclass(frozen=True)
class _Recorded:
    """The rows of a finding that is right; the case's may be older."""

    new: NewFinding
    case: CaseRow
    series: SeriesRow
    margin: ContourRow


def add_findings(store: Store, findings: tuple[NewFinding, ...]) -> tuple[Intake, ...]:
    """Record case, series, lesion, margin and diagnosis of every finding, in one transaction.

    A finding that is not right is refused with its reason and leaves nothing; the others stand.
    Where the study cannot be written (read-only, full, gone) a StudyError is raised and none does.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    if any(new.fold is not None for new in findings):
        require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        judged = _judged(store, session, findings)
        right = tuple(one for one in judged if isinstance(one, _Recorded))
        _insert(session, right)
        return tuple(
            one if isinstance(one, Intake) else Intake(series_record(store, one.series, one.case))
            for one in judged
        )


def _judged(
    store: Store, session: Session, findings: tuple[NewFinding, ...]
) -> tuple[_Recorded | Intake, ...]:
    """Each finding's rows, not yet in the session, or why it is refused."""
    codes = tuple(fields[0] for fields in session.get_one(StudyRow, 1).scheme)
    cases = _cases(session, findings)
    taken = _taken_uids(session, findings)
    found: list[_Recorded | Intake] = []
    for new in findings:
        try:
            found.append(_recorded(store, new, codes, cases, taken))
        except StudyError as error:
            found.append(Intake(None, str(error)))
        else:
            taken.add(new.series.series_uid)
    return tuple(found)


def _recorded(
    store: Store,
    new: NewFinding,
    codes: tuple[str, ...],
    cases: dict[str, CaseRow],
    taken: set[str],
) -> _Recorded:
    check_class(codes, new.category, new.basis)
    patient = new.patient.strip()
    if not patient:
        raise StudyError("A case needs a patient. Give a pseudonym.")
    check_folder(store, new.series)
    if new.series.series_uid in taken:
        raise StudyError(f"Series {new.series.description} is in this study already.")
    series = SeriesRow(**series_columns(new.series))
    margin = measured(series, 0, new.points)
    case = cases.get(patient)
    if case is None:
        simulated = new.series.simulated
        case = CaseRow(patient=patient, extra=False, simulated=simulated, imported=now())
        cases[patient] = case
    return _Recorded(new, case, series, margin)


def _insert(session: Session, right: tuple[_Recorded, ...]) -> None:
    """All rows of a kind at once: the session then asks the database once for each kind."""
    session.add_all(dict.fromkeys(one.case for one in right))
    session.flush()
    for one in right:
        one.series.case_id = one.case.id
    session.add_all(one.series for one in right)
    session.flush()
    lesions = tuple(_lesions(session, right))
    session.add_all(lesions)
    session.flush()
    for one, lesion in zip(right, lesions, strict=True):
        session.add_all(_truth(one, lesion.id))
    _keep_folds(session, right)
    session.flush()


def _lesions(session: Session, right: tuple[_Recorded, ...]) -> Iterator[LesionRow]:
    """Named on from the case's last; names of lesions that were removed are not given again."""
    counts: Counter[int] = Counter()
    for ids in _portions({one.case.id for one in right}):
        query = select(LesionRow.case_id, func.count(LesionRow.id)).group_by(LesionRow.case_id)
        for case_id, count in session.execute(query.where(LesionRow.case_id.in_(ids))):
            counts[case_id] = count
    for one in right:
        counts[one.case.id] += 1
        yield LesionRow(
            case_id=one.case.id,
            series_id=one.series.id,
            name=f"L{counts[one.case.id]}",
            author=one.new.author,
            created=now(),
        )


def _truth(one: _Recorded, lesion_id: int) -> tuple[ContourRow, DiagnosisRow]:
    margin, new = one.margin, one.new
    margin.lesion_id, margin.sop_uid = lesion_id, new.series.series_uid
    margin.author, margin.tool = new.author, new.tool
    margin.state, margin.created = "standing", now()
    diagnosis = DiagnosisRow(
        lesion_id=lesion_id,
        category=new.category,
        basis=new.basis,
        author=new.author,
        created=now(),
    )
    return margin, diagnosis


def _keep_folds(session: Session, right: tuple[_Recorded, ...]) -> None:
    """The folds that come with findings, of patients who have none yet."""
    given = {one.case.patient: one.new.fold for one in right if one.new.fold is not None}
    for names in _portions(given):
        standing = set(session.scalars(select(FoldRow.patient).where(FoldRow.patient.in_(names))))
        session.add_all(
            FoldRow(patient=name, fold=given[name]) for name in names if name not in standing
        )
    if given:
        session.get_one(StudyRow, 1).fold_seed = 0


def _cases(session: Session, findings: tuple[NewFinding, ...]) -> dict[str, CaseRow]:
    """The standing cases of the findings' patients, by patient."""
    found: dict[str, CaseRow] = {}
    for names in _portions({new.patient.strip() for new in findings}):
        query = select(CaseRow).where(CaseRow.patient.in_(names), CaseRow.extra.is_(False))
        found |= {row.patient: row for row in session.scalars(query)}
    return found


def _taken_uids(session: Session, findings: tuple[NewFinding, ...]) -> set[str]:
    """Those of the findings' series that the study has."""
    found: set[str] = set()
    for uids in _portions({new.series.series_uid for new in findings}):
        query = select(SeriesRow.series_uid).where(SeriesRow.series_uid.in_(uids))
        found.update(session.scalars(query))
    return found


def _portions(values: Iterable[Value]) -> Iterator[tuple[Value, ...]]:
    every = tuple(values)
    for start in range(0, len(every), ASKED_AT_ONCE):
        yield every[start : start + ASKED_AT_ONCE]
