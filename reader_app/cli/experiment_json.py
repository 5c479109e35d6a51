"""An experiment as one JSON object: arms, comparisons, sizes, and where numbers come from."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import checkpoint, judging
from engine.checkpoint import read_facts
from engine.errors import CheckpointError
from engine.experiment.recipe import sized
from engine.files import MODEL
from engine.specs import spec_hash
from reader_app.cli.experiment_comparisons import comparisons
from reader_app.workflows.nested import NestedResult, nested_results
from studies import cases
from studies.statistics.confusion import confusion_matrix
from studies.statistics.proportions import wilson

if TYPE_CHECKING:
    from engine.judging import Judged
    from reader_app.workflows.experiment_runs import ExperimentRuns
    from reader_app.workflows.external import ExternalReading, ExternalSet
    from studies.records import TrainingRunRecord
    from studies.report.classifier import GroupResult, SeedResult
    from studies.statistics.confusion import ConfusionMatrix
    from studies.statistics.proportions import Proportion
    from studies.store import Store

Json = dict[str, Any]

FEW_ROIS, SAME = 4, 1e-4
"""From so many ROIs on, probabilities that differ by less than this are called the same answer."""


@dataclass(frozen=True)
class External:
    """An external set and what each set of networks said of it, by the runs' hashes."""

    rois: ExternalSet
    readings: tuple[ExternalReading, ...]

    def of(self, hashes: Sequence[str]) -> ExternalReading | None:
        """The reading of the networks of these runs."""
        return next((r for r in self.readings if set(r.runs) == set(hashes)), None)


def experiment_json(store: Store, found: ExperimentRuns, external: External | None = None) -> Json:
    """Every group and seed of the experiment that has finished, in the order of the tables.

    Arms are compared at the profile's own group, fixed before any result, on the first seed.
    """
    experiment, classes = found.experiment, found.data.classes
    patients = {lesion.id: lesion.patient for lesion in cases.lesions(store)}
    content = {
        "arms": [_arm(group, seed, found, external) for group, seed in found.results],
        "generators": [_generator(run) for run in found.generators],
        "comparisons": comparisons(found, patients),
        "profile": experiment.profile,
        "sizes": dataclasses.asdict(sized(experiment.profile, classes)),
        "folds": found.data.fold_count,
        "data": found.data.data_hash,
    }
    if external is not None:
        content["external"] = {"n": len(external.rois.truth), "notes": external.rois.notes}
    if experiment.is_nested:
        content["nested"] = [_nested(result) for result in nested_results(found)]
    return content


def _arm(
    group: GroupResult, seed: SeedResult, found: ExperimentRuns, external: External | None
) -> Json:
    own = [found.by_id[one] for one in seed.run_ids]
    told_steps = [_steps(run) for run in own]
    told = {
        "arm": group.arm,
        "group": group.group,
        "seed": seed.seed,
        **_judged(seed.matrix),
        "steps": None if None in told_steps else sum(n or 0 for n in told_steps),
        "seconds": sum(run.seconds or 0.0 for run in own),
        "generator_seconds": _generator_seconds(own, found),
        "notes": [note for run in own for note in _dead(run, found)],
        "provenance": [
            {"run": run.run_hash, "spec": spec_hash(run.spec), "device": run.device} for run in own
        ],
    }
    reading = external.of([run.run_hash for run in own]) if external else None
    if external is not None and reading is not None:
        told["test"] = _external(external, reading)
    return told


def _judged(matrix: ConfusionMatrix) -> Json:
    """The numbers of a confusion matrix, truth in rows."""
    return {
        "correct": matrix.correct,
        "n": matrix.n,
        "accuracy": matrix.accuracy.estimate,
        "ci": _ci(matrix.accuracy),
        "sensitivity": _number(matrix.weighted_sensitivity),
        "specificity": _number(matrix.weighted_specificity),
        "per_class": [_class(matrix, at) for at in range(len(matrix.classes))],
        "confusion": [list(row) for row in matrix.counts],
    }


def _external(external: External, reading: ExternalReading) -> Json:
    """The mean of the folds' networks, and each network alone."""
    classes, truth = external.rois.patches.classes, external.rois.truth

    def said(shares: np.ndarray) -> list[str]:
        return [classes[int(at)] for at in shares.argmax(1)]

    alone = [
        sum(a == b for a, b in zip(said(shares), truth, strict=True))
        for shares in reading.probabilities
    ]
    return {
        **_judged(confusion_matrix(truth, said(reading.mean), classes)),
        "networks": [
            {"fold": fold, "correct": right, "n": len(truth), "ci": _ci(wilson(right, len(truth)))}
            for fold, right in zip(reading.folds, alone, strict=True)
        ],
    }


def _dead(run: TrainingRunRecord, found: ExperimentRuns) -> list[str]:
    """A note where a network answers the same to every ROI: its training died, and says nothing."""
    rows = [one.probabilities for one in found.predictions if one.run_id == run.id]
    if len(rows) < FEW_ROIS or np.ptp(np.asarray(rows), axis=0).max() > SAME:
        return []
    where = "all folds" if run.fold is None else f"fold {run.fold + 1}"
    return [
        f"{where}: the same answer to every ROI; this training died, choose another seed or rate"
    ]


def _generator_seconds(own: list[TrainingRunRecord], found: ExperimentRuns) -> float:
    """Training time of the generators that these runs draw from, or take the head of."""
    needed = {need.run for run in own for need in found.plan.run_of(run.run_hash).needs}
    return sum(run.seconds or 0.0 for run in found.generators if run.run_hash in needed)


def _generator(run: TrainingRunRecord) -> Json:
    """A generator: its distances with bands, and what its training told."""
    return {
        "generator": run.arm,
        "category": run.category or None,
        "fold": run.fold,
        "seed": run.seed,
        "group": run.group,
        "run": run.run_hash,
        "seconds": run.seconds,
        "facts": dict(_facts(run)),
        "nearness": [_judgement(one) for one in judging.read(run.folder)],
    }


def _judgement(judged: Judged) -> Json:
    spaces: Json = {}
    for space, measure, value, low, high, band_low, band_high in judged.numbers:
        told = {"value": value, "ci": [low, high], "real_v_real": [band_low, band_high]}
        spaces.setdefault(space, {})[measure] = told
    sizes = {"block": judged.block, "blocks": judged.blocks}
    counts = {"real": judged.real, "synthetic": judged.fake}
    return {"class": judged.category, **sizes, **counts, "features": spaces}


def _facts(run: TrainingRunRecord) -> tuple[tuple[str, float], ...]:
    """The numbers a generator's checkpoint carries; none where it is gone."""
    try:
        return checkpoint.load(run.folder / MODEL).meta.facts
    except CheckpointError:
        return ()


def _nested(result: NestedResult) -> Json:
    return {
        "arm": result.arm,
        "seed": result.seed,
        "chosen": list(result.chosen),
        "correct": result.accuracy.successes,
        "n": result.accuracy.n,
        "accuracy": result.accuracy.estimate,
        "ci": _ci(result.accuracy),
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


def _steps(run: TrainingRunRecord) -> int | None:
    """Steps as trained; None where the run's facts are gone."""
    try:
        return read_facts(run.folder).steps
    except CheckpointError:
        return None


def _ci(share: Proportion) -> list[float]:
    return [share.low, share.high]


def _number(value: float) -> float | None:
    """JSON knows no nan: what has no cases has no value."""
    return None if math.isnan(value) else value
