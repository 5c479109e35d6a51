"""The lines of Fig. 8 with all that is known of each point, by examples added or by SGD steps."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from studies.records import TrainingRunRecord
from studies.report.arms import arm_name
from studies.report.classifier import ClassifierResults, GroupResult

EXAMPLES, STEPS = "examples added a fold", "SGD steps"
RANGE, WILSON = "range over seeds", "Wilson's 95 %"
PAPER_STEPS = (("cnn", 300), ("cnn-aug", 23_850), ("cnn-aug-gan", 37_800))
"""Steps of the paper's stated points: 150 epochs in batches of 64 over two of three folds, the last
part of a batch kept (sections 3.1 and 4.2 of Frid-Adar et al. 2018; it prints no steps)."""

_EXTRA = -1  # the fold of extra cases; lower ones are held out
_JOINED = (("cnn", "cnn-aug"), ("cnn-equal", "cnn-aug-equal"), ("cnn-25d", "cnn-aug-25d"))
_NAMES = (
    ("cnn-aug", "classic"),
    ("cnn-extra", "extra real"),
    ("cnn-aug-gan", "DCGAN"),
    ("cnn-aug-acgan", "ACGAN"),
    ("cnn-aug-acgan-odena", "ACGAN (Odena)"),
    ("cnn-aug-cda", "conditional"),
    ("cnn-aug-equal", "equal steps"),
    ("cnn-fly", "on the fly"),
    ("cnn-aug-semi", "semi-supervised"),
    ("cnn-aug-l1", "DCGAN + L1"),
    ("cnn-aug-l2", "DCGAN + L2"),
    ("cnn-aug-25d", "2.5-D"),
)


@dataclass(frozen=True)
class AccuracyPoint:
    """A group of a line. Accuracies are percent of the first seed; the band is `band` of it.

    `steps` is None where a run's recipe does not tell them.
    """

    arm: str
    group: str
    examples: int
    steps: int | None
    accuracy: float
    low: float
    high: float
    band: str
    n: int
    seeds: tuple[int, ...]
    interval: tuple[float, float]

    @property
    def words(self) -> str:
        """`D_aug 5,000: 78.6 %`, what the interval is, n and seeds."""
        low, high = self.interval
        seeds = f"seed{'s' if len(self.seeds) > 1 else ''} {', '.join(map(str, self.seeds))}"
        spread = ""
        if self.band == RANGE:
            spread = f"\n{RANGE} {self.low:.1f} to {self.high:.1f}"
        steps = "" if self.steps is None else f", {self.steps:,} SGD steps"
        return (
            f"{arm_name(self.arm)}\n{self.group}{steps}\n"
            f"{self.accuracy:.1f} % [{low:.1f}, {high:.1f}] {WILSON}, first seed{spread}\n"
            f"n {self.n}, {seeds}"
        )


@dataclass(frozen=True)
class AccuracyLine:
    """A line: `arm` names its look, `name` stands at its end."""

    arm: str
    name: str
    points: tuple[AccuracyPoint, ...]

    def by(self, axis: str) -> tuple[tuple[float, AccuracyPoint], ...]:
        """Points with their place on an axis, in its order; those without one are left out."""
        placed = [
            (float(p.examples if axis == EXAMPLES else p.steps or 0), p)
            for p in self.points
            if axis == EXAMPLES or p.steps is not None
        ]
        return tuple(sorted(placed, key=lambda one: one[0]))


def accuracy_lines(
    results: ClassifierResults, runs: Sequence[TrainingRunRecord]
) -> tuple[AccuracyLine, ...]:
    """A line an arm, in the tables' order; no augmentation is the first point of the classic line.

    Only networks have a size to be drawn by. Where several profiles were run, each line keeps to
    the profile of its arm's shown group, and to groups that hold as many patients out for
    validation, or leave the same sources out, as that one does: others were trained on fewer ROIs.
    """
    steps = {run.id: sgd_steps(run) for run in runs}
    shown = {g.arm: (g.profile, g.validation, g.left_out) for g in results.chosen}
    joined = dict(_JOINED)
    found: dict[str, list[AccuracyPoint]] = {}
    for group in results.groups:
        kind = (group.profile, group.validation, group.left_out)
        if group.arm.startswith("cnn") and kind == shown[group.arm]:
            line = joined.get(group.arm, group.arm)
            found.setdefault(line, []).append(_point(group, steps))
    return tuple(
        AccuracyLine(arm, dict(_NAMES).get(arm, arm_name(arm)), tuple(points))
        for arm, points in found.items()
    )


def sgd_steps(run: TrainingRunRecord) -> int | None:
    """SGD steps of a network's training by its recipe; None where the recipe does not tell.

    Fixed steps, or epochs x ceil(images / batch), the images being the ROIs of the training folds
    and what is added a training fold (ENGINE's reading of the paper's section 4.2).
    """
    try:
        spec = json.loads(run.spec)
        if spec.get("steps"):
            return int(spec["steps"])
        cnn, folds = spec["cnn"], spec["folds"]
        away = {spec["test_fold"], *spec.get("without", ())}
        trained = {fold for fold in folds if fold >= 0} - away
        joins = {*trained, _EXTRA} if spec["use_extra"] else trained
        rois = sum(fold in joins for fold in folds)
        a_class = spec["synthetic"] + spec.get("extra", 0)
        images = rois + (spec["classic"] + a_class * cnn["classes"]) * len(trained)
        steps: int = cnn["epochs"] * math.ceil(images / cnn["batch"])
        return steps
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _point(group: GroupResult, steps: dict[int, int | None]) -> AccuracyPoint:
    accuracy = group.accuracy
    interval = (100 * accuracy.low, 100 * accuracy.high)
    several = len(group.seeds) > 1
    ends = tuple(100 * value for value in group.seed_range) if several else interval
    known = [s for run in group.lead.run_ids if (s := steps.get(run)) is not None]
    return AccuracyPoint(
        group.arm,
        group.group,
        group.examples,
        round(sum(known) / len(known)) if known else None,
        100 * accuracy.estimate,
        ends[0],
        ends[1],
        RANGE if several else WILSON,
        accuracy.n,
        tuple(s.seed for s in group.seeds),
        interval,
    )


def band_words(lines: Sequence[AccuracyLine]) -> str:
    """What the bands are: `band = range over seeds`, or Wilson's where there is one seed."""
    kinds = {p.band for line in lines for p in line.points}
    if kinds == {RANGE}:
        return f"band = {RANGE}"
    if kinds == {WILSON}:
        return f"band = {WILSON} (one seed)"
    return f"band = {RANGE}, {WILSON} where there is one seed"
