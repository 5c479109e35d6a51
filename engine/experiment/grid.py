"""From recipes to a plan of content-hashed runs: generators first, then what trains on them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.baselines.training import paper_spec
from engine.draws import DrawSpec
from engine.errors import EngineError
from engine.experiment.arms import (
    BASELINE,
    DEFAULT_ARMS,
    DISCRIMINATOR,
    EXTRA_CASES,
    arm,
    slices_of,
)
from engine.experiment.data import TrainingData
from engine.experiment.recipe import (
    Recipe,
    generator_of,
    network_steps,
    sized,
)
from engine.experiment.revision import run_hash
from engine.experiment.run import CLASSIFIER, GENERATOR, INNER, Need, Plan, Run
from engine.files import DISCRIMINATOR as DISCRIMINATOR_FILE
from engine.files import MODEL
from engine.holdout import VALIDATION
from engine.specs import (
    ALL_CLASSES,
    BaselineTraining,
    CnnTraining,
    DiscriminatorReading,
    GanTraining,
    ProfileSizes,
)


@dataclass(frozen=True)
class Experiment:
    """Which arms at which profile, with how many seeds and folds; () = the default arms.

    `is_nested` adds the inner runs by which a group can be chosen without the fold it is tested on.
    `leave_out` as a recipe's.
    """

    arms: tuple[str, ...] = ()
    profile: str = "quick"
    seeds: int = 1
    folds: int = 3
    is_nested: bool = False
    precision: str = "float32"
    leave_out: tuple[str, ...] = ()

    def arm_names(self, has_extra: bool) -> tuple[str, ...]:
        """The arms to run; by default the extra cases' arm only where there are such cases.

        EngineError for an unknown arm, and for the extra cases' arm without extra cases.
        """
        for name in self.arms:
            if arm(name).varies == EXTRA_CASES and not has_extra:
                raise EngineError(
                    f"{arm(name).title} needs extra cases, and this study marks none. Mark some "
                    "cases as extra, or leave this arm out."
                )
        usual = (one for one in DEFAULT_ARMS if has_extra or arm(one).varies != EXTRA_CASES)
        return tuple(dict.fromkeys(self.arms)) or tuple(usual)

    @property
    def slices(self) -> int:
        """How many slices of a lesion its arms read; EngineError where they do not agree."""
        return slices_of(self.arm_names(has_extra=True))

    def recipes(self, has_extra: bool = True) -> tuple[Recipe, ...]:
        """One recipe a group: D_aug 0 for "cnn", each D_aug, each D_synth on the optimum."""
        bases = (
            replace(
                Recipe.of(name, self.profile),
                seeds=self.seeds,
                folds=self.folds,
                precision=self.precision,
                leave_out=self.leave_out,
            )
            for name in self.arm_names(has_extra)
        )
        return tuple(recipe for base in bases for recipe in base.groups())

    def plan(self, data: TrainingData) -> Plan:
        """Every run of every recipe once, each after those it needs."""
        return plan(self.recipes(data.has_extra), data, is_nested=self.is_nested)


def plan(
    recipes: Sequence[Recipe],
    data: TrainingData,
    *,
    is_nested: bool = False,
    all_maps: bool = False,
) -> Plan:
    """The recipes' runs: for each seed and fold its generators, then its classifier.

    A run that several recipes share appears once. Maps are asked for at the profile's declared
    groups of arms with added images, or of all networks with `all_maps`. EngineError where the
    recipes read other slices than the ROIs have, or different ones.
    """
    runs: dict[str, Run] = {}
    data.patches.check_slices(slices_of(recipe.arm for recipe in recipes))
    for recipe in recipes:
        recipe.check()
        for run in _runs_of(recipe, data, is_nested, all_maps):
            runs.setdefault(run.hash, run)
    return Plan(tuple(runs.values()), data.path, data.data_hash)


def _runs_of(recipe: Recipe, data: TrainingData, is_nested: bool, all_maps: bool) -> Iterator[Run]:
    sizes = sized(recipe.profile, data.classes, recipe.precision)
    declared = recipe.group(data.classes) == recipe.declared.group(data.classes)
    mapped = all_maps or (declared and bool(recipe.classic))
    nests = is_nested and len(recipe.groups()) > 1
    for seed in range(recipe.seeds):
        for fold in range(data.fold_count):
            yield from _cell(recipe, sizes, data, (fold,), seed, mapped).runs()
            inner = [one for one in range(data.fold_count) if one != fold] if nests else []
            for test in inner:
                yield from _cell(recipe, sizes, data, (test, fold), seed, False).runs()


def _cell(
    recipe: Recipe,
    sizes: ProfileSizes,
    data: TrainingData,
    held: tuple[int, ...],
    seed: int,
    is_mapped: bool,
) -> _Cell:
    """A cell of these held folds, test fold first; of its other patients some may be watched."""
    own = data.holding_out(recipe.validation, held, seed)
    return _Cell(recipe, sizes, own, held[0], seed, held[1:], is_mapped)


@dataclass(frozen=True)
class _Cell:
    """One recipe, seed and test fold; `without` holds the outer fold of an inner run."""

    recipe: Recipe
    sizes: ProfileSizes
    data: TrainingData
    fold: int
    seed: int
    without: tuple[int, ...]
    is_mapped: bool

    @property
    def held(self) -> tuple[int, ...]:
        return (self.fold, *self.without)

    @property
    def untrained(self) -> tuple[int, ...]:
        """Folds beside the tested one whose ROIs nothing is fitted to."""
        return (*self.without, VALIDATION) if self.recipe.validation else self.without

    def runs(self) -> Iterator[Run]:
        """The cell's generators, then its classifier."""
        if self.recipe.kind.learner == BASELINE:
            yield self._baseline()
            return
        generators = list(self._generators()) if self.recipe.uses_generators else []
        yield from generators
        if self.recipe.kind.learner == DISCRIMINATOR:
            yield self._discriminator(generators[0])
        else:
            yield self._network(generators)

    def _generators(self) -> Iterator[Run]:
        planned = generator_of(self.recipe.kind, self.sizes, self.recipe)
        for target in planned.targets:
            spec = GanTraining(
                gan=planned.gan,
                augmentation=self.sizes.augmentation,
                folds=self.data.folds,
                test_fold=self.fold,
                seed=self.seed,
                target=target,
                classic=planned.classic,
                steps=planned.steps,
                kid_every=self.sizes.kid_every,
                unlabelled=planned.unlabelled,
                without=self.untrained,
            )
            code = "" if target == ALL_CLASSES else self.data.patches.classes[target]
            yield Run(
                hash=run_hash(spec, self.data.data_hash),
                arm=self.recipe.kind.generator,
                kind=INNER if self.without else GENERATOR,
                profile=self.recipe.profile,
                group=f"D_aug {planned.classic:,}" + self.recipe.restriction,
                seed=self.seed,
                fold=self.fold,
                category=code,
                spec=spec,
                title=self._title(generator_title(self.recipe.kind.generator), code),
                steps=self._gan_steps(spec),
            )

    def _gan_steps(self, spec: GanTraining) -> int:
        if spec.steps:
            return spec.steps
        target = None if spec.target == ALL_CLASSES else spec.target
        own = self.data.training_count(self.held, target)
        share = own / max(1, self.data.training_count(self.held))
        images = own + spec.classic * (self.data.fold_count - len(self.held)) * share
        return spec.gan.epochs * math.ceil(images / spec.gan.batch)

    def _network(self, generators: list[Run]) -> Run:
        recipe, sizes, one = self.recipe, self.sizes, self.recipe.kind
        steps = network_steps(recipe, sizes, self.data, self.held)
        spec = CnnTraining(
            cnn=replace(sizes.cnn, slices=one.slices),
            augmentation=sizes.augmentation,
            folds=self.data.folds,
            test_fold=self.fold,
            seed=self.seed,
            classic=recipe.classic,
            synthetic=recipe.synthetic_per_class if recipe.adds_synthetic else 0,
            steps=steps if one.steps_as or one.on_the_fly else sizes.cnn_steps,
            arm=recipe.arm,
            use_extra=one.varies == EXTRA_CASES,
            on_the_fly=one.on_the_fly,
            without=self.untrained,
            validation=recipe.validation,
            extra=recipe.extra_per_class if one.varies == EXTRA_CASES else 0,
        )
        needs = self._draw_needs(generators)
        targets = tuple(range(len(needs)))
        count = spec.synthetic * (self.data.fold_count - len(self.held))
        draws = DrawSpec(count, self.seed, targets) if generators else None
        hashes = tuple(run.hash for run in generators)
        return self._classifier(spec, hashes, needs, steps, draws)

    def _draw_needs(self, generators: list[Run]) -> tuple[Need, ...]:
        """A file a class: each class's own generator, or the one of all classes each time."""
        if len(generators) == 1:
            return (Need(generators[0].hash, MODEL),) * self.data.classes
        return tuple(Need(run.hash, MODEL) for run in generators)

    def _discriminator(self, generator: Run) -> Run:
        assert isinstance(generator.spec, GanTraining)
        spec = DiscriminatorReading(generator.spec)
        needs = (Need(generator.hash, DISCRIMINATOR_FILE),)
        return self._classifier(spec, (generator.hash,), needs, 1)

    def _baseline(self) -> Run:
        """Recorded as a classifier: it reads the same test folds as the networks."""
        spec = BaselineTraining(
            paper_spec(self.recipe.arm, self.data.classes),
            self.data.folds,
            self.fold,
            self.seed,
            without=self.without,
        )
        return self._classifier(spec, (), (), self.data.training_count(self.held))

    def _classifier(
        self,
        spec: CnnTraining | BaselineTraining | DiscriminatorReading,
        parents: tuple[str, ...],
        needs: tuple[Need, ...],
        steps: int,
        draws: DrawSpec | None = None,
    ) -> Run:
        return Run(
            hash=run_hash(spec, self.data.data_hash, parents),
            arm=self.recipe.arm,
            kind=INNER if self.without else CLASSIFIER,
            profile=self.recipe.profile,
            group=self.recipe.group(self.data.classes),
            seed=self.seed,
            fold=self.fold,
            category="",
            spec=spec,
            title=self._title(self.recipe.kind.title),
            steps=steps,
            needs=needs,
            draws=draws,
            is_mapped=self.is_mapped and isinstance(spec, CnnTraining),
        )

    def _title(self, *words: str) -> str:
        inner = f", without fold {self.without[0] + 1}" if self.without else ""
        return ", ".join([*(word for word in words if word), f"fold {self.fold + 1}"]) + inner


def generator_title(kind: str) -> str:
    """A generator as tables write it: DCGAN, ACGAN of Odena, conditional."""
    known = {
        "dcgan": "DCGAN",
        "dcgan-l1": "DCGAN + L1",
        "dcgan-l2": "DCGAN + L2",
        "semi": "DCGAN, semi-supervised",
        "acgan-dcgan": "ACGAN",
        "acgan-odena": "ACGAN of Odena",
        "cda": "conditional generator",
    }
    return known.get(kind, kind.upper())
