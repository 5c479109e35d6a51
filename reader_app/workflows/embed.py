"""Make a classifier's t-SNE map and keep it with its run."""

from __future__ import annotations

from collections.abc import Generator

from engine.errors import EngineError
from engine.experiment.arms import slices_read
from engine.experiment.data import TrainingData
from engine.files import MODEL
from engine.jobs import Child, JobSpec, Progress
from engine.map import AUGMENTED, FeatureMap, MapSpec
from engine.patches import EXTRA
from engine.specs import CnnTraining, from_json
from reader_app.workflows.patches import training_data
from reader_app.workflows.recording import keep_map
from studies import learning
from studies.learning import EmbeddingRecord
from studies.records import TrainingRunRecord
from studies.store import Store

MAP = "engine.map:map_file"


def embed(store: Store, run_id: int) -> Generator[Progress, None, EmbeddingRecord]:
    """Map the test fold of a finished classifier (all folds, where it was trained on all)."""
    run = learning.run(store, run_id)
    if run.kind != "classifier" or run.state != "finished":
        raise EngineError("A map needs a finished classifier; choose one in the runs table.")
    yield Progress(0, 1, "Reading ROIs")
    data = training_data(store, 3, slices_read(run.arm))
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
            (data.path, run.folder / MODEL),
        )
    )
    return keep_map(store, run.id, data, found)


def _unseen(store: Store, run: TrainingRunRecord, data: TrainingData) -> tuple[int, ...]:
    """The ROIs the run was tested on, whatever folds stand today; all where it had no test fold."""
    if run.fold is None:
        return tuple(at for at, fold in enumerate(data.folds) if fold != EXTRA)
    tested = {one.lesion_id for one in learning.predictions(store, run_id=run.id)}
    found = tuple(at for at in range(len(data.folds)) if data.lesion_id(at) in tested)
    if not tested or len(found) < len(tested):
        raise EngineError("The ROIs have changed since this run; train it again for a map.")
    return found
