"""Draw synthetic ROIs from a finished generator, audit them for copies, keep them."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import numpy as np

from engine.audit import Audit, AuditSpec
from engine.draws import DrawSpec
from engine.experiment.data import TrainingData
from engine.experiment.revision import run_hash
from engine.files import MODEL
from engine.jobs import Child, JobSpec, Progress, passed_on
from engine.patches import EXTRA, LOSSY, STORED
from engine.specs import GanTraining, from_json
from reader_app.workflows.patches import training_data
from studies import cases, learning
from studies.errors import ReadOnlyError, StudyError
from studies.learning import NewSynthetic
from studies.records import SyntheticRoiRecord, TrainingRunRecord
from studies.store import Store

T = TypeVar("T")

DRAW, AUDIT = "engine.draws:draw_file", "engine.audit:audit_file"

FIRST_SEED = 1 << 20
"""Draws for readers have seeds from here on; those of training runs count from 0."""


def synthesise(
    store: Store, run_id: int, count: int, seed: int, category: str = ""
) -> Generator[Progress, None, tuple[SyntheticRoiRecord, ...]]:
    """Add `count` ROIs of one generator's run, with their nearest training ROI and verdict.

    A conditional generator draws `category`; one of a single class draws its own. `seed` 0.. is
    moved beyond the seeds of training draws, so these are fresh. Copies are kept, but not
    accepted: they can neither train nor be read. StudyError with a sentence.
    """
    if store.read_only:
        raise ReadOnlyError("This study is open read-only, so nothing can be synthesised in it.")
    if count < 1:
        raise StudyError("Choose how many synthetic ROIs to draw, at least 1.")
    if not 0 <= seed < FIRST_SEED:
        raise StudyError(f"The seed of a draw is between 0 and {FIRST_SEED - 1:,}.")
    run = _generator_run(store, run_id)
    code = run.category or category
    if code not in cases.study(store).scheme.codes:
        raise StudyError("This generator draws every class. Choose the class to draw.")
    yield Progress(0, 2, "Reading ROIs")
    data = training_data(store, 3)
    drawn_with = FIRST_SEED + seed
    child = Child()
    try:
        with tempfile.TemporaryDirectory(dir=store.runs_folder) as folder:
            file = Path(folder) / "drawn.npz"
            draw = DrawSpec(count, drawn_with, (data.patches.classes.index(code),))
            paths = (file, run.folder / MODEL)
            yield from _step(child.run(JobSpec(DRAW, draw, paths)), 0)
            spec = audit_spec(run, data, code)
            audit = yield from _step(child.run(JobSpec(AUDIT, spec, (data.path, file))), 1)
            with np.load(file, allow_pickle=False) as content:
                images = content["images"]
    finally:
        child.close()
    return learning.add_synthetic(store, run.id, _records(code, data, images, audit, drawn_with))


def newest_generator(store: Store, category: str) -> TrainingRunRecord | None:
    """The latest finished generator that draws a class."""
    return next((run for run in reversed(generators(store)) if draws(run, category)), None)


def draws(run: TrainingRunRecord, category: str) -> bool:
    """Whether a generator draws this class: its own, or any where it is conditional."""
    return run.category in ("", category)


def generators(store: Store) -> tuple[TrainingRunRecord, ...]:
    """Finished generators whose checkpoint is there, oldest first."""
    return tuple(
        run
        for run in learning.runs(store)
        if run.kind == "generator" and run.state == "finished" and (run.folder / MODEL).exists()
    )


def _generator_run(store: Store, run_id: int) -> TrainingRunRecord:
    run = learning.run(store, run_id)
    if run.kind != "generator" or run.state != "finished":
        raise StudyError("Only a finished generator can draw ROIs. Train CNN-AUG-GAN first.")
    return run


def is_trained_on(run: TrainingRunRecord, data: TrainingData) -> bool:
    """Whether a generator was trained on just these ROIs, by this program."""
    return run.run_hash == run_hash(from_json(run.spec, GanTraining), data.data_hash)


def audit_spec(run: TrainingRunRecord, data: TrainingData, code: str) -> AuditSpec:
    """The class's ROIs that trained the run, and those that it never saw.

    Where the ROIs, or the program, changed since, or it was trained elsewhere, all of the class
    count as seen: the audit errs on the safe side, and `is_trained_on` tells whoever shows it.
    """
    spec = from_json(run.spec, GanTraining)
    target = data.patches.classes.index(code)
    own = [at for at in range(len(data.patches)) if data.patches.targets[at] == target]
    if not is_trained_on(run, data):
        return AuditSpec(tuple(at for at in own if data.folds[at] != EXTRA))
    away = (spec.test_fold, *spec.without)
    held_out = tuple(at for at in own if spec.folds[at] in away)
    return AuditSpec(
        tuple(at for at in own if spec.folds[at] not in (*away, EXTRA, LOSSY, STORED)),
        () if spec.unlabelled else held_out,
    )


def _step(running: Generator[Progress, None, T], done: int) -> Generator[Progress, None, T]:
    """One of two beats as a half of the whole progress."""

    def told(inner: Progress) -> Progress:
        share = inner.done / inner.total if inner.total else 0.0
        return Progress(round((done + share) * 1000), 2000, inner.message)

    return passed_on(running, told)


def _records(
    code: str,
    data: TrainingData,
    images: np.ndarray,
    audit: Audit,
    seed: int,
) -> tuple[NewSynthetic, ...]:
    found = audit.nearest
    return tuple(
        NewSynthetic(
            category=code,
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
