"""Synthetic ROIs: added, listed, accepted or kept out."""

from __future__ import annotations

from sqlalchemy.orm import Session

from studies.access import ANALYST, COORDINATOR, require
from studies.clock import now
from studies.errors import StudyError
from studies.learning.decisions import Decision, stored_decision
from studies.learning.new import NewSynthetic
from studies.learning.rows import run_row, synthetic_query, synthetic_record, synthetic_row
from studies.model.learning import SyntheticRow, TrainingRunRow
from studies.records import SyntheticRoiRecord
from studies.store import Store


def add_synthetic(
    store: Store, run_id: int, new: tuple[NewSynthetic, ...]
) -> tuple[SyntheticRoiRecord, ...]:
    """Keeps ROIs made by a generator's run."""
    require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        owner = run_row(session, run_id)
        rows = [synthetic_row(owner, one) for one in new]
        session.add_all(rows)
        session.flush()
        return tuple(synthetic_record(row) for row in rows)


def synthetic_rois(
    store: Store,
    *,
    category: str | None = None,
    run_id: int | None = None,
    accepted: bool | None = None,
) -> tuple[SyntheticRoiRecord, ...]:
    """Synthetic ROIs of runs not taken out, oldest first."""
    query = synthetic_query().where(TrainingRunRow.removed == "")
    if category is not None:
        query = query.where(SyntheticRow.category == category)
    if run_id is not None:
        query = query.where(SyntheticRow.run_id == run_id)
    if accepted is not None:
        query = query.where(SyntheticRow.accepted == accepted)
    with store.snapshot() as session:
        return tuple(synthetic_record(row) for row in session.scalars(query))


def accept_synthetic(
    store: Store, synthetic_id: int, accepted: bool, reason: str
) -> SyntheticRoiRecord:
    """`decide_synthetic` of a single ROI."""
    return decide_synthetic(store, (synthetic_id,), accepted, reason)[0]


def decide_synthetic(
    store: Store, synthetic_ids: tuple[int, ...], accepted: bool, reason: str
) -> tuple[SyntheticRoiRecord, ...]:
    """Lets synthetic ROIs into reading, or keeps them out; reason, person and time are kept.

    All or none: StudyError where one is a copy of a real ROI and shall be let in, or where they
    are kept out without a reason. Sealed versions keep the pictures they were sealed with.
    """
    require(store, COORDINATOR, ANALYST)
    if not accepted and not reason.strip():
        raise StudyError("Say why it is kept out: choose a reason or type one.")
    decided = stored_decision(Decision(reason, store.access.who, now()))
    with store.transaction() as session:
        rows = [_row(session, one) for one in synthetic_ids]
        if accepted and any(row.audit == "copy" for row in rows):
            raise StudyError("This synthetic ROI is a copy of a real one and stays out.")
        for row in rows:
            row.accepted, row.decided = accepted, decided
        session.flush()
        return tuple(synthetic_record(row) for row in rows)


def take_back_decisions(
    store: Store, before: tuple[SyntheticRoiRecord, ...]
) -> tuple[SyntheticRoiRecord, ...]:
    """Puts decisions back to what they were in these records, undecided ones included."""
    require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        rows = [_row(session, one.id) for one in before]
        for row, one in zip(rows, before, strict=True):
            row.accepted = one.accepted and row.audit != "copy"
            row.decided = one.decided
        session.flush()
        return tuple(synthetic_record(row) for row in rows)


def _row(session: Session, synthetic_id: int) -> SyntheticRow:
    row = session.get(SyntheticRow, synthetic_id)
    if row is None:
        raise StudyError(f"There is no synthetic ROI {synthetic_id} in this study.")
    return row
