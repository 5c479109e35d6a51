"""How good the synthetic ROIs of each generator are: distances to real ones, looks, copies."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from studies.records import TrainingRunRecord
from studies.report.arms import arm_name

CLEAR, CLOSE, COPY = "clear", "close", "copy"
LOOK = "look"
"""The name of the feature space of what was measured while the generator trained."""

_NEAREST_LEFT = 0.5  # what an area under the curve of a guess is


@dataclass(frozen=True)
class Measure:
    """A number of one generator and class; `name` as in MEASURES.

    `low`..`high`: central 95 % of its blocks; `band_low`..`band_high`: the same of real against
    other real ROIs. NaN where it was not measured.
    """

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    band_low: float = math.nan
    band_high: float = math.nan

    @property
    def has_band(self) -> bool:
        """Whether real against real was measured as well."""
        return not math.isnan(self.band_high)


@dataclass(frozen=True)
class Space:
    """The measures in one feature space; `block` ROIs a side in each of `blocks` blocks.

    `features` LOOK: `fake` draws at step `step` of the training; `blocks` is then 0, and
    `is_pooled` says that the numbers are means over the classes of a conditional generator.
    """

    features: str
    measures: tuple[Measure, ...]
    block: int
    blocks: int
    real: int
    fake: int
    step: int = 0
    is_pooled: bool = False

    def measure(self, name: str) -> Measure | None:
        """A measure by its name."""
        return next((one for one in self.measures if one.name == name), None)


@dataclass(frozen=True)
class Share:
    """An area under the curve 0..1 with its 95 % interval; .5 betrays nothing."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class CopyLimits:
    """What the audit of `rois` ROIs rests on: limits of NCC and the null (n,) of real ROIs.

    `leak`, `leak_by_features`, `nearer` (see `engine.audit.membership`) are None where the
    generator saw all patients; `members` training and `others` held-out ROIs. `of_training`: the
    ROIs were compared with those that trained it; else with all of the class that the study had.
    """

    rois: int
    close: float
    copy: float
    null: tuple[float, ...] = field(repr=False)
    members: int = 0
    others: int = 0
    leak: Share | None = None
    leak_by_features: Share | None = None
    nearer: Share | None = None
    of_training: bool = True

    @property
    def is_betrayed(self) -> bool:
        """Some interval lies wholly above .5."""
        areas = (self.leak, self.leak_by_features, self.nearer)
        return any(one is not None and one.low > _NEAREST_LEFT for one in areas)


@dataclass(frozen=True)
class Audited:
    """Verdicts of the ROIs drawn so far, the NCC of each with its nearest training ROI."""

    verdicts: tuple[str, ...] = field(repr=False)
    similarity: tuple[float, ...] = field(repr=False)
    limits: CopyLimits | None = None

    @property
    def n(self) -> int:
        """ROIs drawn and kept in the study."""
        return len(self.verdicts)

    def count(self, verdict: str) -> int:
        """How many have a verdict."""
        return Counter(self.verdicts)[verdict]


@dataclass(frozen=True)
class GeneratorQuality:
    """One generator and one class of it. `category` is the class's code.

    `can_judge`: it was trained on the ROIs that the study has now, so that distances to its
    training folds can be measured.
    """

    run: TrainingRunRecord
    category: str
    spaces: tuple[Space, ...]
    audited: Audited
    can_judge: bool

    @property
    def name(self) -> str:
        """`DCGAN, fold 2, seed 2018`; without a fold `all folds`."""
        fold = "all folds" if self.run.fold is None else f"fold {self.run.fold + 1}"
        return f"{self.generator}, {fold}"

    @property
    def generator(self) -> str:
        """The kind of generator as tables name it."""
        return arm_name(self.run.arm)

    @property
    def is_judged(self) -> bool:
        """Whether the distances with intervals are there."""
        return any(space.features != LOOK for space in self.spaces)

    def space(self, features: str) -> Space | None:
        """A feature space by its name."""
        return next((one for one in self.spaces if one.features == features), None)

    def find(self, name: str, features: str) -> tuple[Measure, Space] | None:
        """A measure in a feature space, or where it is not there at the training's look."""
        for wanted in (features, LOOK):
            space = self.space(wanted)
            found = space.measure(name) if space is not None else None
            if space is not None and found is not None:
                return found, space
        return None


def feature_names(found: Iterable[GeneratorQuality]) -> tuple[str, ...]:
    """The feature spaces that were measured, in order of appearance, the look left out."""
    names = (space.features for one in found for space in one.spaces)
    return tuple(dict.fromkeys(name for name in names if name != LOOK))
