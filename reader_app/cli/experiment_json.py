"""An experiment as one JSON object: arms, comparisons, sizes, and where numbers come from."""

from __future__ import annotations

import dataclasses
import math
from itertools import combinations
from typing import TYPE_CHECKING, Any

from engine.checkpoint import read_facts
from engine.errors import CheckpointError
from engine.specs import profile, spec_hash
from reader_app.workflows.recipe import Recipe, group_name
from studies import cases, learning, report
from studies.statistics.paired import mcnemar, paired_difference, paired_table

if TYPE_CHECKING:
    from reader_app.workflows.run_experiment import Experiment
    from studies.records import TrainingRunRecord
    from studies.report.classifier import GroupResult, SeedResult
    from studies.statistics.confusion import ConfusionMatrix
    from studies.statistics.proportions import Proportion
    from studies.store import Store

Json = dict[str, Any]


def experiment_json(store: Store, experiment: Experiment) -> Json:
    """Every group and seed of the experiment that has finished, in the order of the tables.

    Arms are compared at the profile's own group, fixed before any result, on the first seed.
    """
    found = [
        group
        for group in report.classifier_results(store).groups
        if group.profile == experiment.profile and group.arm in experiment.arms
    ]
    runs = {run.id: run for run in learning.runs(store)}
    wanted = range(experiment.seeds)
    pairs = [(group, seed) for group in found for seed in group.seeds if seed.seed in wanted]
    classes = len(cases.study(store).scheme.codes)
    return {
        "arms": [_arm(group, seed, runs) for group, seed in pairs],
        "comparisons": _comparisons(found, experiment.profile, classes),
        "profile": experiment.profile,
        "sizes": dataclasses.asdict(profile(experiment.profile)),
    }


def _arm(group: GroupResult, seed: SeedResult, runs: dict[int, TrainingRunRecord]) -> Json:
    matrix, own = seed.matrix, [runs[one] for one in seed.run_ids]
    return {
        "arm": group.arm,
        "group": group.group,
        "seed": seed.seed,
        "correct": matrix.correct,
        "n": matrix.n,
        "accuracy": matrix.accuracy.estimate,
        "ci": _ci(matrix.accuracy),
        "sensitivity": _number(matrix.weighted_sensitivity),
        "specificity": _number(matrix.weighted_specificity),
        "per_class": [_class(matrix, at) for at in range(len(matrix.classes))],
        "confusion": [list(row) for row in matrix.counts],
        "steps": sum(_steps(run) for run in own),
        "seconds": sum(run.seconds or 0.0 for run in own),
        "provenance": [
            {"run": run.run_hash, "spec": spec_hash(run.spec), "device": run.device} for run in own
        ],
    }


def _class(matrix: ConfusionMatrix, at: int) -> Json:
    sensitivity, specificity = matrix.sensitivity(at), matrix.specificity(at)
    return {
        "class": matrix.classes[at],
        "n": sensitivity.n,
        "correct": sensitivity.successes,
        "sensitivity": _number(sensitivity.estimate),
        "sensitivity_ci": _ci(sensitivity),
        "specificity": _number(specificity.estimate),
        "specificity_ci": _ci(specificity),
    }


def _comparisons(found: list[GroupResult], name: str, classes: int) -> list[Json]:
    shown = [group for group in found if group.group == _usual_group(group.arm, name, classes)]
    made = [_comparison(first, second) for first, second in combinations(shown, 2)]
    return [one for one in made if one is not None]


def _usual_group(arm: str, name: str, classes: int) -> str:
    """The group that the profile declares for an arm; baselines have only one."""
    recipe = Recipe.of(arm, name)
    return recipe.own_group or group_name(recipe, classes)


def _comparison(first: GroupResult, second: GroupResult) -> Json | None:
    ones, others = (
        next((dict(seed.right) for seed in group.seeds if seed.seed == 0), {})
        for group in (first, second)
    )
    shared = sorted(set(ones) & set(others))
    if not shared:
        return None
    table = paired_table([ones[i] for i in shared], [others[i] for i in shared])
    test, difference = mcnemar(table), paired_difference(table)
    return {
        "a": first.arm,
        "b": second.arm,
        "only_a": table.only_first,
        "only_b": table.only_second,
        "p": test.p,
        "method": f"{test.method}; difference: {difference.method}",
        "difference": difference.value,
        "ci": [difference.low, difference.high],
    }


def _steps(run: TrainingRunRecord) -> int:
    try:
        return read_facts(run.folder).steps
    except CheckpointError:
        return 0


def _ci(share: Proportion) -> list[float]:
    return [share.low, share.high]


def _number(value: float) -> float | None:
    """JSON knows no nan: what has no cases has no value."""
    return None if math.isnan(value) else value
