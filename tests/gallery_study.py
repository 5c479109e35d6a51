"""A small study with a generator that is only recorded, and synthetic ROIs as asked for."""

from __future__ import annotations

from collections.abc import Generator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from learn_study import CODES, drawn, make_study

from engine.files import MODEL
from engine.jobs import JobSpec, Progress
from engine.specs import GanTraining, profile, to_json
from studies import cases, learning
from studies.learning import NewRun, NewSynthetic
from studies.records import SyntheticRoiRecord
from studies.store import Store

SIZES = profile("smoke")


class InThisProcess:
    """In place of `engine.jobs.Child`: the same work by the same name, without a process."""

    def run(self, job: JobSpec) -> Generator[Progress, None, Any]:
        module, name = job.target.split(":")
        return (yield from getattr(import_module(module), name)(job.spec, job.paths))

    def close(self) -> None:
        """Nothing runs on."""


def gallery_study(folder: Path, per_class: int = 4) -> Store:
    """`per_class` patients a class, two folds, and one finished generator of cysts."""
    store = make_study(folder, per_class=per_class)
    patients = dict.fromkeys(lesion.patient for lesion in cases.lesions(store))
    learning.assign_folds(store, tuple((name, at % 2) for at, name in enumerate(patients)), 1)
    add_generator(store, "cyst", 0)
    return store


def add_generator(store: Store, category: str, fold: int | None) -> int:
    """A finished run of a generator; its checkpoint holds nothing."""
    folds = tuple(lesion.fold or 0 for lesion in cases.lesions(store))
    spec = GanTraining(SIZES.gan, SIZES.augmentation, folds, fold, 3, CODES.index(category))
    name = f"{category}{fold}"
    new = NewRun(name, "dcgan", "generator", 3, "smoke", to_json(spec), category, fold)
    run = learning.start_run(store, new)
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / MODEL).write_bytes(b"")
    learning.update_run(store, run.id, state="running")
    return learning.update_run(store, run.id, state="finished").id


def add_rois(
    store: Store, run_id: int, category: str, audits: tuple[str, ...]
) -> tuple[SyntheticRoiRecord, ...]:
    """One synthetic ROI of each verdict, drawn like the study's own but fresh."""
    rng = np.random.default_rng(99 + run_id)
    lesion = next(one for one in cases.lesions(store) if one.category == category)
    new = tuple(
        NewSynthetic(
            category, 1 << 20, at, _roi(category, rng), audit, lesion.id, round(0.4 + 0.1 * at, 2)
        )
        for at, audit in enumerate(audits)
    )
    return learning.add_synthetic(store, run_id, new)


def _roi(category: str, rng: np.random.Generator) -> np.ndarray:
    return (np.clip(drawn(category, rng)[16:80, 16:80], 0, 255) / 255).astype(np.float32)
