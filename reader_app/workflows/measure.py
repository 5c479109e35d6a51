"""Time a few steps of each network on this computer, so that a forecast rests on a measurement."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from engine.experiment.arms import slices_of
from engine.experiment.forecast import work_of
from engine.experiment.grid import plan
from engine.experiment.recipe import Recipe
from engine.experiment.run import Run
from engine.experiment.worker import Order
from engine.jobs import Child, JobSpec, Progress
from engine.specs import CnnTraining, GanTraining
from reader_app.workflows.patches import training_data
from reader_app.workflows.train import PERFORM, Timing
from studies.store import Store

TIMED_STEPS = 12
"""Steps of each network; the first are slower, the result's own seconds count all."""


def measure(
    store: Store, recipes: tuple[Recipe, ...], threads: int = 1
) -> Generator[Progress, None, tuple[Timing, ...]]:
    """Train each kind of network for a few steps in a folder that is thrown away."""
    yield Progress(0, 1, "Reading ROIs")
    slices = slices_of(recipe.arm for recipe in recipes)
    data = training_data(
        store, recipes[0].folds, slices, keep=False, leave_out=recipes[0].leave_out
    )
    kinds: dict[str, Run] = {}
    for run in plan(recipes, data).runs:
        if isinstance(run.spec, CnnTraining | GanTraining):  # the others take seconds
            kinds.setdefault(work_of(run), run)
    child, timings = Child(threads), []
    try:
        with tempfile.TemporaryDirectory(dir=store.runs_folder) as folder:
            file = Path(folder) / "patches.npz"
            data.patches.save(file)
            for at, (kind, run) in enumerate(kinds.items()):
                paths = (file, Path(folder) / kind)
                paths[1].mkdir()
                order = Order(_short(run), data.data_hash)
                seconds = yield from _timed(child, order, paths, at, len(kinds))
                timings.append(Timing(run.profile, kind, TIMED_STEPS, seconds))
    finally:
        child.close()
    return tuple(timings)


def _timed(
    child: Child, order: Order, paths: tuple[Path, ...], at: int, of: int
) -> Generator[Progress, None, float]:
    """Seconds of TIMED_STEPS, from the first step's report on."""
    running = child.run(JobSpec(PERFORM, order, paths))
    first: tuple[int, float] | None = None
    last = (0, 0.0)
    while True:
        try:
            inner = next(running)
        except StopIteration as stop:
            whole: float = stop.value.seconds
            break
        if inner.metrics:
            last = (inner.done, time.monotonic())
            first = first or last
        share = inner.done / inner.total if inner.total else 0.0
        yield Progress(round((at + share) * 100), of * 100, "Timing a few steps")
    if first is None or last[0] <= first[0]:
        return whole
    return (last[1] - first[1]) / (last[0] - first[0]) * TIMED_STEPS


def _short(run: Run) -> Run:
    """The same training for TIMED_STEPS; a step costs the same, whatever it is shown."""
    spec: CnnTraining | GanTraining
    if isinstance(run.spec, CnnTraining):
        spec = replace(run.spec, steps=TIMED_STEPS, synthetic=0)
    else:
        assert isinstance(run.spec, GanTraining)
        spec = replace(run.spec, steps=TIMED_STEPS)
    return replace(run, spec=spec, needs=(), draws=None, is_mapped=False)
