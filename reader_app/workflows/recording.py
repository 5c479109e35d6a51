"""What came of a run, written into the study: numbers, predictions, its map."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.embedding import Embedding
from engine.errors import EngineError
from engine.experiment import record
from engine.experiment.data import TrainingData
from engine.experiment.run import GENERATOR, Run
from engine.files import MODEL
from engine.map import FeatureMap
from engine.outcome import Outcome
from engine.specs import GanTraining, to_json
from studies import learning
from studies.learning import EmbeddingPoint, EmbeddingRecord, NewRun
from studies.records import PredictionRecord, TrainingRunRecord
from studies.store import Store


def new_run(run: Run) -> NewRun:
    """A planned run as the study records it before it starts."""
    return NewRun(
        run_hash=run.hash,
        arm=run.arm,
        kind=run.kind,
        seed=run.seed,
        profile=run.profile,
        spec=to_json(run.spec),
        category=run.category,
        fold=run.fold,
        group=run.group,
    )


def finished(store: Store, run_hash: str) -> TrainingRunRecord | None:
    """The finished run of the same content whose checkpoint is still there."""
    run = learning.find_run(store, run_hash)
    return run if run is not None and is_finished(run) else None


def is_finished(run: TrainingRunRecord) -> bool:
    """Whether a run ended well and its checkpoint is there."""
    return run.state == "finished" and (run.folder / MODEL).exists()


def keep(store: Store, run_id: int, run: Run, data: TrainingData, found: Outcome) -> None:
    """Write down a run's numbers, a classifier's predictions and its map."""
    if run.kind != GENERATOR and not isinstance(run.spec, GanTraining):
        learning.save_predictions(store, run_id, predictions(run_id, data, found))
    if found.map is not None:
        keep_map(store, run_id, data, found.map)
    learning.update_run(
        store,
        run_id,
        accuracy=found.accuracy if run.kind != GENERATOR else None,
        correct=found.correct if run.kind != GENERATOR else None,
        n=found.n if run.kind != GENERATOR else None,
        kid=found.kid,
        seconds=found.seconds,
        device=found.device,
    )


def seal(folder: Path, run: Run, data: TrainingData, found: Outcome, started: str) -> None:
    """Leave the engine's own record beside the files, so that no experiment does the run again.

    EngineError where the folder cannot be written to.
    """
    try:
        record.seal(folder, record.record_of(run, data.data_hash, found, folder, started))
    except OSError as error:
        raise EngineError(
            f"The study's folder cannot be written to ({error.strerror}). Free some space, or "
            "open it on a computer that may write to it."
        ) from error


def predictions(run_id: int, data: TrainingData, found: Outcome) -> tuple[PredictionRecord, ...]:
    """The classifier's probabilities for its test fold, with each lesion's truth."""
    classes = data.patches.classes
    truth = dict(zip(data.patches.ids, data.patches.targets, strict=True))
    return tuple(
        PredictionRecord(
            run_id,
            int(lesion),
            classes[int(truth[lesion])],
            classes[int(np.argmax(row))],
            tuple(float(value) for value in row),
        )
        for lesion, row in zip(found.ids, found.probabilities, strict=True)
    )


def keep_map(store: Store, run_id: int, data: TrainingData, found: FeatureMap) -> EmbeddingRecord:
    """Keep a classifier's t-SNE map with its run."""
    points = tuple(
        EmbeddingPoint(data.lesion_id(int(source)), bool(augmented), float(x), float(y))
        for source, augmented, (x, y) in zip(
            found.sources, found.augmented, found.embedding.xy, strict=True
        )
    )
    return learning.save_embedding(store, run_id, points, map_measures(found.embedding))


def map_measures(embedding: Embedding) -> tuple[tuple[str, float], ...]:
    """What stands beside a map."""
    return (
        ("perplexity", embedding.perplexity),
        ("seed", float(embedding.seed)),
        ("trustworthiness", embedding.trustworthiness),
        ("knn_features", embedding.knn_features),
        ("knn_map", embedding.knn_map),
        ("kl_divergence", embedding.kl_divergence),
        ("judged", float(embedding.judged)),
    )
