"""Judge an experiment's generators: distances of their draws to real ROIs, kept with the run."""

from __future__ import annotations

from collections.abc import Generator

from engine import judging
from engine.experiment.run import CLASSIFIER
from engine.files import MODEL
from engine.jobs import Child, JobSpec, Progress, passed_on
from engine.judging import JudgeSpec
from reader_app.workflows.experiment_runs import ExperimentRuns
from studies.records import TrainingRunRecord

JUDGE = "engine.judging:judge_file"


def judge_generators(found: ExperimentRuns) -> Generator[Progress, None, int]:
    """Judge every finished generator that was not judged yet; returns how many were.

    In the fixed random network's features, and in those of the classifier without augmentation of
    the same fold and seed, where the experiment has it.
    """
    waiting = [run for run in found.generators if not judging.read(run.folder)]
    child = Child()
    try:
        for at, run in enumerate(waiting):
            paths = [found.data.path, run.folder / MODEL]
            plain = _plain_network(found, run)
            if plain is not None:
                paths.append(plain.folder / MODEL)
            running = child.run(JobSpec(JUDGE, JudgeSpec(), tuple(paths)))
            told = Progress(at, len(waiting), "Judging the generators' draws")
            yield from passed_on(running, told)
    finally:
        child.close()
    return len(waiting)


def _plain_network(found: ExperimentRuns, generator: TrainingRunRecord) -> TrainingRunRecord | None:
    """The network on originals alone that held back the same fold: it has seen the same ROIs."""
    return next(
        (
            run
            for run in found.runs
            if run.arm == "cnn"
            and run.kind == CLASSIFIER
            and (run.fold, run.seed) == (generator.fold, generator.seed)
        ),
        None,
    )
