"""A small study ready to be read: drawn lesions, synthetic ROIs of three generators, a protocol."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from learn_study import CODES, drawn, make_study

from studies import cases, learning, reading
from studies.learning import NewRun, NewSynthetic
from studies.package import PackageTrial, ReadingPackage, Response
from studies.records import OrderConstraints, ProtocolDraft
from studies.store import Store

LOOSE = OrderConstraints(longest_class_run=4, longest_synthetic_run=4, blocks=3, repeat_distance=6)


def readable_study(folder: Path, *, per_class: int = 5, synthetic: int = 4) -> Store:
    """`per_class` lesions and `synthetic` accepted draws of each class, generator folds 0-2."""
    store = make_study(folder, per_class=per_class, name="Canary Hospital Liver Trial")
    patients = sorted({lesion.patient for lesion in cases.lesions(store)})
    learning.assign_folds(store, tuple((p, i % 3) for i, p in enumerate(patients)), 1)
    for fold, code in enumerate(CODES):
        add_draws(store, code, fold, synthetic)
    return store


def add_draws(store: Store, code: str, fold: int, count: int) -> None:
    """A finished generator run with `count` accepted synthetic ROIs."""
    rng = np.random.default_rng(100 + fold)
    run = learning.start_run(
        store, NewRun(f"gan{code}{fold}", "dcgan", "generator", 1, "smoke", "{}", code, fold)
    )
    learning.update_run(store, run.id, state="finished")
    images = [_generated(code, rng) for _ in range(count)]
    learning.add_synthetic(
        store,
        run.id,
        tuple(NewSynthetic(code, 9, i, image, audit="clear") for i, image in enumerate(images)),
    )


def _generated(code: str, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """A drawn lesion in the window that real images without HU get: their 1-99 percentile."""
    picture = drawn(code, rng)[18:78, 18:78]
    low, high = np.percentile(picture, (1, 99))
    fine = cv2.resize((picture - low) / (high - low), (64, 64), interpolation=cv2.INTER_CUBIC)
    return np.clip(fine, 0, 1).astype(np.float32)


def loose_draft(store: Store, **changes: object) -> ProtocolDraft:
    """The default draft with constraints that a small study keeps, and no check beforehand."""
    plain = replace(reading.draft_default(store), constraints=LOOSE, display_check=False)
    return replace(plain, **changes)  # type: ignore[arg-type]


def answer(trial: PackageTrial, diagnosis: str = "cyst", confidence: int = 3) -> Response:
    """A complete answer to a trial."""
    shown = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    return Response(trial.trial_id, diagnosis, "real", confidence, shown, 400.0, 900.0, 900.0)


def read_all(package: ReadingPackage) -> None:
    """Answer every trial that is left."""
    while (trial := package.current) is not None:
        package.record(answer(trial))
