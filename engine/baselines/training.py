"""Training of a texture baseline: features, standardisation and machines of the training folds."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine import checkpoint
from engine.baselines import gabor, glcm
from engine.baselines.machine import Machine, fit
from engine.checkpoint import CheckpointMeta, RunFacts
from engine.errors import EngineError
from engine.jobs import Progress
from engine.outcome import Outcome
from engine.patches import LesionPatches, test_indices, training_indices
from engine.specs import SIDE, BaselineSpec, BaselineTraining, from_json, to_json

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

KINDS = ("glcm", "gabor")
MODEL = "model.safetensors"
EVERY = 8
"""ROIs between two reports."""


def train(spec: BaselineTraining, paths: tuple[Path, ...]) -> Generator[Progress, None, Outcome]:
    """Train on paths (patches.npz, folder) and test on the test fold.

    Raises EngineError with a sentence; closing the generator leaves no checkpoint.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    patches = LesionPatches.load(paths[0])
    patches.check()
    training = training_indices(patches, spec.folds, spec.test_fold, extra=spec.use_extra)
    tested = test_indices(patches, spec.folds, spec.test_fold)
    own = yield from _features(spec.baseline, patches.images[training])
    owners = tuple(patches.patients[i] for i in training)
    classes, inner = len(patches.classes), spec.baseline.inner_folds
    machine = fit(own, patches.targets[training], owners, classes, inner, spec.seed)
    yield Progress(len(training), len(training), "Testing")
    path = _save(paths[1], machine, spec, patches)
    seconds = time.monotonic() - clock
    checkpoint.write_facts(paths[1], RunFacts(started, seconds, len(training)))
    found = predict(path, patches.images[tested])
    correct = int((found.argmax(1) == patches.targets[tested]).sum())
    return Outcome(
        path,
        seconds,
        len(training),
        "CPU",
        accuracy=correct / len(tested) if len(tested) else None,
        correct=correct if len(tested) else None,
        n=len(tested) or None,
        ids=tuple(patches.ids[i] for i in tested),
        probabilities=found,
    )


def predict(path: Path, images: FloatArray) -> FloatArray:
    """Probabilities (n, classes) of ROIs (n, 64, 64) in 0..1 by a baseline's checkpoint."""
    held = checkpoint.load(path)
    if held.meta.kind not in KINDS:
        raise EngineError(f"{path.name} holds no baseline; choose another run.")
    spec = from_json(held.meta.spec, BaselineTraining).baseline
    machine = Machine.of_arrays(held.tensors)
    if not len(images):
        return np.zeros((0, len(machine.offsets)), np.float32)
    describe = describer(spec)
    rows = np.stack([describe(image) for image in _checked(images)])
    return machine.probabilities(rows).astype(np.float32)


def describer(spec: BaselineSpec) -> Callable[[FloatArray], DoubleArray]:
    """The features of one ROI (64, 64); EngineError for a kind that is not one."""
    if spec.kind == "glcm":
        return lambda image: glcm.roi_features(image, distances=spec.distances, count=spec.levels)
    if spec.kind == "gabor":
        return lambda image: gabor.roi_features(
            image, scales=spec.scales, orientations=spec.orientations
        )
    raise EngineError(f"There is no baseline {spec.kind}; choose one of {', '.join(KINDS)}.")


def _features(spec: BaselineSpec, images: FloatArray) -> Generator[Progress, None, DoubleArray]:
    describe, rows = describer(spec), []
    for at, image in enumerate(_checked(images)):
        if at % EVERY == 0:
            yield Progress(at, len(images), "Measuring texture")
        rows.append(describe(image))
    return np.stack(rows)


def _checked(images: FloatArray) -> FloatArray:
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        raise EngineError(
            f"Baselines read ROIs of {SIDE}x{SIDE} px, these have shape {images.shape[1:]}; make "
            "the ROIs again."
        )
    return images


def _save(folder: Path, machine: Machine, spec: BaselineTraining, patches: LesionPatches) -> Path:
    meta = CheckpointMeta(
        kind=spec.baseline.kind,
        spec=to_json(spec),
        classes=patches.classes,
        data_hash=patches.data_hash(),
        seed=spec.seed,
        fold=spec.test_fold,
        facts=(("C", machine.cost), ("gamma", machine.gamma)),
    )
    checkpoint.save(folder / MODEL, machine.arrays(), meta)
    return folder / MODEL
