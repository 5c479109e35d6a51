"""The arms of a training experiment as tables and figures write them, in the tables' order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ArmName:
    """An arm's code and its name in tables."""

    code: str
    name: str


ARM_NAMES: tuple[ArmName, ...] = (
    ArmName("cnn", "CNN, no augmentation"),
    ArmName("cnn-aug", "CNN-AUG"),
    ArmName("cnn-aug-gan", "CNN-AUG-GAN"),
    ArmName("cnn-extra", "CNN-AUG, extra real cases"),
    ArmName("cnn-aug-acgan", "CNN-AUG-GAN (ACGAN)"),
    ArmName("acgan-d", "ACGAN discriminator"),
    ArmName("cnn-aug-acgan-odena", "CNN-AUG-GAN (ACGAN of Odena)"),
    ArmName("acgan-odena-d", "ACGAN discriminator (of Odena)"),
    ArmName("cnn-aug-cda", "CNN-AUG-GAN (conditional)"),
    ArmName("cnn-equal", "CNN, as many steps as CNN-AUG-GAN"),
    ArmName("cnn-aug-equal", "CNN-AUG, as many steps as CNN-AUG-GAN"),
    ArmName("cnn-fly", "CNN, augmented on the fly"),
    ArmName("cnn-aug-semi", "CNN-AUG-GAN (semi-supervised)"),
    ArmName("cnn-aug-l1", "CNN-AUG-GAN (DCGAN + L1)"),
    ArmName("cnn-aug-l2", "CNN-AUG-GAN (DCGAN + L2)"),
    ArmName("cnn-25d", "CNN, 2.5-D ROIs"),
    ArmName("cnn-aug-25d", "CNN-AUG, 2.5-D ROIs"),
    ArmName("bovw-multi", "BoVW-MI, multi"),
    ArmName("bovw-single", "BoVW-MI, single"),
    ArmName("gabor", "Gabor + SVM"),
    ArmName("glcm", "GLCM + SVM"),
)

GENERATOR_NAMES: tuple[ArmName, ...] = (
    ArmName("dcgan", "DCGAN"),
    ArmName("dcgan-l1", "DCGAN + L1"),
    ArmName("dcgan-l2", "DCGAN + L2"),
    ArmName("semi", "DCGAN, semi-supervised"),
    ArmName("acgan-dcgan", "ACGAN"),
    ArmName("acgan-odena", "ACGAN of Odena"),
    ArmName("cda", "Conditional generator"),
)


def arm_name(code: str) -> str:
    """An arm's or generator's name in tables: `cnn-aug` is CNN-AUG."""
    for known in (*ARM_NAMES, *GENERATOR_NAMES):
        if known.code == code:
            return known.name
    return code.upper() if code.startswith("cnn") else code


def arm_code(name: str) -> str:
    """The code behind an arm's name in tables, or behind a network's among the readers."""
    wanted = name.upper()
    found = (one.code for one in ARM_NAMES if wanted in (one.name.upper(), one.code.upper()))
    return next(found, name.lower())


def short_name(code: str) -> str:
    """An arm's or generator's name where there is little room: CNN-AUG-CDA, DCGAN, GLCM."""
    return code.upper()


def arm_rank(code: str) -> tuple[int, str]:
    """Where an arm stands in tables; unknown ones last, by name."""
    codes = [known.code for known in ARM_NAMES]
    return (codes.index(code) if code in codes else len(codes), code)
