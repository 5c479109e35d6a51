"""Use-cases of learning: folds by patient, training runs, predictions, synthetic ROIs, maps."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, joinedload

from studies.clock import now
from studies.errors import StudyError
from studies.model.imaging import CaseRow, FoldRow, StudyRow
from studies.model.learning import EmbeddingRow, PredictionRow, SyntheticRow, TrainingRunRow
from studies.records import FloatArray, PredictionRecord, SyntheticRoiRecord, TrainingRunRecord
from studies.store import Store

STATES = ("queued", "running", "finished", "failed", "cancelled")
ENDED = ("finished", "failed", "cancelled")
AUDITS = ("clear", "close", "copy", "unchecked")


@dataclass(frozen=True)
class NewRun:
    """A run before it starts; its folder is `Store.runs_folder / run_hash`."""

    run_hash: str
    arm: str
    kind: str  # classifier | generator
    seed: int
    profile: str
    spec: str  # JSON of the engine's spec
    category: str = ""
    fold: int | None = None
    group: str = ""


@dataclass(frozen=True)
class NewSynthetic:
    """A generated ROI as it comes from a checkpoint; `image` (64, 64) in 0..1."""

    category: str
    seed: int
    index: int
    image: FloatArray = field(repr=False, compare=False)
    audit: str = "unchecked"
    nearest_lesion_id: int | None = None
    similarity: float | None = None
    accepted: bool = True


@dataclass(frozen=True)
class EmbeddingPoint:
    """A place on a run's t-SNE map: a lesion's ROI, or one of its augmentations."""

    lesion_id: int
    augmented: bool
    x: float
    y: float


@dataclass(frozen=True)
class EmbeddingRecord:
    """A run's map with the measures printed beside it, (name, value) each."""

    run_id: int
    points: tuple[EmbeddingPoint, ...]
    measures: tuple[tuple[str, float], ...]
    created: str


# --- folds ----------------------------------------------------------------------------------


def assign_folds(store: Store, folds: tuple[tuple[str, int], ...], seed: int) -> None:
    """Gives each patient a fold (0-based), replacing earlier ones; the seed that drew them is kept.

    StudyError when a patient is unknown or named twice: nobody may be in two folds.
    """
    named = [patient for patient, _ in folds]
    if len(set(named)) < len(named):
        raise StudyError("A patient stands in two folds. Draw the folds again.")
    with store.transaction() as session:
        unknown = set(named) - set(session.scalars(select(CaseRow.patient)))
        if unknown:
            raise StudyError(f"There is no patient {min(unknown)} in this study.")
        session.execute(delete(FoldRow))
        session.add_all(FoldRow(patient=patient, fold=int(fold)) for patient, fold in folds)
        session.get_one(StudyRow, 1).fold_seed = int(seed)


def fold_seed(store: Store) -> int | None:
    """The seed that drew the folds; None before there are any."""
    with store.snapshot() as session:
        return session.get_one(StudyRow, 1).fold_seed


# --- runs -----------------------------------------------------------------------------------


def start_run(store: Store, new: NewRun) -> TrainingRunRecord:
    """Records a queued run; `update_run` tells how it goes."""
    with store.transaction() as session:
        row = TrainingRunRow(
            **new.__dict__,
            state="queued",
            queued=now(),
            simulated=session.get_one(StudyRow, 1).simulated,
        )
        session.add(row)
        session.flush()
        return _run(store, row)


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
        row = _run_row(session, run_id)
        if state is not None:
            _enter(row, state)
        for name, value in news.items():
            if value is not None:
                setattr(row, name, value)
        session.flush()
        return _run(store, row)


def runs(store: Store) -> tuple[TrainingRunRecord, ...]:
    """The runs not taken out, oldest first."""
    query = select(TrainingRunRow).where(TrainingRunRow.removed == "").order_by(TrainingRunRow.id)
    with store.snapshot() as session:
        return tuple(_run(store, row) for row in session.scalars(query))


def run(store: Store, run_id: int) -> TrainingRunRecord:
    """One run, also one taken out; StudyError when there is none."""
    with store.snapshot() as session:
        return _run(store, _run_row(session, run_id))


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
        return _run(store, row) if row else None


def delete_run(store: Store, run_id: int) -> None:
    """Takes a run out of lists and results; its files stay, `restore_run` puts it back."""
    with store.transaction() as session:
        row = _run_row(session, run_id)
        if row.state not in ENDED:
            raise StudyError("This run is still going. Cancel it first.")
        row.removed = now()


def restore_run(store: Store, run_id: int) -> TrainingRunRecord:
    """Puts a run back that was taken out."""
    with store.transaction() as session:
        row = _run_row(session, run_id)
        row.removed = ""
        session.flush()
        return _run(store, row)


# --- predictions ----------------------------------------------------------------------------


def save_predictions(store: Store, run_id: int, predictions: tuple[PredictionRecord, ...]) -> None:
    """Keeps a run's predictions, in place of those it had."""
    with store.transaction() as session:
        _run_row(session, run_id)
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


# --- synthetic ROIs -------------------------------------------------------------------------


def add_synthetic(
    store: Store, run_id: int, new: tuple[NewSynthetic, ...]
) -> tuple[SyntheticRoiRecord, ...]:
    """Keeps ROIs made by a generator's run."""
    with store.transaction() as session:
        run_row = _run_row(session, run_id)
        rows = [_synthetic_row(run_row, one) for one in new]
        session.add_all(rows)
        session.flush()
        return tuple(_synthetic(row) for row in rows)


def synthetic_rois(
    store: Store,
    *,
    category: str | None = None,
    run_id: int | None = None,
    accepted: bool | None = None,
) -> tuple[SyntheticRoiRecord, ...]:
    """Synthetic ROIs of runs not taken out, oldest first."""
    query = _synthetic_query().where(TrainingRunRow.removed == "")
    if category is not None:
        query = query.where(SyntheticRow.category == category)
    if run_id is not None:
        query = query.where(SyntheticRow.run_id == run_id)
    if accepted is not None:
        query = query.where(SyntheticRow.accepted == accepted)
    with store.snapshot() as session:
        return tuple(_synthetic(row) for row in session.scalars(query))


def accept_synthetic(
    store: Store, synthetic_id: int, accepted: bool, reason: str
) -> SyntheticRoiRecord:
    """Lets a synthetic ROI into training and reading, or keeps it out; the reason is kept.

    StudyError for letting in a copy of a real ROI.
    """
    with store.transaction() as session:
        row = session.get(SyntheticRow, synthetic_id)
        if row is None:
            raise StudyError(f"There is no synthetic ROI {synthetic_id} in this study.")
        if accepted and row.audit == "copy":
            raise StudyError("This synthetic ROI is a copy of a real one and stays out.")
        row.accepted, row.decided = accepted, reason
        session.flush()
        return _synthetic(row)


# --- maps -----------------------------------------------------------------------------------


def save_embedding(
    store: Store,
    run_id: int,
    points: tuple[EmbeddingPoint, ...],
    measures: tuple[tuple[str, float], ...] = (),
) -> EmbeddingRecord:
    """Keeps a run's t-SNE map, in place of the one it had."""
    table = np.array([(p.lesion_id, p.augmented, p.x, p.y) for p in points], dtype=np.float64)
    with store.transaction() as session:
        _run_row(session, run_id)
        row = EmbeddingRow(
            run_id=run_id,
            measures=tuple((name, float(value)) for name, value in measures),
            created=now(),
            points=table.reshape(-1, 4),
        )
        return _embedding(session.merge(row))


def embedding(store: Store, run_id: int) -> EmbeddingRecord | None:
    """A run's map, None when it was not made yet."""
    with store.snapshot() as session:
        row = session.get(EmbeddingRow, run_id)
        return _embedding(row) if row else None


# --- rows to records ------------------------------------------------------------------------


def _enter(row: TrainingRunRow, state: str) -> None:
    if state not in STATES:
        raise StudyError(f"A run is one of {', '.join(STATES)}, not {state}.")
    if row.state in ENDED and state != row.state:
        raise StudyError(f"This run is {row.state}. Start a new one.")
    if state == "running" and not row.started:
        row.started = now()
    if state in ENDED and not row.finished:
        row.finished = now()
    row.state = state


def _run_row(session: Session, run_id: int) -> TrainingRunRow:
    row = session.get(TrainingRunRow, run_id)
    if row is None:
        raise StudyError(f"There is no run {run_id} in this study.")
    return row


def _run(store: Store, row: TrainingRunRow) -> TrainingRunRecord:
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


def _synthetic_row(run_row: TrainingRunRow, new: NewSynthetic) -> SyntheticRow:
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


def _synthetic_query() -> Select[SyntheticRow]:
    return (
        select(SyntheticRow)
        .join(SyntheticRow.run)
        .options(joinedload(SyntheticRow.run))
        .order_by(SyntheticRow.id)
    )


def _synthetic(row: SyntheticRow) -> SyntheticRoiRecord:
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
    )


def _embedding(row: EmbeddingRow) -> EmbeddingRecord:
    return EmbeddingRecord(
        run_id=row.run_id,
        points=tuple(
            EmbeddingPoint(int(lesion), bool(augmented), float(x), float(y))
            for lesion, augmented, x, y in row.points.tolist()
        ),
        measures=tuple((str(name), float(value)) for name, value in row.measures),
        created=row.created,
    )
