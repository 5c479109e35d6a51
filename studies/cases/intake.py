"""Pictures that arrive with margin and diagnosis: many in one write, each whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studies.access import COORDINATOR, TRUTH_AUTHOR, require
from studies.cases.examinations import NewSeries, case_row, new_series_row, series_record
from studies.cases.findings import check_diagnosis
from studies.cases.margins import measured
from studies.clock import now
from studies.errors import StudyError
from studies.model.imaging import DiagnosisRow, LesionRow
from studies.records import Points, SeriesRecord
from studies.store import Store


@dataclass(frozen=True)
class NewFinding:
    """A series of one slice with the lesion it shows; its files already lie in the study.

    `points` (x, y) in px from the outer corner of the first pixel; `category` is a class's code.
    """

    patient: str
    series: NewSeries
    points: Points
    category: str
    basis: str
    author: str
    tool: str


@dataclass(frozen=True)
class Intake:
    """What became of a finding: its series, or None and the reason."""

    series: SeriesRecord | None
    reason: str = ""


def add_findings(store: Store, findings: tuple[NewFinding, ...]) -> tuple[Intake, ...]:
    """Record case, series, lesion, margin and diagnosis of every finding, in one transaction.

    A finding that is not right is refused with its reason and leaves nothing; the others stand.
    Where the study cannot be written (read-only, full, gone) a StudyError is raised and none does.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    with store.transaction() as session:
        return tuple(_taken(store, session, finding) for finding in findings)


def _taken(store: Store, session: Session, new: NewFinding) -> Intake:
    try:
        with session.begin_nested():
            return Intake(_recorded(store, session, new))
    except StudyError as error:
        return Intake(None, str(error))


def _recorded(store: Store, session: Session, new: NewFinding) -> SeriesRecord:
    check_diagnosis(session, new.category, new.basis)
    case = case_row(session, new.patient, extra=False, simulated=new.series.simulated)
    series = new_series_row(store, session, case, new.series)
    margin = measured(series, 0, new.points)
    lesion = LesionRow(
        case_id=case.id,
        series_id=series.id,
        name=f"L{_lesions(session, case.id) + 1}",
        author=new.author,
        created=now(),
    )
    session.add(lesion)
    session.flush()
    margin.lesion_id, margin.sop_uid = lesion.id, new.series.series_uid
    margin.author, margin.tool = new.author, new.tool
    margin.state, margin.created = "standing", now()
    diagnosis = DiagnosisRow(
        lesion_id=lesion.id,
        category=new.category,
        basis=new.basis,
        author=new.author,
        created=now(),
    )
    session.add_all((margin, diagnosis))
    session.flush()
    return series_record(store, series, case)


def _lesions(session: Session, case_id: int) -> int:
    """Lesions of a case, also removed ones: their names are not given again."""
    return session.scalar(select(func.count(LesionRow.id)).filter_by(case_id=case_id)) or 0
