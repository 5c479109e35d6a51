"""The demo study made in a worker process, so that the window stays quick meanwhile."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from engine.errors import EngineError
from engine.jobs import JobSpec, Progress, in_child
from studies.errors import StudyError
from studies.lock import FolderLock

TARGET = "reader_app.workflows.demo_job:make_in_child"


def demo_job(folder: Path) -> Generator[Progress, None, None]:
    """Make the demo study in `folder`, which appears whole or not at all.

    Raises EngineError with a sentence when it cannot be made, or another window is making it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = folder.with_name(f".{folder.name}.lock")
    lock = FolderLock(place)
    if not lock.take():
        raise EngineError("Another window is making the demo study. Wait for it, then try again.")
    try:
        yield from in_child(JobSpec(TARGET, None, (folder,)))
    finally:
        lock.release()
        place.unlink(missing_ok=True)


def make_in_child(_spec: object, paths: tuple[Path, ...]) -> Generator[Progress, None, None]:
    """The worker's generator: the demo study in `paths[0]`."""
    from reader_app.workflows.demo import make_demo

    try:
        yield from make_demo(paths[0])
    except StudyError as error:  # only the engine's errors cross from a worker as a sentence
        raise EngineError(str(error)) from error
