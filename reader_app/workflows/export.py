"""Export results as CSV: every table of the report, answers in words, predictions."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from engine.jobs import Progress
from studies import report
from studies.store import Store


def export_results(
    store: Store, folder: Path | None = None
) -> Generator[Progress, None, tuple[Path, ...]]:
    """The files written; by default into `results` of the study's exports folder.

    Answers are left out while the reading is blinded. Raises StudyError when the folder cannot
    be written.
    """
    target = folder or store.exports_folder / "results"
    yield Progress(0, 2, "Writing tables")
    tables = report.export_tables(store, target)
    yield Progress(1, 2, "Writing answers and predictions")
    rows = report.export_rows(store, target)
    yield Progress(2, 2, f"Wrote {len(tables) + len(rows)} files")
    return tables + rows
