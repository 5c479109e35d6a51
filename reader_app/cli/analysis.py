"""The command `analyse`: ratings from elsewhere, MRMC, agreement, accuracy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reader_app.cli.progress_line import follow

Name = Annotated[str, typer.Option(help="Name of this column, where it has another")]


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("analyse")(_analyse)


def _analyse(
    file: Annotated[
        Path, typer.Argument(help="Long CSV (a row an answer), .imrmc or RJafroc .xlsx")
    ],
    figure_of_merit: Annotated[
        str, typer.Option(help="auc, accuracy, sensitivity or specificity")
    ] = "auc",
    covariance: Annotated[str, typer.Option(help="jackknife, delong or unbiased")] = "jackknife",
    positive_at: Annotated[
        float | None, typer.Option(help="A rating of this or more is positive")
    ] = None,
    against: Annotated[
        str, typer.Option(metavar="READER", help="This reader is an algorithm: compare the others")
    ] = "",
    reader: Name = "",
    condition: Name = "",
    case: Name = "",
    truth: Name = "",
    rating: Name = "",
    json: Annotated[bool, typer.Option("--json", help="For machines, full precision")] = False,
    details: Annotated[
        bool, typer.Option("--details", help="With --json: mean squares, DBM, each reader, BDG")
    ] = False,
) -> None:
    """Analyse ratings made elsewhere: MRMC, agreement, accuracy, each with its interval.

    Differences are the first condition of the file minus the second, with --against the algorithm
    minus the readers.
    """
    from reader_app.workflows.analyse import AnalysisOptions, analyse_file
    from studies.analysis import Columns, as_json, as_text

    columns = Columns(reader, condition, case, truth, rating)
    options = AnalysisOptions(figure_of_merit, covariance, positive_at, columns, against)
    result = follow(analyse_file(file, options))
    typer.echo(as_json(result, details=details) if json else as_text(result))
