"""Export results: tables, answers and predictions as CSV, ratings for other programs."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from engine.jobs import Progress, passed_on
from reader_app.workflows.report_pictures import report_pictures
from studies import report
from studies.errors import BlindingError
from studies.store import Store


def export_results(
    store: Store, folder: Path | None = None, protocol_id: int | None = None
) -> Generator[Progress, None, tuple[Path, ...]]:
    """The files written; by default into `results` of the study's exports folder.

    Answers are left out while the reading is blinded. Raises StudyError when the folder cannot
    be written.
    """
    target = folder or store.exports_folder / "results"
    gathering = Progress(0, 2, "Writing tables")
    pictures = yield from passed_on(report_pictures(store), gathering)
    tables = report.export_tables(store, target, protocol_id, pictures)
    yield Progress(1, 2, "Writing answers and predictions")
    rows = report.export_rows(store, target, protocol_id)
    yield Progress(2, 2, f"Wrote {len(tables) + len(rows)} files")
    return tables + rows


def export_ratings(
    store: Store, folder: Path | None = None, protocol_id: int | None = None
) -> Generator[Progress, None, report.RatingFiles]:
    """Ratings for iMRMC, RJafroc and MRMCaov; by default into `ratings` of the exports folder.

    What a format cannot hold is told in the result's notes. Raises BlindingError before
    unblinding or without a protocol, StudyError where the folder cannot be written.
    """
    target = folder or store.exports_folder / "ratings"
    yield Progress(0, 1, "Writing ratings")
    files = report.export_ratings(store, target, protocol_id)
    yield Progress(1, 1, f"Wrote {len(files.paths)} files")
    return files


def export_everything(store: Store, folder: Path) -> Generator[Progress, None, report.RatingFiles]:
    """Tables, answers and predictions into `folder`, ratings into its `ratings`, with notes.

    While the reading is blinded or nothing is sealed there are no ratings; the notes say so.
    """
    tables = yield from export_results(store, folder)
    try:
        ratings = yield from export_ratings(store, folder / "ratings")
    except BlindingError as error:
        ratings = report.RatingFiles((), (str(error),))
    return report.RatingFiles(tables + ratings.paths, ratings.notes)
