"""The finished runs of an experiment as it is planned today: these, and no others, are reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from engine.experiment.data import TrainingData
from engine.experiment.grid import Experiment
from engine.experiment.run import GENERATOR, INNER, Plan, Run
from reader_app.workflows.patches import experiment_data
from reader_app.workflows.recording import is_finished
from studies import cases, learning
from studies.errors import StudyError
from studies.records import PredictionRecord, TrainingRunRecord
from studies.report.classifier import GroupResult, SeedResult, assemble_classifier
from studies.store import Store


@dataclass(frozen=True)
class ExperimentRuns:
    """An experiment's plan on today's ROIs, and the study's finished runs of just that content.

    Runs of the same arm and group on other ROIs, of other lengths or settings, are left out.
    """

    experiment: Experiment
    data: TrainingData = field(repr=False)
    plan: Plan = field(repr=False)
    runs: tuple[TrainingRunRecord, ...] = field(repr=False)
    predictions: tuple[PredictionRecord, ...] = field(repr=False)
    results: tuple[tuple[GroupResult, SeedResult], ...] = field(repr=False)

    @property
    def generators(self) -> tuple[TrainingRunRecord, ...]:
        """The finished generators, in the plan's order."""
        return tuple(run for run in self.runs if run.kind == GENERATOR)

    @property
    def inner(self) -> tuple[TrainingRunRecord, ...]:
        """The finished inner classifiers of a nested choice."""
        return tuple(run for run in self.runs if run.kind == INNER and run.correct is not None)

    @property
    def unfinished(self) -> tuple[Run, ...]:
        """The planned runs that are still to be done."""
        done = {run.run_hash for run in self.runs}
        return tuple(run for run in self.plan.runs if run.hash not in done)

    @cached_property
    def by_id(self) -> dict[int, TrainingRunRecord]:
        """The runs by the study's number."""
        return {run.id: run for run in self.runs}


def experiment_runs(store: Store, experiment: Experiment) -> ExperimentRuns:
    """Read what is finished of the experiment; stores nothing."""
    data = experiment_data(store, experiment)
    planned = experiment.plan(data)
    done = {run.run_hash: run for run in learning.runs(store) if is_finished(run)}
    runs = tuple(done[run.hash] for run in planned.runs if run.hash in done)
    own = {run.id for run in runs}
    said = tuple(one for one in learning.predictions(store) if one.run_id in own)
    found = assemble_classifier(runs, said, cases.study(store).scheme)
    results = tuple((group, seed) for group in found.groups for seed in group.seeds)
    return ExperimentRuns(experiment, data, planned, runs, said, results)


def check_folds_stand(store: Store, wanted: int | None) -> int:
    """The number of folds to run: those that stand, else `wanted`, else 3.

    StudyError where others were asked for: a patient who changes folds may be tested by a network
    that was trained on him.
    """
    standing = {one.fold for one in cases.lesions(store) if one.fold is not None and not one.extra}
    count = max(standing) + 1 if standing else None
    if count is not None and wanted not in (None, count):
        raise StudyError(
            f"This study's patients lie in {count} folds already, and {wanted} were asked for. "
            "Leave the number out, or import the cases into a new study."
        )
    return count or wanted or 3
