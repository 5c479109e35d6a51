"""The study itself: name, classes, window and the numbers of Home."""

from __future__ import annotations

from sqlalchemy import distinct, func, select, update
from sqlalchemy.orm import Session

from studies.access import COORDINATOR, require
from studies.cases.findings import standing_lesions
from studies.errors import StudyError
from studies.model.imaging import CaseRow, DiagnosisRow, SeriesRow, StudyRow
from studies.model.learning import SyntheticRow, TrainingRunRow
from studies.model.reading import (
    PartRow,
    ProtocolRow,
    ReaderRow,
    ResponseRow,
    TrialRow,
    UnblindingRow,
)
from studies.records import Category, ClassScheme, StudyCounts, StudyRecord
from studies.store import Store, scheme_rows


def study(store: Store) -> StudyRecord:
    """The study as stored."""
    with store.snapshot() as session:
        row = session.get_one(StudyRow, 1)
        return StudyRecord(
            name=row.name,
            kind=row.kind,
            simulated=row.simulated,
            scheme=_scheme(row),
            window_low=row.window_low,
            window_high=row.window_high,
            folder=store.folder,
            created=row.created,
            read_only=store.read_only,
            lock_holder=store.lock_holder,
        )


def counts(store: Store) -> StudyCounts:
    """The numbers of Home's five steps, from one consistent state."""
    with store.snapshot() as session:
        found = standing_lesions(session)
        protocol = session.scalars(
            select(ProtocolRow).order_by(ProtocolRow.version.desc()).limit(1)
        ).first()
        standing = TrainingRunRow.removed == ""
        return StudyCounts(
            patients=_number(session, func.count(distinct(CaseRow.patient))),
            cases=_number(session, func.count(CaseRow.id)),
            series=_number(session, func.count(SeriesRow.id)),
            lesions=len(found),
            margins=sum(record.contours > 0 for record in found),
            diagnosed=sum(record.is_ready for record in found),
            runs=_number(session, func.count(TrainingRunRow.id).filter(standing)),
            runs_finished=_number(
                session,
                func.count(TrainingRunRow.id).filter(standing, TrainingRunRow.state == "finished"),
            ),
            synthetic=_synthetic(session),
            readers=_number(session, func.count(ReaderRow.id)),
            readers_finished=_readers_finished(session),
            protocol_version=protocol.version if protocol else 0,
            unblinded=bool(protocol) and _is_unblinded(session, protocol.id if protocol else 0),
        )


def rename(store: Store, name: str) -> StudyRecord:
    """Gives the study another name; the folder keeps its own."""
    require(store, COORDINATOR)
    if not name.strip():
        raise StudyError("A study needs a name.")
    with store.transaction() as session:
        session.execute(update(StudyRow).values(name=name.strip()))
    return study(store)


def set_scheme(store: Store, scheme: ClassScheme) -> StudyRecord:
    """Replaces the classes; only while no lesion is diagnosed."""
    require(store, COORDINATOR)
    with store.transaction() as session:
        if session.scalar(select(func.count(DiagnosisRow.id))):
            raise StudyError(
                "The classes cannot change once a lesion is diagnosed. Make a new study for "
                "other classes."
            )
        session.execute(update(StudyRow).values(scheme=scheme_rows(scheme)))
    return study(store)


def set_window(store: Store, low: float, high: float) -> StudyRecord:
    """The window of every ROI, HU; ROIs are sampled again. Sealed items keep theirs."""
    require(store, COORDINATOR)
    if not low < high:
        raise StudyError("The window's lower end must lie below its upper end.")
    with store.transaction() as session:
        session.execute(update(StudyRow).values(window_low=float(low), window_high=float(high)))
    return study(store)


def _scheme(row: StudyRow) -> ClassScheme:
    return ClassScheme(tuple(Category(*fields) for fields in row.scheme))


def _number(session: Session, what: object) -> int:
    return int(session.scalar(select(what)) or 0)  # type: ignore[call-overload]


def _synthetic(session: Session) -> int:
    """Those that are listed: of runs not taken out."""
    query = select(func.count(SyntheticRow.id)).join(SyntheticRow.run)
    return int(session.scalar(query.where(TrainingRunRow.removed == "")) or 0)


def _is_unblinded(session: Session, protocol_id: int) -> bool:
    opened = select(UnblindingRow.id).where(UnblindingRow.protocol_id == protocol_id)
    return session.scalar(opened) is not None


def _readers_finished(session: Session) -> int:
    """Readers with an answer to every trial of the packages they were given."""
    answered = select(ResponseRow.trial_id).distinct().subquery()
    open_ones = (
        select(PartRow.reader_id)
        .join(TrialRow, TrialRow.part_id == PartRow.id)
        .outerjoin(answered, answered.c.trial_id == TrialRow.trial_id)
        .where(answered.c.trial_id.is_(None))
    )
    done = select(func.count(ReaderRow.id)).where(ReaderRow.id.not_in(open_ones))
    return int(session.scalar(done) or 0)
