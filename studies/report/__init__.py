"""A study to tables, figures, HTML and CSV. No Qt; figures are SVG of our own."""

from __future__ import annotations

from pathlib import Path

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
from studies.store import Store

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


def write_html(store: Store, path: Path) -> Path:
    """Write the study's report as one HTML file.

    Raises StudyError when it cannot be written.
    """
    return write_page(make_document(store), path)
