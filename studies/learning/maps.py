"""t-SNE maps of classifiers."""

from __future__ import annotations

from math import isfinite

import numpy as np

from studies.access import ANALYST, COORDINATOR, require
from studies.clock import now
from studies.learning.new import EmbeddingPoint, EmbeddingRecord
from studies.learning.rows import embedding_record, run_row
from studies.model.learning import EmbeddingRow
from studies.store import Store


def save_embedding(
    store: Store,
    run_id: int,
    points: tuple[EmbeddingPoint, ...],
    measures: tuple[tuple[str, float], ...] = (),
) -> EmbeddingRecord:
    """Keeps a run's t-SNE map, in place of the one it had.

    Measures without a value are left out.
    """
    require(store, COORDINATOR, ANALYST)
    table = np.array([(p.lesion_id, p.augmented, p.x, p.y) for p in points], dtype=np.float64)
    with store.transaction() as session:
        run_row(session, run_id)
        row = EmbeddingRow(
            run_id=run_id,
            measures=tuple((name, float(value)) for name, value in measures if isfinite(value)),
            created=now(),
            points=table.reshape(-1, 4),
        )
        return embedding_record(session.merge(row))


def embedding(store: Store, run_id: int) -> EmbeddingRecord | None:
    """A run's map, None when it was not made yet."""
    with store.snapshot() as session:
        row = session.get(EmbeddingRow, run_id)
        return embedding_record(row) if row else None
