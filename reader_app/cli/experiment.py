"""Commands on an experiment: the paper's grid of arms and groups, run, looked at, reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reader_app.cli.progress_line import follow
from reader_app.cli.study import AsJson, StudyFolder, imported, opened

if TYPE_CHECKING:
    from reader_app.workflows.run_experiment import Experiment, GroupStatus

Arms = Annotated[
    str | None, typer.Option("--arms", help="Comma-separated: cnn,cnn-aug,cnn-aug-gan,glcm,gabor")
]
Profile = Annotated[str, typer.Option(help="paper, quick or smoke")]
Seeds = Annotated[int, typer.Option(min=1, help="Repeat with this many seeds")]
Folds = Annotated[int, typer.Option(min=2, max=10, help="Patient-wise folds")]


def add_commands(app: typer.Typer) -> None:
    """Add the group `experiment`."""
    group = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="The paper's grid: run, status, report."
    )
    group.command("run")(_run)
    group.command("status")(_status)
    group.command("report")(_report)
    app.add_typer(group, name="experiment")


def _experiment(arms: str | None, profile: str, seeds: int, folds: int) -> Experiment:
    from reader_app.workflows.run_experiment import Experiment

    base = Experiment(profile=profile, seeds=seeds, folds=folds)
    if arms is None:
        return base
    chosen = tuple(arm.strip() for arm in arms.split(",") if arm.strip())
    return Experiment(chosen, profile, seeds, folds)


def _run(
    target: Annotated[Path, typer.Argument(help="A study's folder, or a CSV manifest of images")],
    arms: Arms = None,
    profile: Profile = "quick",
    seeds: Seeds = 1,
    folds: Folds = 3,
    as_json: AsJson = False,
) -> None:
    """Train every group of the grid; what is finished is not trained again.

    A manifest becomes a study of the same name beside it; its column `fold` is used where present.
    """
    from reader_app.cli.experiment_json import experiment_json
    from reader_app.workflows.run_experiment import run_experiment

    experiment = _experiment(arms, profile, seeds, folds)
    with opened(_study_of(target)) as store:
        results = follow(run_experiment(store, experiment))
        if as_json:
            typer.echo(json.dumps(experiment_json(store, experiment), ensure_ascii=False))
            return
    runs = sum(len(result.runs) for result in results)
    skipped = sum(result.skipped for result in results)
    typer.echo(f"{runs} runs finished, {skipped} of them had been trained before.")


def _study_of(target: Path) -> Path:
    """The study itself, or the one that a manifest is imported into."""
    if target.suffix.lower() != ".csv":
        return target
    if not target.is_file():
        typer.echo(f"There is no {target}. Check the path.", err=True)
        raise typer.Exit(2)
    folder = target.with_suffix(".blindread")
    told = imported(folder, (target,), "corner")
    if not told.taken and not folder.exists():
        typer.echo(f"No image of {target.name} could be taken; see blindread import.", err=True)
        raise typer.Exit(2)
    return folder


def _status(
    study: StudyFolder,
    arms: Arms = None,
    profile: Profile = "quick",
    seeds: Seeds = 1,
    folds: Folds = 3,
    as_json: AsJson = False,
) -> None:
    """How far each group is; trains nothing. Exit code 0 when all is done, else 1."""
    from reader_app.workflows.run_experiment import experiment_status

    with opened(study, read_only=True) as store:
        groups = experiment_status(store, _experiment(arms, profile, seeds, folds))
    if as_json:
        typer.echo(json.dumps([_group_json(group) for group in groups]))
    else:
        for group in groups:
            recipe = group.recipe
            typer.echo(
                f"{group.finished:>3}/{group.total:<3} {recipe.arm:<12} classic {recipe.classic}"
                f"  synthetic {recipe.synthetic_per_class} a class"
            )
    raise typer.Exit(0 if all(group.is_done for group in groups) else 1)


def _group_json(group: GroupStatus) -> object:
    return {
        "arm": group.recipe.arm,
        "classic": group.recipe.classic,
        "synthetic_per_class": group.recipe.synthetic_per_class,
        "finished": group.finished,
        "total": group.total,
    }


def _report(study: StudyFolder, as_json: AsJson = False) -> None:
    """Print the networks' tables: accuracy by group with intervals, per class, comparisons."""
    from studies import cases, report
    from studies.report.tables import classifier_tables

    with opened(study, read_only=True) as store:
        results = report.classifier_results(store)
        tables = classifier_tables(results, cases.study(store).scheme)
    if as_json:
        rows = [{"key": t.key, "columns": t.columns, "rows": t.rows} for t in tables]
        typer.echo(json.dumps(rows))
        return
    for table in tables:
        typer.echo(table_text(table.title, table.columns, table.rows, table.note) + "\n")
    if not tables:
        typer.echo("No network is trained in this study yet: blindread experiment run STUDY")


def table_text(
    title: str, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], note: str = ""
) -> str:
    """A table in columns of equal width, its note below."""
    lines = (columns, *rows)
    widths = [max(len(row[k]) for row in lines) for k in range(len(columns))]
    aligned = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in lines
    ]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([title, aligned[0], rule, *aligned[1:], *((note,) if note else ())])
