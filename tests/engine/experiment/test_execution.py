"""Doing a plan: each run once, what is finished skipped, what fails said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

import pytest
from learning_sets import blobs, result_of
from small_plans import classifier, generators_plan, plan_of, seeds_plan

from engine.checkpoint import load
from engine.errors import EngineError, TooFewError
from engine.experiment import ExperimentProgress, Plan, RunRecord, maps, record, run
from engine.experiment.execution import SCRATCH
from engine.files import MODEL
from engine.jobs import Progress, in_process


@pytest.fixture
def executor() -> Iterator[Executor]:
    with in_process() as opened:
        yield opened


def done_in(
    plan: Plan, executor: Executor, folder: Path
) -> tuple[list[str], tuple[RunRecord, ...]]:
    """The hashes of the runs that were done now, and all records."""
    running, done = run(plan, executor, folder), []
    while True:
        try:
            progress = next(running)
        except StopIteration as stop:
            return done, stop.value
        if isinstance(progress, ExperimentProgress) and progress.finished:
            done.append(progress.finished.hash)


def test_a_plan_runs_in_the_order_of_its_needs(executor: Executor, tmp_path: Path) -> None:
    plan = generators_plan(tmp_path / "data", 3, is_mapped=True)
    backwards = replace(plan, runs=plan.runs[::-1])
    done, records = done_in(backwards, executor, tmp_path / "runs")
    assert done[-1] == plan.runs[-1].hash
    assert [one.hash for one in records] == [one.hash for one in backwards.runs]
    last = records[0]
    assert last.needs == tuple(one.hash for one in plan.runs[:3])
    assert last.n == len(last.ids) == len(last.probabilities) == 12
    assert all(sum(row) == pytest.approx(1) for row in last.probabilities)
    folder = tmp_path / "runs" / last.hash
    told = record.outcome_of(last, folder.parent)
    assert told.probabilities.shape == (12, 3)
    assert (told.correct, told.ids, told.checkpoint) == (last.correct, last.ids, folder / MODEL)
    assert told.map is not None
    assert load(folder / MODEL, "cnn").meta.data_hash == plan.data_hash == last.data_hash
    assert len(maps.load(folder).sources) == 12 * 9
    assert not (folder / "synthetic.npz").exists()


def test_finished_runs_are_skipped_and_equal_ones_done_once(
    executor: Executor, tmp_path: Path
) -> None:
    plan = seeds_plan(tmp_path, 3, steps=4)
    first = replace(plan, runs=(plan.runs[0], plan.runs[0], plan.runs[1]))
    done, records = done_in(first, executor, tmp_path / "runs")
    assert done == [one.hash for one in records] == [one.hash for one in plan.runs[:2]]
    done, _ = done_in(plan, executor, tmp_path / "runs")
    assert done == [plan.runs[2].hash]
    done, records = done_in(plan, executor, tmp_path / "runs")
    assert not done
    assert len(records) == 3


@pytest.mark.parametrize("harm", ["changed", "cut off", "another's"])
def test_a_record_that_cannot_be_believed_is_said_and_done_again(
    harm: str, executor: Executor, tmp_path: Path
) -> None:
    plan = seeds_plan(tmp_path, 2, steps=4)
    before = result_of(run(plan, executor, tmp_path / "runs"))
    place = tmp_path / "runs" / plan.runs[0].hash / record.RECORD
    text = place.read_text("utf-8")
    if harm == "changed":
        told = json.loads(text)
        told["record"]["correct"] = 12
        text = json.dumps(told)
    elif harm == "cut off":
        text = text[: len(text) // 2]
    else:
        text = (tmp_path / "runs" / plan.runs[1].hash / record.RECORD).read_text("utf-8")
    place.write_text(text, "utf-8")
    messages = [one.message for one in run(plan, executor, tmp_path / "runs")]
    assert any("done again" in message for message in messages)
    after = record.standing(tmp_path / "runs", plan)
    assert not after.notes
    assert after.finished[0].file_hash(MODEL) == before[0].file_hash(MODEL)


def test_lost_weights_are_made_again_only_for_a_run_that_needs_them(
    executor: Executor, tmp_path: Path
) -> None:
    plan, runs = generators_plan(tmp_path / "data", 3), tmp_path / "runs"
    records = result_of(run(plan, executor, runs))
    (runs / plan.runs[0].hash / MODEL).unlink()
    damaged = runs / plan.runs[1].hash / MODEL
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"!")
    assert done_in(plan, executor, runs)[0] == []
    (runs / plan.runs[3].hash / record.RECORD).unlink()
    done, again = done_in(plan, executor, runs)
    assert done == [plan.runs[0].hash, plan.runs[1].hash, plan.runs[3].hash]
    assert [one.file_hash(MODEL) for one in again] == [one.file_hash(MODEL) for one in records]


def test_closing_leaves_no_half_folder(executor: Executor, tmp_path: Path) -> None:
    plan = seeds_plan(tmp_path, 2, steps=100_000)
    running = run(plan, executor, tmp_path / "runs")
    while not any((tmp_path / "runs").glob(f"{SCRATCH}*/*/run/metrics.jsonl")):
        next(running)
    running.close()
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["experiment.lock"]


def test_what_a_killed_program_left_is_removed(executor: Executor, tmp_path: Path) -> None:
    plan, runs = seeds_plan(tmp_path, 1, steps=4), tmp_path / "runs"
    for name in (f"{SCRATCH}abc", f"{plan.runs[0].hash}{record.PARTIAL}12"):
        (runs / name).mkdir(parents=True)
        (runs / name / MODEL).write_bytes(b"half")
    assert len(result_of(run(plan, executor, runs))) == 1
    assert sorted(path.name for path in runs.iterdir()) == sorted(
        [plan.runs[0].hash, "experiment.lock"]
    )


def test_a_failure_names_its_run_and_keeps_what_finished(
    executor: Executor, tmp_path: Path
) -> None:
    patches = blobs()
    good, later = classifier(patches, 0, steps=4), classifier(patches, 2, steps=4)
    few = replace(classifier(patches, 1, steps=4).spec, folds=(0,) * 36)
    bad = replace(classifier(patches, 1), spec=few, title="CNN of nothing")
    plan = plan_of(tmp_path, (good, bad, later), patches)
    with pytest.raises(TooFewError, match=r"CNN of nothing: .*fewer than two classes"):
        result_of(run(plan, executor, tmp_path / "runs", runs_at_once=1))
    assert [one.hash for one in record.standing(tmp_path / "runs", plan).finished] == [good.hash]


def test_changed_rois_are_refused(executor: Executor, tmp_path: Path) -> None:
    plan = seeds_plan(tmp_path, 1)
    blobs(seed=1).save(plan.patches)
    with pytest.raises(EngineError, match="ROIs have changed"):
        result_of(run(plan, executor, tmp_path / "runs"))


def test_a_second_program_is_told_who_holds_the_folder(executor: Executor, tmp_path: Path) -> None:
    plan = seeds_plan(tmp_path, 1, steps=4)
    running = run(plan, executor, tmp_path / "runs")
    next(running)
    with pytest.raises(EngineError, match=f"runs already: process {os.getpid()} on"):
        next(run(plan, executor, tmp_path / "runs"))
    running.close()
    assert len(result_of(run(plan, executor, tmp_path / "runs"))) == 1


def test_the_lock_of_a_dead_program_is_taken_over(executor: Executor, tmp_path: Path) -> None:
    die = "import os, sys, pathlib; from engine.experiment import lock\n"
    die += "with lock.held(pathlib.Path(sys.argv[1])): os._exit(9)"
    assert subprocess.run([sys.executable, "-c", die, str(tmp_path)], check=False).returncode == 9
    assert "process" in (tmp_path / "experiment.lock").read_text("utf-8")
    plan = seeds_plan(tmp_path, 1, steps=4)
    assert len(result_of(run(plan, executor, tmp_path))) == 1


def test_progress_counts_steps_and_tells_the_time_left(executor: Executor, tmp_path: Path) -> None:
    plan = seeds_plan(tmp_path, 3, steps=4)
    told: list[Progress] = list(run(plan, executor, tmp_path / "runs"))
    kept = [one for one in told if isinstance(one, ExperimentProgress) and one.finished]
    assert [(one.done, one.total, one.runs_done, one.runs_total) for one in kept] == [
        (4, 12, 1, 3),
        (8, 12, 2, 3),
        (12, 12, 3, 3),
    ]
    assert kept[0].message.startswith("1 of 3 runs, about ")
    assert kept[0].metrics == (("accuracy", kept[0].finished.accuracy),)
    assert kept[2].message == "3 of 3 runs: CNN, seed 2"


def test_a_run_built_on_nothing_is_refused(executor: Executor, tmp_path: Path) -> None:
    plan = generators_plan(tmp_path / "data", 1)
    orphan = replace(plan, runs=plan.runs[1:])
    with pytest.raises(EngineError, match="neither finished nor planned"):
        result_of(run(orphan, executor, tmp_path / "runs"))
    result_of(run(replace(plan, runs=plan.runs[:1]), executor, tmp_path / "runs"))
    assert done_in(orphan, executor, tmp_path / "runs")[0] == [plan.runs[1].hash]
