"""The main job without a window: demo study, blinded reading, report."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from engine.jobs import Progress
from reader_app.workflows.demo import NAME, make_demo
from reader_app.workflows.write_report import write_report
from studies import places
from studies.store import Store


def run_headless() -> Generator[Progress, None, Path]:
    """The report's path; the demo, with its blinded readings, is made where it is missing."""
    folder = places.studies_home() / f"{NAME}.blindread"
    if not folder.exists():
        yield from make_demo(folder)
    with Store.open(folder) as store:
        return (yield from write_report(store))
