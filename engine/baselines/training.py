"""Training of a baseline: dictionary, standardisation and machines, all of the training folds."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine import checkpoint
from engine.baselines import gabor, glcm, relevance, words
from engine.baselines.machine import Choose, Machine, fit
from engine.baselines.words import Dictionary
from engine.checkpoint import CheckpointMeta, RunFacts
from engine.errors import EngineError
from engine.files import MODEL
from engine.jobs import Progress
from engine.outcome import Outcome
from engine.patches import LesionPatches, test_indices, training_indices
from engine.specs import SIDE, BaselineSpec, BaselineTraining, from_json, to_json

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

IntArray = npt.NDArray[np.int64]
Describe = Callable[[FloatArray], DoubleArray]
Tensors = Mapping[str, npt.NDArray[Any]]
Facts = tuple[tuple[str, float], ...]

TEXTURES, BAGS = ("glcm", "gabor"), ("bovw-single", "bovw-multi")
KINDS = (*TEXTURES, *BAGS)
MULTI_KEPT = 0.03
"""Share of the words that a class keeps for itself (paper, section 4.4)."""

EVERY = 8
"""ROIs between two reports."""


def paper_spec(kind: str, classes: int = 3) -> BaselineSpec:
    """The paper's numbers for a kind (section 4.4); EngineError for a kind that is not one."""
    spec = BaselineSpec(_known(kind), classes)
    return replace(spec, kept=MULTI_KEPT) if kind == "bovw-multi" else spec


def train(spec: BaselineTraining, paths: tuple[Path, ...]) -> Generator[Progress, None, Outcome]:
    """Train on paths (patches.npz, folder) and test on the test fold.

    Raises EngineError with a sentence; closing the generator leaves no checkpoint.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    patches = LesionPatches.load(paths[0])
    patches.check()
    training = training_indices(
        patches, spec.folds, spec.test_fold, extra=spec.use_extra, without=spec.without
    )
    tested = test_indices(patches, spec.folds, spec.test_fold)
    tensors, facts = yield from _learnt(spec, patches, training)
    yield Progress(len(training), len(training), "Saving")
    path = _save(paths[1], tensors, facts, spec, patches)
    yield Progress(len(training), len(training), "Testing")
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
    describe = describer(spec, held.tensors)
    rows = np.stack([describe(image) for image in _checked(images)])
    return machine.probabilities(rows).astype(np.float32)


def describer(spec: BaselineSpec, tensors: Tensors) -> Describe:
    """The features of one ROI (64, 64); EngineError for a kind that is not one.

    A bag of words needs the `tensors` of its dictionary, a texture none.
    """
    if _known(spec.kind) in BAGS:
        return Dictionary.of_arrays(tensors).histogram
    if spec.kind == "glcm":
        return lambda image: glcm.roi_features(image, distances=spec.distances, count=spec.levels)
    return lambda image: gabor.roi_features(
        image, scales=spec.scales, orientations=spec.orientations
    )


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise EngineError(f"There is no baseline {kind}; choose one of {', '.join(KINDS)}.")
    return kind


def _learnt(
    spec: BaselineTraining, patches: LesionPatches, training: IntArray
) -> Generator[Progress, None, tuple[Tensors, Facts]]:
    """Everything a checkpoint holds, fitted on the ROIs `training` alone."""
    own, targets = _checked(patches.images[training]), patches.targets[training]
    tensors: Tensors = {}
    if _known(spec.baseline.kind) in BAGS:
        dictionary = yield from _dictionary(spec.baseline, own, spec.seed)
        tensors = dictionary.arrays()
    rows = yield from _features(describer(spec.baseline, tensors), own)
    machine = yield from fit(
        rows,
        targets,
        tuple(patches.patients[i] for i in training),
        len(patches.classes),
        spec.baseline.inner_folds,
        spec.seed,
        _chooser(spec.baseline, rows, targets, len(patches.classes)),
    )
    facts = (("C", machine.cost), ("gamma", float(machine.gammas.mean())))
    return {**tensors, **machine.arrays()}, facts


def _dictionary(
    spec: BaselineSpec, images: FloatArray, seed: int
) -> Generator[Progress, None, Dictionary]:
    return words.learn(
        images,
        side=spec.patch,
        stride=spec.stride,
        components=spec.components,
        count=spec.words,
        seed=seed,
    )


def _chooser(
    spec: BaselineSpec, counts: DoubleArray, targets: IntArray, classes: int
) -> Choose | None:
    """Which words each class's machine sees, by the ROIs it is shown; None: all features.

    "multi" gives each class's machine the small dictionary of its own task and no other: each
    answers one question, and joining the dictionaries would hand it the words of the others'.
    """
    if spec.kind not in BAGS:
        return None
    chosen = relevance.single if spec.kind == "bovw-single" else relevance.multi
    return lambda shown: chosen(counts[shown], targets[shown], classes, spec.kept)


def _features(describe: Describe, images: FloatArray) -> Generator[Progress, None, DoubleArray]:
    rows = []
    for at, image in enumerate(images):
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


def _save(
    folder: Path, tensors: Tensors, facts: Facts, spec: BaselineTraining, patches: LesionPatches
) -> Path:
    meta = CheckpointMeta(
        kind=spec.baseline.kind,
        spec=to_json(spec),
        classes=patches.classes,
        data_hash=patches.data_hash(),
        seed=spec.seed,
        fold=spec.test_fold,
        facts=facts,
    )
    checkpoint.save(folder / MODEL, tensors, meta)
    return folder / MODEL
