"""A study to tables, figures, HTML and CSV. No Qt; matplotlib only when figures are drawn."""

from __future__ import annotations

from pathlib import Path

from studies.report.build import (
    classifier_results,
    export_tables,
    make_document,
    reader_results,
)
from studies.report.classifier import ClassifierResults
from studies.report.page import html, write_page
from studies.report.readers import ReaderResults
from studies.store import Store

__all__ = [
    "ClassifierResults",
    "ReaderResults",
    "classifier_results",
    "export_tables",
    "html",
    "make_document",
    "reader_results",
    "write_html",
]


def write_html(store: Store, path: Path) -> Path:
    """Write the study's report as one HTML file.

    Raises StudyError when it cannot be written.
    """
    return write_page(make_document(store), path)
