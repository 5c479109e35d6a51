"""What an experiment will cost, said before it starts."""

from __future__ import annotations

from engine.experiment.forecast import operations
from engine.experiment.grid import Experiment
from engine.experiment.rate import measured_rate
from engine.experiment.recipe import sized
from engine.experiment.run import Run
from engine.jobs import workers_of
from reader_app.workflows.patches import experiment_data
from reader_app.workflows.recording import finished
from reader_app.workflows.run_experiment import DEVICE
from studies.store import Store

TERA, GIGA = 1e12, 1e9


def forecast_words(store: Store, experiment: Experiment, executor: str) -> tuple[str, ...]:
    """Two lines: what is to do, and about how long it takes; one where nothing is to do.

    EngineError for an executor that is none.
    """
    workers = None if executor == DEVICE else workers_of(executor)
    data = experiment_data(store, experiment)
    planned = experiment.plan(data).runs
    waiting = [run for run in planned if finished(store, run.hash) is None]
    if not waiting:
        return (f"All {len(planned)} runs are finished.",)
    counted = f"{len(waiting)} of {len(planned)} runs to do on {len(data.patches)} ROIs"
    work = sum(operations(run) for run in waiting)
    if not work:
        return (f"{counted}; they take seconds each.",)
    rate = measured_rate(sized(experiment.profile, data.classes).cnn)
    return (
        f"{counted}: {_steps(waiting):,} steps, {_operations(work)}.",
        _time(work, rate, workers),
    )


def _time(work: int, rate: float, workers: int | None) -> str:
    measured = f"{rate / GIGA:.0f} GFLOP/s, measured here on one core"
    if workers is None:
        return f"Forecast: {_long(work / rate)} of one core like this one ({measured})."
    return f"Forecast: about {_long(work / rate / workers)} on {workers} of them at {measured}."


def _operations(work: int) -> str:
    return f"{work / TERA:,.0f} TFLOP" if work >= 10 * TERA else f"{work / GIGA:,.0f} GFLOP"


def _steps(runs: list[Run]) -> int:
    return sum(run.steps for run in runs if operations(run))


def _long(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h" if seconds < 36 * 3600 else f"{seconds / 86400:.0f} days"
