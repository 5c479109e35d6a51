"""Synthetic ROIs: added, listed, accepted or kept out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, update
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

_AT_ONCE = 500
"""Rows a query; SQLite of old allows 999 values."""


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
        audits = _audits(session, synthetic_ids)
        if accepted and "copy" in audits.values():
            raise StudyError("This synthetic ROI is a copy of a real one and stays out.")
        return _decided(session, [_Standing(one, accepted, decided) for one in synthetic_ids])


def take_back_decisions(
    store: Store, before: tuple[SyntheticRoiRecord, ...]
) -> tuple[SyntheticRoiRecord, ...]:
    """Puts decisions back to what they were in these records, undecided ones included."""
    require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        audits = _audits(session, tuple(one.id for one in before))
        standings = (
            _Standing(one.id, one.accepted and audits[one.id] != "copy", one.decided)
            for one in before
        )
        return _decided(session, list(standings))


@dataclass(frozen=True)
class _Standing:
    """Whether a ROI is accepted, and the stored text of the decision."""

    id: int
    accepted: bool
    decided: str


def _audits(session: Session, synthetic_ids: tuple[int, ...]) -> dict[int, str]:
    """The audit's verdict on each; StudyError where one is not in the study."""
    found: dict[int, str] = {}
    for some in _portions(synthetic_ids):
        query = select(SyntheticRow.id, SyntheticRow.audit).where(SyntheticRow.id.in_(some))
        found |= {row.id: row.audit for row in session.execute(query)}
    missing = next((one for one in synthetic_ids if one not in found), None)
    if missing is not None:
        raise StudyError(f"There is no synthetic ROI {missing} in this study.")
    return found


def _decided(session: Session, standings: list[_Standing]) -> tuple[SyntheticRoiRecord, ...]:
    """Writes them in one go, thousands as well as one, and reads the ROIs again."""
    if not standings:
        return ()
    session.execute(update(SyntheticRow), [vars(one) for one in standings])
    ids = tuple(one.id for one in standings)
    found: dict[int, SyntheticRoiRecord] = {}
    for some in _portions(ids):
        query = synthetic_query().where(SyntheticRow.id.in_(some))
        found |= {row.id: synthetic_record(row) for row in session.scalars(query)}
    return tuple(found[one] for one in ids)


def _portions(ids: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
