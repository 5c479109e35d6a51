"""Event-loop gaps of the Learn page while a child trains, beside the same page at rest.

Wanted on two idle cores: 99 % of gaps under 50 ms, the longest under 150 ms, over 60 s.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from event_loop import gaps
from learn_study import make_study
from measuring import Report, Row
from pytestqt.qtbot import QtBot

from engine.errors import EngineError
from engine.jobs import JobRunner
from reader_app import calm
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_state import LearnState
from reader_app.state.study_state import StudyState
from reader_app.views.learn.page import LearnPage
from studies.errors import StudyError

SECONDS = 60
P99_MS, LONGEST_MS = 50, 150


@pytest.fixture
def learn(qtbot: QtBot, tmp_path: Path) -> Generator[LearnState, None, None]:
    make_study(tmp_path / "t.blindread", per_class=10).close()
    messages = Messages()
    jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
    study = StudyState(messages)
    study.open(tmp_path / "t.blindread")
    state = LearnState(study, jobs, messages, Settings())
    page = LearnPage(state)
    qtbot.addWidget(page)
    page.resize(1368, 816)
    page.show()
    switched = sys.getswitchinterval()
    calm.share_interpreter()  # as the program does
    calm.settle()
    yield state
    sys.setswitchinterval(switched)
    gc.unfreeze()
    started = time.monotonic()
    assert jobs.shutdown(5)
    assert time.monotonic() - started < 5
    study.close()


@pytest.mark.parametrize("profile", ["smoke", "quick"])
def test_the_window_answers_while_a_network_trains(
    learn: LearnState, profile: str, report: Report
) -> None:
    loaded_before = "torch" in sys.modules  # by another benchmark of the same run
    rest = gaps(SECONDS)
    learn.choose_profile(profile)
    learn.set_seeds(10)
    assert learn.queue()
    training = gaps(SECONDS)
    assert learn.is_training
    assert loaded_before or "torch" not in sys.modules
    for name, share, wanted in (("p99", 0.99, P99_MS), ("longest", 1.0, LONGEST_MS)):
        at_rest, now = (float(np.quantile(found, share)) for found in (rest, training))
        what = f"event-loop gap, {name} over {SECONDS} s, {profile} training in the child"
        report.row(
            Row(what, len(training), f"{now:.1f} ms", f"at rest {at_rest:.1f} ms",
                f"{now / at_rest:.2f}", f"≤ {wanted} ms", now <= wanted)
        )  # fmt: skip
        assert now <= 10 * wanted
    assert len(training) > 0.3 * len(rest)
