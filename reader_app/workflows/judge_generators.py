"""Judge an experiment's generators: distances of their draws to real ROIs, kept with the run."""

from __future__ import annotations

from collections.abc import Generator

from engine import judging
from engine.experiment.grid import Experiment
from engine.experiment.run import CLASSIFIER, GENERATOR, Plan, Run
from engine.files import MODEL
from engine.jobs import Child, JobSpec, Progress
from engine.judging import JudgeSpec
from reader_app.workflows.patches import training_data
from reader_app.workflows.recording import finished
from studies.store import Store

JUDGE = "engine.judging:judge_file"


def judge_generators(store: Store, experiment: Experiment) -> Generator[Progress, None, int]:
    """Judge every finished generator that was not judged yet; returns how many were.

    In the fixed random network's features, and in those of the classifier without augmentation of
    the same fold and seed, where the experiment has it.
    """
    if experiment.slices > 1:
        return 0  # no generator draws 2.5-D ROIs, and reading them takes a while
    data = training_data(store, experiment.folds, keep=False)
    planned = experiment.plan(data)
    waiting = [
        run
        for run in planned.runs
        if run.kind == GENERATOR
        and finished(store, run.hash) is not None
        and not judging.read(store.runs_folder / run.hash)
    ]
    child = Child()
    try:
        for at, run in enumerate(waiting):
            paths = [data.path, store.runs_folder / run.hash / MODEL]
            plain = _plain_network(planned, run)
            if plain is not None and finished(store, plain.hash) is not None:
                paths.append(store.runs_folder / plain.hash / MODEL)
            running = child.run(JobSpec(JUDGE, JudgeSpec(), tuple(paths)))
            yield from _quietly(running, at, len(waiting))
    finally:
        child.close()
    return len(waiting)


def _plain_network(planned: Plan, generator: Run) -> Run | None:
    """The network on originals alone that held back the same fold: it has seen the same ROIs."""
    return next(
        (
            run
            for run in planned.runs
            if run.arm == "cnn"
            and run.kind == CLASSIFIER
            and (run.fold, run.seed) == (generator.fold, generator.seed)
        ),
        None,
    )


def _quietly(
    running: Generator[Progress, None, object], at: int, of: int
) -> Generator[Progress, None, None]:
    """One generator's progress as its share of all."""
    for _ in running:
        yield Progress(at, of, "Judging the generators' draws")
