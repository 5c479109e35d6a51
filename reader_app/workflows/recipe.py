"""A training recipe, the runs it asks for, and how long they will take."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from engine.patches import EXTRA
from engine.specs import (
    ARMS,
    BASELINE_ARMS,
    BaselineSpec,
    BaselineTraining,
    CnnTraining,
    GanTraining,
    ProfileSizes,
    profile,
    spec_hash,
    to_json,
)
from reader_app.workflows.patches import TrainingData
from studies.errors import StudyError
from studies.learning import NewRun
from studies.records import ClassScheme

ORIGINALS = "originals"
"""The group of a baseline: it trains on the ROIs as they are."""


@dataclass(frozen=True)
class Recipe:
    """What to train: `classic` and `synthetic_per_class` are images added per training fold.

    `arm`: cnn | cnn-aug | cnn-aug-gan | glcm | gabor. `seeds` is how many (0, 1, ...).
    `gan_epochs` or `gan_steps` give the generators' length, None takes the profile's.
    """

    arm: str = "cnn-aug-gan"
    profile: str = "quick"
    classic: int = 2000
    synthetic_per_class: int = 500
    seeds: int = 1
    gan_epochs: int | None = None
    folds: int = 3
    gan_steps: int | None = None

    @staticmethod
    def of(arm: str, profile_name: str) -> Recipe:
        """The profile's own numbers for an arm."""
        sizes = profile(profile_name)
        return Recipe(
            arm=arm,
            profile=profile_name,
            classic=0 if arm in ("cnn", *BASELINE_ARMS) else sizes.classic_optimum,
            synthetic_per_class=_usual_synthetic(sizes) if arm == "cnn-aug-gan" else 0,
            gan_epochs=None if sizes.gan_steps else sizes.gan.epochs,
            gan_steps=sizes.gan_steps,
        )

    @property
    def uses_generators(self) -> bool:
        """Whether synthetic ROIs are trained on."""
        return self.arm == "cnn-aug-gan"

    @property
    def own_group(self) -> str:
        """The only group of an arm that adds no images in groups, else ""."""
        return ORIGINALS if self.arm in BASELINE_ARMS else ""

    def check(self) -> None:
        """StudyError for a recipe that cannot be run."""
        known = (*ARMS, *BASELINE_ARMS)
        if self.arm not in known:
            raise StudyError(f"There is no arm {self.arm}; choose one of {', '.join(known)}.")
        if self.seeds < 1:
            raise StudyError("At least one seed is needed.")
        if self.classic < 0 or self.synthetic_per_class < 0:
            raise StudyError("The numbers of added images cannot be below 0.")
        if self.uses_generators and self.synthetic_per_class == 0:
            raise StudyError("CNN-AUG-GAN needs synthetic ROIs; add some or choose CNN-AUG.")
        profile(self.profile)


@dataclass(frozen=True)
class PlannedRun:
    """A run with everything its child needs; `generators` are the runs whose draws it trains on."""

    new: NewRun
    spec: CnnTraining | GanTraining | BaselineTraining
    title: str
    steps: int
    generators: tuple[str, ...] = ()

    @property
    def run_hash(self) -> str:
        """Content hash: inputs, spec and generators; equal content is not trained twice."""
        return self.new.run_hash


def plan(recipe: Recipe, data: TrainingData, scheme: ClassScheme) -> tuple[PlannedRun, ...]:
    """The recipe's runs in order: for each seed and fold its generators, then its classifier."""
    recipe.check()
    sizes = _sized(recipe, scheme)
    runs: list[PlannedRun] = []
    for seed in range(recipe.seeds):
        for fold in range(data.fold_count):
            if recipe.arm in BASELINE_ARMS:
                runs.append(_baseline(recipe, data, len(scheme.codes), fold, seed))
                continue
            generators = (
                [
                    _generator(recipe, sizes, data, scheme, target, fold, seed)
                    for target in range(len(scheme.codes))
                ]
                if recipe.uses_generators
                else []
            )
            runs.extend(generators)
            hashes = tuple(run.run_hash for run in generators)
            runs.append(_classifier(recipe, sizes, data, fold, seed, hashes))
    return tuple(runs)


@dataclass(frozen=True)
class Workload:
    """All runs of one kind (classifier | generator): how many, and their steps together."""

    kind: str
    runs: int
    steps: int


def workload(recipe: Recipe, per_class: tuple[int, ...], folds: int) -> tuple[Workload, ...]:
    """The recipe's work on a study with these many ROIs per class, before folds are drawn."""
    sizes = profile(recipe.profile)
    others, runs, classes = folds - 1, recipe.seeds * folds, len(per_class)
    training = sum(per_class) * others / folds
    synthetic = recipe.synthetic_per_class * classes if recipe.uses_generators else 0
    images = training + (recipe.classic + synthetic) * others
    steps = sizes.cnn_steps or sizes.cnn.epochs * math.ceil(images / sizes.cnn.batch)
    work = [Workload("classifier", runs, runs * steps)]
    if recipe.uses_generators:
        epochs = recipe.gan_epochs or sizes.gan.epochs
        fixed = recipe.gan_steps or (None if recipe.gan_epochs else sizes.gan_steps)
        shares = (count / max(1, sum(per_class)) for count in per_class)
        all_images = training + recipe.classic * others
        each = [fixed or epochs * math.ceil(all_images * s / sizes.gan.batch) for s in shares]
        work.append(Workload("generator", runs * classes, runs * sum(each)))
    return tuple(work)


def training_count(data: TrainingData, fold: int | None, target: int | None = None) -> int:
    """Original ROIs that train while `fold` is tested, of one class or of all."""
    return sum(
        1
        for one, target_of in zip(data.folds, data.patches.targets, strict=True)
        if one not in (fold, EXTRA) and target in (None, int(target_of))
    )


def _classifier(
    recipe: Recipe,
    sizes: ProfileSizes,
    data: TrainingData,
    fold: int,
    seed: int,
    generators: tuple[str, ...],
) -> PlannedRun:
    spec = CnnTraining(
        cnn=sizes.cnn,
        augmentation=sizes.augmentation,
        folds=data.folds,
        test_fold=fold,
        seed=seed,
        classic=recipe.classic,
        synthetic=recipe.synthetic_per_class if recipe.uses_generators else 0,
        steps=sizes.cnn_steps,
        arm=recipe.arm,
    )
    text = to_json(spec)
    new = NewRun(
        run_hash=spec_hash("classifier", text, data.data_hash, *generators),
        arm=recipe.arm,
        kind="classifier",
        seed=seed,
        profile=recipe.profile,
        spec=text,
        fold=fold,
        group=group_name(recipe, sizes.cnn.classes),
    )
    others = data.fold_count - 1
    images = (
        training_count(data, fold)
        + recipe.classic * others
        + spec.synthetic * sizes.cnn.classes * others
    )
    steps = spec.steps or spec.cnn.epochs * math.ceil(images / spec.cnn.batch)
    return PlannedRun(new, spec, f"{arm_name(recipe.arm)}, fold {fold + 1}", steps, generators)


def _baseline(recipe: Recipe, data: TrainingData, classes: int, fold: int, seed: int) -> PlannedRun:
    """Recorded as a classifier: it reads the same test folds and is compared with the networks."""
    spec = BaselineTraining(BaselineSpec(recipe.arm, classes), data.folds, fold, seed)
    text = to_json(spec)
    new = NewRun(
        run_hash=spec_hash("baseline", text, data.data_hash),
        arm=recipe.arm,
        kind="classifier",
        seed=seed,
        profile=recipe.profile,
        spec=text,
        fold=fold,
        group=ORIGINALS,
    )
    title = f"{arm_name(recipe.arm)}, fold {fold + 1}"
    return PlannedRun(new, spec, title, training_count(data, fold))


def _generator(
    recipe: Recipe,
    sizes: ProfileSizes,
    data: TrainingData,
    scheme: ClassScheme,
    target: int,
    fold: int,
    seed: int,
) -> PlannedRun:
    category = scheme.categories[target]
    spec = GanTraining(
        gan=sizes.gan,
        augmentation=sizes.augmentation,
        folds=data.folds,
        test_fold=fold,
        seed=seed,
        target=target,
        classic=recipe.classic,
        steps=sizes.gan_steps,
        kid_every=sizes.kid_every,
    )
    text = to_json(spec)
    new = NewRun(
        run_hash=spec_hash("generator", text, data.data_hash),
        arm=sizes.gan.kind,
        kind="generator",
        seed=seed,
        profile=recipe.profile,
        spec=text,
        category=category.code,
        fold=fold,
        group=f"D_aug {recipe.classic:,}",
    )
    own, all_own = training_count(data, fold, target), training_count(data, fold)
    share = own / max(1, all_own)
    images = own + recipe.classic * (data.fold_count - 1) * share
    steps = spec.steps or spec.gan.epochs * math.ceil(images / spec.gan.batch)
    title = f"{arm_name(sizes.gan.kind)}, {category.name.lower()}, fold {fold + 1}"
    return PlannedRun(new, spec, title, steps)


def group_name(recipe: Recipe, classes: int) -> str:
    """ "D_aug 500 + D_synth 100 × 3", as the paper counts its groups."""
    name = f"D_aug {recipe.classic:,}"
    if recipe.uses_generators:
        name += f" + D_synth {recipe.synthetic_per_class:,} × {classes}"
    return name


def arm_name(arm: str) -> str:
    """An arm as it is written: CNN, CNN-AUG, CNN-AUG-GAN, DCGAN."""
    return arm.upper()


def _sized(recipe: Recipe, scheme: ClassScheme) -> ProfileSizes:
    """The profile's sizes for this scheme's classes and the recipe's generator length."""
    sizes = profile(recipe.profile)
    classes = len(scheme.codes)
    gan = replace(sizes.gan, classes=classes, epochs=recipe.gan_epochs or sizes.gan.epochs)
    steps = recipe.gan_steps or (None if recipe.gan_epochs else sizes.gan_steps)
    cnn = replace(sizes.cnn, classes=classes)
    return replace(sizes, cnn=cnn, gan=gan, gan_steps=steps)


def _usual_synthetic(sizes: ProfileSizes) -> int:
    """The paper's optimum, 1000 a class, where the profile has it; else its largest group."""
    return 1000 if 1000 in sizes.synthetic_groups else max(sizes.synthetic_groups)
