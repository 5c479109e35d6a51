"""Synthetic ROIs: added, listed, accepted or kept out."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from studies.access import ANALYST, COORDINATOR, require
from studies.clock import now
from studies.errors import StudyError
from studies.learning.decisions import Decision, stored_decision
from studies.learning.new import NewSynthetic
from studies.learning.rows import (
    portions,
    run_row,
    synthetic_query,
    synthetic_record,
    synthetic_row,
)
from studies.model.learning import SyntheticRow, TrainingRunRow
from studies.records import SyntheticRoiRecord
from studies.store import Store


@dataclass(frozen=True)
class SyntheticTally:
    """How many ROIs of one run and class have one audit's verdict and stand the same way."""

    run_hash: str
    category: str
    audit: str
    accepted: bool
    is_decided: bool
    count: int


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


def synthetic_tally(store: Store) -> tuple[SyntheticTally, ...]:
    """How many synthetic ROIs of runs not taken out there are of each standing; no picture is read.

    Also what a study of many thousand ROIs is asked for at every change.
    """
    told = (
        TrainingRunRow.run_hash,
        SyntheticRow.category,
        SyntheticRow.audit,
        SyntheticRow.accepted,
        SyntheticRow.decided != "",
    )
    query = select(*told, func.count(SyntheticRow.id)).join(SyntheticRow.run)
    query = query.where(TrainingRunRow.removed == "").group_by(*told).order_by(*told)
    with store.snapshot() as session:
        return tuple(
            SyntheticTally(run_hash, category, audit, accepted, bool(decided), count)
            for run_hash, category, audit, accepted, decided, count in session.execute(query)
        )


def accept_synthetic(
    store: Store, synthetic_id: int, accepted: bool, reason: str
) -> SyntheticRoiRecord:
    """`decide_synthetic` of a single ROI."""
    return decide_synthetic(store, (synthetic_id,), accepted, reason)[0]


def decide_synthetic(
    store: Store, synthetic_ids: tuple[int, ...], accepted: bool, reason: str
) -> tuple[SyntheticRoiRecord, ...]:
    """`decide_rois` of those with these numbers; StudyError where one is not in the study."""
    require(store, COORDINATOR, ANALYST)
    with store.snapshot() as session:
        known = _records(session, synthetic_ids)
    return decide_rois(store, known, accepted, reason)


def decide_rois(
    store: Store, rois: tuple[SyntheticRoiRecord, ...], accepted: bool, reason: str
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
        audits = _audits(session, tuple(one.id for one in rois))
        if accepted and "copy" in audits.values():
            raise StudyError("This synthetic ROI is a copy of a real one and stays out.")
        found = tuple(replace(one, accepted=accepted, decided=decided) for one in rois)
        _write(session, found)
    return found


def take_back_decisions(
    store: Store, before: tuple[SyntheticRoiRecord, ...]
) -> tuple[SyntheticRoiRecord, ...]:
    """Puts decisions back to what they were in these records, undecided ones included."""
    require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        audits = _audits(session, tuple(one.id for one in before))
        found = tuple(
            replace(one, accepted=one.accepted and audits[one.id] != "copy") for one in before
        )
        _write(session, found)
    return found


def _audits(session: Session, synthetic_ids: tuple[int, ...]) -> dict[int, str]:
    """The audit's verdict on each; StudyError where one is not in the study."""
    found: dict[int, str] = {}
    for some in portions(synthetic_ids):
        query = select(SyntheticRow.id, SyntheticRow.audit).where(SyntheticRow.id.in_(some))
        found |= {row.id: row.audit for row in session.execute(query)}
    _refuse_unknown(synthetic_ids, found)
    return found


def _records(session: Session, synthetic_ids: tuple[int, ...]) -> tuple[SyntheticRoiRecord, ...]:
    found: dict[int, SyntheticRoiRecord] = {}
    for some in portions(synthetic_ids):
        query = synthetic_query().where(SyntheticRow.id.in_(some))
        found |= {row.id: synthetic_record(row) for row in session.scalars(query)}
    _refuse_unknown(synthetic_ids, found)
    return tuple(found[one] for one in synthetic_ids)


def _refuse_unknown(synthetic_ids: tuple[int, ...], known: Container[int]) -> None:
    missing = next((one for one in synthetic_ids if one not in known), None)
    if missing is not None:
        raise StudyError(f"There is no synthetic ROI {missing} in this study.")


def _write(session: Session, rois: tuple[SyntheticRoiRecord, ...]) -> None:
    """Their decisions, thousands as well as one; the pictures are neither read nor written."""
    if rois:
        session.execute(
            update(SyntheticRow),
            [{"id": one.id, "accepted": one.accepted, "decided": one.decided} for one in rois],
        )
