"""Making the demo in a worker: one window at a time, with a sentence when it cannot be."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.errors import EngineError
from engine.jobs import Progress
from reader_app.app import Desktop, application
from reader_app.workflows import demo, demo_job
from studies import places
from studies.errors import StudyError


def half(folder: Path) -> Generator[Progress, None, None]:
    yield Progress(1, 2, "half")
    folder.mkdir()


def test_two_windows_do_not_make_it_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "studies" / "Demo.blindread"
    monkeypatch.setattr(demo_job, "in_child", lambda _spec: half(folder))
    first = demo_job.demo_job(folder)
    next(first)
    with pytest.raises(EngineError, match="Another window"):
        next(demo_job.demo_job(folder))
    assert list(first) == []
    assert [path.name for path in folder.parent.iterdir()] == ["Demo.blindread"]


def test_cancelled_making_lets_another_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "Demo.blindread"
    monkeypatch.setattr(demo_job, "in_child", lambda _spec: half(folder))
    first = demo_job.demo_job(folder)
    next(first)
    first.close()
    assert list(tmp_path.iterdir()) == []
    assert [progress.message for progress in demo_job.demo_job(folder)] == ["half"]


def test_a_study_error_crosses_as_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_folder: Path) -> Generator[Progress, None, None]:
        yield Progress(0, 1, "begin")
        raise StudyError("The disk is full. Make room, then try again.")

    monkeypatch.setattr(demo, "make_demo", refused)
    work = demo_job.make_in_child(None, (tmp_path,))
    next(work)
    with pytest.raises(EngineError, match="The disk is full"):
        next(work)


def test_window_and_headless_share_the_demo(qtbot: QtBot) -> None:
    application()
    desktop = Desktop()
    assert desktop.opening.demo_folder == places.studies_home() / f"{demo.NAME}.blindread"
    assert desktop.close()
