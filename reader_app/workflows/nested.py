"""The optimum chosen without the fold it is tested on: nested cross-validation.

The paper takes the group with the best accuracy on the folds it reports; that is a little
optimistic. Here each fold's group is the one that does best among the other folds alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from engine.experiment.run import CLASSIFIER, INNER
from engine.specs import CnnTraining, from_json
from reader_app.workflows.experiment_runs import ExperimentRuns
from studies.records import PredictionRecord, TrainingRunRecord
from studies.report.classifier import added_examples
from studies.statistics.proportions import Proportion, wilson


@dataclass(frozen=True)
class NestedResult:
    """An arm's accuracy with each fold's group chosen on the other folds; `chosen` by fold."""

    arm: str
    seed: int
    chosen: tuple[str, ...]
    accuracy: Proportion


def nested_results(found: ExperimentRuns) -> tuple[NestedResult, ...]:
    """One result an arm and seed whose inner runs are all finished, in the order of the runs."""
    missing = {(one.arm, one.seed) for one in found.unfinished if one.kind == INNER}
    inner: dict[tuple[str, int], list[TrainingRunRecord]] = defaultdict(list)
    for run in found.inner:
        inner[run.arm, run.seed].append(run)
    said: dict[int, list[PredictionRecord]] = defaultdict(list)
    for one in found.predictions:
        said[one.run_id].append(one)
    outer = [run for run in found.runs if run.kind == CLASSIFIER and run.id in said]
    made = (
        _result(arm, seed, own, outer, said)
        for (arm, seed), own in inner.items()
        if (arm, seed) not in missing
    )
    return tuple(one for one in made if one is not None)


def _result(
    arm: str,
    seed: int,
    inner: list[TrainingRunRecord],
    outer: list[TrainingRunRecord],
    said: dict[int, list[PredictionRecord]],
) -> NestedResult | None:
    own = {(r.group, r.fold): r for r in outer if (r.arm, r.seed) == (arm, seed)}
    folds = sorted({fold for _, fold in own if fold is not None})
    chosen: list[str] = []
    rows: list[PredictionRecord] = []
    for fold in folds:
        group = _best([r for r in inner if _without(r) == (fold,)])
        if group is None or (group, fold) not in own:
            return None
        chosen.append(group)
        rows += said[own[group, fold].id]
    right = sum(row.predicted == row.category for row in rows)
    return NestedResult(arm, seed, tuple(chosen), wilson(right, len(rows))) if rows else None


def _best(runs: Iterable[TrainingRunRecord]) -> str | None:
    """The group with most inner ROIs right; of equals the one that adds the fewest images."""
    right: dict[str, int] = defaultdict(int)
    for run in runs:
        right[run.group] += run.correct or 0
    if not right:
        return None
    return max(right, key=lambda group: (right[group], -sum(added_examples(group))))


def _without(run: TrainingRunRecord) -> tuple[int, ...]:
    """The folds held back from an inner run beside its test fold."""
    return from_json(run.spec, CnnTraining).without
