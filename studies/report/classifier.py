"""Finished runs to classifier results: out-of-fold matrices, accuracy by group, comparisons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from studies.records import ClassScheme, PredictionRecord, TrainingRunRecord
from studies.report.arms import arm_name, arm_rank
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
_LEFT_OUT = re.compile(r", without (.+)$")
_ADDED = re.compile(r"(?:D_synth|extra)\s+([\d,]+)\s*[x×]\s*(\d+)")
_HELD_OUT = re.compile(r"(\d+) % validation")


@dataclass(frozen=True)
class SeedResult:
    """One seed's folds pooled: each lesion is predicted by the network that never saw it."""

    seed: int
    folds: tuple[int, ...]
    run_ids: tuple[int, ...]
    matrix: ConfusionMatrix
    right: tuple[tuple[int, bool], ...]  # lesion id, whether called right
    run_hashes: tuple[str, ...] = ()  # by fold: each names a folder with spec, data hash and seed

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
    synthetic: int  # synthetic ROIs, or images of extra cases, added a fold
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
    def validation(self) -> int:
        """Percent of the training folds' patients that were held out to be watched."""
        found = _HELD_OUT.search(self.group)
        return int(found.group(1)) if found else 0

    @property
    def left_out(self) -> str:
        """Sources whose ROIs neither trained nor were tested, in words; "" for none."""
        found = _LEFT_OUT.search(self.group)
        return found.group(1) if found else ""

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
    is_selected: bool = False  # a group was chosen by its accuracy on these same folds


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


def assemble_classifier(
    runs: Sequence[TrainingRunRecord],
    predictions: Sequence[PredictionRecord],
    scheme: ClassScheme,
) -> ClassifierResults:
    """Pools predictions of finished classifier runs over folds, per arm, group, profile and seed.

    Runs trained on all folds are left out (nothing is out of fold). A run trained again counts
    once, the newest. The group shown of an arm is the one with the most lesions tested, then
    the highest accuracy of the leading seed: chosen on the same folds, and said so (groups with
    patients held out for validation come last); the JSON of
    `experiment run` compares the groups declared beforehand.
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
    ordered = tuple(sorted(groups, key=lambda g: (arm_rank(g.arm), g.examples, g.profile)))
    chosen = _chosen(ordered)
    return ClassifierResults(
        scheme.codes,
        ordered,
        chosen,
        _comparisons(chosen, ordered),
        len({r.fold for r in usable}),
        any(g.simulated for g in ordered),
    )


def added_examples(group: str) -> tuple[int, int]:
    """Classic and further examples added a fold, from `D_aug 5,000 + D_synth 100 × 3`.

    Images of extra cases (`extra 100 × 3`) count as the synthetic ones do.
    """
    classic, added = _CLASSIC.search(group), _ADDED.search(group)
    return (
        _number(classic.group(1)) if classic else 0,
        _number(added.group(1)) * int(added.group(2)) if added else 0,
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
        tuple(newest[fold].run_hash for fold in sorted(newest)),
    )


def _chosen(groups: Sequence[GroupResult]) -> tuple[GroupResult, ...]:
    """Each arm's group with most lesions tested, then most right; all of one profile if possible.

    That profile is the one in which most arms have finished. A group that held patients out for
    validation is shown only where the arm has no other: the paper holds none out.
    """
    arms = dict.fromkeys(g.arm for g in groups)
    spread = {name: len({g.arm for g in groups if g.profile == name}) for name in _profiles(groups)}

    def rank(group: GroupResult) -> tuple[bool, int, str, int, float, int]:
        accuracy = group.accuracy
        return (
            group.validation == 0,
            spread[group.profile],
            group.profile,
            accuracy.n,
            accuracy.estimate,
            -group.examples,
        )

    return tuple(max((g for g in groups if g.arm == arm), key=rank) for arm in arms)


def _profiles(groups: Sequence[GroupResult]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(g.profile for g in groups))


def _comparisons(
    chosen: Sequence[GroupResult], groups: Sequence[GroupResult]
) -> tuple[ArmComparison, ...]:
    """Each arm against the arm before it in the paper's order.

    Within one profile, and only where both held equally many patients out for validation.
    """
    pairs = [(later, earlier) for earlier, later in pairwise(chosen)]
    made = (_compare(later, earlier, groups) for later, earlier in pairs)
    return tuple(one for one in made if one is not None)


def _compare(
    first: GroupResult, second: GroupResult, groups: Sequence[GroupResult]
) -> ArmComparison | None:
    one, other = dict(first.lead.right), dict(second.lead.right)
    shared = [lesion for lesion in one if lesion in other]
    alike = (first.profile, first.validation) == (second.profile, second.validation)
    if not shared or not alike:
        return None
    table = paired_table([one[i] for i in shared], [other[i] for i in shared])
    rivals = [g for g in groups if g.profile == first.profile]
    selected = any(sum(g.arm == own.arm for g in rivals) > 1 for own in (first, second))
    return ArmComparison(
        first.name, second.name, mcnemar(table), paired_difference(table), selected
    )
