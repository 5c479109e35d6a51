"""The Learn page over a small drawn study, trained by a stand-in for the engine."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from learn_study import make_study
from pytestqt.qtbot import QtBot

from engine.errors import EngineError
from engine.jobs import JobRunner
from reader_app.messages import Message, Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_state import LearnState
from reader_app.state.study_state import StudyState
from reader_app.views.learn.page import LearnPage
from studies.errors import StudyError


@dataclass
class LearnDesk:
    """A page with its state and what it said."""

    page: LearnPage
    state: LearnState
    study: StudyState
    jobs: Jobs
    said: list[Message]
    qtbot: QtBot


@contextmanager
def new_learn_desk(
    qtbot: QtBot, folder: Path, size: tuple[int, int]
) -> Generator[LearnDesk, None, None]:
    """The page, so many px wide and high, over a study of nine lesions made in `folder`."""
    make_study(folder / "t.blindread", per_class=3).close()
    messages, said = Messages(), []
    messages.posted.connect(said.append)
    jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
    study = StudyState(messages)
    state = LearnState(study, jobs, messages, Settings())
    page = LearnPage(state)
    qtbot.addWidget(page)
    page.resize(*size)
    page.show()
    study.open(folder / "t.blindread")
    state.choose_profile("smoke")
    yield LearnDesk(page, state, study, jobs, said, qtbot)
    assert jobs.shutdown()
    study.close()
