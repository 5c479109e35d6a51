"""What the engine can run: one frozen dataclass a recipe."""

from __future__ import annotations

from dataclasses import dataclass

from engine.specs.text import later

SIDE = 64
"""Height and width of an ROI, px (section 2.2)."""

ALL_CLASSES = -1
"""The target of a generator that draws every class."""


@dataclass(frozen=True)
class CnnSpec:
    """The classifier (section 2.2); defaults are the paper's size, 1,306,115 parameters.

    `channels`, `kernel`, `dense` and `dropout` are ours where the paper prints only "three pairs
    of convolution and max-pooling, two dense layers, about 1.3 M parameters".
    """

    classes: int = 3
    channels: tuple[int, ...] = (32, 64, 128)
    kernel: int = 5
    dense: int = 128
    dropout: float = 0.5
    batch: int = 64
    micro_batch: int = 64  # images a backward pass; smaller ones let a slow CPU yield in time
    learning_rate: float = 1e-3
    momentum: float = 0.9  # Nesterov; Keras' default of 0 hardly trains
    epochs: int = 150
    precision: str = "float32"  # or bf16 (autocast)
    slices: int = later(1)  # neighbouring slices an ROI has; 5 = the 2.5-D arm


@dataclass(frozen=True)
class AugmentationSpec:
    """Classic augmentation (section 3.1): per ROI rotations x (1 + flips + shifts + scales)."""

    rotations: int = 30
    flips: int = 3  # up-down, left-right, both
    shifts: int = 7
    scales: int = 5
    angle_high: float = 180.0  # degrees; angles are uniform in [0, angle_high)
    shift_limit: float = 4.0  # native px; a shift is uniform in +-min(limit, fraction * diameter)
    shift_fraction: float = 0.1
    margin: float = 0.25  # of the diameter, tissue on each side of an unscaled ROI
    margin_low: float = 0.1
    margin_high: float = 0.4

    @property
    def per_roi(self) -> int:
        """Augmented images one ROI can give; 480 with the paper's numbers."""
        return self.rotations * (1 + self.flips + self.shifts + self.scales)


@dataclass(frozen=True)
class GanSpec:
    """A generator and its discriminator (section 3.2); defaults are the paper's DCGAN.

    `kind`: dcgan (one class a network) | acgan-dcgan | acgan-odena | cda (all classes in one).
    """

    kind: str = "dcgan"
    classes: int = 3
    latent: int = 100
    ngf: int = 128  # generator's channels before the image: 8x, 4x, 2x, 1x of it
    ndf: int = 64
    kernel: int = 5
    leak: float = 0.2
    batch: int = 64
    learning_rate: float = 2e-4
    beta1: float = 0.5
    beta2: float = 0.999
    epochs: int = 70
    generator_steps: int = 1  # per discriminator step; preset "tf" = 2
    init_sd: float = 0.02
    sampling: str = "uniform"  # z when sampling; "normal" is the paper's sentence in 4.2.2
    precision: str = "float32"
    discriminator_steps: int = later(1)
    lecam: float = later(0.0)  # weight of the LeCam regulariser (cda: .3)
    ema: float = later(0.0)  # decay of the averaged generator; 0 = off, as in the paper
    auxiliary: float = later(1.0)  # weight of the class head's loss (ACGAN)
    pixel_norm: str = later("")  # "l1" | "l2": a term of the generator's loss (paper, section 6)
    pixel_weight: float = later(0.0)
    feature_matching: float = later(0.0)  # its weight in the semi-supervised arm
    keep: str = later("last")  # "best": the checkpoint with the best metric is kept
    rollback: bool = later(False)  # the watchdog may return to a sound snapshot

    @property
    def is_conditional(self) -> bool:
        """One network for all classes."""
        return self.kind != "dcgan"


@dataclass(frozen=True)
class CnnTraining:
    """One run of the classifier.

    `folds` gives each ROI of the patches its fold (-1: extra case, joins every training set).
    `test_fold` None trains on all of them. `classic` and `synthetic` are images added *per
    training fold*, as the paper counts its groups: D_aug 5000 adds 2 x 5000 with three folds, and
    `synthetic` is per class. `steps` fixes the number of SGD steps in place of epochs.
    `without` lists folds that neither train nor test (inner runs of a nested choice).
    `on_the_fly` draws a fresh augmentation of every original at every step instead of D_aug.
    `extra` augmented images a class and training fold are drawn from the extra cases, which then
    train as well (green line of Fig. 8). `validation` is the percentage of the training folds'
    patients that are held out and watched: those of fold VALIDATION (engine.holdout), which is then
    among `without`.
    """

    cnn: CnnSpec
    augmentation: AugmentationSpec
    folds: tuple[int, ...]
    test_fold: int | None
    seed: int
    classic: int = 0
    synthetic: int = 0
    steps: int | None = None
    arm: str = "cnn"
    use_extra: bool = False
    on_the_fly: bool = later(False)
    without: tuple[int, ...] = later(())
    extra: int = later(0)
    validation: int = later(0)


@dataclass(frozen=True)
class GanTraining:
    """One run of a generator on originals and classic augmentation of the training folds.

    `target` is the class's index, ALL_CLASSES for a conditional generator; `classic` as in
    CnnTraining (of all classes together). `unlabelled` adds extra and undiagnosed ROIs, their
    classes unread (semi-supervised arm).
    """

    gan: GanSpec
    augmentation: AugmentationSpec
    folds: tuple[int, ...]
    test_fold: int | None
    seed: int
    target: int
    classic: int = 0
    steps: int | None = None
    kid_every: int = 0  # epochs between looks at KID; 0 = about ten looks a run
    unlabelled: bool = later(False)
    without: tuple[int, ...] = later(())


@dataclass(frozen=True)
class DiscriminatorReading:
    """A conditional generator's discriminator, its class head used as classifier (Table 5).

    Nothing is trained: the run takes the discriminator that `training` left.
    """

    training: GanTraining


@dataclass(frozen=True)
class BaselineSpec:
    """A texture or word method before deep learning, with its SVM (section 4.4, Table 6).

    `kind`: glcm | gabor | bovw-single | bovw-multi. Fields of the other kinds are unused.
    """

    kind: str
    classes: int = 3
    inner_folds: int = 5  # grouped by patient; choose C and gamma of the SVM
    # GLCM (Haralick's 13 features, mean and range over the angles)
    levels: int = 32
    distances: tuple[int, ...] = (1, 2, 3, 4)
    # Gabor
    scales: int = 4
    orientations: int = 6
    # bag of visual words
    patch: int = 11  # px
    stride: int = 2
    components: int = 10  # of the PCA
    words: int = 750
    kept: float = 0.35  # fraction of the words with most mutual information; multi: .03


@dataclass(frozen=True)
class BaselineTraining:
    """One run of a baseline on the ROIs of the training folds (fields as in CnnTraining)."""

    baseline: BaselineSpec
    folds: tuple[int, ...]
    test_fold: int | None
    seed: int
    use_extra: bool = False
    without: tuple[int, ...] = ()
