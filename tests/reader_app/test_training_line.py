"""The line of trainings: paused, stopped, put back, moved; and the same bytes at the end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest
from learn_study import CODES, add_lesion, make_study
from learning_sets import result_of

from engine import frames, journal
from engine.experiment import orders
from engine.experiment.recipe import Recipe
from engine.files import MODEL, RESUME
from engine.halted import rollbacks, saved_step
from engine.jobs import Progress
from reader_app.workflows import train as training
from reader_app.workflows.train import TrainProgress, TrainResult, close_stale, enqueue, work
from reader_app.workflows.training_line import Line, put_back, resumable
from studies import learning
from studies.records import TrainingRunRecord
from studies.store import Store

AUG = Recipe.of("cnn-aug", "smoke")
GAN = replace(Recipe.of("cnn-aug-gan", "smoke"), folds=2, gan_steps=200)


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store, None, None]:
    made = make_study(tmp_path / "t.blindread", per_class=4)
    yield made
    made.close()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Trainings that need no network, in a real child."""
    monkeypatch.setattr(training, "PERFORM", "fake_training:perform")
    return monkeypatch


def line_of(store: Store, recipe: Recipe) -> Line:
    return Line(result_of(enqueue(store, recipe)).ids)  # type: ignore[arg-type]


def worked(
    store: Store, line: Line, at: Callable[[TrainProgress], object] = lambda _: None
) -> TrainResult:
    """Work the line to its end; `at` is asked at every progress of a run."""
    running = work(store, line)
    while True:
        try:
            progress: Progress = next(running)
        except StopIteration as stop:
            found: TrainResult = stop.value
            return found
        assert isinstance(progress, TrainProgress)
        at(progress)


def states(store: Store) -> list[str]:
    return [run.state for run in learning.runs(store)]


def run_of(store: Store, run_id: int) -> TrainingRunRecord:
    return learning.run(store, run_id)


# --- the same bytes -------------------------------------------------------------------------


def test_a_paused_generator_goes_on_to_the_bytes_of_one_that_was_not(tmp_path: Path) -> None:
    """Both through the job's child process; the paused one is put back by another program."""
    whole = make_study(tmp_path / "whole.blindread", per_class=4)
    first = line_of(whole, GAN).ids[0]
    worked(whole, Line((first,)))
    wanted = run_of(whole, first)

    store = make_study(tmp_path / "paused.blindread", per_class=4)
    line = Line((line_of(store, GAN).ids[0],))

    def pause(progress: TrainProgress) -> None:
        if progress.run_done > 10:
            line.is_paused = True

    result = worked(store, line, pause)
    paused = run_of(store, result.paused)
    assert (result.runs, paused.state) == ((), "cancelled")
    step = saved_step(paused.folder)
    assert step is not None
    assert 10 < step < 200
    assert paused.message == f"Paused at step {step} of 200."
    assert not (paused.folder / MODEL).exists()
    folder = store.folder
    store.close()

    store = Store.open(folder)
    seen: list[int] = []
    again = put_back(store, paused.id)
    worked(store, Line((again,)), lambda progress: seen.append(progress.run_done))
    found = run_of(store, again)
    assert (found.state, found.run_hash) == ("finished", wanted.run_hash)
    assert min(done for done in seen if done) >= step
    assert (found.folder / MODEL).read_bytes() == (wanted.folder / MODEL).read_bytes()
    assert not (found.folder / RESUME).exists()
    assert found.kid == wanted.kid
    done = [point.done for point in journal.read(found.folder).points]
    assert done == sorted(done)
    assert done[0] < step < done[-1] == 200  # curves of both sittings
    assert len(frames.listed(found.folder)) >= 15
    assert found.seconds is not None
    assert rollbacks(found.folder) == 0
    for one in (whole, store):
        one.close()


# --- pausing and stopping -------------------------------------------------------------------


def test_a_pause_leaves_those_behind_queued_and_they_follow(
    store: Store, fake: pytest.MonkeyPatch
) -> None:
    line = line_of(store, AUG)

    def pause(progress: TrainProgress) -> None:
        if progress.metrics:  # the first has begun; the second never ends by itself
            fake.setattr(training, "PERFORM", "fake_training:hang")
        if progress.run_id == line.ids[1] and progress.metrics:
            line.is_paused = True

    result = worked(store, line, pause)
    fake.setattr(training, "PERFORM", "fake_training:perform")
    assert states(store) == ["finished", "cancelled", "queued"]
    again = put_back(store, result.paused)
    assert len(learning.runs(store)) == 3  # it took the place of the paused one
    line.is_paused = False
    line.add((again,), first=True)
    worked(store, line)
    assert states(store) == ["finished"] * 3


def test_a_stopped_run_keeps_its_order_and_the_next_is_begun(
    store: Store, fake: pytest.MonkeyPatch
) -> None:
    line = line_of(store, AUG)
    fake.setattr(training, "PERFORM", "fake_training:hang")

    def stop(progress: TrainProgress) -> None:
        if progress.metrics and progress.run_id == line.ids[0]:
            line.stopping = progress.run_id
            fake.setattr(training, "PERFORM", "fake_training:perform")

    worked(store, line, stop)
    assert states(store) == ["cancelled", "finished", "finished"]
    stopped = learning.runs(store)[0]
    assert stopped.message.startswith("Stopped before its first step was kept")
    assert resumable(stopped)
    assert orders.read(stopped.folder).run.hash == stopped.run_hash


@pytest.mark.usefixtures("fake")
def test_what_a_program_left_open_can_be_put_back_and_needs_are_waited_for(store: Store) -> None:
    ids = line_of(store, replace(GAN, gan_steps=5)).ids
    assert close_stale(store) == len(ids)
    classifier, *generators = [put_back(store, one) for one in (ids[3], *ids[:3])]
    worked(store, Line((classifier, *generators)))
    assert {run_of(store, one).state for one in (classifier, *generators)} == {"finished"}
    assert [run.category for run in learning.runs(store)][-4:] == ["", *CODES]


def test_roi_changes_fail_a_waiting_run_with_a_sentence(store: Store) -> None:
    import numpy as np

    line = line_of(store, AUG)
    add_lesion(store, 60, "cyst", np.random.default_rng(1))
    with pytest.raises(Exception, match="ROIs have changed since this run was queued"):
        worked(store, line)
    assert states(store) == ["failed"] * 3


# --- order ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("fake")
def test_runs_are_begun_in_the_lines_order_and_not_once_taken_out(store: Store) -> None:
    line = line_of(store, AUG)
    first, second, third = line.ids
    line.move(third, -1)
    line.move(third, -1)
    line.move(third, -1)  # nothing above the first
    assert line.ids == (third, first, second)
    line.take_out(first)
    begun: list[int] = []
    worked(store, line, lambda progress: begun.append(progress.run_id))
    assert list(dict.fromkeys(begun)) == [third, second]
    assert run_of(store, first).state == "queued"


def test_an_order_is_read_as_it_was_written(store: Store) -> None:
    queued = result_of(enqueue(store, GAN))
    for run in queued.plan.runs:
        kept = orders.read(store.runs_folder / run.hash)
        assert kept.run == run
        assert (kept.data_hash, kept.folds, kept.slices) == (queued.data.data_hash, 2, 1)


def test_frames_are_bounded_and_the_first_and_newest_stay(tmp_path: Path) -> None:
    import numpy as np

    from engine.jobs import SampleGrid

    grid = SampleGrid(
        "cyst", 1, np.linspace(0, 1, 2 * 64 * 64, dtype=np.float32).reshape(2, 64, 64)
    )
    for step in range(1, 251):
        frames.keep(tmp_path, Progress(step, 250, "", (), (grid,)))
    kept = frames.listed(tmp_path)
    assert frames.MOST / 2 < len(kept) <= frames.MOST
    assert (kept[0].step, kept[-1].step) == (1, 250)
    (found,) = frames.read(kept[-1])
    assert np.abs(found.images - grid.images).max() <= 0.5 / 255 + 1e-6
    kept[-1].path.write_bytes(b"PK no zip")
    assert frames.read(kept[-1]) == ()
    frames.cut(tmp_path, 100)
    assert frames.listed(tmp_path)[-1].step <= 100
