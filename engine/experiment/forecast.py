"""How much work a recipe or a plan is, before it starts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.accelerate.cost import cnn_step, gan_step
from engine.experiment.arms import BASELINE, DISCRIMINATOR
from engine.experiment.grid import Experiment
from engine.experiment.recipe import GeneratorPlan, Recipe, generator_of, sized
from engine.experiment.run import Run
from engine.specs import (
    ALL_CLASSES,
    BaselineTraining,
    CnnTraining,
    DiscriminatorReading,
    GanTraining,
)

NETWORK_WORK, BASELINE_WORK, READING_WORK = "classifier", "baseline", "reading"


@dataclass(frozen=True)
class Workload:
    """All runs of one kind (`work_of`): how many, and their steps together."""

    kind: str
    runs: int
    steps: int


def work_of(run: Run) -> str:
    """What a run's steps cost the same as: a network's, a baseline's ROIs, a generator kind's."""
    if isinstance(run.spec, GanTraining):
        return run.spec.gan.kind
    if isinstance(run.spec, BaselineTraining):
        return BASELINE_WORK
    if isinstance(run.spec, DiscriminatorReading):
        return READING_WORK
    return network_work(run.spec.cnn.slices)


def network_work(slices: int) -> str:
    """A network's kind of work: each number of slices has a cost of its own."""
    return NETWORK_WORK if slices == 1 else f"{NETWORK_WORK} of {slices} slices"


def operations(run: Run) -> int:
    """Floating-point operations of a network's or generator's run; 0 for what takes seconds."""
    if isinstance(run.spec, CnnTraining):
        return run.steps * cnn_step(run.spec.cnn)
    if isinstance(run.spec, GanTraining):
        return run.steps * gan_step(run.spec.gan, is_shared=True)
    return 0


def workload(recipe: Recipe, per_class: tuple[int, ...], folds: int) -> tuple[Workload, ...]:
    """The recipe's work on ROIs of these many per class, before folds are drawn.

    Folds are taken as equal.
    """
    counts = _Counts(per_class, folds, 1 - recipe.validation / 100)
    made = _generators(recipe, counts) if recipe.uses_generators else ()
    return (_classifiers(recipe, counts), *made)


def whole_workload(
    experiment: Experiment, per_class: tuple[int, ...], *, has_extra: bool
) -> tuple[Workload, ...]:
    """The work of every arm and group, with generators that groups share counted once."""
    counts = _Counts(per_class, experiment.folds)
    recipes = experiment.recipes(has_extra)
    parts = [_classifiers(recipe, counts) for recipe in recipes]
    shared = {(r.kind.generator, r.classic): r for r in recipes if r.uses_generators}
    for recipe in shared.values():
        parts += _generators(recipe, counts)
    found: dict[str, Workload] = {}
    for part in parts:
        before = found.get(part.kind, Workload(part.kind, 0, 0))
        found[part.kind] = Workload(part.kind, before.runs + part.runs, before.steps + part.steps)
    return tuple(found.values())


def _classifiers(recipe: Recipe, counts: _Counts) -> Workload:
    cells = recipe.seeds * counts.folds
    if recipe.kind.learner == BASELINE:
        return Workload(BASELINE_WORK, cells, cells * round(counts.training()))
    if recipe.kind.learner == DISCRIMINATOR:
        return Workload(READING_WORK, cells, cells)
    sizes = sized(recipe.profile, len(counts.per_class))
    source = Recipe.of(recipe.kind.steps_as, recipe.profile) if recipe.kind.steps_as else recipe
    images = counts.training() + counts.added(source)
    steps = sizes.cnn_steps or sizes.cnn.epochs * math.ceil(images / sizes.cnn.batch)
    return Workload(network_work(recipe.kind.slices), cells, cells * steps)


def _generators(recipe: Recipe, counts: _Counts) -> tuple[Workload, ...]:
    sizes, cells = sized(recipe.profile, len(counts.per_class)), recipe.seeds * counts.folds
    planned = generator_of(recipe.kind, sizes, recipe)
    each = [_gan_steps(planned, counts, target) for target in planned.targets]
    return (Workload(planned.gan.kind, cells * len(each), cells * sum(each)),)


@dataclass(frozen=True)
class _Counts:
    """ROIs by class, folds, and the share of the training ROIs that no validation holds out."""

    per_class: tuple[int, ...]
    folds: int
    kept: float = 1.0

    def training(self, target: int = ALL_CLASSES) -> float:
        """ROIs that train in one fold's turn, of one class or of all."""
        own = sum(self.per_class) if target == ALL_CLASSES else self.per_class[target]
        return own * (self.folds - 1) / self.folds * self.kept

    def added(self, recipe: Recipe) -> int:
        """Images added in one fold's turn."""
        each = recipe.synthetic_per_class * recipe.adds_synthetic + recipe.extra_per_class
        return (recipe.classic + each * len(self.per_class)) * (self.folds - 1)

    def share(self, target: int) -> float:
        """A class's part of all ROIs."""
        return self.training(target) / max(1.0, self.training())


def _gan_steps(planned: GeneratorPlan, counts: _Counts, target: int) -> int:
    if planned.steps:
        return planned.steps
    images = counts.training(target)
    images += planned.classic * (counts.folds - 1) * counts.share(target)
    return planned.gan.epochs * math.ceil(images / planned.gan.batch)
