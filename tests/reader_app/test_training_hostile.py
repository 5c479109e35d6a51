"""Trainings treated badly: queued twice, taken out, on a full disk, left for another study."""

from __future__ import annotations

import errno
import gc
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
from learn_study import make_study
from learning_sets import result_of
from pytestqt.qtbot import QtBot

from engine import frames
from engine.errors import EngineError
from engine.experiment import orders
from engine.experiment.recipe import Recipe
from engine.jobs import JobRunner, Progress
from reader_app import calm
from reader_app.messages import Message, Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_runs import RunsState
from reader_app.state.learn_training import TrainingState
from reader_app.state.study_state import StudyState
from reader_app.workflows import train as training
from reader_app.workflows.run_bin import empty_bin, in_bin
from reader_app.workflows.train import enqueue, work
from reader_app.workflows.training_line import Line, end, put_back, put_back_all
from studies import learning
from studies.errors import StudyError
from studies.store import Store

AUG = Recipe.of("cnn-aug", "smoke")
GAN = replace(Recipe.of("cnn-aug-gan", "smoke"), folds=2, gan_steps=5)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Store, None, None]:
    monkeypatch.setattr(training, "PERFORM", "fake_training:perform")
    with make_study(tmp_path / "t.blindread", per_class=3) as made:
        yield made


def queued(store: Store, recipe: Recipe = AUG) -> tuple[int, ...]:
    return result_of(enqueue(store, recipe)).ids  # type: ignore[return-value]


def worked(store: Store, ids: tuple[int, ...]) -> None:
    result_of(work(store, Line(ids)))


# --- put back -------------------------------------------------------------------------------


def test_a_run_queued_anew_meanwhile_is_not_put_back_beside_itself(store: Store) -> None:
    paused, *_ = queued(store)
    end(store, paused, "Paused")
    again = queued(store)
    assert put_back(store, paused) in again
    assert len(learning.runs(store)) == 3


def test_what_was_finished_meanwhile_does_not_train_again(store: Store) -> None:
    paused, *others = queued(store)
    end(store, paused, "Paused")
    for one in others:
        end(store, one, "Paused")
    worked(store, queued(store))
    with pytest.raises(StudyError, match="stands finished already, as run"):
        put_back(store, paused)


def test_a_run_taken_out_while_paused_stays_out_and_holds_up_no_other(store: Store) -> None:
    first, second, third = queued(store)
    for one in (first, second, third):
        end(store, one, "Paused")
    learning.delete_run(store, first)
    (learning.run(store, second).folder / orders.ORDER).unlink()
    found = put_back_all(store, (first, second, third))
    assert len(found.ids) == 1
    assert learning.run(store, found.ids[0]).run_hash == learning.run(store, third).run_hash
    assert [words[:25] for words in found.refused] == ["What this run was to do i"]


# --- the bin --------------------------------------------------------------------------------


def test_the_bin_keeps_weights_that_a_waiting_run_is_built_on(store: Store) -> None:
    ids = queued(store, GAN)
    made, network = ids[:3], ids[3]
    worked(store, made)
    for one in made:
        learning.delete_run(store, one)
    assert in_bin(store).folders == ()
    worked(store, (network,))
    assert learning.run(store, network).state == "finished"
    assert {folder.name for folder in in_bin(store).folders} == {
        learning.run(store, one).run_hash for one in made
    }


def test_a_run_whose_files_left_with_the_bin_cannot_be_put_back(store: Store, qtbot: QtBot) -> None:
    ids = queued(store)
    worked(store, ids)
    messages, said = Messages(), list[Message]()
    messages.posted.connect(said.append)
    jobs, study = Jobs(JobRunner(expected=(EngineError, StudyError))), StudyState(messages)
    folder = store.folder
    store.close()
    study.open(folder)
    runs = RunsState(study, jobs, messages)
    runs.delete_runs((ids[0],))
    assert study.store is not None
    empty_bin(study.store)
    undo = said[-1].action
    assert undo is not None
    undo()
    qtbot.waitUntil(lambda: "cannot be put back" in said[-1].sentence, timeout=10000)
    assert [run.id for run in learning.runs(study.store)] == [*ids[1:]]
    assert jobs.shutdown()
    study.close()


# --- a full disk ----------------------------------------------------------------------------


def test_a_full_disk_is_a_sentence_and_the_run_can_go_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = queued(store, GAN)

    def full(_folder: Path, _progress: Progress) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    keep = frames.keep
    monkeypatch.setattr(frames, "keep", full)
    with pytest.raises(EngineError, match=r"cannot be written to \(No space left on device\)"):
        worked(store, ids)
    assert [run.state for run in learning.runs(store)] == ["failed"] + ["queued"] * (len(ids) - 1)
    monkeypatch.setattr(frames, "keep", keep)
    again = put_back(store, ids[0])
    worked(store, (again,))
    assert learning.run(store, again).state == "finished"


# --- another study --------------------------------------------------------------------------


def test_another_study_pauses_this_ones_training_and_trains_its_own(
    qtbot: QtBot, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_study(tmp_path / "b.blindread", per_class=3).close()
    first = store.folder
    store.close()
    messages, said = Messages(), list[Message]()
    messages.posted.connect(said.append)
    jobs, study = Jobs(JobRunner(expected=(EngineError, StudyError))), StudyState(messages)
    study.open(first)
    runs = RunsState(study, jobs, messages)
    state = TrainingState(study, jobs, messages, Settings(), runs)
    study.opened.connect(state.opened)
    state.opened()
    monkeypatch.setattr(training, "PERFORM", "fake_training:hang")
    state.queue(AUG, "it")
    qtbot.waitUntil(lambda: runs.running > 0 and runs.share > 0, timeout=30000)
    study.open(tmp_path / "b.blindread")
    monkeypatch.setattr(training, "PERFORM", "fake_training:perform")
    state.queue(AUG, "it")
    assert state.is_busy
    qtbot.waitUntil(lambda: not state.is_busy, timeout=60000)
    assert study.store is not None
    assert [run.state for run in learning.runs(study.store)] == ["finished"] * 3
    assert any("other study's training is paused" in one.sentence for one in said)
    study.open(first)
    assert study.store is not None
    qtbot.waitUntil(lambda: len(runs.rows) == 3)
    assert [row.state for row in runs.rows] == ["paused"] * 3
    assert all(row.can_go_on for row in runs.rows)
    assert jobs.shutdown()
    study.close()


# --- the event loop -------------------------------------------------------------------------


def test_what_stands_leaves_the_collectors_rounds() -> None:
    held = [[one] for one in range(1000)]
    before = gc.get_freeze_count()
    calm.settle()
    try:
        assert gc.get_freeze_count() >= before + len(held)
    finally:
        gc.unfreeze()
