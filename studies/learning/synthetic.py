"""Synthetic ROIs: added, listed, accepted."""

from __future__ import annotations

from studies.access import ANALYST, COORDINATOR, require
from studies.errors import StudyError
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
    """Lets a synthetic ROI into training and reading, or keeps it out; the reason is kept.

    StudyError for letting in a copy of a real ROI.
    """
    require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        row = session.get(SyntheticRow, synthetic_id)
        if row is None:
            raise StudyError(f"There is no synthetic ROI {synthetic_id} in this study.")
        if accepted and row.audit == "copy":
            raise StudyError("This synthetic ROI is a copy of a real one and stays out.")
        row.accepted, row.decided = accepted, reason
        session.flush()
        return synthetic_record(row)
