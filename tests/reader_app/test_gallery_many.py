"""Decisions on more synthetic ROIs than a window may wait for: a job, taken back as exactly."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from gallery_study import add_rois, gallery_study
from pytestqt.qtbot import QtBot

from engine.errors import EngineError
from engine.jobs import JobRunner, Progress, result_of
from reader_app.messages import Message, Messages
from reader_app.state import gallery_decisions
from reader_app.state.gallery_state import GalleryState
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.views.learn.gallery_decisions import DecisionBar
from reader_app.workflows import decide_rois as deciding
from reader_app.workflows.decide_rois import decide_rois, put_decisions_back
from studies import learning
from studies.errors import StudyError
from studies.store import Store

AUDITS = ("clear", "close", "copy", "clear", "clear")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generator with five ROIs, the first of them kept out already."""
    folder = tmp_path_factory.mktemp("made") / "g.blindread"
    with gallery_study(folder, per_class=2) as store:
        first, *_ = add_rois(store, 1, "cyst", AUDITS)
        learning.decide_rois(store, (first,), False, "artefact")
    return folder


@pytest.fixture
def folder(tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it; two ROIs are many, and are written one by one."""
    monkeypatch.setattr(deciding, "PORTION", 1)
    monkeypatch.setattr(gallery_decisions, "AT_ONCE", 1)
    shutil.copytree(made, tmp_path / "g.blindread")
    return tmp_path / "g.blindread"


# --- written in portions


def test_portions_are_written_one_after_the_other_and_told(folder: Path) -> None:
    with Store.open(folder) as store:
        rois = learning.synthetic_rois(store)
        writing = decide_rois(store, rois, False, "other")
        assert [next(writing).done for _ in rois] == [0, 1, 2, 3, 4]
        assert result_of(writing) == learning.synthetic_rois(store)
        assert not any(one.accepted for one in learning.synthetic_rois(store))


def test_what_is_given_up_half_way_leaves_everything_as_it_was(folder: Path) -> None:
    with Store.open(folder) as store:
        before = learning.synthetic_rois(store)
        writing = decide_rois(store, before, False, "other")
        for _ in range(3):
            next(writing)
        assert learning.synthetic_rois(store) != before
        writing.close()
        assert learning.synthetic_rois(store) == before
        decided = result_of(decide_rois(store, before, False, "other"))
        back = put_decisions_back(store, decided, before)
        for _ in range(3):
            next(back)
        back.close()
        assert learning.synthetic_rois(store) == decided


def test_a_copy_further_on_takes_back_those_before_it(folder: Path) -> None:
    with Store.open(folder) as store:
        before = learning.synthetic_rois(store)
        with pytest.raises(StudyError, match="copy of a real one"):
            result_of(decide_rois(store, before, True, ""))
        assert learning.synthetic_rois(store) == before


# --- in the gallery


@dataclass
class Desk:
    """The gallery's state, the bar under its grid, and what was said."""

    state: GalleryState
    bar: DecisionBar
    study: StudyState
    jobs: Jobs
    said: list[Message]
    qtbot: QtBot

    def stored(self) -> list[tuple[bool, str]]:
        """Acceptance and decision of each ROI, as stored."""
        store = self.study.store
        assert store is not None
        return [(roi.accepted, roi.decided) for roi in learning.synthetic_rois(store)]

    def select_all(self) -> None:
        ids = [pair.roi.id for pair in self.state.pairs]
        self.state.select(ids, ids[0])

    def written(self) -> None:
        self.qtbot.waitUntil(lambda: not self.state.is_writing, timeout=10000)


@pytest.fixture
def desk(qtbot: QtBot, folder: Path) -> Generator[Desk, None, None]:
    messages, said = Messages(), list[Message]()
    messages.posted.connect(said.append)
    jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
    study = StudyState(messages)
    state = GalleryState(study, jobs, messages)
    bar = DecisionBar(state, None)
    qtbot.addWidget(bar)
    study.open(folder)
    qtbot.waitUntil(lambda: len(state.pairs) == len(AUDITS), timeout=10000)
    yield Desk(state, bar, study, jobs, said, qtbot)
    assert jobs.shutdown()
    study.close()


def test_many_are_decided_in_the_background_and_taken_back_exactly(desk: Desk) -> None:
    before = desk.stored()
    desk.select_all()
    desk.state.decide(True)
    assert desk.state.is_writing
    assert not desk.bar.accept.isEnabled()
    assert not desk.bar.undo.isEnabled()
    desk.written()
    decided = desk.stored()
    assert [accepted for accepted, _ in decided] == [True, True, False, True, True]
    assert desk.said[-1].sentence == "4 synthetic ROIs accepted for reading."
    assert [(p.roi.accepted, p.roi.decided) for p in desk.state.pairs] == decided
    desk.state.undo()
    desk.written()
    assert desk.stored() == before
    desk.state.redo()
    desk.written()
    assert desk.stored() == decided
    assert desk.bar.undo.isEnabled()


def test_while_decisions_are_written_no_other_is_made(desk: Desk) -> None:
    desk.select_all()
    desk.state.decide(False, "artefact")
    desk.state.decide(False, "cut off")
    desk.state.undo()
    desk.written()
    assert {decided.split("\n")[0] for _, decided in desk.stored()} == {"artefact"}


def test_cancelled_decisions_are_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> Generator[Progress, None, None]:
        while True:
            yield Progress(0, 5, "Writing decisions")

    before = desk.stored()
    monkeypatch.setattr(gallery_decisions, "decide_rois", endless)
    desk.select_all()
    desk.state.decide(False, "artefact")
    (job,) = (view for view in desk.jobs.active if view.lane == gallery_decisions.LANE)
    assert job.title == "Deciding on 5 ROIs"
    desk.jobs.cancel(job.id)
    desk.written()
    assert desk.stored() == before
    assert not desk.state.can_undo
    assert desk.bar.accept.isEnabled()


def test_another_study_opened_meanwhile_knows_nothing_of_it(desk: Desk, tmp_path: Path) -> None:
    gallery_study(tmp_path / "other.blindread", per_class=2).close()
    desk.select_all()
    desk.state.decide(False, "artefact")
    assert desk.study.open(tmp_path / "other.blindread")
    assert not desk.state.is_writing
    desk.qtbot.waitUntil(lambda: desk.jobs.is_quiet, timeout=10000)
    assert not desk.state.can_undo
    assert desk.state.pairs == ()
