"""Make a classifier's t-SNE map and keep it with its run; place synthetic ROIs on it."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path

import numpy as np

from engine.errors import EngineError
from engine.experiment.arms import slices_read
from engine.experiment.data import TrainingData
from engine.files import MODEL
from engine.jobs import Child, JobSpec, Progress, passed_on
from engine.map import AUGMENTED, FeatureMap, MapSpec, Standing
from engine.patches import EXTRA
from engine.specs import CnnTraining, from_json
from reader_app.workflows.patches import training_data
from reader_app.workflows.recording import keep_map
from studies import learning
from studies.errors import ReadOnlyError
from studies.learning import EmbeddingRecord, SyntheticPoint
from studies.records import SyntheticRoiRecord, TrainingRunRecord
from studies.store import Store

MAP, PLACE = "engine.map:map_file", "engine.map:place_file"


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


def belongs(roi: SyntheticRoiRecord, run: TrainingRunRecord) -> bool:
    """Whether a synthetic ROI is shown on a network's map.

    Its generator held back the same fold as the network, or none (it was trained on all folds, or
    on other ROIs). A generator of another fold has seen this network's test lesions. A network
    trained on all folds shows every ROI.
    """
    return run.fold is None or roi.fold in (None, run.fold)


def unplaced(
    run: TrainingRunRecord, found: EmbeddingRecord, rois: tuple[SyntheticRoiRecord, ...]
) -> bool:
    """Whether synthetic ROIs that belong on a map are missing there."""
    wanted = {roi.id for roi in rois if belongs(roi, run)}
    return slices_read(run.arm) == 1 and not wanted <= {p.synthetic_id for p in found.synthetic}


def place_synthetic(store: Store) -> Generator[Progress, None, int]:
    """Place the study's synthetic ROIs on every map that lacks some; returns how many maps.

    No point of a map moves (`engine.placing`). Maps of 2.5-D networks are left out: a synthetic
    ROI is one slice. EngineError with a sentence where maps are of other ROIs than the study holds
    now; all other maps are done before.
    """
    if store.read_only:
        raise ReadOnlyError("This study is open read-only, so nothing can be placed on its maps.")
    yield Progress(0, 1, "Reading ROIs")
    rois = learning.synthetic_rois(store)
    waiting = [(run, held) for run, held in _maps(store) if unplaced(run, held, rois)]
    data = training_data(store, 3)
    standing = [(run, held) for run, held in waiting if _still_there(held, data)]
    child = Child()
    try:
        for at, (run, held) in enumerate(standing):
            own = tuple(roi for roi in rois if belongs(roi, run))
            told = Progress(at, len(standing), "Placing synthetic ROIs")
            places = yield from passed_on(_placed(store, child, data, run, held, own), told)
            points = (
                SyntheticPoint(roi.id, float(x), float(y))
                for roi, (x, y) in zip(own, places, strict=True)
            )
            learning.place_synthetic(store, run.id, tuple(points))
    finally:
        child.close()
    if len(standing) < len(waiting):
        raise EngineError(_outdated_words(len(waiting) - len(standing)))
    return len(waiting)


def _still_there(held: EmbeddingRecord, data: TrainingData) -> bool:
    """Whether the study still has the ROIs that a map shows."""
    there = {data.lesion_id(at) for at in range(len(data.folds))}
    return all(point.lesion_id in there for point in held.points)


def _outdated_words(count: int) -> str:
    maps = "1 map was" if count == 1 else f"{count} maps were"
    return (
        f"{maps} made of other ROIs than the study holds now, so no synthetic ROI was placed "
        "there. Train the network again for a map of these."
    )


def _maps(store: Store) -> list[tuple[TrainingRunRecord, EmbeddingRecord]]:
    """Finished classifiers with a map whose checkpoint is there."""
    found = ((run, learning.embedding(store, run.id)) for run in learning.runs(store))
    return [
        (run, held) for run, held in found if held is not None and (run.folder / MODEL).exists()
    ]


def _placed(
    store: Store,
    child: Child,
    data: TrainingData,
    run: TrainingRunRecord,
    held: EmbeddingRecord,
    rois: tuple[SyntheticRoiRecord, ...],
) -> Generator[Progress, None, np.ndarray]:
    """Places (m, 2) of ROIs on a run's map."""
    index = {data.lesion_id(at): at for at in range(len(data.folds))}
    sources = np.array([index[p.lesion_id] for p in held.points], dtype=np.int64)
    own = tuple(index[p.lesion_id] for p in held.points if not p.augmented)
    spec = from_json(run.spec, CnnTraining)
    wanted = MapSpec(own, len(held.points) // len(own) - 1, spec.augmentation, spec.seed)
    xy = np.array([(p.x, p.y) for p in held.points])
    with tempfile.TemporaryDirectory(dir=store.runs_folder) as folder:
        file = Path(folder) / "standing.npz"
        Standing(xy, sources, np.stack([roi.image for roi in rois])).save(file)
        paths = (data.path, run.folder / MODEL, file)
        found: np.ndarray = yield from child.run(JobSpec(PLACE, wanted, paths))
    return found
