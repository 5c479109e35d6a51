"""A document as one HTML file that loads nothing from anywhere."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined

from studies.report.csv_file import write_text
from studies.report.document import Document

TEMPLATE = "report.html.j2"


def html(document: Document) -> str:
    """The page; every text of the study is escaped, a name missing in the template is an error."""
    source = resources.files("assets").joinpath("templates", TEMPLATE).read_text("utf-8")
    environment = Environment(
        loader=DictLoader({TEMPLATE: source}), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template(TEMPLATE).render(document=document)


def write_page(document: Document, path: Path) -> Path:
    """Write the page whole or not at all; StudyError names the folder when it cannot be."""
    return write_text(path, html(document))
