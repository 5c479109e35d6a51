"""Making the demo leaves a whole study or none."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.jobs import Progress
from reader_app.workflows import demo_job
from reader_app.workflows.demo_job import is_ready


def half(folder: Path) -> Generator[Progress, None, None]:
    folder.mkdir(parents=True)
    (folder / "file").write_text("x")
    yield Progress(1, 2, "half")


def test_interrupted_making_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "studies" / "Demo.blindread"
    monkeypatch.setattr(demo_job, "in_child", lambda _spec: half(folder))
    making = demo_job.demo_job(folder)
    next(making)
    assert not is_ready(folder)
    making.close()
    assert list(folder.parent.iterdir()) == []


def test_killed_making_is_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "Demo.blindread"
    monkeypatch.setattr(demo_job, "in_child", lambda _spec: half(folder))
    demo_job._mark(folder).write_text("")  # as after kill -9: the mark and half a folder stand
    folder.mkdir()
    (folder / "old").write_text("x")
    assert not is_ready(folder)
    again = demo_job.demo_job(folder)
    assert [progress.message for progress in again] == ["half"]
    assert is_ready(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["Demo.blindread"]
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_two_windows_do_not_make_it_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "Demo.blindread"
    monkeypatch.setattr(demo_job, "in_child", lambda _spec: half(folder))
    first = demo_job.demo_job(folder)
    next(first)
    with pytest.raises(EngineError, match="Another window"):
        next(demo_job.demo_job(folder))
    assert (folder / "file").read_text() == "x"
    first.close()
