"""A study in which every arm and generator was run, recorded without training anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from learn_study import CODES, make_study

from engine.experiment.arms import ARMS, BASELINE, CLASSIC, DISCRIMINATOR, EXTRA_CASES, SYNTHETIC
from engine.specs import (
    AugmentationSpec,
    CnnSpec,
    CnnTraining,
    GanTraining,
    profile,
)
from engine.specs.text import to_json
from studies import cases, learning
from studies.learning import EmbeddingPoint, NewRun, NewSynthetic, SyntheticPoint
from studies.records import LesionRecord, PredictionRecord
from studies.store import Store

GENERATORS = ("dcgan", "dcgan-l1", "dcgan-l2", "semi", "acgan-dcgan", "acgan-odena", "cda")
SEEDS, FOLDS = (1, 2), (0, 1)


def all_arms(folder: Path, *, per_class: int = 3, groups: int = 2) -> Store:
    """Every arm with so many groups, two seeds and two of three folds; generators with draws."""
    store = make_study(folder, per_class=per_class)
    lesions = cases.lesions(store)
    patients = sorted({one.patient for one in lesions})
    learning.assign_folds(store, tuple((p, i % 3) for i, p in enumerate(patients)), 1)
    lesions = cases.lesions(store)
    for kind in GENERATORS:
        _generator(store, kind)
    rng = np.random.default_rng(3)
    for arm in ARMS:
        if arm.learner != BASELINE:
            _classifier(store, arm.name, arm.varies, arm.learner, lesions, rng, groups)
    return store


def _generator(store: Store, kind: str) -> None:
    sizes = profile("quick")
    gan = sizes.cda if kind == "cda" else replace(sizes.gan, kind=_kind(kind))
    target = -1 if gan.is_conditional else 0
    spec = GanTraining(gan, AugmentationSpec(), (0, 1, 2), 0, 1, target, 500, 600)
    for code in CODES:
        new = NewRun(f"{kind}-{code}", kind, "generator", 1, "quick", to_json(spec), code, 0)
        run = learning.start_run(store, new)
        learning.update_run(store, run.id, state="finished", seconds=3.0)
        image = np.full((64, 64), 0.5, np.float32)
        made = [NewSynthetic(code, 9, i, image, "clear", 1, 0.5) for i in range(9)]
        learning.add_synthetic(store, run.id, tuple(made))


def _kind(name: str) -> str:
    return name if name.startswith("acgan") else "dcgan"


def _classifier(
    store: Store,
    arm: str,
    varies: str,
    learner: str,
    lesions: tuple[LesionRecord, ...],
    rng: np.random.Generator,
    groups: int,
) -> None:
    cnn = CnnSpec(slices=5) if arm.endswith("25d") else CnnSpec(channels=(16, 32, 64), dense=64)
    for place in range(groups if varies in (CLASSIC, SYNTHETIC, EXTRA_CASES) else 1):
        name = {
            CLASSIC: f"D_aug {500 * (place + 1):,}",
            SYNTHETIC: f"D_aug 2,000 + D_synth {100 * (place + 1)} × 3",
            EXTRA_CASES: f"D_aug 2,000 + extra {100 * (place + 1)} × 3",
        }.get(varies, "D_aug 0")
        for seed in SEEDS:
            for fold in FOLDS:
                spec = CnnTraining(cnn, AugmentationSpec(), (0, 1, 2), fold, seed, steps=500)
                text = "{}" if learner == DISCRIMINATOR else to_json(spec)
                key = f"{arm}-{place}-{seed}-{fold}"
                new = NewRun(key, arm, "classifier", seed, "quick", text, "", fold, name)
                run = learning.start_run(store, new)
                own = tuple(_said(run.id, one, rng) for one in lesions if one.fold in (fold, 2))
                learning.save_predictions(store, run.id, own)
                learning.update_run(store, run.id, state="finished")
                if place == 0 and seed == 1 and arm.startswith("cnn-aug"):
                    _map(store, run.id, lesions)


def _said(run_id: int, lesion: LesionRecord, rng: np.random.Generator) -> PredictionRecord:
    said = lesion.category if rng.random() < 0.8 else CODES[int(rng.integers(3))]
    shares = tuple(0.8 if code == said else 0.1 for code in CODES)
    return PredictionRecord(run_id, lesion.id, lesion.category, said, shares)


def _map(store: Store, run_id: int, lesions: tuple[LesionRecord, ...]) -> None:
    points = tuple(
        EmbeddingPoint(one.id, k > 0, one.id + 0.1 * k, float(k)) for one in lesions for k in (0, 1)
    )
    made = tuple(SyntheticPoint(k, k * 0.7, 2.0) for k in (1, 2))
    learning.save_embedding(store, run_id, points, (("trustworthiness", 0.9),), made)
