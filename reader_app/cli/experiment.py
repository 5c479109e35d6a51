"""Commands on an experiment: the paper's grid of arms and groups, run, looked at, reported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reader_app.cli.learning import WithoutLossy, WithoutStored, left_out
from reader_app.cli.progress_line import follow
from reader_app.cli.study import AsJson, StudyFolder, imported, opened

if TYPE_CHECKING:
    from engine.experiment.grid import Experiment
    from reader_app.cli.experiment_json import External
    from reader_app.workflows.experiment_runs import ExperimentRuns
    from reader_app.workflows.run_experiment import GroupStatus
    from studies.records import ImportReport
    from studies.store import Store

Target = Annotated[Path, typer.Argument(help="A study's folder, or a CSV manifest of images")]
Arms = Annotated[
    str | None,
    typer.Option("--arms", help="Comma-separated, e.g. cnn,cnn-aug,glcm; default: all but a few"),
]
Profile = Annotated[str, typer.Option(help="paper, quick or smoke")]
Seeds = Annotated[int, typer.Option(min=1, help="Repeat with this many seeds")]
Folds = Annotated[
    int | None,
    typer.Option(min=2, max=10, help="Patient-wise folds; default: those that stand, else 3"),
]
Nested = Annotated[
    bool, typer.Option("--nested", help="Also choose each arm's group inside the training folds")
]


def add_commands(app: typer.Typer) -> None:
    """Add the group `experiment`."""
    group = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="The paper's grid: run, status, report."
    )
    group.command("run")(_run)
    group.command("status")(_status)
    group.command("report")(_report)
    group.command("arms")(_arms)
    app.add_typer(group, name="experiment")


def _experiment(arms: str | None, profile: str, seeds: int, nested: bool) -> Experiment:
    from engine.experiment.arms import arm
    from engine.experiment.grid import Experiment

    chosen = tuple(one.strip() for one in (arms or "").split(",") if one.strip())
    for name in chosen:
        arm(name)
    return Experiment(chosen, profile, seeds, is_nested=nested)


def _run(
    target: Target,
    arms: Arms = None,
    profile: Profile = "quick",
    seeds: Seeds = 1,
    folds: Folds = None,
    nested: Nested = False,
    executor: Annotated[
        str, typer.Option(help="local, local:N, in-process, device (one GPU) or dask://host:port")
    ] = "local",
    test: Annotated[
        Path | None,
        typer.Option("--test", help="Another study or manifest, read but never trained on"),
    ] = None,
    without_lossy: WithoutLossy = False,
    without_stored: WithoutStored = False,
    as_json: AsJson = False,
) -> None:
    """Train every group of the grid; what is finished is not trained again.

    A manifest becomes a study of the same name beside it; its column `fold` is used where present.
    The numbers are also written into the study's exports: one JSON, and a CSV of every prediction.
    """
    from reader_app.cli.experiment_files import write_results
    from reader_app.workflows.experiment_runs import check_folds_stand, experiment_runs
    from reader_app.workflows.judge_generators import judge_generators
    from reader_app.workflows.run_experiment import run_experiment

    experiment = _experiment(arms, profile, seeds, nested)
    left = left_out(without_lossy, without_stored)
    with opened(_study_of(target)) as store, _other(test) as other:
        experiment = replace(experiment, folds=check_folds_stand(store, folds), leave_out=left)
        _check_external(store, other, experiment.slices)
        _tell_forecast(store, experiment, executor)
        result = follow(run_experiment(store, experiment, executor))
        found = experiment_runs(store, experiment)
        write_results(store, found)  # before anything else can fail
        follow(judge_generators(found))
        written = write_results(store, found, _external(store, found, other))
    if as_json:
        typer.echo(json.dumps(written.content, ensure_ascii=False))
        return
    typer.echo(f"{len(result.runs)} runs finished, {result.skipped} had been trained before.")
    for path in (written.numbers, written.predictions):
        typer.echo(path)


def _tell_forecast(store: Store, experiment: Experiment, executor: str) -> None:
    """On stderr, before anything starts: what is to do and about how long it takes."""
    from reader_app.workflows.forecast import forecast_words

    for line in forecast_words(store, experiment, executor):
        typer.echo(line, err=True)


@contextmanager
def _other(test: Path | None) -> Iterator[Store | None]:
    if test is None:
        yield None
        return
    with opened(_study_of(test), read_only=True) as other:
        yield other


def _check_external(store: Store, other: Store | None, slices: int) -> None:
    """What cannot be an external set is refused before hours of training, not after."""
    if other is not None:
        from reader_app.workflows.external import external_set

        for note in external_set(store, other, slices).notes:
            typer.echo(note, err=True)


def _external(store: Store, found: ExperimentRuns, other: Store | None) -> External | None:
    """The external set, read by the networks of every group and seed."""
    if other is None:
        return None
    from reader_app.cli.experiment_json import External
    from reader_app.workflows.external import external_set, read_external

    sets = [tuple(found.by_id[one] for one in seed.run_ids) for _, seed in found.results]
    rois = external_set(store, other, found.experiment.slices)
    return External(rois, follow(read_external(store, rois, sets)))


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
    _compare(target, folder, told)
    return folder


def _compare(target: Path, folder: Path, told: ImportReport) -> None:
    """Say what of the manifest was left out; StudyError where the study holds other ROIs too."""
    from reader_app.workflows.import_rois import ALREADY
    from studies import cases
    from studies.errors import StudyError

    bad = tuple(one for one in told.left_out if ALREADY not in one.reason)
    for one in bad:
        typer.echo(f"left out: {one.file}: {one.reason}", err=True)
    named = len(told.taken) + len(told.badged) + len(told.left_out) - len(bad)
    with opened(folder, read_only=True) as store:
        held = len(cases.lesions(store))
    if held > named:
        raise StudyError(
            f"{folder.name} beside the manifest holds {held} ROIs and {target.name} names {named} "
            "of them: lines were taken out or changed. Move that study away to start anew, or give "
            "its folder instead of the manifest to run on all of it."
        )


def _standing(target: Path) -> Path:
    """The study itself, or the one that a manifest was imported into."""
    return target.with_suffix(".blindread") if target.suffix.lower() == ".csv" else target


def _status(
    target: Target,
    arms: Arms = None,
    profile: Profile = "quick",
    seeds: Seeds = 1,
    folds: Folds = None,
    nested: Nested = False,
    without_lossy: WithoutLossy = False,
    without_stored: WithoutStored = False,
    as_json: AsJson = False,
) -> None:
    """How far each group is; trains nothing. Exit code 0 when all is done, else 1."""
    from reader_app.workflows.experiment_runs import check_folds_stand
    from reader_app.workflows.run_experiment import experiment_status

    experiment = _experiment(arms, profile, seeds, nested)
    left = left_out(without_lossy, without_stored)
    with opened(_standing(target), read_only=True) as store:
        experiment = replace(experiment, folds=check_folds_stand(store, folds), leave_out=left)
        groups = experiment_status(store, experiment)
    if as_json:
        typer.echo(json.dumps([_group_json(group) for group in groups]))
    else:
        for group in groups:
            recipe = group.recipe
            added = recipe.synthetic_per_class or recipe.extra_per_class
            typer.echo(
                f"{group.finished:>3}/{group.total:<3} {recipe.arm:<14} classic {recipe.classic}"
                f"  added {added} a class"
            )
    raise typer.Exit(0 if all(group.is_done for group in groups) else 1)


def _group_json(group: GroupStatus) -> object:
    return {
        "arm": group.recipe.arm,
        "classic": group.recipe.classic,
        "synthetic_per_class": group.recipe.synthetic_per_class,
        "extra_per_class": group.recipe.extra_per_class,
        "finished": group.finished,
        "total": group.total,
    }


def _arms(as_json: AsJson = False) -> None:
    """List the arms: the paper's systems, the controls, and what goes past the paper."""
    from engine.experiment.arms import ARMS

    if as_json:
        rows = [
            {"arm": a.name, "title": a.title, "source": a.source, "default": a.is_default}
            for a in ARMS
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    rows_of_text = tuple((a.name, a.title, a.source, "yes" if a.is_default else "") for a in ARMS)
    typer.echo(table_text("Arms", ("Arm", "What it is", "From", "By default"), rows_of_text))


def _report(study: StudyFolder, as_json: AsJson = False) -> None:
    """Print the networks' tables: accuracy by group with intervals, per class, comparisons."""
    from studies import cases, report
    from studies.report.tables import classifier_tables

    with opened(_standing(study), read_only=True) as store:
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
