"""The gallery's self-test: what is drawn, what it gives away, how it counts, who may take it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from gallery_study import add_rois, gallery_study
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.errors import EngineError
from engine.jobs import JobRunner
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.self_test import SOONEST, SelfTest, ShownTrial
from reader_app.state.study_state import StudyState
from reader_app.views.learn.gallery_test import SelfTestView
from reader_app.workflows.self_test import PAIRS, SINGLES, draw_test
from studies import cases, learning, reading
from studies.errors import BlindingError, StudyError
from studies.protocols.pipeline import from_bytes, to_bytes
from studies.statistics.proportions import wilson
from studies.store import Store

SEED = 4711


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "g.blindread"
    with gallery_study(folder, per_class=6) as store:
        rois = add_rois(store, 1, "cyst", ("clear",) * 6)
        learning.decide_synthetic(store, (rois[5].id,), False, "artefact")
        cases.rois(store)
    return folder


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Generator[Store, None, None]:
    shutil.copytree(made, tmp_path / "g.blindread")
    with Store.open(tmp_path / "g.blindread", who="Dr A") as opened:
        yield opened


@pytest.fixture
def test_state(qtbot: QtBot, store: Store) -> Generator[SelfTest, None, None]:
    folder = store.folder
    store.close()
    messages = Messages()
    jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
    study = StudyState(messages)
    study.work_as("coordinator", "Dr A")
    ticks = iter(range(0, 10_000, 2))
    state = SelfTest(study, jobs, messages, clock=lambda: float(next(ticks)))
    study.open(folder)
    yield state
    assert jobs.shutdown()
    study.close()


def begun(state: SelfTest, qtbot: QtBot, kind: str = PAIRS, seed: int = SEED) -> ShownTrial:
    state.choose(kind, 20, "")
    state.begin(seed)
    qtbot.waitUntil(lambda: state.shown is not None, timeout=10000)
    assert state.shown is not None
    return state.shown


# --- what is drawn


def test_each_pair_has_one_real_and_one_accepted_synthetic_roi_of_its_class(store: Store) -> None:
    trials = draw_test(store, PAIRS, 20, "", SEED)
    real = {to_bytes(roi.image) for roi in cases.rois(store) if roi.category == "cyst"}
    every = learning.synthetic_rois(store)
    accepted = {to_bytes(roi.image) for roi in every if roi.accepted}
    assert len(trials) == 5  # six real cysts, five accepted synthetic ones, no other class
    shown = [to_bytes(image) for trial in trials for image in trial.images]
    assert len(set(shown)) == len(shown)
    for trial in trials:
        assert to_bytes(trial.images[trial.real]) in real
        assert to_bytes(trial.images[1 - trial.real]) in accepted
    assert to_bytes(every[5].image) not in shown  # kept out


def test_both_kinds_go_through_the_readers_pipeline(store: Store) -> None:
    for trial in draw_test(store, PAIRS, 20, "", SEED):
        for image in trial.images:
            assert (image.shape, image.dtype) == ((64, 64), np.float32)
            np.testing.assert_array_equal(image, from_bytes(to_bytes(image)))


def test_single_ones_are_half_real_and_the_order_is_shuffled(store: Store) -> None:
    trials = draw_test(store, SINGLES, 10, "", SEED)
    assert Counter(trial.real for trial in trials) == {0: 5, 1: 5}
    orders = {tuple(t.real for t in draw_test(store, SINGLES, 10, "", s)) for s in range(8)}
    assert len(orders) > 4


def test_the_real_one_stands_on_either_side(store: Store) -> None:
    sides = Counter(t.real for s in range(24) for t in draw_test(store, PAIRS, 5, "", s))
    assert 0.3 < sides[0] / sum(sides.values()) < 0.7


def test_the_same_seed_draws_the_same_and_another_one_afresh(store: Store) -> None:
    first, again, other = (draw_test(store, PAIRS, 5, "", s) for s in (1, 1, 2))
    same = [
        to_bytes(a.images[0]) == to_bytes(b.images[0]) for a, b in zip(first, again, strict=True)
    ]
    assert all(same)
    assert [to_bytes(t.images[0]) for t in first] != [to_bytes(t.images[0]) for t in other]


def test_without_accepted_rois_it_says_what_to_do(store: Store) -> None:
    with pytest.raises(StudyError, match="Draw or accept some first"):
        draw_test(store, PAIRS, 20, "hemangioma", SEED)


def test_a_reader_of_a_blinded_version_cannot_take_it(store: Store) -> None:
    draft = reading.draft_default(store)
    reading.seal(store, draft, override="a test")
    reading.enrol(store, "Reader 1")
    assert draw_test(store, PAIRS, 5, "", SEED)
    store.unlock("", "coordinator", "reader 1")
    with pytest.raises(BlindingError, match="reads this study blinded, and the self-test"):
        draw_test(store, PAIRS, 5, "", SEED)


# --- what it gives away


def test_nothing_public_tells_what_is_right_before_the_end(
    test_state: SelfTest, qtbot: QtBot
) -> None:
    shown = begun(test_state, qtbot)
    assert set(vars(shown)) == {"number", "total", "images"}
    public = {name for name in vars(test_state) if not name.startswith("_")}
    signals = {"changed", "destroyed", "objectNameChanged"}
    assert public - signals == {"kind", "count", "category", "drawing", "result"}
    for _ in range(shown.total - 1):
        test_state.answer(0)
        assert test_state.result is None
    test_state.answer(0)
    assert test_state.result is not None
    assert test_state.shown is None


def test_nothing_is_stored_in_the_study(test_state: SelfTest, qtbot: QtBot) -> None:
    folder = test_state._study.store.folder
    before = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    shown = begun(test_state, qtbot)
    for _ in range(shown.total):
        test_state.answer(1)
    after = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    assert before == after
    assert reading.protocols(test_state._study.store) == ()


# --- how it counts


@pytest.mark.parametrize("wrong", [0, 2])
def test_right_answers_are_counted_with_their_interval(
    test_state: SelfTest, qtbot: QtBot, wrong: int
) -> None:
    begun(test_state, qtbot)
    plan = draw_test(test_state._study.store, PAIRS, 20, "", SEED)
    for at, trial in enumerate(plan):
        test_state.answer(trial.real if at >= wrong else 1 - trial.real)
    result = test_state.result
    assert result is not None
    assert result.share == wilson(5 - wrong, 5)
    assert result.p == pytest.approx({0: 2 / 32, 2: 1.0}[wrong])
    assert [one.right for one in result.trials] == [at >= wrong for at in range(5)]
    assert [(one.category.code, one.share.n) for one in result.classes] == [("cyst", 5)]
    assert result.seconds == (2.0,) * 5
    value, low, high = result.d_prime
    assert low < value < high
    sides = {trial.real for trial in plan}
    assert (result.sided is None) == (result.side is None) == (len(sides) < 2)


def test_one_who_always_says_left_is_told_so(test_state: SelfTest, qtbot: QtBot) -> None:
    shown = begun(test_state, qtbot)
    plan = draw_test(test_state._study.store, PAIRS, 20, "", SEED)
    assert {trial.real for trial in plan} == {0, 1}
    for _ in range(shown.total):
        test_state.answer(0)
    result = test_state.result
    assert result is not None
    assert result.sided is not None
    assert result.side is not None
    assert result.side[0] < -0.5
    lefts = [trial.real == 0 for trial in plan].count(True)
    assert result.share.successes == lefts


def test_single_ones_give_d_prime_from_hits_and_false_alarms(
    test_state: SelfTest, qtbot: QtBot
) -> None:
    shown = begun(test_state, qtbot, SINGLES)
    assert len(shown.images) == 1
    for _ in range(shown.total):
        test_state.answer(1)  # always synthetic: 5 hits, 5 false alarms
    assert test_state.result is not None
    assert test_state.result.share.successes == 5
    assert test_state.result.d_prime[0] == pytest.approx(0.0)


def test_a_second_click_at_once_is_no_answer_to_the_next_trial(
    test_state: SelfTest, qtbot: QtBot
) -> None:
    begun(test_state, qtbot)
    now = [1e6]
    test_state._clock = lambda: now[0]
    test_state.answer(0)
    now[0] += SOONEST / 2
    test_state.answer(0)
    assert test_state.shown.number == 2
    now[0] += SOONEST
    test_state.answer(0)
    assert test_state.shown.number == 3


# --- keys


def test_keys_answer_and_escape_leaves_without_a_result(test_state: SelfTest, qtbot: QtBot) -> None:
    view = SelfTestView(test_state)
    qtbot.addWidget(view)
    view.resize(1100, 640)
    with qtbot.waitExposed(view):
        view.show()
    view.begin()
    qtbot.mouseClick(view.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.currentWidget() is view.trial, timeout=10000)
    qtbot.keyClick(view.trial, Qt.Key.Key_R)  # of single ones only
    assert test_state.shown.number == 1
    qtbot.keyClick(view.trial, Qt.Key.Key_1)
    qtbot.keyClick(view.trial, Qt.Key.Key_2)
    assert test_state.shown.number == 3
    assert "3 of 5" in view.count_words.text()
    with qtbot.waitSignal(view.left):
        qtbot.keyClick(view.trial, Qt.Key.Key_Escape)
    assert (test_state.shown, test_state.result) == (None, None)


def test_the_result_page_says_what_was_right(test_state: SelfTest, qtbot: QtBot) -> None:
    view = SelfTestView(test_state)
    qtbot.addWidget(view)
    begun(test_state, qtbot)
    for trial in draw_test(test_state._study.store, PAIRS, 20, "", SEED):
        test_state.answer(trial.real)
    assert view.currentWidget() is view.result
    assert view.result.share.text() == "5 of 5 right: 100.0 %"
    assert view.result.reading.text().startswith("Real and synthetic ROIs were told apart")
    assert f"Draw {SEED}." in view.result.method.text()
