"""The paper's grid on a study: every arm and group of a profile, each run done once.

An experiment is a list of recipes. Runs are content-hashed, so a killed or cancelled experiment
continues where it stopped, and generators are shared between the groups that use them.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

from engine.jobs import Progress
from engine.specs import ARMS, BASELINE_ARMS, profile
from reader_app.workflows.patches import TrainingData, training_data
from reader_app.workflows.recipe import PlannedRun, Recipe, plan
from reader_app.workflows.train import MODEL, TrainResult, train
from studies import cases, learning
from studies.errors import StudyError
from studies.records import TrainingRunRecord
from studies.store import Store


@dataclass(frozen=True)
class Experiment:
    """Which arms of which profile, with how many seeds and folds."""

    arms: tuple[str, ...] = ARMS
    profile: str = "quick"
    seeds: int = 1
    folds: int = 3

    def recipes(self) -> tuple[Recipe, ...]:
        """One recipe a group: D_aug 0 for "cnn", each D_aug, each D_synth on the optimum."""
        known = (*ARMS, *BASELINE_ARMS)
        if not self.arms or not set(self.arms) <= set(known):
            raise StudyError(f"Choose arms out of {', '.join(known)}.")
        sizes = profile(self.profile)
        found: list[Recipe] = []
        for arm in self.arms:
            base = replace(Recipe.of(arm, self.profile), seeds=self.seeds, folds=self.folds)
            if arm == "cnn" or arm in BASELINE_ARMS:
                found.append(base)
            elif arm == "cnn-aug":
                groups = (group for group in sizes.classic_groups if group)
                found += [replace(base, classic=group) for group in groups]
            else:
                found += [
                    replace(base, synthetic_per_class=group) for group in sizes.synthetic_groups
                ]
        return tuple(found)


@dataclass(frozen=True)
class GroupStatus:
    """One recipe of an experiment: how many of its runs are finished."""

    recipe: Recipe
    finished: int
    total: int

    @property
    def is_done(self) -> bool:
        """Nothing of this group is left to do."""
        return self.finished == self.total


def run_experiment(
    store: Store, experiment: Experiment
) -> Generator[Progress, None, tuple[TrainResult, ...]]:
    """Train every group; closing the generator stops it, running it again continues it."""
    recipes = experiment.recipes()
    results = []
    for at, recipe in enumerate(recipes):
        results.append((yield from _part(train(store, recipe), at, len(recipes))))
    return tuple(results)


def experiment_status(store: Store, experiment: Experiment) -> tuple[GroupStatus, ...]:
    """How far each group is; trains nothing and stores nothing."""
    recipes = experiment.recipes()
    data = training_data(store, experiment.folds, keep=False)
    done = {run.run_hash for run in learning.runs(store) if _is_done(run)}
    return tuple(_status(store, recipe, data, done) for recipe in recipes)


def _status(store: Store, recipe: Recipe, data: TrainingData, done: set[str]) -> GroupStatus:
    planned: tuple[PlannedRun, ...] = plan(recipe, data, cases.study(store).scheme)
    return GroupStatus(recipe, sum(one.run_hash in done for one in planned), len(planned))


def _is_done(run: TrainingRunRecord) -> bool:
    return run.state == "finished" and (run.folder / MODEL).exists()


def _part(
    running: Generator[Progress, None, TrainResult], at: int, of: int
) -> Generator[Progress, None, TrainResult]:
    """One group's progress as its share of all groups'."""
    while True:
        try:
            inner = next(running)
        except StopIteration as stop:
            result: TrainResult = stop.value
            return result
        share = inner.done / inner.total if inner.total else 0.0
        words = f"Group {at + 1} of {of}: {inner.message}"
        yield replace(inner, done=round(1000 * (at + share)), total=1000 * of, message=words)
