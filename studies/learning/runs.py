"""Training runs: begun, followed, ended, deleted and brought back."""

from __future__ import annotations

from sqlalchemy import select

from studies.access import ANALYST, COORDINATOR, require
from studies.clock import now
from studies.errors import StudyError
from studies.learning.new import ENDED, NewRun
from studies.learning.rows import enter, run_record, run_row
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
    """Takes a run out of lists and results; its files stay, `restore_run` puts it back."""
    require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        row = run_row(session, run_id)
        if row.state not in ENDED:
            raise StudyError("This run is still going. Cancel it first.")
        row.removed = now()


def restore_run(store: Store, run_id: int) -> TrainingRunRecord:
    """Puts a run back that was taken out."""
    require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        row = run_row(session, run_id)
        row.removed = ""
        session.flush()
        return run_record(store, row)
