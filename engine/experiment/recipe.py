"""What to train: an arm with its profile, its added images and its seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from engine.errors import EngineError
from engine.experiment.arms import (
    BASELINE,
    CLASSIC,
    DISCRIMINATOR,
    EXTRA_CASES,
    NETWORK,
    SYNTHETIC,
    Arm,
    arm,
)
from engine.experiment.data import TrainingData
from engine.holdout import LEAST, MOST
from engine.patches import LOSSY, STORED
from engine.specs import ALL_CLASSES, GanSpec, ProfileSizes, profile

LEFT_OUT = {"lossy CT": LOSSY, "stored values": STORED}
"""Sources that a recipe may leave out, and the fold their ROIs get in its specs."""

ORIGINALS, ON_THE_FLY = "originals", "on the fly"
"""The groups of arms that add no images: a baseline's, and of fresh augmentations."""


@dataclass(frozen=True)
class Recipe:
    """What to train: the counts are images added per training fold.

    `arm` is one of engine.experiment.arms. `synthetic_per_class` counts synthetic ROIs,
    `extra_per_class` augmented images of the extra cases. `seeds` is how many (0, 1, ...).
    `gan_epochs` or `gan_steps` give the generators' length, None takes the profile's. `precision`
    is that of the networks' specs: float32 or bf16. `validation` percent of the training folds'
    patients are held out and watched; the paper holds none out. `leave_out` names sources whose
    ROIs neither train nor are tested: of `LEFT_OUT`.
    """

    arm: str = "cnn-aug-gan"
    profile: str = "quick"
    classic: int = 2000
    synthetic_per_class: int = 500
    seeds: int = 1
    gan_epochs: int | None = None
    folds: int = 3
    gan_steps: int | None = None
    extra_per_class: int = 0
    precision: str = "float32"
    validation: int = 0
    leave_out: tuple[str, ...] = ()

    @staticmethod
    def of(name: str, profile_name: str) -> Recipe:
        """The profile's own numbers for an arm, declared before any result."""
        sizes, one = profile(profile_name), arm(name)
        added = one.varies in (CLASSIC, SYNTHETIC, EXTRA_CASES) or one.learner == DISCRIMINATOR
        steps = generator_of(one, sizes).steps if one.generator else None
        length = sizes.gan.epochs if one.generator and steps is None else None
        return Recipe(
            arm=name,
            profile=profile_name,
            classic=sizes.classic_optimum if added else 0,
            synthetic_per_class=sizes.usual_synthetic if one.varies == SYNTHETIC else 0,
            gan_epochs=length,
            gan_steps=steps,
            extra_per_class=sizes.usual_synthetic if one.varies == EXTRA_CASES else 0,
        )

    @property
    def kind(self) -> Arm:
        """The arm it trains."""
        return arm(self.arm)

    @property
    def uses_generators(self) -> bool:
        """Whether a generator is trained for it."""
        return bool(self.kind.generator)

    @property
    def adds_synthetic(self) -> bool:
        """Whether its classifier trains on synthetic ROIs."""
        return self.kind.varies == SYNTHETIC

    @property
    def adds_extra(self) -> bool:
        """Whether its classifier trains on the extra cases."""
        return self.kind.varies == EXTRA_CASES

    @property
    def can_validate(self) -> bool:
        """Whether its classifier is trained step by step, so that patients can be watched."""
        return self.kind.learner == NETWORK

    def check(self) -> None:
        """EngineError for a recipe that cannot be run."""
        sizes, one = profile(self.profile), self.kind
        if self.seeds < 1:
            raise EngineError("At least one seed is needed.")
        if min(self.classic, self.synthetic_per_class, self.extra_per_class) < 0:
            raise EngineError("The numbers of added images cannot be below 0.")
        if one.varies == SYNTHETIC and self.synthetic_per_class == 0:
            raise EngineError(f"{one.title} needs synthetic ROIs; add some or choose CNN-AUG.")
        if one.varies == EXTRA_CASES and self.extra_per_class == 0:
            raise EngineError(f"{one.title} needs images of the extra cases; add some.")
        if self.validation:
            self._check_validation()
        if not set(self.leave_out) <= LEFT_OUT.keys():
            raise EngineError(f"Only ROIs of {' or '.join(LEFT_OUT)} can be left out.")
        if one.generator:
            generator_of(one, sizes)

    def _check_validation(self) -> None:
        if not LEAST <= self.validation <= MOST:
            raise EngineError(
                f"Validation takes {LEAST} to {MOST} % of the patients of the training folds, or "
                "0 for none."
            )
        if not self.can_validate:
            raise EngineError(
                f"{self.kind.title} trains no network step by step, so there is nothing to watch. "
                "Set Validation to 0 %."
            )

    def group(self, classes: int) -> str:
        """ "D_aug 500 + D_synth 100 × 3", as the paper counts its groups.

        Held-out patients are told too: such runs have fewer ROIs and are no group of the paper's.
        So are sources that are left out.
        """
        return self._added(classes) + self.restriction

    @property
    def restriction(self) -> str:
        """What a group's name says of ROIs that are held out or left out; "" for none."""
        return held_out_words(self.validation) + left_out_words(self.leave_out)

    @property
    def declared(self) -> Recipe:
        """The profile's own numbers for this arm, on the same ROIs."""
        own = Recipe.of(self.arm, self.profile)
        return replace(own, leave_out=self.leave_out)

    def _added(self, classes: int) -> str:
        one = self.kind
        if one.learner == BASELINE:
            return ORIGINALS
        if one.on_the_fly:
            return ON_THE_FLY
        name = f"D_aug {self.classic:,}"
        if one.varies == SYNTHETIC:
            name += f" + D_synth {self.synthetic_per_class:,} × {classes}"
        if one.varies == EXTRA_CASES:
            name += f" + extra {self.extra_per_class:,} × {classes}"
        return name

    def groups(self) -> tuple[Recipe, ...]:
        """The same arm at every group of its profile (9 of D_aug, 6 of D_synth in the paper's)."""
        sizes, one = profile(self.profile), self.kind
        if one.varies == CLASSIC and not one.steps_as:
            return tuple(replace(self, classic=size) for size in sizes.classic_groups if size)
        if one.varies == SYNTHETIC:
            return tuple(replace(self, synthetic_per_class=n) for n in sizes.synthetic_groups)
        if one.varies == EXTRA_CASES:
            return tuple(replace(self, extra_per_class=n) for n in sizes.synthetic_groups)
        return (self,)


def left_out_words(sources: tuple[str, ...]) -> str:
    """What a group's name says of sources that are left out; "" for none."""
    return f", without {' or '.join(sorted(sources))}" if sources else ""


def held_out_words(percent: int) -> str:
    """What a group's name says of the patients that were held out; "" for none."""
    return f", {percent} % validation" if percent else ""


@dataclass(frozen=True)
class GeneratorPlan:
    """A generator as an arm wants it: its spec, steps (None: epochs), data and targets."""

    gan: GanSpec
    steps: int | None
    classic: int
    targets: tuple[int, ...]
    unlabelled: bool = False


def generator_of(one: Arm, sizes: ProfileSizes, recipe: Recipe | None = None) -> GeneratorPlan:
    """The generator of an arm at a profile's sizes, and with a recipe's own length and D_aug."""
    classic = recipe.classic if recipe else sizes.classic_optimum
    each = tuple(range(sizes.gan.classes))
    plans = {
        "dcgan": GeneratorPlan(sizes.gan, sizes.gan_steps, classic, each),
        "dcgan-l1": GeneratorPlan(_pixel(sizes, "l1"), sizes.gan_steps, classic, each),
        "dcgan-l2": GeneratorPlan(_pixel(sizes, "l2"), sizes.gan_steps, classic, each),
        "semi": GeneratorPlan(_semi(sizes), sizes.gan_steps, classic, each, unlabelled=True),
        "acgan-dcgan": _acgan("acgan-dcgan", sizes, classic),
        "acgan-odena": _acgan("acgan-odena", sizes, classic),
        "cda": GeneratorPlan(sizes.cda, sizes.cda_steps, 0, (ALL_CLASSES,)),
    }
    if one.generator not in plans:
        raise EngineError(f"{one.title} trains no generator; choose an arm with synthetic ROIs.")
    found = plans[one.generator]
    if recipe is None or (recipe.gan_epochs is None and recipe.gan_steps is None):
        return found
    epochs = recipe.gan_epochs or found.gan.epochs
    return replace(found, gan=replace(found.gan, epochs=epochs), steps=recipe.gan_steps)


def _pixel(sizes: ProfileSizes, norm: str) -> GanSpec:
    return replace(sizes.gan, pixel_norm=norm, pixel_weight=sizes.pixel_weight)


def _semi(sizes: ProfileSizes) -> GanSpec:
    return replace(sizes.gan, feature_matching=sizes.feature_matching)


def _acgan(kind: str, sizes: ProfileSizes, classic: int) -> GeneratorPlan:
    return GeneratorPlan(replace(sizes.gan, kind=kind), sizes.acgan_steps, classic, (ALL_CLASSES,))


def sized(profile_name: str, classes: int, precision: str = "float32") -> ProfileSizes:
    """A profile's sizes for so many classes, its networks in this precision."""
    sizes = profile(profile_name)
    return replace(
        sizes,
        cnn=replace(sizes.cnn, classes=classes, precision=precision),
        gan=replace(sizes.gan, classes=classes, precision=precision),
        cda=replace(sizes.cda, classes=classes, precision=precision),
    )


def classifier_images(recipe: Recipe, data: TrainingData, held: tuple[int, ...]) -> int:
    """Images a network trains on while the folds `held` are away."""
    others = data.fold_count - len(held)
    extra = recipe.kind.varies == EXTRA_CASES
    added = recipe.classic + recipe.synthetic_per_class * data.classes * recipe.adds_synthetic
    added += recipe.extra_per_class * data.classes * extra
    return data.training_count(held, extra=extra) + added * others


def network_steps(
    recipe: Recipe, sizes: ProfileSizes, data: TrainingData, held: tuple[int, ...]
) -> int:
    """SGD steps of the recipe's network: fixed by the profile, or the paper's epochs.

    A control arm takes as many as the arm it is held against at that arm's declared group.
    """
    if sizes.cnn_steps:
        return sizes.cnn_steps
    source = Recipe.of(recipe.kind.steps_as, recipe.profile) if recipe.kind.steps_as else recipe
    images = classifier_images(source, data, held)
    return sizes.cnn.epochs * math.ceil(images / sizes.cnn.batch)
