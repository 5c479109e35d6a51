"""What the window says of runs that stand still: paused, pooled, or begun anew after they went."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace

import pytest
from gallery_study import add_rois, gallery_study
from learn_desk import LearnDesk, new_learn_desk
from learn_study import CODES, make_study
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from engine import journal
from engine.checkpoint import CheckpointMeta, save
from engine.files import RESUME
from engine.jobs import Progress
from reader_app.app import Desktop
from reader_app.state import read_items
from reader_app.state.learn_runs import curves_of
from reader_app.state.learn_state import LearnState
from reader_app.views.learn.data_page import DataPage
from reader_app.views.learn.live_panel import LivePanel
from reader_app.workflows import train as training
from reader_app.workflows.train import TrainProgress
from studies import learning
from studies.learning import NewRun
from studies.records import ProtocolDraft, TrainingRunRecord


@pytest.fixture
def desk(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[LearnDesk, None, None]:
    monkeypatch.setattr(training, "PERFORM", "fake_training:perform")
    with new_learn_desk(qtbot, tmp_path, (1208, 752)) as made:
        yield made


# --- paused


def test_the_job_bar_says_that_the_line_is_paused_and_what_waits(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "PERFORM", "fake_training:hang")
    make_study(tmp_path / "one.blindread", per_class=3).close()
    desktop = Desktop()
    qtbot.addWidget(desktop.window)
    desktop.window.show()
    desktop.opening.open(tmp_path / "one.blindread")
    desktop.window.go("learn")
    state = desktop.window.states["learn"]
    assert isinstance(state, LearnState)
    state.choose_profile("smoke")
    state.choose_arm("cnn-aug")
    state.queue()
    qtbot.waitUntil(lambda: state.runs.share > 0, timeout=30000)
    first = next(row for row in state.runs.rows if row.state == "running").runs[0]
    state.training.pause()
    qtbot.waitUntil(lambda: desktop.shell.job_line.kind == "held", timeout=30000)
    name, bar = state.runs.title_of(first), desktop.window.job_bar
    words = (
        f"Training is paused at {name}; 2 more runs wait. To go on, press Resume on the page Learn."
    )
    assert name == "CNN-AUG, fold 1, seed 0"
    assert (desktop.shell.job_line.sentence, bar.row.accessibleName()) == (words, words)
    state.training.take_out(state.training.waiting[0])
    assert "; 1 more run waits." in bar.row.accessibleName()
    state.runs.delete_runs((first.id,))
    qtbot.waitUntil(
        lambda: bar.row.accessibleName().startswith("Training is paused; 1 run waits."),
        timeout=10000,
    )
    state.training.cancel()
    qtbot.waitUntil(lambda: desktop.shell.job_line.kind == "idle", timeout=30000)
    assert desktop.close()


# --- pooled


def test_curves_of_pooled_folds_say_which_fold_they_are_of(desk: LearnDesk) -> None:
    desk.state.choose_arm("cnn-aug")
    desk.state.queue()
    desk.qtbot.waitUntil(lambda: not desk.state.is_training, timeout=60000)
    live = desk.page.findChild(LivePanel)
    desk.qtbot.waitUntil(lambda: "newest of folds 1-3" in live.hint.accessibleName(), timeout=10000)
    shown = desk.state.runs.shown
    assert shown is not None
    assert (shown.title, shown.hint) == (
        "CNN-AUG, fold 3, seed 0", "newest of folds 1-3 · x: step",
    )  # fmt: skip
    desk.state.runs.delete_runs((desk.state.runs.rows[0].ids[0],))
    desk.qtbot.waitUntil(lambda: "newest of folds 2-3" in live.hint.accessibleName(), timeout=10000)


# --- begun anew


def recorded(desk: LearnDesk, name: str, state: str) -> TrainingRunRecord:
    """A classifier that is told of only in words, with its folder."""
    store = desk.study.store
    assert store is not None
    new = NewRun(name, "cnn-aug", "classifier", 0, "smoke", "{}", fold=0)
    run = learning.start_run(store, new)
    run.folder.mkdir(parents=True, exist_ok=True)
    if state != "queued":
        learning.update_run(store, run.id, state="running")
        learning.update_run(store, run.id, state=state)
    return learning.run(store, run.id)


def test_a_run_queued_anew_shows_nothing_of_the_one_that_was_taken_out(desk: LearnDesk) -> None:
    store = desk.study.store
    assert store is not None
    old = recorded(desk, "same", "finished")
    journal.note(old.folder, Progress(5, 9, "step", (("loss", 0.5),)))
    assert len(curves_of(old).points) == 1
    learning.delete_run(store, old.id)
    new = recorded(desk, "same", "queued")
    assert new.folder == old.folder
    assert curves_of(new).points == ()
    meta = CheckpointMeta("cnn", "{}", CODES, "", 0, facts=(("step", 5.0),))
    save(new.folder / RESUME, {}, meta)
    assert len(curves_of(new).points) == 1, "it goes on from its saved state"


def test_a_run_that_begins_anew_shows_its_own_numbers_alone(desk: LearnDesk) -> None:
    store = desk.study.store
    assert store is not None
    new = recorded(desk, "same", "queued")
    journal.note(new.folder, Progress(5, 9, "step", (("loss", 0.5),)))
    learning.update_run(store, new.id, state="running")
    runs = desk.state.runs
    runs.progressed(TrainProgress(0, 1, "Reading ROIs", (), (), new.id, "CNN-AUG", 0, 1))
    assert runs.shown is not None
    assert (runs.shown.run_id, runs.shown.curves.points) == (new.id, ())
    first = (("loss", 1.0),)
    runs.progressed(TrainProgress(1, 9, "step", first, (), new.id, "CNN-AUG", 1, 9))
    assert [point.metrics for point in runs.shown.curves.points] == [first]


# --- made while the window answers


def test_curves_are_made_one_a_turn_of_the_event_loop(
    desk: LearnDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, made_in, loop = [0], [], QTimer()
    loop.timeout.connect(lambda: turn.__setitem__(0, turn[0] + 1))
    make = LivePanel._make_card
    monkeypatch.setattr(LivePanel, "_make_card", lambda self: (made_in.append(turn[0]), make(self)))
    live = LivePanel(desk.state)
    desk.qtbot.addWidget(live)
    live.show()
    assert live.cards == ()
    loop.start(0)
    desk.qtbot.waitUntil(lambda: len(live.cards) == 4)
    assert len(set(made_in)) == 4
    assert [card.title.text() for card in live.cards[:2]] == ["Loss", "D right"]
    assert all(card.isVisible() for card in live.cards)


# --- counted


def test_the_row_of_tested_patients_is_there_once_folds_are_drawn(desk: LearnDesk) -> None:
    desk.page.title.tabs.setCurrentIndex(3)
    data = desk.page.findChild(DataPage)
    desk.qtbot.waitUntil(lambda: len(data.table.rows) > 0, timeout=10000)
    assert [row.cells[0].text for row in data.table.rows[len(CODES) :]] == ["All"]
    store = desk.study.store
    assert store is not None
    learning.assign_folds(store, tuple((f"P-{at + 1:03d}", at % 3) for at in range(9)), 1)
    desk.study.notify("lesions")
    desk.qtbot.waitUntil(lambda: len(data.table.rows) == len(CODES) + 2, timeout=10000)
    assert [cell.text for cell in data.table.rows[-1].cells][:5] == [
        "Patients tested", "", "3", "3", "3",
    ]  # fmt: skip


def test_audits_of_a_draft_are_counted_without_their_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gallery_study(tmp_path / "g.blindread", per_class=2) as store:
        first, *_ = add_rois(store, 1, "cyst", ("clear", "clear", "clear", "close", "copy"))
        learning.decide_rois(store, (first,), False, "artefact")
        draft = ProtocolDraft("reading", (("cyst", 1),), (("cyst", 0),))
        counting = SimpleNamespace(AUDITS=learning.AUDITS, synthetic_tally=learning.synthetic_tally)
        monkeypatch.setattr(read_items, "learning", counting)
        sight = read_items.look_at_items(store, draft)
    (told,) = [one for one in sight.groups if (one.category, one.origin) == ("cyst", "synthetic")]
    assert told.audits == (("clear", 2), ("close", 1), ("copy", 0), ("unchecked", 0))
