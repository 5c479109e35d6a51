"""An experiment on worker processes, and what a kill at any moment leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from child_targets import Order, deaf, endless, environment
from learning_sets import result_of
from processes import alive, children, environment_of, until
from small_plans import generators_plan, seeds_plan

from engine.errors import EngineError
from engine.experiment import record, run
from engine.files import MODEL
from engine.jobs import executor_of, in_process, pool, slots_of, start

in_proc = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
RUN = """
import sys
from pathlib import Path
from processes import alive, children, environment_of, until
from small_plans import seeds_plan
from engine.experiment import run
from engine.jobs import pool
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    plan = seeds_plan(folder, 4, steps=int(sys.argv[2]))
    with pool(2) as executor:
        for progress in run(plan, executor, folder / "runs"):
            if getattr(progress, "finished", None):
                print(progress.finished.hash, flush=True)
"""


def test_worker_processes_give_the_same_bytes_as_this_one(tmp_path: Path) -> None:
    plan = generators_plan(tmp_path / "data")
    with pool(2) as executor:
        assert slots_of(executor) == 2
        threads, nice, _ = start(executor, environment, Order(), ()).result(60)
        apart = result_of(run(plan, executor, tmp_path / "apart"))
    with in_process() as executor:
        here = result_of(run(plan, executor, tmp_path / "here"))
    assert (threads, nice) == ("1", os.nice(0) + 10)
    assert [one.file_hash(MODEL) for one in apart] == [one.file_hash(MODEL) for one in here]
    assert [one.probabilities for one in apart] == [one.probabilities for one in here]


@in_proc
def test_closing_ends_even_a_deaf_worker_within_five_seconds(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    with pool(1) as executor:
        start(executor, deaf, Order(), (told,))
        until(lambda: told.exists() and bool(told.read_text("utf-8")))
        clock = time.monotonic()
    assert time.monotonic() - clock < 5
    assert not alive(int(told.read_text("utf-8")))


def test_closing_this_process_executor_ends_its_work_at_the_next_step(tmp_path: Path) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    with in_process() as executor:
        start(executor, endless, Order(), (begun, ended))
        until(begun.exists)
    assert ended.read_text("utf-8") == "closed"


@in_proc
def test_a_worker_ended_from_outside_is_said_in_words(tmp_path: Path) -> None:
    plan = seeds_plan(tmp_path, 2, steps=100_000)
    before = set(children(os.getpid()))
    with pool(1) as executor:
        running = run(plan, executor, tmp_path / "runs")
        until(lambda: bool(next(running)) and any((tmp_path / "runs").glob(".scratch-*/*")))
        for pid in set(children(os.getpid())) - before:
            if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text("utf-8"):
                os.kill(pid, signal.SIGKILL)
        with pytest.raises(EngineError, match=r"ended from outside.*runs are kept"):
            result_of(running)
    assert not any((tmp_path / "runs").glob(".scratch-*"))


@in_proc
def test_a_killed_program_leaves_no_worker_and_does_only_the_rest_again(tmp_path: Path) -> None:
    script = tmp_path / "experiment.py"
    script.write_text(RUN, "utf-8")
    killed = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path), "150"],
        env=environment_of(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout is not None
    killed.stdout.readline()  # one run is kept, others are on their way
    workers = children(killed.pid)
    killed.kill()
    killed.wait(10)
    until(lambda: not any(alive(pid) for pid in workers), 5)
    plan, runs = seeds_plan(tmp_path, 4, steps=150), tmp_path / "runs"
    finished = record.standing(runs, plan).finished
    assert 1 <= len(finished) < 4
    written = {one.hash: (runs / one.hash / record.RECORD).stat().st_mtime_ns for one in finished}
    with in_process() as executor:
        records = result_of(run(plan, executor, runs))
    assert {one: (runs / one / record.RECORD).stat().st_mtime_ns for one in written} == written
    assert [one.hash for one in records] == [one.hash for one in plan.runs]
    assert sorted(path.name for path in runs.iterdir()) == sorted(
        [*(one.hash for one in plan.runs), "experiment.lock"]
    )


@pytest.mark.parametrize("text", ["", "local:x", "remote", "dask:", "local:0"])
def test_a_place_that_is_none_is_refused_in_words(text: str) -> None:
    with pytest.raises(EngineError), executor_of(text):
        pass


def test_a_place_is_named_in_words() -> None:
    with executor_of("in-process") as one, executor_of("local:3") as three:
        assert (slots_of(one), slots_of(three)) == (1, 3)
