"""Make a classifier's t-SNE map and keep it with its run."""

from __future__ import annotations

from collections.abc import Generator

from engine.embedding import Embedding
from engine.errors import EngineError
from engine.jobs import Child, JobSpec, Progress
from engine.map import FeatureMap, MapSpec
from engine.patches import EXTRA
from engine.specs import CnnTraining, from_json
from reader_app.workflows.patches import TrainingData, training_data
from studies import learning
from studies.learning import EmbeddingPoint, EmbeddingRecord
from studies.records import TrainingRunRecord
from studies.store import Store

AUGMENTED = 8
"""Augmentations shown of each ROI; more only crowd the map."""

MAP = "engine.map:map_file"


def embed(store: Store, run_id: int) -> Generator[Progress, None, EmbeddingRecord]:
    """Map the test fold of a finished classifier (all folds, where it was trained on all)."""
    run = learning.run(store, run_id)
    if run.kind != "classifier" or run.state != "finished":
        raise EngineError("A map needs a finished classifier; choose one in the runs table.")
    yield Progress(0, 1, "Reading ROIs")
    data = training_data(store, 3)
    child = Child()
    try:
        return (yield from embed_run(store, run, data, child))
    finally:
        child.close()


def embed_run(
    store: Store, run: TrainingRunRecord, data: TrainingData, child: Child
) -> Generator[Progress, None, EmbeddingRecord]:
    """`embed` within a child that runs already."""
    spec = from_json(run.spec, CnnTraining)
    indices = _unseen(store, run, data)
    found: FeatureMap = yield from child.run(
        JobSpec(
            MAP,
            MapSpec(indices, AUGMENTED, spec.augmentation, spec.seed),
            (data.path, run.folder / "model.safetensors"),
        )
    )
    points = tuple(
        EmbeddingPoint(data.lesion_id(int(source)), bool(augmented), float(x), float(y))
        for source, augmented, (x, y) in zip(
            found.sources, found.augmented, found.embedding.xy, strict=True
        )
    )
    return learning.save_embedding(store, run.id, points, _measures(found.embedding))


def _unseen(store: Store, run: TrainingRunRecord, data: TrainingData) -> tuple[int, ...]:
    """The ROIs the run was tested on, whatever folds stand today; all where it had no test fold."""
    if run.fold is None:
        return tuple(at for at, fold in enumerate(data.folds) if fold != EXTRA)
    tested = {one.lesion_id for one in learning.predictions(store, run_id=run.id)}
    found = tuple(at for at in range(len(data.folds)) if data.lesion_id(at) in tested)
    if not tested or len(found) < len(tested):
        raise EngineError("The ROIs have changed since this run; train it again for a map.")
    return found


def _measures(embedding: Embedding) -> tuple[tuple[str, float], ...]:
    return (
        ("perplexity", embedding.perplexity),
        ("seed", float(embedding.seed)),
        ("trustworthiness", embedding.trustworthiness),
        ("knn_features", embedding.knn_features),
        ("knn_map", embedding.knn_map),
        ("kl_divergence", embedding.kl_divergence),
        ("judged", float(embedding.judged)),
    )
