"""Experiments: a plan of content-hashed runs, done on any executor, each run once.

`run(plan, executor, folder)` takes any `concurrent.futures.Executor`; `engine.jobs` has those for
this process, for worker processes and for a Dask cluster.
"""

from __future__ import annotations

from engine.experiment.execution import ExperimentProgress, run
from engine.experiment.record import RunRecord
from engine.experiment.run import Need, Plan, Run

__all__ = ["ExperimentProgress", "Need", "Plan", "Run", "RunRecord", "run"]
