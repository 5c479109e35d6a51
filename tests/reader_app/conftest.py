"""Fixtures of the window's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from annotate_desk import AUTHOR, Desk, make_study
from PySide6.QtWidgets import QApplication

from engine.jobs import JobRunner
from reader_app.messages import Message, Messages
from reader_app.settings import Settings
from reader_app.state.annotate_state import AnnotateState
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.views.annotate.page import AnnotatePage
from reader_app.widgets import theme


@pytest.fixture
def desk(qtbot, tmp_path: Path) -> Iterator[Desk]:
    theme.apply(QApplication.instance())
    settings = Settings()
    settings.author = AUTHOR
    messages = Messages()
    posted: list[Message] = []
    messages.posted.connect(posted.append)
    study, jobs = StudyState(messages), Jobs(JobRunner())
    state = AnnotateState(study, jobs, messages, settings)
    page = AnnotatePage(state)
    qtbot.addWidget(page)
    page.resize(1280, 720)
    page.show()
    qtbot.waitUntil(page.isActiveWindow, timeout=10000)
    page.slice.setFocus()
    yield Desk(page, state, study, settings, posted)
    study.close()
    jobs.shutdown()


@pytest.fixture
def ct(desk: Desk, tmp_path: Path) -> Desk:
    assert desk.study.open(make_study(tmp_path, "P-001", "P-002"))
    return desk
