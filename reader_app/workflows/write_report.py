"""Write the study's report as one HTML file."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from engine.jobs import Progress, passed_on
from reader_app.workflows.report_pictures import report_pictures
from studies import report
from studies.store import Store

SUFFIXES = (".html", ".htm")


def write_report(
    store: Store, path: Path | None = None, protocol_id: int | None = None
) -> Generator[Progress, None, Path]:
    """The report's path; by default `report.html` in the study's exports folder.

    A path without .html gets it. Raises StudyError when it cannot be written.
    """
    target = path or store.exports_folder / "report.html"
    if target.suffix.lower() not in SUFFIXES:
        target = target.with_name(target.name + ".html")
    document = yield from report_document(store, protocol_id)
    yield Progress(5, 6, f"Writing {target.name}")
    report.write_page(document, target)
    yield Progress(6, 6, f"Wrote {target.name}")
    return target


def report_html(store: Store, protocol_id: int | None = None) -> Generator[Progress, None, str]:
    """The report's page as text, for printing."""
    document = yield from report_document(store, protocol_id)
    page = report.html(document)
    yield Progress(6, 6, "Printing")
    return page


def report_document(
    store: Store, protocol_id: int | None = None
) -> Generator[Progress, None, report.Document]:
    """The report as sections of sentences, tables and figures."""
    pictures = yield from passed_on(report_pictures(store), _of_six)
    yield Progress(4, 6, "Computing results and figures")
    return report.make_document(store, protocol_id, pictures=pictures)


def _of_six(inner: Progress) -> Progress:
    """The gathering's four steps as the first of six."""
    return Progress(inner.done, 6, inner.message)
