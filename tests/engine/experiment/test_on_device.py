"""A plan done in this process: like classifiers together, all else in turn, in short sittings."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of
from small_plans import SIZES, classifier, like, plan_of, with_generators

from engine import journal
from engine.accelerate import group
from engine.checkpoint import load
from engine.errors import EngineError, OutOfMemoryError, TooFewError
from engine.experiment import ExperimentProgress, Plan, Run, RunRecord, maps, record, run
from engine.experiment.ledger import SCRATCH
from engine.experiment.on_device import run_on_device
from engine.experiment.run import CLASSIFIER
from engine.files import MODEL, SYNTHETIC
from engine.jobs import in_process
from engine.specs import BaselineSpec, BaselineTraining

PATCHES = blobs()
DRY = replace(SIZES.cnn, dropout=0.0, learning_rate=0.005)


@pytest.fixture(autouse=True)
def on_the_cpu(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine with a GPU too, whose TF32 would need other tolerances."""
    if request.node.get_closest_marker("gpu") is None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def grid(*, folds: int = 3, seeds: int = 2, steps: int = 12, cnn: object = DRY) -> tuple[Run, ...]:
    """Folds x seeds of a recipe."""
    first = classifier(PATCHES, steps=steps)
    return tuple(
        like(first, cnn=cnn, test_fold=fold, seed=seed)
        for seed in range(seeds)
        for fold in range(folds)
    )


def driven(
    plan: Plan, folder: Path, *, pieces_s: float | None = None
) -> tuple[list[str], tuple[RunRecord, ...]]:
    """The hashes of the runs that were done now, and the records."""
    running, done = run_on_device(plan, folder, pieces_s=pieces_s), []
    while True:
        try:
            progress = next(running)
        except StopIteration as stop:
            return done, stop.value
        if isinstance(progress, ExperimentProgress) and progress.finished:
            done.append(progress.finished.hash)


def lasting(one: RunRecord) -> list[str]:
    """Its files' names; whether a short run has a curve is a matter of time."""
    return [name for name, _ in one.files if name != journal.METRICS]


def test_folds_and_seeds_train_together_to_the_records_of_single_runs(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, grid(), PATCHES)
    ours = result_of(run_on_device(plan, tmp_path / "together"))
    with in_process() as executor:
        theirs = result_of(run(plan, executor, tmp_path / "alone"))
    assert len(ours) == len(theirs) == 6
    for one, other, planned in zip(ours, theirs, plan.runs, strict=True):
        assert one.hash == planned.hash
        assert one.device == f"{other.device}, 6 together"
        assert lasting(one) == lasting(other) == [MODEL, "run.json", "spec.json"]
        same = replace(
            one, device=other.device, seconds=other.seconds, started=other.started,
            files=other.files, probabilities=other.probabilities,
        )  # fmt: skip
        assert same == other
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-4)
        weights = load(tmp_path / "alone" / one.hash / MODEL).tensors
        for name, weight in load(tmp_path / "together" / one.hash / MODEL).tensors.items():
            np.testing.assert_allclose(weight, weights[name], atol=1e-4)


def test_what_an_executor_finished_is_skipped_and_the_other_way_round(tmp_path: Path) -> None:
    plan, runs = plan_of(tmp_path, grid(seeds=1), PATCHES), tmp_path / "runs"
    with in_process() as executor:
        result_of(run(replace(plan, runs=plan.runs[:1]), executor, runs))
        done, records = driven(plan, runs)
        assert done == [one.hash for one in plan.runs[1:]]
        assert [one.hash for one in records] == [one.hash for one in plan.runs]
        assert all(
            not one.finished for one in run(plan, executor, runs) if hasattr(one, "finished")
        )
    assert driven(plan, runs)[0] == []


def test_the_same_plan_leaves_the_same_bytes(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, grid(folds=2, cnn=SIZES.cnn), PATCHES)
    first, again = (result_of(run_on_device(plan, tmp_path / name)) for name in "ab")
    assert [one.file_hash(MODEL) for one in first] == [one.file_hash(MODEL) for one in again]


def test_generators_come_first_then_what_is_built_on_them_together(tmp_path: Path) -> None:
    *generators, fed = with_generators(PATCHES, 3, is_mapped=True)
    fed = like(fed, steps=12)
    forest = BaselineTraining(BaselineSpec("glcm"), folds_of(PATCHES), 0, 0)
    other = replace(fed, hash="glcm", kind=CLASSIFIER, spec=forest, needs=(), draws=None)
    other = replace(other, is_mapped=False)
    runs = (other, fed, like(fed, seed=1), *generators)
    plan, folder = plan_of(tmp_path, runs, PATCHES), tmp_path / "runs"
    done, records = driven(plan, folder)
    assert done == [*(one.hash for one in generators), other.hash, *(one.hash for one in runs[1:3])]
    assert [one.device.endswith("2 together") for one in records] == [False, True, True] + [
        False
    ] * 3
    for one in records[1:3]:
        assert len(maps.load(folder / one.hash).sources) == 12 * 9
        assert one.file_hash(maps.MAP)
        assert not (folder / one.hash / SYNTHETIC).exists()
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*(one.hash for one in runs), "experiment.lock"]
    )


def test_pieces_end_at_a_finished_group_and_the_next_goes_on(tmp_path: Path) -> None:
    short, long = grid(folds=2, seeds=1), grid(folds=2, seeds=1, steps=30)
    plan, folder = plan_of(tmp_path, (*short, *long), PATCHES), tmp_path / "runs"
    done, records = driven(plan, folder, pieces_s=0)
    assert done == [one.hash for one in records] == [one.hash for one in short]
    assert record.standing(folder, plan).finished == records
    done, records = driven(plan, folder, pieces_s=0)
    assert done == [one.hash for one in long]
    assert len(records) == 4
    assert driven(plan, folder, pieces_s=0) == ([], records)


def test_a_group_too_large_for_the_memory_is_halved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tried, real = [], group.train_batched

    def cramped(specs, *rest):  # type: ignore[no-untyped-def]
        tried.append(len(specs))
        if len(specs) > 2:
            raise OutOfMemoryError("There is not enough memory for this recipe.")
        return (yield from real(specs, *rest))

    monkeypatch.setattr(group, "train_batched", cramped)
    plan = plan_of(tmp_path, grid(folds=1, seeds=5, steps=4), PATCHES)
    done, records = driven(plan, tmp_path / "runs")
    assert tried == [5, 2, 2]  # the last is done by itself
    assert done == [one.hash for one in plan.runs]
    assert [one.device.endswith("2 together") for one in records] == [True] * 4 + [False]


def test_a_failure_in_company_names_its_run_and_the_others_are_kept(tmp_path: Path) -> None:
    first, *others = grid(folds=1, seeds=3, steps=4)
    bad = replace(like(others[1], folds=(0,) * 36), title="CNN of nothing")
    plan, folder = plan_of(tmp_path, (first, others[0], bad), PATCHES), tmp_path / "runs"
    with pytest.raises(TooFewError, match=r"^CNN of nothing: .*fewer than two classes"):
        driven(plan, folder)
    kept = record.standing(folder, plan).finished
    assert [one.hash for one in kept] == [first.hash, others[0].hash]


def test_closing_leaves_no_half_folder_and_the_folder_has_one_program(tmp_path: Path) -> None:
    plan, folder = plan_of(tmp_path, grid(steps=100_000), PATCHES), tmp_path / "runs"
    running = run_on_device(plan, folder)
    while not any(folder.glob(f"{SCRATCH}*/*/*/{journal.METRICS}")):
        progress = next(running)
    assert isinstance(progress, ExperimentProgress)
    assert "and 5 more together" in progress.message
    assert 0 < progress.done < progress.total == 600_000
    with pytest.raises(EngineError, match=f"runs already: process {os.getpid()} on"):
        next(run_on_device(plan, folder))
    running.close()
    assert [path.name for path in folder.iterdir()] == ["experiment.lock"]


def test_each_run_keeps_its_own_curve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(group, "TELL_EVERY", 0.0)
    plan = plan_of(tmp_path, grid(folds=2, seeds=1, steps=20), PATCHES)
    records = result_of(run_on_device(plan, tmp_path / "runs"))
    first, second = (journal.read(tmp_path / "runs" / one.hash).points for one in records)
    assert [one.done for one in first] == [one.done for one in second] == [*range(1, 21)]
    assert first[-1].total == 20
    assert first[0].value("loss") != second[0].value("loss")


def test_a_run_is_kept_as_soon_as_it_has_its_steps_and_the_others_go_on(tmp_path: Path) -> None:
    first, second, third = grid(seeds=1, steps=20)
    plan = plan_of(tmp_path, (first, like(second, steps=11), like(third, steps=15)), PATCHES)
    running, done = run_on_device(plan, tmp_path / "runs"), []
    for progress in running:
        if isinstance(progress, ExperimentProgress) and progress.finished:
            done.append(progress.finished.steps)
            assert record.standing(tmp_path / "runs", plan).finished
        if len(done) == 2:
            running.close()
    assert done == [11, 15]
    assert driven(plan, tmp_path / "runs")[0] == [first.hash]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_on_cuda_a_plan_gives_what_the_cpu_gives(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runs = tuple(like(one, classic=40) for one in grid(seeds=1))
    plan = plan_of(tmp_path, runs, PATCHES)
    ours = result_of(run_on_device(plan, tmp_path / "cuda"))
    assert all(torch.cuda.get_device_name() in one.device for one in ours)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    theirs = result_of(run_on_device(plan, tmp_path / "cpu"))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=0.02)  # TF32


def test_changed_rois_are_refused(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, grid(), PATCHES)
    blobs(seed=1).save(plan.patches)
    with pytest.raises(EngineError, match="ROIs have changed"):
        driven(plan, tmp_path / "runs")
