"""Commands on a study as a whole: demo, import, export, verify, passphrase, headless."""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reader_app.cli.import_list import print_offer
from reader_app.cli.progress_line import follow
from studies.errors import BlindingError, NotAStudyError, StudyError
from studies.imaging.exchange.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from studies.reading import VerifyReport
    from studies.records import FileVerdict, ImportReport, SeriesRecord
    from studies.store import Store

StudyFolder = Annotated[Path, typer.Argument(help="The study's folder")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object")]


PASSPHRASE, ROLE = "BLINDREAD_PASSPHRASE", "BLINDREAD_ROLE"


@contextmanager
def opened(folder: Path, *, read_only: bool = False, who: str = "") -> Iterator[Store]:
    """The study of a folder, closed afterwards; exit code 2 and a sentence where there is none.

    `who` works in it: decisions are kept with that name.
    A locked study takes its passphrase from BLINDREAD_PASSPHRASE, else from the terminal. The role
    is that of BLINDREAD_ROLE, else the coordinator's.
    """
    with _standing(folder, read_only=read_only, who=who) as store:
        if not store.access.unlocked:
            store.unlock(_passphrase_of(store), _role(), who)
        yield store


@contextmanager
def _standing(folder: Path, *, read_only: bool, who: str = "") -> Iterator[Store]:
    """The study as it opens by itself: locked where it needs a passphrase."""
    from studies.store import Store

    try:
        store = Store.open(folder, read_only=read_only, role=_role(), who=who)
    except NotAStudyError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    try:
        yield store
    finally:
        store.close()


def _role() -> str:
    return os.environ.get(ROLE) or "coordinator"


def _passphrase_of(store: Store) -> str:
    """From the environment, else typed unseen on the terminal; never an argument."""
    if given := os.environ.get(PASSPHRASE):
        return given
    if not sys.stdin.isatty():
        raise BlindingError(
            f"{store.title} is locked. Put its passphrase into the environment variable "
            f"{PASSPHRASE}, or run this on a terminal, which asks for it."
        )
    return str(typer.prompt(f"Passphrase of {store.title}", hide_input=True, err=True))


def add_commands(app: typer.Typer) -> None:
    """Add the study's commands."""
    app.command("demo")(_demo)
    app.command("import")(_import)
    app.command("export")(_export)
    app.command("verify")(_verify)
    app.command("passphrase")(_passphrase)
    app.command("headless")(_headless)


def _demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the study")],
    full: Annotated[bool, typer.Option("--full", help="The paper's size: 182 lesions")] = False,
) -> None:
    """Make the demo study: simulated CT with known lesions, ready to learn from and to read."""
    from reader_app.workflows.demo import make_demo

    follow(make_demo(folder, full=full))
    typer.echo(folder)


def _import(
    study: StudyFolder,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", help="Folders, files, zips or a CSV manifest")
    ],
    polygon_origin: Annotated[
        str, typer.Option(help="Manifest: 0,0 of a polygon is the first pixel's corner or center")
    ] = "corner",
    only_list: Annotated[
        bool, typer.Option("--list", help="Print the series that were found; take nothing")
    ] = False,
    series: Annotated[
        list[str] | None,
        typer.Option(help="Take only this series, by its UID as --list prints it; may be repeated"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import CT (or images by a CSV manifest); makes the study when it is missing.

    Every file below the paths ends in one of three lists: taken, taken with a badge, left out. A
    badge and a file left out have a reason. One bad file never stops the rest. With --series the
    files of the other series are left out, too.

    --list prints the series with their verdict, makes no study and takes nothing; with --json one
    object: series (series_uid as --series takes it, patient, description, date, folder, slices,
    rows, columns, row_spacing, column_spacing and slice_spacing in mm, has_hu, badges, takeable,
    reason) and left_out (each with file and reason).

    --json prints one object: taken (names of files), badged and left_out (each with file and
    reason), series (patient, description, series_uid, slices, rows, columns, row_spacing,
    column_spacing and slice_spacing in mm, has_hu, badges). Later versions only add to it.

    Exit code 0 all taken (with --list: all can be), 1 some left out, 2 nothing usable or a bad
    call. What --series does not name counts for neither.
    """
    missing = tuple(path for path in paths if not path.exists())
    if missing:
        from studies.imaging.dicom.listing import spelled

        names = ", ".join(spelled(path) for path in missing)
        typer.echo(f"There is no {names}. Check the path.", err=True)
        raise typer.Exit(2)
    if only_list and series:
        typer.echo("--list prints every series. Leave out --series, or --list.", err=True)
        raise typer.Exit(2)
    if only_list or series:
        _refuse_manifest(tuple(paths))
    if only_list:
        raise typer.Exit(print_offer(study, tuple(paths), as_json=as_json))
    report = imported(study, tuple(paths), polygon_origin, tuple(series or ()))
    if as_json:
        typer.echo(json.dumps(_report_json(report), ensure_ascii=False))
    else:
        _print_report(report)
    raise typer.Exit(import_code(report))


def _refuse_manifest(paths: tuple[Path, ...]) -> None:
    if _is_manifest(paths):
        typer.echo(
            "A manifest lists its pictures itself; --list and --series are for CT.", err=True
        )
        raise typer.Exit(2)


def _is_manifest(paths: tuple[Path, ...]) -> bool:
    return len(paths) == 1 and paths[0].suffix.lower() == ".csv"


def import_code(report: ImportReport) -> int:
    """0 all taken, 1 some left out, 2 nothing usable; what was not chosen counts for neither."""
    from reader_app.workflows.import_cases import NOT_CHOSEN

    if not report.taken and not report.badged:
        return 2
    return 1 if any(verdict.reason != NOT_CHOSEN for verdict in report.left_out) else 0


def imported(
    folder: Path, paths: tuple[Path, ...], polygon_origin: str, series: tuple[str, ...] = ()
) -> ImportReport:
    """Import into the folder's study, which is made where it is missing; all series for ()."""
    from studies.store import Store

    is_new = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if is_new:
        kind = "roi" if _is_manifest(paths) else "ct"
        Store.create(folder, folder.name.removesuffix(".blindread"), kind=kind).close()
    try:
        with opened(folder) as store:
            return _work(store, paths, polygon_origin, series)
    finally:
        is_empty = next((folder / "series").glob("*/*"), None) is None
        if is_new and is_empty:  # nothing came of it: the same call may be tried again
            shutil.rmtree(folder, ignore_errors=True)


def _work(
    store: Store, paths: tuple[Path, ...], polygon_origin: str, series: tuple[str, ...]
) -> ImportReport:
    if _is_manifest(paths):
        from reader_app.workflows.import_rois import import_rois

        return follow(import_rois(store, paths[0], polygon_origin=polygon_origin))
    from reader_app.workflows.import_cases import import_paths, import_some

    if series:
        return follow(import_some(store, paths, series))
    return follow(import_paths(store, paths))


def _report_json(report: ImportReport) -> object:
    return {
        "taken": [verdict.file for verdict in report.taken],
        "badged": [_verdict_json(verdict) for verdict in report.badged],
        "left_out": [_verdict_json(verdict) for verdict in report.left_out],
        "series": [_series_json(series) for series in report.series],
    }


def _verdict_json(verdict: FileVerdict) -> object:
    return {"file": verdict.file, "reason": verdict.reason}


def _series_json(series: SeriesRecord) -> object:
    return {
        "patient": series.patient,
        "description": series.description,
        "series_uid": series.series_uid,
        "slices": series.slices,
        "rows": series.rows,
        "columns": series.columns,
        "row_spacing": series.row_spacing,
        "column_spacing": series.column_spacing,
        "slice_spacing": series.slice_spacing,
        "has_hu": series.has_hu,
        "badges": list(series.badges),
    }


def _print_report(report: ImportReport) -> None:
    typer.echo(
        f"{counted(len(report.taken), 'file')} taken, {len(report.badged)} taken with a badge, "
        f"{len(report.left_out)} left out; {len(report.series)} series."
    )
    for series in report.series:
        badges = f"  [{', '.join(series.badges)}]" if series.badges else ""
        typer.echo(
            f"  {series.patient}  {series.description or 'no description'}  "
            f"{counted(series.slices, 'slice')} of {series.rows} x {series.columns}{badges}"
        )
    for verdict in report.left_out:
        typer.echo(f"  left out: {verdict.file}: {verdict.reason}")


def _export(
    study: StudyFolder,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder; by default inside the study")
    ] = None,
) -> None:
    """Write every table, the answers and the predictions as CSV."""
    from reader_app.workflows.export import export_results

    with opened(study, read_only=to is not None) as store:
        for path in follow(export_results(store, to)):
            typer.echo(path)


def _verify(study: StudyFolder, as_json: AsJson = False) -> None:
    """Check that no answer was changed, removed or reordered since it was given.

    Exit code 0 when every chain holds, 1 when one is broken.
    """
    from studies import reading

    with opened(study, read_only=True) as store:
        report = reading.verify(store)
    if as_json:
        from dataclasses import asdict

        typer.echo(json.dumps(asdict(report), ensure_ascii=False, default=str))
    else:
        _print_verified(report)
    raise typer.Exit(0 if report.ok else 1)


def _print_verified(report: VerifyReport) -> None:
    for chain in report.chains:
        typer.echo(f"{'whole' if chain.ok else 'BROKEN':<8}{chain.name}: {chain.sentence}")
    for fault in report.faults:
        typer.echo(f"FAULT   {fault}")
    for note in report.notes:
        typer.echo(f"note    {note}")
    typer.echo(report.sentence)


def _passphrase(
    study: StudyFolder,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the new one from the first line of the input")
    ] = False,
) -> None:
    """Give a study a passphrase, or another one; the old one comes from BLINDREAD_PASSPHRASE.

    The study then opens for coordinator, truth author and analyst only with it. There is no way
    to recover it.
    """
    from studies.access import NO_RECOVERY, set_passphrase

    with _standing(study, read_only=False) as store:
        old = ""
        if not store.access.unlocked:
            old = _passphrase_of(store)
            store.unlock(old, _role())
        set_passphrase(store, _new_passphrase(stdin=stdin), old=old)
        typer.echo(f"{store.title} has a new passphrase. {NO_RECOVERY}")


def _new_passphrase(*, stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise StudyError("A passphrase is typed on a terminal, or read from the input by --stdin.")
    return str(typer.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True))


def _headless() -> None:
    """The main job without a window: demo, blinded reading, report; prints the report's path."""
    from reader_app.workflows.headless import run_headless

    typer.echo(follow(run_headless()))
