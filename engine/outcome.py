"""The trainings as named jobs whose result a window can receive without loading torch."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.jobs import Progress
from engine.specs import BaselineTraining, CnnTraining, GanTraining


@dataclass(frozen=True)
class Outcome:
    """What a run gave, in plain numbers; a generator has no accuracy, a classifier no KID.

    `probabilities` (n, classes) of the test fold's ROIs `ids`, out of fold.
    """

    checkpoint: Path
    seconds: float
    steps: int
    device: str
    accuracy: float | None = None
    correct: int | None = None
    n: int | None = None
    kid: float | None = None
    ids: tuple[str, ...] = ()
    probabilities: npt.NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, 0), np.float32), repr=False
    )


def classify(spec: CnnTraining, paths: tuple[Path, ...]) -> Generator[Progress, None, Outcome]:
    """`engine.cnn.training.train` on paths (patches.npz, folder[, synthetic.npz])."""
    from engine.cnn.training import train

    found = yield from train(spec, paths)
    return Outcome(
        found.checkpoint,
        found.seconds,
        found.steps,
        found.device,
        accuracy=found.accuracy,
        correct=found.correct,
        n=found.n,
        ids=found.ids,
        probabilities=found.probabilities,
    )


def generate(spec: GanTraining, paths: tuple[Path, ...]) -> Generator[Progress, None, Outcome]:
    """`engine.gan.training.train` on paths (patches.npz, folder)."""
    from engine.gan.training import train

    found = yield from train(spec, paths)
    return Outcome(found.checkpoint, found.seconds, found.steps, found.device, kid=found.kid)


def baseline(spec: BaselineTraining, paths: tuple[Path, ...]) -> Generator[Progress, None, Outcome]:
    """`engine.baselines.training.train` on paths (patches.npz, folder)."""
    from engine.baselines.training import train

    return (yield from train(spec, paths))
