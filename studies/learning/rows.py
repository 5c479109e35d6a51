"""Rows as records, and records as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from studies.clock import now
from studies.errors import StudyError
from studies.learning.new import (
    AUDITS,
    ENDED,
    STATES,
    EmbeddingPoint,
    EmbeddingRecord,
    NewSynthetic,
    SyntheticPoint,
)
from studies.model.learning import EmbeddingRow, SyntheticRow, TrainingRunRow
from studies.records import SyntheticRoiRecord, TrainingRunRecord
from studies.store import Store

_NONE = -1
"""In a stored map: no lesion, or no synthetic ROI. Rows count from 1."""


_AT_ONCE = 500
"""Rows a query; SQLite of old allows 999 values."""


def portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """So many numbers at once as a query takes."""
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def enter(row: TrainingRunRow, state: str) -> None:
    """Put a run into a state, with the times that go with it."""
    if state not in STATES:
        raise StudyError(f"A run is one of {', '.join(STATES)}, not {state}.")
    if row.state in ENDED and state != row.state:
        raise StudyError(f"This run is {row.state}. Start a new one.")
    if state == "running" and not row.started:
        row.started = now()
    if state in ENDED and not row.finished:
        row.finished = now()
    row.state = state


def run_row(session: Session, run_id: int) -> TrainingRunRow:
    """A run's row; StudyError where there is none."""
    row = session.get(TrainingRunRow, run_id)
    if row is None:
        raise StudyError(f"There is no run {run_id} in this study.")
    return row


def run_record(store: Store, row: TrainingRunRow) -> TrainingRunRecord:
    """A run as it leaves `studies`."""
    return TrainingRunRecord(
        id=row.id,
        run_hash=row.run_hash,
        arm=row.arm,
        kind=row.kind,
        category=row.category,
        fold=row.fold,
        seed=row.seed,
        profile=row.profile,
        group=row.group,
        spec=row.spec,
        state=row.state,
        message=row.message or "",
        accuracy=row.accuracy,
        correct=row.correct,
        n=row.n,
        kid=row.kid,
        seconds=row.seconds,
        device=row.device or "",
        started=row.started or "",
        finished=row.finished or "",
        folder=store.runs_folder / row.run_hash,
        simulated=row.simulated,
    )


def synthetic_row(run_row: TrainingRunRow, new: NewSynthetic) -> SyntheticRow:
    """The row of a new synthetic ROI."""
    if new.audit not in AUDITS:
        raise StudyError(f"The audit of a synthetic ROI is one of {', '.join(AUDITS)}.")
    return SyntheticRow(
        run=run_row,
        category=new.category,
        seed=new.seed,
        index=new.index,
        audit=new.audit,
        nearest_lesion_id=new.nearest_lesion_id,
        similarity=new.similarity,
        accepted=new.accepted and new.audit != "copy",
        created=now(),
        image=np.asarray(new.image, dtype=np.float32),
    )


def synthetic_query() -> Select[SyntheticRow]:
    """Synthetic ROIs with their runs."""
    return (
        select(SyntheticRow)
        .join(SyntheticRow.run)
        .options(joinedload(SyntheticRow.run))
        .order_by(SyntheticRow.id)
    )


def synthetic_record(row: SyntheticRow) -> SyntheticRoiRecord:
    """A synthetic ROI as it leaves `studies`."""
    return SyntheticRoiRecord(
        id=row.id,
        run_id=row.run_id,
        run_hash=row.run.run_hash,
        category=row.category,
        seed=row.seed,
        index=row.index,
        fold=row.run.fold,
        audit=row.audit,
        nearest_lesion_id=row.nearest_lesion_id,
        similarity=row.similarity,
        accepted=row.accepted,
        image=row.image,
        decided=row.decided,
    )


def embedding_table(
    points: tuple[EmbeddingPoint, ...], synthetic: tuple[SyntheticPoint, ...]
) -> npt.NDArray[np.float64]:
    """A map as it is stored (n, 5): lesion, augmented, x, y, synthetic ROI; -1 where there is none.

    Maps stored before synthetic ROIs could be placed on them have the first four columns only.
    """
    rows = [(p.lesion_id, p.augmented, p.x, p.y, _NONE) for p in points]
    rows += [(_NONE, False, p.x, p.y, p.synthetic_id) for p in synthetic]
    return np.array(rows, dtype=np.float64).reshape(-1, 5)


def embedding_record(row: EmbeddingRow) -> EmbeddingRecord:
    """A map as it leaves `studies`, of four columns or of five."""
    points, synthetic = [], []
    for lesion, augmented, x, y, *rest in row.points.tolist():
        if rest and rest[0] != _NONE:
            synthetic.append(SyntheticPoint(int(rest[0]), float(x), float(y)))
        else:
            points.append(EmbeddingPoint(int(lesion), bool(augmented), float(x), float(y)))
    return EmbeddingRecord(
        run_id=row.run_id,
        points=tuple(points),
        measures=tuple((str(name), float(value)) for name, value in row.measures),
        created=row.created,
        synthetic=tuple(synthetic),
    )
