"""A study to tables, figures, HTML and CSV. No Qt; figures are SVG of our own.

What is offered here is fetched when it is first asked for: the window names arms long before it
needs the tables with their statistics.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from studies.store import Store

if TYPE_CHECKING:
    from studies.report.build import (
        analysable_protocol,
        classifier_results,
        export_ratings,
        export_tables,
        make_document,
        reader_analyses,
        reader_results,
        reader_times,
    )
    from studies.report.classifier import ClassifierResults
    from studies.report.document import Document
    from studies.report.page import html, write_page
    from studies.report.pictures import ReportPictures
    from studies.report.ratings import RatingFiles
    from studies.report.reader_sections import ReaderAnalyses
    from studies.report.readers import ReaderResults
    from studies.report.rows import export_rows

__all__ = [
    "ClassifierResults",
    "Document",
    "RatingFiles",
    "ReaderAnalyses",
    "ReaderResults",
    "ReportPictures",
    "analysable_protocol",
    "classifier_results",
    "export_ratings",
    "export_rows",
    "export_tables",
    "html",
    "make_document",
    "reader_analyses",
    "reader_results",
    "reader_times",
    "write_html",
    "write_page",
]

_ROOMS = {
    "ClassifierResults": "classifier",
    "Document": "document",
    "RatingFiles": "ratings",
    "ReaderAnalyses": "reader_sections",
    "ReaderResults": "readers",
    "ReportPictures": "pictures",
    "export_rows": "rows",
    "html": "page",
    "write_page": "page",
}
"""The module of each name; the others are in `build`."""


def __getattr__(name: str) -> object:
    """A name that is offered here, from its module."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS.get(name, 'build')}"), name)


def write_html(store: Store, path: Path) -> Path:
    """Write the study's report as one HTML file.

    Raises StudyError when it cannot be written.
    """
    from studies.report.build import make_document
    from studies.report.page import write_page

    return write_page(make_document(store), path)
