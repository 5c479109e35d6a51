"""How near a trained generator's draws come to real ROIs, in every feature space there is."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import CheckpointError, TooFewError
from engine.jobs import Progress
from engine.patches import LesionPatches, training_indices
from engine.specs import ALL_CLASSES, GanTraining, from_json

NEARNESS = "nearness.json"
DRAWS, SEED = 128, 1 << 21
"""Draws a class, with a seed that neither trainings nor readers' draws use."""


@dataclass(frozen=True)
class JudgeSpec:
    """`draws` ROIs of each class the generator has, drawn with `seed`."""

    draws: int = DRAWS
    seed: int = SEED


@dataclass(frozen=True)
class Judged:
    """One class of one generator: a number's mean, interval and real-v-real band by its name.

    `numbers`: (feature space, measure, value, low, high, band low, band high). `block` ROIs a side
    in each of `blocks` blocks, out of `real` originals of the training folds and `fake` draws.
    """

    category: str
    numbers: tuple[tuple[str, str, float, float, float, float, float], ...]
    block: int
    blocks: int
    real: int
    fake: int


def judge_file(
    spec: JudgeSpec, paths: tuple[Path, ...]
) -> Generator[Progress, None, tuple[Judged, ...]]:
    """Judge a generator: paths (patches.npz, its checkpoint[, a classifier of the same fold]).

    Against the originals of its training folds, class by class; a class of fewer than four is
    left out. The result also lies beside the checkpoint as nearness.json.
    """
    from engine import checkpoint
    from engine.gan.synthesis import synthesise

    patches, held = LesionPatches.load(paths[0]), checkpoint.load(paths[1])
    patches.check_slices()
    training = from_json(held.meta.spec, GanTraining)
    chosen = training_indices(patches, training.folds, training.test_fold, without=training.without)
    one = training.target
    targets = range(len(patches.classes)) if one == ALL_CLASSES else (one,)
    found: list[Judged] = []
    for at, target in enumerate(targets):
        yield Progress(at, len(targets), "Judging the draws")
        fake = yield from synthesise(paths[1], spec.draws, spec.seed, target)
        real = patches.images[chosen[patches.targets[chosen] == target]]
        try:
            found.append(_judged(patches.classes[target], real, fake, paths[2:]))
        except TooFewError:
            continue
    _write(paths[1].parent, tuple(found))
    return tuple(found)


def read(folder: Path) -> tuple[Judged, ...]:
    """What `judge_file` left in a run's folder; none where it was not judged."""
    try:
        told = json.loads((folder / NEARNESS).read_text("utf-8"))
        return tuple(Judged(**{**one, "numbers": _tuples(one["numbers"])}) for one in told)
    except (OSError, ValueError, TypeError, KeyError):
        return ()


def _tuples(numbers: list[Any]) -> tuple[Any, ...]:
    return tuple(tuple(row) for row in numbers)


def _judged(
    category: str, real: np.ndarray, fake: np.ndarray, classifier: tuple[Path, ...]
) -> Judged:
    from engine.metrics import report_nearness

    report = report_nearness(real, fake, classifier=classifier[0] if classifier else None)
    measures = ("kid", "frechet", "precision", "recall", "density", "coverage")
    numbers = tuple(
        (space.features, name, one.value, one.low, one.high, one.band_low, one.band_high)
        for space in report.spaces
        for name in measures
        for one in (getattr(space, name),)
    )
    first = report.spaces[0]
    return Judged(category, numbers, first.block, first.blocks, first.real, first.fake)


def _write(folder: Path, found: tuple[Judged, ...]) -> None:
    partial = folder / f"{NEARNESS}.partial"
    try:
        partial.write_text(json.dumps([asdict(one) for one in found]), "utf-8")
        partial.replace(folder / NEARNESS)
    except OSError as error:
        raise CheckpointError(
            f"{NEARNESS} cannot be written to {folder} ({error.strerror}). Free some space and "
            "judge the generator again."
        ) from error
