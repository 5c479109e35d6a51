"""Commands on reading and its results: report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reader_app.cli.progress_line import follow
from reader_app.cli.study import StudyFolder, opened


def add_commands(app: typer.Typer) -> None:
    """Add the result commands."""
    app.command("report")(_report)


def _report(
    study: StudyFolder,
    to: Annotated[
        Path | None, typer.Option("--to", help="File; by default inside the study's exports")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write a PDF as well")] = False,
    files: Annotated[
        Path | None,
        typer.Option(
            "--files", help="Folder for all tables as CSV, and ratings for other programs"
        ),
    ] = None,
) -> None:
    """Write the report: Table 4, agreement, networks, methods; one self-contained HTML file."""
    from reader_app.workflows.export import export_everything
    from reader_app.workflows.write_report import report_html, write_report

    with opened(study, read_only=to is not None) as store:
        path = follow(write_report(store, to))
        typer.echo(path)
        if pdf:
            from reader_app.printing import printing_application, write_pdf

            application = printing_application()  # must outlive the printing
            typer.echo(write_pdf(follow(report_html(store)), path.with_suffix(".pdf")))
            del application
        if files is not None:
            written = follow(export_everything(store, files))
            typer.echo("\n".join(map(str, written.paths)))
            for note in written.notes:
                typer.echo(note, err=True)
