"""Time a few steps of each network on this computer, so that a forecast rests on a measurement."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from engine.jobs import Child, JobSpec, Progress
from engine.specs import BaselineTraining, CnnTraining, GanTraining
from reader_app.workflows.patches import training_data
from reader_app.workflows.recipe import PlannedRun, Recipe, plan
from reader_app.workflows.train import Timing, target_of
from studies import cases
from studies.store import Store

TIMED_STEPS = 12
"""Steps of each network; the first are slower, the result's own seconds count all."""


def measure(store: Store, recipe: Recipe) -> Generator[Progress, None, tuple[Timing, ...]]:
    """Train each kind of network for a few steps in a folder that is thrown away."""
    yield Progress(0, 1, "Reading ROIs")
    data = training_data(store, recipe.folds, keep=False)
    kinds: dict[str, PlannedRun] = {}
    for one in plan(recipe, data, cases.study(store).scheme):
        if not isinstance(one.spec, BaselineTraining):  # takes seconds and has no steps
            kinds.setdefault(one.new.kind, one)
    child, timings = Child(), []
    try:
        with tempfile.TemporaryDirectory(dir=store.runs_folder) as folder:
            file = Path(folder) / "patches.npz"
            data.patches.save(file)
            for at, (kind, one) in enumerate(kinds.items()):
                paths = (file, Path(folder) / kind)
                paths[1].mkdir()
                seconds = yield from _timed(child, one, paths, at, len(kinds))
                timings.append(Timing(recipe.profile, kind, TIMED_STEPS, seconds))
    finally:
        child.close()
    return tuple(timings)


def _timed(
    child: Child, one: PlannedRun, paths: tuple[Path, ...], at: int, of: int
) -> Generator[Progress, None, float]:
    """Seconds of TIMED_STEPS, from the first step's report on."""
    assert not isinstance(one.spec, BaselineTraining)
    target = target_of(one)
    spec: CnnTraining | GanTraining
    if isinstance(one.spec, CnnTraining):  # a step costs the same, whatever it is shown
        spec = replace(one.spec, steps=TIMED_STEPS, synthetic=0)
    else:
        spec = replace(one.spec, steps=TIMED_STEPS)
    running = child.run(JobSpec(target, spec, paths))
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
