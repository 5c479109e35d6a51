"""Commands on reading and its results: report, plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from reader_app.cli.progress_line import follow
from reader_app.cli.study import AsJson, StudyFolder, opened


def add_commands(app: typer.Typer) -> None:
    """Add the result commands."""
    app.command("report")(_report)
    app.command("plan")(_plan)


def _report(
    study: StudyFolder,
    to: Annotated[
        Path | None, typer.Option("--to", help="File; by default inside the study's exports")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write a PDF as well")] = False,
) -> None:
    """Write the report: Table 4, agreement, networks, methods; one self-contained HTML file."""
    from reader_app.workflows.write_report import report_html, write_report

    with opened(study, read_only=to is not None) as store:
        path = follow(write_report(store, to))
        typer.echo(path)
        if pdf:
            from reader_app.printing import printing_application, write_pdf

            application = printing_application()  # must outlive the printing
            typer.echo(write_pdf(follow(report_html(store)), path.with_suffix(".pdf")))
            del application


def _plan(
    pilot: Annotated[Path, typer.Argument(metavar="PILOT", help="Ratings: CSV or .imrmc")],
    readers: Annotated[int, typer.Option(min=2, help="Readers planned")],
    items: Annotated[int, typer.Option("--cases", min=2, help="Cases planned")],
    effect: Annotated[float, typer.Option(help="Difference of the AUCs to see, e.g. 0.05")],
    alpha: Annotated[float, typer.Option(help="Two-sided error of the first kind")] = 0.05,
    as_json: AsJson = False,
) -> None:
    """Power of a planned multi-reader study, from a pilot's ratings (Obuchowski-Rockette)."""
    from dataclasses import asdict

    from reader_app.workflows.plan_study import plan_study

    powers = plan_study(pilot, readers=readers, items=items, effect=effect, alpha=alpha)
    if as_json:
        typer.echo(json.dumps([{"model": name, **asdict(power)} for name, power in powers]))
        return
    for name, power in powers:
        law = f"F above {power.critical:.3f}, 1 and {power.df:.1f} degrees of freedom"
        if power.df == float("inf"):
            law = f"chi-square above {power.critical:.3f}, 1 degree of freedom"
        typer.echo(f"{name}: power {power.power:.3f} ({law})")
