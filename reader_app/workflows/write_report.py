"""Write the study's report as one HTML file."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from engine.jobs import Progress
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
    yield Progress(0, 2, "Computing results and figures")
    document = report.make_document(store, protocol_id)
    yield Progress(1, 2, f"Writing {target.name}")
    report.write_page(document, target)
    yield Progress(2, 2, f"Wrote {target.name}")
    return target


def report_html(store: Store, protocol_id: int | None = None) -> Generator[Progress, None, str]:
    """The report's page as text, for printing."""
    yield Progress(0, 1, "Computing results and figures")
    page = report.html(report.make_document(store, protocol_id))
    yield Progress(1, 1, "Printing")
    return page
