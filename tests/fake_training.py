"""Stand-ins for the engine's trainings, found by name in a child: the same shapes, no networks.

They let the tests of workflows and pages fail, hang or finish exactly when told.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path

import numpy as np

from engine.checkpoint import CheckpointMeta, save
from engine.draws import DrawSpec
from engine.errors import EngineError
from engine.experiment.worker import Order
from engine.jobs import Progress, SampleGrid
from engine.outcome import Outcome
from engine.patches import LesionPatches
from engine.specs import CnnTraining, GanTraining, to_json


def perform(order: Order, paths: tuple[Path, ...]) -> Generator[Progress, None, Outcome]:
    """In place of `engine.experiment.worker.perform`: nothing is drawn, nothing learnt."""
    run, (patches, folder) = order.run, paths[:2]
    (folder / "spec.json").write_text(to_json(run.spec), "utf-8")
    assert all(path.exists() for path in paths[2:])
    if isinstance(run.spec, GanTraining):
        return (yield from generate(run.spec, (patches, folder)))
    assert isinstance(run.spec, CnnTraining)
    return (yield from classify(run.spec, (patches, folder)))


def classify(spec: CnnTraining, paths: tuple[Path, ...]) -> Generator[Progress, None, Outcome]:
    """Half the test fold right, in as many steps as the spec says."""
    patches = LesionPatches.load(paths[0])
    steps = spec.steps or 20
    for step in range(steps):
        loss = 1.1 * 0.95**step
        yield Progress(step + 1, steps, "step", (("loss", loss), ("accuracy", 1 - loss / 2)))
    _save(paths[1], "cnn", spec, patches)
    tested = [at for at, fold in enumerate(spec.folds) if fold == spec.test_fold]
    rows = np.full((len(tested), len(patches.classes)), 0.2, np.float32)
    right = 0
    for row, at in enumerate(tested):
        hit = row % 2 == 0
        right += hit
        rows[row, (patches.targets[at] + (0 if hit else 1)) % len(patches.classes)] = 0.6
    ids = tuple(patches.ids[at] for at in tested)
    n = len(tested)
    return Outcome(paths[1], 0.5, steps, "cpu", right / n, right, n, ids=ids, probabilities=rows)


def generate(spec: GanTraining, paths: tuple[Path, ...]) -> Generator[Progress, None, Outcome]:
    """Curves that fall, samples that are the class's own ROIs."""
    patches = LesionPatches.load(paths[0])
    own = patches.images[patches.targets == spec.target]
    steps = spec.steps or 20
    for step in range(steps):
        share = (step + 1) / steps
        metrics = (
            ("loss_g", 2 - share),
            ("loss_d", 1.2 - 0.3 * share),
            ("kid", 0.05 * (1.1 - share)),
            ("kid_real_low", 0.003),
            ("kid_real_high", 0.008),
            ("diversity", 0.4 * share),
            ("diversity_real_low", 0.38),
            ("diversity_real_high", 0.45),
        )
        grid = SampleGrid(patches.classes[spec.target], step + 1, np.resize(own, (14, 64, 64)))
        yield Progress(step + 1, steps, "step", metrics, (grid,))
    _save(paths[1], "dcgan", spec, patches)
    return Outcome(paths[1], 0.5, steps, "cpu", kid=0.0098)


def fail(order: Order, paths: tuple[Path, ...]) -> Generator[Progress, None, None]:
    """Fails as the engine does."""
    (paths[1] / "half").write_text("half")
    yield Progress(1, 10, "step")
    raise EngineError("The loss is not a number. Lower the learning rate and queue it again.")


def hang(order: Order, paths: tuple[Path, ...]) -> Generator[Progress, None, Outcome]:
    """A classifier that leaves a half file and runs until cancelled; generators end well."""
    if isinstance(order.run.spec, GanTraining):
        return (yield from perform(order, paths))
    (paths[1] / "half").write_text("half")
    tick = threading.Event()
    while True:
        yield Progress(1, 10, "step", (("loss", 1.0),))
        tick.wait(0.02)


def _save(folder: Path, kind: str, spec: CnnTraining | GanTraining, patches: LesionPatches) -> None:
    meta = CheckpointMeta(
        kind, to_json(spec), patches.classes, patches.data_hash(), spec.seed, fold=spec.test_fold
    )
    save(folder / "model.safetensors", {"weight": np.ones(3, np.float32)}, meta)


def draw(spec: DrawSpec, paths: tuple[Path, ...]) -> Generator[Progress, None, Path]:
    """Noise in place of synthetic ROIs."""
    yield Progress(0, 1, "drawing")
    rng = np.random.default_rng(spec.seed)
    targets = np.repeat(np.asarray(spec.targets), spec.count)
    images = rng.uniform(0, 1, (len(targets), 64, 64)).astype(np.float32)
    np.savez(paths[0], images=images, targets=targets)
    return paths[0]
