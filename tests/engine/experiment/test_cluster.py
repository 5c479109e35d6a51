"""An experiment on a real Dask scheduler with two worker processes, started by Dask's commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from child_targets import Order, count
from counted_worker import LINES
from learning_sets import result_of
from processes import HERE, environment_of, until
from small_plans import generators_plan, seeds_plan

from engine.errors import EngineError
from engine.experiment import Plan, RunRecord, run
from engine.files import MODEL
from engine.jobs import cluster, executors, in_process

pytest.importorskip("distributed", reason="the extra [cluster] is not installed")

DASK = Path(sys.executable).with_name("dask")
LOCAL = ("--host", "127.0.0.1", "--no-dashboard")


@dataclass(frozen=True)
class Site:
    """A scheduler, its workers, and the file where these count their runs."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: tuple[subprocess.Popen[bytes], ...]
    counted: Path

    def lines(self, what: str, plan: Plan) -> list[tuple[str, int]]:
        """(run, process) of each line of this kind about the plan's runs, so far."""
        text = self.counted.read_text("utf-8") if self.counted.exists() else ""
        split = (line.split() for line in text.splitlines())
        wanted = {one.hash for one in plan.runs}
        return [(name, int(pid)) for kind, name, pid in split if kind == what and name in wanted]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two workers, each with a temporary folder of its own."""
    tmp_path = tmp_path_factory.mktemp("site")
    told, counted = tmp_path / "scheduler.json", tmp_path / "counted.txt"
    started: list[subprocess.Popen[bytes]] = []

    def dask(*words: str, temporary: Path) -> subprocess.Popen[bytes]:
        temporary.mkdir()
        own = {LINES: str(counted), "TMPDIR": str(temporary)}
        with (temporary / "log.txt").open("wb") as log:
            process = subprocess.Popen(
                [str(DASK), *words, *LOCAL],
                cwd=temporary,
                env=environment_of(**own),
                stdout=log,
                stderr=log,
            )
        started.append(process)
        return process

    try:
        scheduler = dask(
            "scheduler", "--port", "0", "--scheduler-file", str(told), temporary=tmp_path / "s"
        )
        until(told.exists)
        words = ("worker", "--scheduler-file", str(told), "--nthreads", "1", "--no-nanny")
        preload = ("--preload", str(HERE / "counted_worker.py"))
        workers = tuple(dask(*words, *preload, temporary=tmp_path / name) for name in "ab")
        port = told.read_text("utf-8").split("tcp://127.0.0.1:")[1].split('"')[0]
        yield Site(f"dask://127.0.0.1:{port}", scheduler, workers, counted)
    finally:
        for process in reversed(started):
            process.kill()
            process.wait(10)


def test_a_cluster_gives_the_same_bytes_as_this_process(site: Site, tmp_path: Path) -> None:
    plan = generators_plan(tmp_path / "data")
    with cluster(site.address) as executor:
        far = result_of(run(plan, executor, tmp_path / "runs"))
    with in_process() as executor:
        near = result_of(run(plan, executor, tmp_path / "near"))
    assert [one.file_hash(MODEL) for one in far] == [one.file_hash(MODEL) for one in near]
    assert [one.probabilities for one in far] == [one.probabilities for one in near]
    assert not any((tmp_path / "runs").glob("*/synthetic.npz"))
    assert len(site.lines("end", plan)) == len(plan.runs)


def test_a_cancelled_experiment_frees_its_workers(site: Site, tmp_path: Path) -> None:
    plan = seeds_plan(tmp_path / "data", 2, steps=100_000)
    short = seeds_plan(tmp_path / "short", 1)
    with cluster(site.address) as executor:
        running = run(plan, executor, tmp_path / "runs")
        while not site.lines("begin", plan):
            next(running)
        running.close()
        assert [path.name for path in (tmp_path / "runs").iterdir()] == ["experiment.lock"]
        assert len(result_of(run(short, executor, tmp_path / "short_runs"))) == 1


def test_a_worker_killed_in_the_middle_costs_only_the_run_at_hand(
    site: Site, tmp_path: Path
) -> None:
    plan = seeds_plan(tmp_path / "data", 5, steps=150)
    kept: list[str] = []
    killed = 0
    with cluster(site.address) as executor:
        running = run(plan, executor, tmp_path / "runs")
        try:
            while True:
                record = getattr(next(running), "finished", None)
                kept += [record.hash] if record else []
                if not killed and kept:
                    killed = _kill_one_at_work(site, plan, kept)
        except StopIteration as stop:
            records: tuple[RunRecord, ...] = stop.value
    assert killed
    assert [one.hash for one in records] == [one.hash for one in plan.runs]
    ended = [name for name, _ in site.lines("end", plan)]
    assert sorted(ended) == sorted(set(ended)) == sorted(one.hash for one in plan.runs)
    begun = site.lines("begin", plan)
    assert len(begun) == len(plan.runs) + 1  # what the dead worker was at was begun again
    assert {pid for _, pid in begun} == {one.pid for one in site.workers}


def test_the_end_of_the_scheduler_is_said_in_words(site: Site, tmp_path: Path) -> None:
    plan = seeds_plan(tmp_path / "data", 1, steps=100_000)
    with cluster(site.address) as executor:
        running = run(plan, executor, tmp_path / "runs")
        while not site.lines("begin", plan):
            next(running)
        site.scheduler.kill()
        with pytest.raises(EngineError, match="Finished runs are kept"):
            result_of(running)


def _kill_one_at_work(site: Site, plan: Plan, kept: list[str]) -> int:
    """Kill -9 a worker that is in the middle of a run while all that ended is kept; 0 if none."""
    ended = [name for name, _ in site.lines("end", plan)]
    at_work = [pid for name, pid in site.lines("begin", plan) if name not in ended]
    if sorted(ended) != sorted(kept) or len(at_work) < 2:
        return 0
    os.kill(at_work[0], signal.SIGKILL)
    return at_work[0]


def test_a_worker_of_several_threads_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = SimpleNamespace(state=SimpleNamespace(nthreads=2))
    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(get_worker=lambda: worker))
    with pytest.raises(EngineError, match="--nthreads 1"):
        executors._driven_on_cluster(count, (Order(), ()))


def test_a_silent_address_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.jobs.executors.ANSWERS_WITHIN_S", 1)
    with (
        pytest.raises(EngineError, match="No Dask scheduler answers"),
        cluster("dask://127.0.0.1:9"),
    ):
        pass


def test_a_missing_dask_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(EngineError, match=r"pip install blindread\[cluster\]"),
        cluster("dask://127.0.0.1:9"),
    ):
        pass
