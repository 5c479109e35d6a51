"""The trainings as named jobs whose result a window can receive without loading torch."""

from __future__ import annotations

import shutil
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.jobs import Progress
from engine.specs import BaselineTraining, CnnTraining, DiscriminatorReading, GanTraining

if TYPE_CHECKING:
    from engine.map import FeatureMap


@dataclass(frozen=True)
class Outcome:
    """What a run gave, in plain numbers; a generator has no accuracy, a classifier no KID.

    `probabilities` (n, classes) of the test fold's ROIs `ids`, out of fold. `map` is the t-SNE
    map of the test fold, where one was asked for and there are enough ROIs.
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
    map: FeatureMap | None = field(default=None, repr=False)


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


def read_discriminator(
    spec: DiscriminatorReading, paths: tuple[Path, ...]
) -> Generator[Progress, None, Outcome]:
    """The test fold read by the class head of a discriminator (section 3.2, Table 5).

    paths (patches.npz, folder, discriminator.safetensors); the discriminator becomes the
    folder's checkpoint. Nothing is trained. Raises EngineError with a sentence.
    """
    from engine.checkpoint import RunFacts, write_facts
    from engine.files import MODEL
    from engine.gan.classifier import predict
    from engine.patches import LesionPatches, test_indices

    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    yield Progress(0, 1, "Reading the test fold")
    patches = LesionPatches.load(paths[0])
    patches.check_slices()
    tested = test_indices(patches, spec.training.folds, spec.training.test_fold)
    model = Path(shutil.copyfile(paths[2], paths[1] / MODEL))
    found = predict(model, patches.images[tested])
    seconds, n = time.monotonic() - clock, len(tested)
    write_facts(paths[1], RunFacts(started, seconds, 0))
    correct = int((found.argmax(1) == patches.targets[tested]).sum()) if n else None
    return Outcome(
        model,
        seconds,
        0,
        "CPU",
        accuracy=correct / n if correct is not None else None,
        correct=correct,
        n=n or None,
        ids=tuple(patches.ids[i] for i in tested),
        probabilities=found,
    )
