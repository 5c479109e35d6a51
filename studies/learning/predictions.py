"""What classifiers said of the ROIs of their test fold."""

from __future__ import annotations

from math import isfinite

from sqlalchemy import delete, select

from studies.access import ANALYST, COORDINATOR, require
from studies.errors import StudyError
from studies.learning.rows import run_row
from studies.model.learning import PredictionRow, TrainingRunRow
from studies.records import PredictionRecord
from studies.store import Store


def save_predictions(store: Store, run_id: int, predictions: tuple[PredictionRecord, ...]) -> None:
    """Keeps a run's predictions, in place of those it had.

    StudyError for probabilities that are no numbers, as of a training that diverged.
    """
    require(store, COORDINATOR, ANALYST)
    if not all(isfinite(value) for p in predictions for value in p.probabilities):
        raise StudyError(
            "The network's probabilities are no numbers: its training diverged. Train it again "
            "with another seed."
        )
    with store.transaction() as session:
        run_row(session, run_id)
        session.execute(delete(PredictionRow).where(PredictionRow.run_id == run_id))
        session.add_all(
            PredictionRow(
                run_id=run_id,
                lesion_id=p.lesion_id,
                category=p.category,
                predicted=p.predicted,
                probabilities=tuple(float(value) for value in p.probabilities),
            )
            for p in predictions
        )


def predictions(
    store: Store, run_id: int | None = None, arm: str | None = None
) -> tuple[PredictionRecord, ...]:
    """Predictions of one run, of an arm's runs, or of all runs not taken out."""
    require(store, COORDINATOR, ANALYST)
    query = (
        select(PredictionRow)
        .join(PredictionRow.run)
        .where(TrainingRunRow.removed == "")
        .order_by(PredictionRow.run_id, PredictionRow.lesion_id)
    )
    if run_id is not None:
        query = query.where(PredictionRow.run_id == run_id)
    if arm is not None:
        query = query.where(TrainingRunRow.arm == arm)
    with store.snapshot() as session:
        return tuple(
            PredictionRecord(
                row.run_id, row.lesion_id, row.category, row.predicted, row.probabilities
            )
            for row in session.scalars(query)
        )
