"""Draw synthetic ROIs from a finished generator, audit them for copies, keep them."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import numpy as np

from engine.audit import Audit, AuditSpec
from engine.draws import DrawSpec
from engine.jobs import Child, JobSpec, Progress
from engine.patches import EXTRA
from engine.specs import GanTraining, from_json, spec_hash
from reader_app.workflows.patches import TrainingData, training_data
from studies import learning
from studies.errors import ReadOnlyError, StudyError
from studies.learning import NewSynthetic
from studies.records import SyntheticRoiRecord, TrainingRunRecord
from studies.store import Store

T = TypeVar("T")

DRAW, AUDIT = "engine.draws:draw_file", "engine.audit:audit_file"

FIRST_SEED = 1 << 20
"""Draws for readers have seeds from here on; those of training runs count from 0."""


def synthesise(
    store: Store, run_id: int, count: int, seed: int
) -> Generator[Progress, None, tuple[SyntheticRoiRecord, ...]]:
    """Add `count` ROIs of one generator's run, with their nearest training ROI and verdict.

    `seed` 0.. is moved beyond the seeds of training draws, so these are fresh. Copies are kept,
    but not accepted: they can neither train nor be read. StudyError with a sentence.
    """
    if store.read_only:
        raise ReadOnlyError("This study is open read-only, so nothing can be synthesised in it.")
    if count < 1:
        raise StudyError("Choose how many synthetic ROIs to draw, at least 1.")
    run = _generator_run(store, run_id)
    yield Progress(0, 2, "Reading ROIs")
    data = training_data(store, 3)
    drawn_with = FIRST_SEED + seed
    child = Child()
    try:
        with tempfile.TemporaryDirectory(dir=store.runs_folder) as folder:
            file = Path(folder) / "drawn.npz"
            draw = DrawSpec(count, drawn_with, (0,))
            paths = (file, run.folder / "model.safetensors")
            yield from _step(child.run(JobSpec(DRAW, draw, paths)), 0)
            spec = AuditSpec(_trained_on(run, data))
            audit = yield from _step(child.run(JobSpec(AUDIT, spec, (data.path, file))), 1)
            with np.load(file, allow_pickle=False) as content:
                images = content["images"]
    finally:
        child.close()
    return learning.add_synthetic(store, run.id, _records(run, data, images, audit, drawn_with))


def newest_generator(store: Store, category: str) -> TrainingRunRecord | None:
    """The latest finished generator of a class."""
    return next((run for run in reversed(generators(store)) if run.category == category), None)


def generators(store: Store) -> tuple[TrainingRunRecord, ...]:
    """Finished generators whose checkpoint is there, oldest first."""
    return tuple(
        run
        for run in learning.runs(store)
        if run.kind == "generator"
        and run.state == "finished"
        and (run.folder / "model.safetensors").exists()
    )


def _generator_run(store: Store, run_id: int) -> TrainingRunRecord:
    run = learning.run(store, run_id)
    if run.kind != "generator" or run.state != "finished":
        raise StudyError("Only a finished generator can draw ROIs. Train CNN-AUG-GAN first.")
    return run


def _trained_on(run: TrainingRunRecord, data: TrainingData) -> tuple[int, ...]:
    """The class's ROIs of the run's training folds; all of the class where the ROIs changed."""
    spec = from_json(run.spec, GanTraining)
    target = data.patches.classes.index(run.category)
    same = run.run_hash == spec_hash("generator", run.spec, data.data_hash)
    folds = spec.folds if same else data.folds
    tested = spec.test_fold if same else None
    return tuple(
        at
        for at, fold in enumerate(folds)
        if data.patches.targets[at] == target and fold not in (tested, EXTRA)
    )


def _step(running: Generator[Progress, None, T], done: int) -> Generator[Progress, None, T]:
    """One of two beats as a half of the whole progress."""
    while True:
        try:
            inner = next(running)
        except StopIteration as stop:
            result: T = stop.value
            return result
        share = inner.done / inner.total if inner.total else 0.0
        yield Progress(round((done + share) * 1000), 2000, inner.message)


def _records(
    run: TrainingRunRecord,
    data: TrainingData,
    images: np.ndarray,
    audit: Audit,
    seed: int,
) -> tuple[NewSynthetic, ...]:
    found = audit.nearest
    return tuple(
        NewSynthetic(
            category=run.category,
            seed=seed,
            index=at,
            image=images[at],
            audit=verdict,
            nearest_lesion_id=data.lesion_id(int(found.index[at])),
            similarity=float(found.similarity[at]),
            accepted=verdict != "copy",
        )
        for at, verdict in enumerate(audit.verdicts)
    )
