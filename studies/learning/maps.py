"""t-SNE maps of classifiers."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

from sqlalchemy import update

from studies.access import ANALYST, COORDINATOR, require
from studies.clock import now
from studies.errors import StudyError
from studies.learning.new import EmbeddingPoint, EmbeddingRecord, SyntheticPoint
from studies.learning.rows import embedding_record, embedding_table, run_row
from studies.model.learning import EmbeddingRow
from studies.store import Store


def save_embedding(
    store: Store,
    run_id: int,
    points: tuple[EmbeddingPoint, ...],
    measures: tuple[tuple[str, float], ...] = (),
    synthetic: tuple[SyntheticPoint, ...] = (),
) -> EmbeddingRecord:
    """Keeps a run's t-SNE map, in place of the one it had.

    Measures without a value are left out.
    """
    require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        run_row(session, run_id)
        row = EmbeddingRow(
            run_id=run_id,
            measures=tuple((name, float(value)) for name, value in measures if isfinite(value)),
            created=now(),
            points=embedding_table(points, synthetic),
        )
        return embedding_record(session.merge(row))


def place_synthetic(
    store: Store, run_id: int, synthetic: tuple[SyntheticPoint, ...]
) -> EmbeddingRecord:
    """Puts synthetic ROIs on a run's map, in place of those it had; its points stay as they are.

    StudyError where the run has no map.
    """
    require(store, COORDINATOR, ANALYST)
    with store.transaction() as session:
        row = session.get(EmbeddingRow, run_id)
        if row is None:
            raise StudyError("This network has no map yet, so nothing can be placed on it.")
        held = embedding_record(row)
        # A statement of its own: a row compares its old array with the new one, of another shape.
        table = embedding_table(held.points, synthetic)
        own = EmbeddingRow.run_id == run_id
        session.execute(update(EmbeddingRow).where(own).values(points=table))
        return replace(held, synthetic=synthetic)


def embedding(store: Store, run_id: int) -> EmbeddingRecord | None:
    """A run's map, None when it was not made yet."""
    with store.snapshot() as session:
        row = session.get(EmbeddingRow, run_id)
        return embedding_record(row) if row else None
