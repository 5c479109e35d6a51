"""Frozen specs of everything the engine can run, as JSON both ways, and the three profiles.

A spec is the whole recipe: the same spec, patches, seed, device and threads give the same bytes.
Every value that the paper (Frid-Adar et al., Neurocomputing 321, 2018) leaves unsaid is a field
here, so that it is stored in each checkpoint and can be printed beside each number.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeVar

from engine.errors import EngineError

SIDE = 64
"""Height and width of an ROI, px (section 2.2)."""

PROFILES = ("paper", "quick", "smoke")
ARMS = ("cnn", "cnn-aug", "cnn-aug-gan")


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
    """A generator and its discriminator (section 3.2); defaults are the paper's DCGAN."""

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


@dataclass(frozen=True)
class CnnTraining:
    """One run of the classifier.

    `folds` gives each ROI of the patches its fold (-1: extra case, joins every training set).
    `test_fold` None trains on all of them. `classic` and `synthetic` are images added *per
    training fold*, as the paper counts its groups: D_aug 5000 adds 2 x 5000 with three folds, and
    `synthetic` is per class. `steps` fixes the number of SGD steps in place of epochs.
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


@dataclass(frozen=True)
class GanTraining:
    """One run of a per-class generator on originals and classic augmentation of the training folds.

    `target` is the class's index; `classic` as in CnnTraining (of all classes together).
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
    )


def _quick() -> ProfileSizes:
    return ProfileSizes(
        name="quick",
        cnn=CnnSpec(channels=(16, 32, 64), dense=64, learning_rate=0.01),
        gan=GanSpec(ngf=16, ndf=16),
        augmentation=AugmentationSpec(),
        classic_groups=(0, 500, 2000),
        classic_optimum=2000,
        synthetic_groups=(100, 500),
        cnn_steps=400,
        gan_steps=600,
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
    )


def profile(name: str) -> ProfileSizes:
    """The sizes of profile `paper`, `quick` or `smoke`; EngineError for another name."""
    makers = {"paper": _paper, "quick": _quick, "smoke": _smoke}
    if name not in makers:
        raise EngineError(f"There is no profile “{name}”; choose one of {', '.join(PROFILES)}.")
    return makers[name]()


# --- JSON -----------------------------------------------------------------------------------

Spec = TypeVar("Spec")


def to_json(spec: Any) -> str:
    """A spec as JSON with sorted keys and its type's name; the same spec gives the same text."""
    content = {"type": type(spec).__name__, **dataclasses.asdict(spec)}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str, kind: type[Spec]) -> Spec:
    """The spec of type `kind` written by `to_json`; EngineError where the text is another's."""
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise EngineError("The recipe is not readable; make it again.") from error
    if not isinstance(content, dict) or content.pop("type", kind.__name__) != kind.__name__:
        raise EngineError(f"The recipe is not one of kind {kind.__name__}; make it again.")
    return typing.cast(Spec, _build(kind, content))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of a recipe")


def spec_hash(*parts: str) -> str:
    """SHA-256 of the parts in order, as 64 hexadecimal digits."""
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part.encode())
    return digest.hexdigest()


def _build(kind: Any, content: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        known = {f.name for f in dataclasses.fields(kind)}
        if not isinstance(content, dict) or not set(content) <= known:
            raise EngineError("The recipe comes from another version of the program.")
        try:
            return kind(**{name: _build(hints[name], value) for name, value in content.items()})  # type: ignore[operator]
        except TypeError as error:
            raise EngineError("The recipe lacks an entry; make it again.") from error
    return _build_plain(kind, content)


def _build_plain(kind: Any, content: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        if content is None:
            return None
        (kind,) = (part for part in typing.get_args(kind) if part is not type(None))
        return _build(kind, content)
    if origin is tuple and isinstance(content, list):
        return tuple(_build(typing.get_args(kind)[0], item) for item in content)
    if kind is float and isinstance(content, int) and not isinstance(content, bool):
        content = float(content) if abs(content) < 2**53 else str(content)
    if (
        origin is tuple
        or not isinstance(content, kind)
        or (kind is int and isinstance(content, bool))
    ):
        raise EngineError(f"The recipe holds {str(content)[:40]!r} where {kind} is needed.")
    return content
