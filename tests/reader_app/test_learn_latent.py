"""The walk between seeds belongs to the study whose generator draws it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from gallery_study import gallery_study
from pytestqt.qtbot import QtBot

from engine.errors import EngineError
from engine.jobs import JobRunner, JobSpec, Progress
from reader_app.messages import Message, Messages
from reader_app.state import learn_latent
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_latent import STEPS, LatentState
from reader_app.state.learn_runs import RunsState
from reader_app.state.study_state import StudyState
from reader_app.views.learn.latent_dialog import LatentDialog
from studies.errors import StudyError

Walking = Generator[Progress, None, np.ndarray]


def at_once(spec: JobSpec) -> Walking:
    yield Progress(0, 1, "drawing")
    return np.full((STEPS, 64, 64), 0.5, np.float32)


def without_end(spec: JobSpec) -> Walking:
    while True:
        yield Progress(0, 1, "drawing")


def broken(spec: JobSpec) -> Walking:
    yield Progress(0, 1, "drawing")
    raise EngineError("The checkpoint is damaged.")


@dataclass
class Desk:
    """The state over a study with a generator of cysts; another study lies beside it."""

    state: LatentState
    study: StudyState
    jobs: Jobs
    said: list[Message]
    other: Path
    qtbot: QtBot

    def draw(self) -> None:
        (run,) = self.state.generators
        self.state.draw(run, "cyst", (0, 1))

    def drawn(self) -> None:
        self.qtbot.waitUntil(
            lambda: self.state.walk is not None and self.state.walk.images is not None,
            timeout=10000,
        )

    def quiet(self) -> None:
        self.qtbot.waitUntil(lambda: self.jobs.is_quiet, timeout=10000)


@pytest.fixture
def desk(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[Desk, None, None]:
    monkeypatch.setattr(learn_latent, "in_child", at_once)
    for name in ("one", "other"):
        gallery_study(tmp_path / f"{name}.blindread", per_class=1).close()
    messages, said = Messages(), list[Message]()
    messages.posted.connect(said.append)
    jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
    study = StudyState(messages)
    study.open(tmp_path / "one.blindread")
    state = LatentState(study, jobs, messages, RunsState(study, jobs, messages))
    yield Desk(state, study, jobs, said, tmp_path / "other.blindread", qtbot)
    assert jobs.shutdown()
    study.close()


def test_another_study_knows_nothing_of_the_walk_on_show(desk: Desk) -> None:
    desk.draw()
    desk.drawn()
    with desk.qtbot.waitSignal(desk.state.changed):
        desk.study.open(desk.other)
    assert desk.state.walk is None


def test_a_walk_being_drawn_is_given_up_with_its_study(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learn_latent, "in_child", without_end)
    desk.draw()
    desk.study.open(desk.other)
    desk.quiet()
    assert desk.state.walk is None
    assert desk.said == []


def test_other_seeds_give_up_those_before_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn_latent, "in_child", without_end)
    desk.draw()
    monkeypatch.setattr(learn_latent, "in_child", at_once)
    (run,) = desk.state.generators
    desk.state.draw(run, "cyst", (5, 6))
    desk.drawn()
    assert desk.state.walk.seeds == (5, 6)
    desk.quiet()


def test_what_went_wrong_in_the_last_study_is_not_said_in_this_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learn_latent, "in_child", broken)
    desk.draw()
    desk.quiet()
    assert [one.sentence for one in desk.said] == ["The checkpoint is damaged."]
    desk.draw()
    desk.study.open(desk.other)
    desk.quiet()
    assert len(desk.said) == 1


def test_its_dialog_closes_when_another_study_opens(desk: Desk) -> None:
    dialog = LatentDialog(desk.state, None)
    desk.qtbot.addWidget(dialog)
    dialog.show()
    desk.drawn()
    with desk.qtbot.waitSignal(dialog.destroyed, timeout=10000):
        desk.study.open(desk.other)
    desk.quiet()
