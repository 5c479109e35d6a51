"""Small ROI sets with a known answer, for tests of everything that learns."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from engine.jobs import result_of as result_of
from engine.patches import LesionPatches, study_folds

T = TypeVar("T")
CLASSES = ("cyst", "metastasis", "hemangioma")


def blobs(per_class: int = 12, noise: float = 0.08, seed: int = 0) -> LesionPatches:
    """Dark sharp discs, faint soft discs, and discs with bright spots on the rim; noisy."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:64, :64].astype(np.float32)
    images, targets = [], []
    for number in range(3 * per_class):
        kind = number % 3
        cx, cy = rng.uniform(28, 36, 2)
        reach = rng.uniform(12, 20)
        distance = np.hypot(x - cx, y - cy)
        edge = (0.8, 6.0, 2.0)[kind]
        depth = (0.45, 0.22, 0.22)[kind]
        image = 0.6 - depth / (1 + np.exp((distance - reach) / edge))
        if kind == 2:
            for angle in rng.uniform(0, 2 * np.pi, 4):
                spot = np.hypot(x - cx - reach * np.cos(angle), y - cy - reach * np.sin(angle))
                image += 0.3 * np.exp(-((spot / 4) ** 2))
        images.append(image + rng.normal(0, noise, image.shape))
        targets.append(kind)
    return LesionPatches(
        images=np.clip(np.asarray(images), 0, 1).astype(np.float32),
        targets=np.asarray(targets, dtype=np.int64),
        patients=tuple(f"P{number:03d}" for number in range(3 * per_class)),
        ids=tuple(str(number) for number in range(3 * per_class)),
        classes=CLASSES,
    )


def folds_of(patches: LesionPatches) -> tuple[int, ...]:
    """Three patient-wise folds."""
    return tuple(int(fold) for fold in study_folds(patches, 3, 0))
