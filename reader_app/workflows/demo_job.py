"""The demo study made in a worker process, so that the window stays quick meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path

from engine.errors import EngineError
from engine.jobs import JobSpec, Progress, in_child
from studies.errors import StudyError
from studies.lock import FolderLock

TARGET = "reader_app.workflows.demo_job:make_in_child"


def demo_job(folder: Path) -> Generator[Progress, None, None]:
    """Make the demo study in `folder`; what an earlier, interrupted making left is removed.

    Raises EngineError with a sentence when it cannot be made.
    """
    mark = _mark(folder)
    interrupted = mark.exists()
    mark.parent.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(mark)
    if not lock.take():
        raise EngineError("Another window is making the demo study. Wait for it, then try again.")
    if interrupted:
        shutil.rmtree(folder, ignore_errors=True)
    finished = False
    try:
        yield from in_child(JobSpec(TARGET, None, (folder,)))
        finished = True
    finally:
        if not finished:
            shutil.rmtree(folder, ignore_errors=True)
        lock.release()
        mark.unlink(missing_ok=True)


def is_ready(folder: Path) -> bool:
    """Whether a demo study was made in `folder` to its end."""
    return folder.is_dir() and not _mark(folder).exists()


def make_in_child(_spec: object, paths: tuple[Path, ...]) -> Generator[Progress, None, None]:
    """The worker's generator: the demo study in `paths[0]`."""
    from reader_app.workflows.demo import make_demo

    try:
        yield from make_demo(paths[0])
    except StudyError as error:  # only the engine's errors cross from a worker as a sentence
        raise EngineError(str(error)) from error


def _mark(folder: Path) -> Path:
    """Stands beside the folder while the demo is being made."""
    return folder.with_name(f".{folder.name}.making")
