"""Finished runs to classifier results: out-of-fold matrices, accuracy by group, comparisons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from studies.records import ClassScheme, PredictionRecord, TrainingRunRecord
from studies.statistics.confusion import ConfusionMatrix, confusion_matrix
from studies.statistics.paired import (
    McNemar,
    PairedDifference,
    mcnemar,
    paired_difference,
    paired_table,
)
from studies.statistics.proportions import Proportion

_CLASSIC = re.compile(r"D_aug\s+([\d,]+)")
_SYNTHETIC = re.compile(r"D_synth\s+([\d,]+)\s*[x×]\s*(\d+)")
_NAMES = (
    ("cnn", "CNN, no augmentation"),
    ("cnn-aug", "CNN-AUG"),
    ("cnn-aug-gan", "CNN-AUG-GAN"),
    ("glcm", "GLCM + SVM"),
    ("gabor", "Gabor + SVM"),
)


@dataclass(frozen=True)
class SeedResult:
    """One seed's folds pooled: each lesion is predicted by the network that never saw it."""

    seed: int
    folds: tuple[int, ...]
    run_ids: tuple[int, ...]
    matrix: ConfusionMatrix
    right: tuple[tuple[int, bool], ...]  # lesion id, whether called right

    @property
    def accuracy(self) -> Proportion:
        """Total accuracy over the pooled folds, Wilson."""
        return self.matrix.accuracy


@dataclass(frozen=True)
class GroupResult:
    """One arm at one amount of added examples. The first seed by number leads, never the best."""

    arm: str
    group: str
    profile: str
    classic: int  # classic augmentations added a fold
    synthetic: int  # synthetic ROIs added a fold
    seeds: tuple[SeedResult, ...]
    simulated: bool

    @property
    def name(self) -> str:
        """The arm as the paper calls it."""
        return arm_name(self.arm)

    @property
    def examples(self) -> int:
        """Examples added a fold: the x axis of Fig. 8."""
        return self.classic + self.synthetic

    @property
    def lead(self) -> SeedResult:
        """The seed whose matrix is shown."""
        return self.seeds[0]

    @property
    def accuracy(self) -> Proportion:
        """Of the leading seed."""
        return self.lead.accuracy

    @property
    def seed_range(self) -> tuple[float, float]:
        """Lowest and highest accuracy over the seeds, 0..1."""
        values = [s.accuracy.estimate for s in self.seeds]
        return min(values), max(values)


@dataclass(frozen=True)
class ArmComparison:
    """Two arms' leading seeds on the lesions that both predicted."""

    first: str
    second: str
    mcnemar: McNemar
    difference: PairedDifference


@dataclass(frozen=True)
class ClassifierResults:
    """What the finished classifiers say out of fold. No group = none has finished."""

    classes: tuple[str, ...]
    groups: tuple[GroupResult, ...]
    chosen: tuple[GroupResult, ...]  # the group shown of each arm
    comparisons: tuple[ArmComparison, ...]
    folds: int  # folds that finished runs tested
    simulated: bool

    def of_arm(self, arm: str) -> GroupResult | None:
        """The group shown of an arm."""
        return next((g for g in self.chosen if g.arm == arm), None)


def arm_name(arm: str) -> str:
    """An arm's name in tables: `cnn-aug` is CNN-AUG."""
    return dict(_NAMES).get(arm, arm.upper() if arm.startswith("cnn") else arm)


def assemble_classifier(
    runs: Sequence[TrainingRunRecord],
    predictions: Sequence[PredictionRecord],
    scheme: ClassScheme,
) -> ClassifierResults:
    """Pools predictions of finished classifier runs over folds, per arm, group, profile and seed.

    Runs trained on all folds are left out (nothing is out of fold). A run trained again counts
    once, the newest. The group shown of an arm is the one with the most lesions tested, then
    the highest accuracy of the leading seed: chosen on the same folds, and said so.
    """
    said: dict[int, list[PredictionRecord]] = {}
    for prediction in predictions:
        said.setdefault(prediction.run_id, []).append(prediction)
    usable = [
        r
        for r in runs
        if r.kind == "classifier" and r.state == "finished" and r.fold is not None and r.id in said
    ]
    keys = dict.fromkeys((r.arm, r.group, r.profile) for r in usable)
    groups = tuple(
        _group([r for r in usable if (r.arm, r.group, r.profile) == key], said, scheme.codes)
        for key in keys
    )
    ordered = tuple(sorted(groups, key=lambda g: (_rank(g.arm), g.examples, g.profile)))
    chosen = _chosen(ordered)
    return ClassifierResults(
        scheme.codes,
        ordered,
        chosen,
        _comparisons(chosen),
        len({r.fold for r in usable}),
        any(g.simulated for g in ordered),
    )


def _rank(arm: str) -> tuple[int, str]:
    known = [code for code, _ in _NAMES]
    return (known.index(arm) if arm in known else len(known), arm)


def added_examples(group: str) -> tuple[int, int]:
    """Classic and synthetic examples added a fold, from `D_aug 5,000 + D_synth 100 × 3`."""
    classic, synthetic = _CLASSIC.search(group), _SYNTHETIC.search(group)
    return (
        _number(classic.group(1)) if classic else 0,
        _number(synthetic.group(1)) * int(synthetic.group(2)) if synthetic else 0,
    )


def _number(text: str) -> int:
    """A count with or without commas between thousands."""
    return int(text.replace(",", "") or 0)


def _group(
    runs: Sequence[TrainingRunRecord],
    said: dict[int, list[PredictionRecord]],
    classes: Sequence[str],
) -> GroupResult:
    first = runs[0]
    classic, synthetic = added_examples(first.group)
    seeds = sorted({r.seed for r in runs})
    results = tuple(
        _seed([r for r in runs if r.seed == seed], said, classes, seed) for seed in seeds
    )
    return GroupResult(
        first.arm,
        first.group,
        first.profile,
        classic,
        synthetic,
        results,
        any(r.simulated for r in runs),
    )


def _seed(
    runs: Sequence[TrainingRunRecord],
    said: dict[int, list[PredictionRecord]],
    classes: Sequence[str],
    seed: int,
) -> SeedResult:
    newest = {r.fold: r for r in sorted(runs, key=lambda r: r.id) if r.fold is not None}
    pooled = [p for r in newest.values() for p in said[r.id]]
    once = {p.lesion_id: p for p in pooled}
    rows = sorted(once.values(), key=lambda p: p.lesion_id)
    matrix = confusion_matrix([p.category for p in rows], [p.predicted for p in rows], classes)
    return SeedResult(
        seed,
        tuple(sorted(newest)),
        tuple(sorted(r.id for r in newest.values())),
        matrix,
        tuple((p.lesion_id, p.predicted == p.category) for p in rows),
    )


def _chosen(groups: Sequence[GroupResult]) -> tuple[GroupResult, ...]:
    arms = dict.fromkeys(g.arm for g in groups)
    return tuple(
        max(
            (g for g in groups if g.arm == arm),
            key=lambda g: (g.accuracy.n, g.accuracy.estimate, -g.examples),
        )
        for arm in arms
    )


def _comparisons(chosen: Sequence[GroupResult]) -> tuple[ArmComparison, ...]:
    """Each arm against the arm before it in the paper's order."""
    pairs = [(later, earlier) for earlier, later in pairwise(chosen)]
    return tuple(c for later, earlier in pairs if (c := _compare(later, earlier)) is not None)


def _compare(first: GroupResult, second: GroupResult) -> ArmComparison | None:
    one, other = dict(first.lead.right), dict(second.lead.right)
    shared = [lesion for lesion in one if lesion in other]
    if not shared:
        return None
    table = paired_table([one[i] for i in shared], [other[i] for i in shared])
    return ArmComparison(first.name, second.name, mcnemar(table), paired_difference(table))
