"""The sizes of the three profiles: paper, quick, smoke (ENGINE section 4)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.errors import EngineError
from engine.specs.recipes import AugmentationSpec, CnnSpec, GanSpec

PROFILES = ("paper", "quick", "smoke")
CDA = GanSpec(
    kind="cda",
    latent=100,
    ngf=64,
    ndf=64,
    kernel=4,
    beta1=0.0,
    beta2=0.9,
    discriminator_steps=2,
    lecam=0.3,
    ema=0.999,
    sampling="normal",
    keep="best",
    rollback=True,
)
"""ENGINE section 3.1: 64x64 class-conditional, hinge loss, DiffAugment, LeCam, averaged weights."""


@dataclass(frozen=True)
class ProfileSizes:
    """The sizes of one profile, printed in each report."""

    name: str
    cnn: CnnSpec
    gan: GanSpec
    augmentation: AugmentationSpec
    classic_groups: tuple[int, ...]  # D_aug, images added per training fold
    classic_optimum: int  # the group the generators and CNN-AUG-GAN start from
    synthetic_groups: tuple[int, ...]  # D_synth, images per class added per training fold
    cnn_steps: int | None = None  # None: epochs
    gan_steps: int | None = None
    kid_every: int = field(default=0)
    cda: GanSpec = field(default_factory=GanSpec)  # the conditional generator past the paper
    cda_steps: int | None = None
    acgan_steps: int | None = None
    pixel_weight: float = 1.0  # of the L1 or L2 term in the generator's loss
    feature_matching: float = 1.0  # its weight in the semi-supervised generator's loss

    @property
    def usual_synthetic(self) -> int:
        """The paper's optimum, 1000 a class, where the profile has it; else the largest group."""
        return 1000 if 1000 in self.synthetic_groups else max(self.synthetic_groups)


def _paper() -> ProfileSizes:
    return ProfileSizes(
        name="paper",
        cnn=CnnSpec(micro_batch=32),
        gan=GanSpec(),
        augmentation=AugmentationSpec(),
        classic_groups=(0, 500, 1000, 2000, 3000, 5000, 7500, 10000, 15000),
        classic_optimum=5000,
        synthetic_groups=(100, 500, 1000, 2000, 3000, 4000),
        kid_every=10,
        cda=CDA,
        cda_steps=20_000,
    )


def _quick() -> ProfileSizes:
    return ProfileSizes(
        name="quick",
        cnn=CnnSpec(channels=(16, 32, 64), dense=64, batch=32, learning_rate=0.005),
        gan=GanSpec(ngf=16, ndf=16),
        augmentation=AugmentationSpec(),
        classic_groups=(0, 500, 2000),
        classic_optimum=2000,
        synthetic_groups=(100, 500),
        cnn_steps=500,
        gan_steps=600,
        cda=replace(CDA, ngf=16, ndf=16, batch=32, learning_rate=1e-3, ema=0.995),
        cda_steps=1500,
        acgan_steps=900,
    )


def _smoke() -> ProfileSizes:
    return ProfileSizes(
        name="smoke",
        cnn=CnnSpec(channels=(4, 8, 8), kernel=3, dense=16, batch=16, learning_rate=0.02),
        gan=GanSpec(ngf=4, ndf=4, latent=16, batch=16),
        augmentation=AugmentationSpec(rotations=6),
        classic_groups=(0, 40),
        classic_optimum=40,
        synthetic_groups=(10,),
        cnn_steps=40,
        gan_steps=30,
        cda=replace(CDA, ngf=4, ndf=4, latent=16, batch=16, learning_rate=3e-3, ema=0.9),
        cda_steps=30,
        acgan_steps=30,
    )


def profile(name: str) -> ProfileSizes:
    """The sizes of profile `paper`, `quick` or `smoke`; EngineError for another name."""
    makers = {"paper": _paper, "quick": _quick, "smoke": _smoke}
    if name not in makers:
        raise EngineError(f"There is no profile “{name}”; choose one of {', '.join(PROFILES)}.")
    return makers[name]()
