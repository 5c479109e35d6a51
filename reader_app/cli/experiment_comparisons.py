"""Arms against each other: McNemar, differences, by patient and by seed; Holm over the primary."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any

from studies.statistics.clustered import accuracy_difference, clustered_mcnemar
from studies.statistics.holm import holm
from studies.statistics.paired import mcnemar, paired_difference, paired_table

if TYPE_CHECKING:
    from reader_app.workflows.experiment_runs import ExperimentRuns
    from studies.report.classifier import GroupResult

Json = dict[str, Any]

REFERENCES = {"cnn-aug": "cnn", "cnn-aug-25d": "cnn-25d"}
"""Arms that are not held against CNN-AUG."""


def comparisons(found: ExperimentRuns, patients: dict[int, str]) -> list[Json]:
    """Every pair of arms at the profile's declared groups, on the first seed.

    The primary ones are declared beforehand: CNN-AUG against the CNN without augmentation, every
    other arm against CNN-AUG. `p_holm` is Holm's p over these; the other pairs only describe.
    """
    shown = _declared(found)
    made = [_comparison(a, b, patients) for a, b in combinations(shown, 2)]
    told = [one for one in made if one is not None]
    family = [one for one in told if one["primary"]]
    for one, p in zip(family, holm([one["p"] for one in family]), strict=True):
        one["p_holm"] = p
    return told


def _declared(found: ExperimentRuns) -> list[GroupResult]:
    """Each arm's group of the profile, fixed before any result."""
    classes = found.data.classes
    own = {one.arm: one.declared.group(classes) for one in found.experiment.recipes()}
    groups = {id(group): group for group, _ in found.results}.values()
    return [g for g in groups if g.group == own.get(g.arm)]


def _is_primary(first: str, second: str) -> bool:
    return second == _reference(first) or first == _reference(second)


def _reference(name: str) -> str:
    """The arm that this one is held against: the same without what it adds."""
    return REFERENCES.get(name, "cnn-aug")


def _comparison(first: GroupResult, second: GroupResult, patients: dict[int, str]) -> Json | None:
    by_seed = {
        seed.seed: (dict(seed.right), dict(other.right))
        for seed in first.seeds
        for other in second.seeds
        if seed.seed == other.seed
    }
    if 0 not in by_seed:
        return None
    right, owners = _shared(*by_seed[0], patients)
    if not owners:
        return None
    table = paired_table(*right)
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
        "primary": _is_primary(first.arm, second.arm),
        "p_holm": None,
        "by_patient": _by_patient(*right, owners),
        "by_seed": [_seed(number, *pair, patients) for number, pair in sorted(by_seed.items())],
    }


def _shared(
    ones: dict[int, bool], others: dict[int, bool], patients: dict[int, str]
) -> tuple[tuple[list[bool], list[bool]], list[str]]:
    """Right and wrong of both on the lesions both read that are still there, and their patients."""
    shared = sorted(set(ones) & set(others) & set(patients))
    return ([ones[i] for i in shared], [others[i] for i in shared]), [patients[i] for i in shared]


def _seed(
    number: int, ones: dict[int, bool], others: dict[int, bool], patients: dict[int, str]
) -> Json:
    (first, second), _ = _shared(ones, others, patients)
    return {"seed": number, "difference": (sum(first) - sum(second)) / max(1, len(first))}


def _by_patient(first: list[bool], second: list[bool], patients: list[str]) -> Json:
    """The same comparison with the patient as the unit: lesions of one patient are alike."""
    bootstrap = accuracy_difference(first, second, patients)
    test = clustered_mcnemar(first, second, patients)
    return {
        "patients": bootstrap.patients,
        "p": _number(test.p),
        "ci": [_number(bootstrap.low), _number(bootstrap.high)],
        "method": f"{test.method}; interval: {bootstrap.method}, "
        f"{bootstrap.resamples} resamples, seed {bootstrap.seed}",
    }


def _number(value: float) -> float | None:
    """JSON knows no nan: what has no cases has no value."""
    return None if math.isnan(value) else value
