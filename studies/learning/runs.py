"""Training runs: begun, followed, ended, deleted and brought back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from studies.access import ANALYST, COORDINATOR, require
from studies.clock import now
from studies.errors import StudyError
from studies.learning.new import ENDED, NewRun
from studies.learning.rows import enter, portions, run_record, run_row
from studies.model.imaging import StudyRow
from studies.model.learning import TrainingRunRow
from studies.records import TrainingRunRecord
from studies.store import Store


def start_run(store: Store, new: NewRun) -> TrainingRunRecord:
    """Records a queued run; `update_run` tells how it goes."""
    require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        row = TrainingRunRow(
            **new.__dict__,
            state="queued",
            queued=now(),
            simulated=session.get_one(StudyRow, 1).simulated,
        )
        session.add(row)
        session.flush()
        return run_record(store, row)


def update_run(
    store: Store,
    run_id: int,
    *,
    state: str | None = None,
    message: str | None = None,
    accuracy: float | None = None,
    correct: int | None = None,
    n: int | None = None,
    kid: float | None = None,
    seconds: float | None = None,
    device: str | None = None,
) -> TrainingRunRecord:
    """Writes down what is known of a run; None leaves a value as it is.

    StudyError when a run that ended would start again: make a new run.
    """
    require(store, COORDINATOR, ANALYST)
    news = {
        "message": message,
        "accuracy": accuracy,
        "correct": correct,
        "n": n,
        "kid": kid,
        "seconds": seconds,
        "device": device,
    }
    with store.transaction() as session:
        row = run_row(session, run_id)
        if state is not None:
            enter(row, state)
        for name, value in news.items():
            if value is not None:
                setattr(row, name, value)
        session.flush()
        return run_record(store, row)


def runs(store: Store) -> tuple[TrainingRunRecord, ...]:
    """The runs not taken out, oldest first."""
    query = select(TrainingRunRow).where(TrainingRunRow.removed == "").order_by(TrainingRunRow.id)
    with store.snapshot() as session:
        return tuple(run_record(store, row) for row in session.scalars(query))


def removed_runs(store: Store) -> tuple[TrainingRunRecord, ...]:
    """The runs taken out, oldest first; `restore_run` puts one back."""
    query = select(TrainingRunRow).where(TrainingRunRow.removed != "").order_by(TrainingRunRow.id)
    with store.snapshot() as session:
        return tuple(run_record(store, row) for row in session.scalars(query))


def run(store: Store, run_id: int) -> TrainingRunRecord:
    """One run, also one taken out; StudyError when there is none."""
    with store.snapshot() as session:
        return run_record(store, run_row(session, run_id))


def find_run(store: Store, run_hash: str) -> TrainingRunRecord | None:
    """The run of this content: the finished one if there is one, else the newest."""
    query = (
        select(TrainingRunRow)
        .where(TrainingRunRow.run_hash == run_hash, TrainingRunRow.removed == "")
        .order_by((TrainingRunRow.state == "finished").desc(), TrainingRunRow.id.desc())
        .limit(1)
    )
    with store.snapshot() as session:
        row = session.scalars(query).one_or_none()
        return run_record(store, row) if row else None


def delete_run(store: Store, run_id: int) -> None:
    """`delete_runs` of a single run."""
    delete_runs(store, (run_id,))


def delete_runs(store: Store, run_ids: Sequence[int]) -> None:
    """Takes runs out of lists and results; their files stay, `restore_runs` puts them back.

    All or none: StudyError where one is still going or is not in the study.
    """
    require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        states = _states(session, run_ids)
        if any(state not in ENDED for state in states.values()):
            raise StudyError("This run is still going. Cancel it first.")
        _set_removed(session, run_ids, now())


def restore_run(store: Store, run_id: int) -> TrainingRunRecord:
    """Puts a run back that was taken out."""
    return restore_runs(store, (run_id,))[0]


def restore_runs(store: Store, run_ids: Sequence[int]) -> tuple[TrainingRunRecord, ...]:
    """Puts runs back that were taken out, in the order asked for; all of them or none."""
    require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        _states(session, run_ids)
        _set_removed(session, run_ids, "")
        rows = {row.id: row for row in _rows_of(session, run_ids)}
        return tuple(run_record(store, rows[one]) for one in run_ids)


def runs_of(store: Store, run_ids: Sequence[int]) -> tuple[TrainingRunRecord, ...]:
    """These runs, also those taken out, oldest first; an unknown number is no run."""
    with store.snapshot() as session:
        return tuple(run_record(store, row) for row in _rows_of(session, run_ids))


def _rows_of(session: Session, run_ids: Sequence[int]) -> Iterator[TrainingRunRow]:
    for some in portions(tuple(sorted(set(run_ids)))):
        query = select(TrainingRunRow).where(TrainingRunRow.id.in_(some))
        yield from session.scalars(query.order_by(TrainingRunRow.id))


def _states(session: Session, run_ids: Sequence[int]) -> dict[int, str]:
    """State of each run; StudyError where there is none."""
    found: dict[int, str] = {}
    for some in portions(run_ids):
        query = select(TrainingRunRow.id, TrainingRunRow.state).where(TrainingRunRow.id.in_(some))
        found |= {row.id: row.state for row in session.execute(query)}
    missing = next((one for one in run_ids if one not in found), None)
    if missing is not None:
        raise StudyError(f"There is no run {missing} in this study.")
    return found


def _set_removed(session: Session, run_ids: Sequence[int], removed: str) -> None:
    for some in portions(run_ids):
        chosen = TrainingRunRow.id.in_(some)
        session.execute(update(TrainingRunRow).where(chosen).values(removed=removed))
