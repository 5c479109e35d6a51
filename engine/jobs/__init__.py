"""Background jobs: the only place where threads and worker processes live.

Long work is a generator that yields `Progress` and returns its result; it knows no thread and no
window. A `Job` drives it in a thread of the `JobRunner`. Training and long synthesis run in a
spawned child process (`in_child`, `Child`) that such a thread drives, so that the interpreter
lock never delays the window and a crash of the engine takes nothing with it. An experiment's
runs go to an executor (`in_process`, `pool`, `cluster`).

Nothing in here imports torch or numpy: the child sets its thread count before they load.
"""

from __future__ import annotations

from engine.jobs.child import Child, JobSpec, in_child
from engine.jobs.executors import (
    Executor,
    Future,
    arrived,
    cluster,
    executor_of,
    failure_of,
    in_process,
    pool,
    processors,
    settle,
    shares_disk,
    slots_of,
    start,
    workers_of,
)
from engine.jobs.progress import (
    ChildError,
    Failure,
    JobState,
    Progress,
    SampleGrid,
    passed_on,
    result_of,
)
from engine.jobs.runner import Job, JobRunner, describe

__all__ = [
    "Child",
    "ChildError",
    "Executor",
    "Failure",
    "Future",
    "Job",
    "JobRunner",
    "JobSpec",
    "JobState",
    "Progress",
    "SampleGrid",
    "arrived",
    "cluster",
    "describe",
    "executor_of",
    "failure_of",
    "in_child",
    "in_process",
    "passed_on",
    "pool",
    "processors",
    "result_of",
    "settle",
    "shares_disk",
    "slots_of",
    "start",
    "workers_of",
]
