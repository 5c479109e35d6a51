"""What is recorded of learning: new runs, new synthetic ROIs, maps."""

from __future__ import annotations

from dataclasses import dataclass, field

from studies.records import FloatArray

STATES = ("queued", "running", "finished", "failed", "cancelled")
ENDED = ("finished", "failed", "cancelled")
AUDITS = ("clear", "close", "copy", "unchecked")


@dataclass(frozen=True)
class NewRun:
    """A run before it starts; its folder is `Store.runs_folder / run_hash`."""

    run_hash: str
    arm: str
    kind: str  # classifier | generator
    seed: int
    profile: str
    spec: str  # JSON of the engine's spec
    category: str = ""
    fold: int | None = None
    group: str = ""


@dataclass(frozen=True)
class NewSynthetic:
    """A generated ROI as it comes from a checkpoint; `image` (64, 64) in 0..1."""

    category: str
    seed: int
    index: int
    image: FloatArray = field(repr=False, compare=False)
    audit: str = "unchecked"
    nearest_lesion_id: int | None = None
    similarity: float | None = None
    accepted: bool = True


@dataclass(frozen=True)
class EmbeddingPoint:
    """A place on a run's t-SNE map: a lesion's ROI, or one of its augmentations."""

    lesion_id: int
    augmented: bool
    x: float
    y: float


@dataclass(frozen=True)
class SyntheticPoint:
    """A synthetic ROI placed on a run's map afterwards; the map itself stays as it was."""

    synthetic_id: int
    x: float
    y: float


@dataclass(frozen=True)
class EmbeddingRecord:
    """A run's map with the measures printed beside it, (name, value) each.

    `points` made the map; `synthetic` were placed on it since.
    """

    run_id: int
    points: tuple[EmbeddingPoint, ...]
    measures: tuple[tuple[str, float], ...]
    created: str
    synthetic: tuple[SyntheticPoint, ...] = ()
