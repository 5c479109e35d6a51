"""What a report is given that the studies room cannot make: networks, augmentations, recipes.

A workflow gathers these from the engine; every part may be empty, and the report says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from studies.records import FloatArray
from studies.report.quality import GeneratorQuality

CLASSIFIER, GENERATOR, DISCRIMINATOR = "classifier", "generator", "discriminator"


@dataclass(frozen=True)
class Layer:
    """One step of a network: its words, the shape that leaves it, its trainable numbers.

    `shape` is (channels, side, side) or (units,).
    """

    words: str
    shape: tuple[int, ...]
    parameters: int = 0


@dataclass(frozen=True)
class NetworkDrawing:
    """A network as its spec lays it out. `role`: classifier | generator | discriminator.

    `title` names it, `users` the arms or generators that used it, `runs` how many runs did.
    """

    role: str
    title: str
    users: tuple[str, ...]
    runs: int
    layers: tuple[Layer, ...]

    @property
    def parameters(self) -> int:
        """All trainable numbers."""
        return sum(layer.parameters for layer in self.layers)


@dataclass(frozen=True)
class AugmentedRow:
    """One kind of augmentation of an ROI: `images` (64, 64) 0..1 each with `words` below."""

    kind: str
    images: tuple[FloatArray, ...] = field(repr=False, compare=False)
    words: tuple[str, ...]
    count: str  # how many an ROI gets, in words


@dataclass(frozen=True)
class AugmentedRoi:
    """An ROI with augmentations of each kind, drawn by the recipe of this study's runs."""

    lesion_id: int
    category: str
    original: FloatArray = field(repr=False, compare=False)
    rows: tuple[AugmentedRow, ...]
    per_roi: int  # augmented images one ROI can give
    seed: int


@dataclass(frozen=True)
class RecipeLine:
    """One field of what was run: `who` it belongs to, which arms are its users, our value, and the
    paper's ("" = unsaid)."""

    who: str
    users: str
    field: str
    value: str
    paper: str = ""


@dataclass(frozen=True)
class RunOrigin:
    """Where a run's numbers come from: its checkpoint's own words."""

    run_hash: str
    arm: str
    category: str
    fold: str
    seed: int
    device: str
    precision: str
    versions: str
    data_hash: str
    steps: str
    seconds: str


@dataclass(frozen=True)
class GeneratorTraining:
    """What one generator's runs were trained on: kind, runs, ROIs and images added a fold."""

    kind: str  # dcgan, acgan-dcgan, acgan-odena, cda, semi, ...
    is_conditional: bool
    runs: int
    classic: int  # augmented images added a training fold
    steps: str


@dataclass(frozen=True)
class ReportPictures:
    """Everything a workflow adds to a report; empty where the study has none of it."""

    networks: tuple[NetworkDrawing, ...] = ()
    augmented: AugmentedRoi | None = None
    recipe: tuple[RecipeLine, ...] = ()
    origins: tuple[RunOrigin, ...] = ()
    generators: tuple[GeneratorTraining, ...] = ()
    quality: tuple[GeneratorQuality, ...] = ()
    data_hash: str = ""  # of today's ROIs
    notes: tuple[str, ...] = ()  # what could not be gathered, and why


NO_PICTURES = ReportPictures()
