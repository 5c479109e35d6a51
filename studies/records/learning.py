"""Training runs, predictions and synthetic ROIs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from studies.records.arrays import FloatArray


@dataclass(frozen=True)
class TrainingRunRecord:
    """One run of a spec. `state`: queued | running | finished | failed | cancelled."""

    id: int
    run_hash: str
    arm: str  # cnn, cnn-aug, cnn-aug-gan, dcgan, ...
    kind: str  # classifier | generator
    category: str  # of a per-class generator, else ""
    fold: int | None  # test fold; None = trained on all folds
    seed: int
    profile: str
    group: str  # "D_aug 500", "D_aug 500 + D_synth 100x3", ...
    spec: str  # JSON of the engine's spec
    state: str
    message: str
    accuracy: float | None  # on the test fold
    correct: int | None
    n: int | None
    kid: float | None
    seconds: float | None
    device: str
    started: str
    finished: str
    folder: Path
    simulated: bool  # trained on simulated CT


@dataclass(frozen=True)
class PredictionRecord:
    """A classifier's probabilities for one lesion's ROI, out of fold."""

    run_id: int
    lesion_id: int
    category: str  # truth
    predicted: str
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class SyntheticRoiRecord:
    """A generated ROI = checkpoint + class + seed. `audit`: clear | close | copy | unchecked."""

    id: int
    run_id: int
    run_hash: str
    category: str
    seed: int
    index: int
    fold: int | None
    audit: str
    nearest_lesion_id: int | None
    similarity: float | None  # normalised cross-correlation with the nearest training ROI
    accepted: bool
    image: FloatArray = field(repr=False, compare=False)  # (64, 64), 0..1
    decided: str = ""  # why somebody accepted or refused it; "" = nobody has decided
