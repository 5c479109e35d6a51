"""The arms an experiment can have: the paper's systems, their controls, and what goes past them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.errors import EngineError

NETWORK, BASELINE, DISCRIMINATOR = "network", "baseline", "discriminator"
ALONE, CLASSIC, SYNTHETIC, EXTRA_CASES = "alone", "classic", "synthetic", "extra"

STACKED = 5
"""Slices of a 2.5-D ROI: the key slice and two on each side."""


@dataclass(frozen=True)
class Arm:
    """One way to train a classifier.

    `varies`: what its groups add: ALONE nothing, CLASSIC D_aug, SYNTHETIC D_synth on the D_aug
    optimum, EXTRA_CASES further real cases on it. `generator`: the generator whose draws it adds,
    or whose discriminator it is. `slices`: how many neighbouring slices of a lesion it reads, one
    or the five of 2.5-D ROIs. `is_default`: part of `experiment run` unless arms are named.
    """

    name: str
    title: str
    source: str
    learner: str = NETWORK
    varies: str = ALONE
    generator: str = ""
    on_the_fly: bool = False
    steps_as: str = ""  # another arm, as whose optimum it takes as many SGD steps
    slices: int = 1
    is_default: bool = True


ARMS: tuple[Arm, ...] = (
    Arm("cnn", "CNN, no augmentation", "section 4.2.1, D_aug^1"),
    Arm("cnn-aug", "CNN-AUG", "section 4.2.1, Table 2", varies=CLASSIC),
    Arm(
        "cnn-aug-gan",
        "CNN-AUG-GAN",
        "section 4.2.2, Table 3",
        varies=SYNTHETIC,
        generator="dcgan",
    ),
    Arm("cnn-extra", "CNN-AUG, extra real cases", "section 4.2.2, Fig. 8", varies=EXTRA_CASES),
    Arm(
        "cnn-aug-acgan",
        "CNN-AUG-GAN (ACGAN)",
        "section 4.5, Table 5",
        varies=SYNTHETIC,
        generator="acgan-dcgan",
    ),
    Arm(
        "acgan-d",
        "ACGAN discriminator",
        "section 4.5, Table 5",
        learner=DISCRIMINATOR,
        generator="acgan-dcgan",
    ),
    Arm(
        "cnn-aug-acgan-odena",
        "CNN-AUG-GAN (ACGAN of Odena)",
        "Odena et al. 2017",
        varies=SYNTHETIC,
        generator="acgan-odena",
        is_default=False,
    ),
    Arm(
        "acgan-odena-d",
        "ACGAN discriminator (of Odena)",
        "Odena et al. 2017",
        learner=DISCRIMINATOR,
        generator="acgan-odena",
        is_default=False,
    ),
    Arm(
        "cnn-aug-cda",
        "CNN-AUG-GAN (conditional)",
        "past the paper",
        varies=SYNTHETIC,
        generator="cda",
    ),
    Arm(
        "cnn-equal",
        "CNN, as many steps as CNN-AUG-GAN",
        "control",
        steps_as="cnn-aug-gan",
        is_default=False,
    ),
    Arm(
        "cnn-aug-equal",
        "CNN-AUG, as many steps as CNN-AUG-GAN",
        "control",
        varies=CLASSIC,
        steps_as="cnn-aug-gan",
        is_default=False,
    ),
    Arm(
        "cnn-fly",
        "CNN, augmented on the fly",
        "control",
        on_the_fly=True,
        steps_as="cnn-aug",
    ),
    Arm(
        "cnn-aug-semi",
        "CNN-AUG-GAN (semi-supervised)",
        "section 5, future work",
        varies=SYNTHETIC,
        generator="semi",
        is_default=False,
    ),
    Arm(
        "cnn-aug-l1",
        "CNN-AUG-GAN (DCGAN + L1)",
        "section 5, future work",
        varies=SYNTHETIC,
        generator="dcgan-l1",
        is_default=False,
    ),
    Arm(
        "cnn-aug-l2",
        "CNN-AUG-GAN (DCGAN + L2)",
        "section 5, future work",
        varies=SYNTHETIC,
        generator="dcgan-l2",
        is_default=False,
    ),
    Arm(
        "cnn-25d",
        "CNN, 2.5-D ROIs",
        "section 5, future work",
        slices=STACKED,
        is_default=False,
    ),
    Arm(
        "cnn-aug-25d",
        "CNN-AUG, 2.5-D ROIs",
        "section 5, future work",
        varies=CLASSIC,
        slices=STACKED,
        is_default=False,
    ),
    Arm("bovw-multi", "BoVW-MI, multi", "section 4.5, Table 6", learner=BASELINE),
    Arm("bovw-single", "BoVW-MI, single", "section 4.5, Table 6", learner=BASELINE),
    Arm("gabor", "Gabor + SVM", "section 4.5, Table 6", learner=BASELINE),
    Arm("glcm", "GLCM + SVM", "section 4.5, Table 6", learner=BASELINE),
)
"""In the order of the tables."""

DEFAULT_ARMS: tuple[str, ...] = tuple(one.name for one in ARMS if one.is_default)


def arm(name: str) -> Arm:
    """The arm of this name; EngineError, naming all, for another."""
    for one in ARMS:
        if one.name == name:
            return one
    raise EngineError(
        f"There is no arm {name}; choose out of {', '.join(one.name for one in ARMS)}."
    )


def slices_of(names: Iterable[str]) -> int:
    """How many slices of a lesion these arms read, all the same number; 1 without arms.

    EngineError where they read different ones: an experiment has one set of ROIs.
    """
    arms = tuple(arm(name) for name in names)
    deep = next((one for one in arms if one.slices > 1), None)
    flat = next((one for one in arms if one.slices == 1), None)
    if deep is not None and flat is not None:
        raise EngineError(
            f"{deep.name} reads {deep.slices} slices of each lesion, {flat.name} reads one, and an "
            "experiment has one set of ROIs. Run the 2.5-D arms in an experiment of their own."
        )
    return deep.slices if deep is not None else 1


def slices_read(name: str) -> int:
    """How many slices an arm reads; 1 for a name that is not an arm of today."""
    return next((one.slices for one in ARMS if one.name == name), 1)
