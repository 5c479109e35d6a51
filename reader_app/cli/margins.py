"""Commands on margins: hand them on to other programs, take theirs in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reader_app.cli.progress_line import follow
from reader_app.cli.study import AsJson, StudyFolder, opened
from studies.imaging.exchange.kinds import KINDS
from studies.imaging.exchange.words import counted

if TYPE_CHECKING:
    from reader_app.workflows.export_margins import ExportedFile, MarginExport
    from reader_app.workflows.import_margins import MarginsTaken

DEFAULT = "seg,sr,rtstruct"


def add_commands(app: typer.Typer) -> None:
    """Add `margins export` and `margins import`."""
    group = typer.Typer(
        help="Hand lesion margins on as DICOM, NIfTI, COCO or CSV, and take them in.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("export")(_export)
    group.command("import")(_import)
    app.add_typer(group, name="margins")


def _export(
    study: StudyFolder,
    out: Annotated[Path, typer.Option("--out", help="Folder the files go to")],
    formats: Annotated[
        str, typer.Option("--format", help=f"Some of {','.join(KINDS)}, with commas between")
    ] = DEFAULT,
    author: Annotated[str | None, typer.Option(help="Only this author's margins")] = None,
    original: Annotated[
        Path | None,
        typer.Option(
            help="Folder with the original DICOM files: SEG, SR and RTSTRUCT then refer to those "
            "and NAME THE PATIENT as they do"
        ),
    ] = None,
    pictures: Annotated[
        bool, typer.Option("--pictures", help="With coco: the slices as PNG beside it")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write every author's margins; each file is read back and compared before it is kept.

    Exit code 0 all written, 1 something refused or an error named by dciodvfy, 2 a bad call.
    """
    from reader_app.workflows.export_margins import export_margins

    kinds = tuple(dict.fromkeys(word.strip() for word in formats.split(",") if word.strip()))
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        typer.echo(f"--format takes some of {','.join(KINDS)}.", err=True)
        raise typer.Exit(2)
    with opened(study, read_only=True) as store:
        work = export_margins(
            store, kinds, out, author=author, original=original, pictures=pictures
        )
        ended = follow(work)
    if as_json:
        typer.echo(json.dumps(_export_json(ended), ensure_ascii=False))
    else:
        _print_export(ended)
    raise typer.Exit(0 if ended.is_clean else 1)


def _export_json(ended: MarginExport) -> object:
    return {
        "files": [_file_json(file) for file in ended.files],
        "refused": [dict(one.__dict__) for one in ended.refused],
    }


def _file_json(file: ExportedFile) -> object:
    return {
        "file": str(file.path),
        "kind": file.kind,
        "patient": file.patient,
        "author": file.author,
        "round_trip": dict(file.round_trip.__dict__),
        "dciodvfy": None if file.checker is None else list(file.checker),
        "remark": file.remark,
    }


def _print_export(ended: MarginExport) -> None:
    for file in ended.files:
        typer.echo(f"{file.path}  {file.round_trip.words}{_checker_words(file)}")
        for words in file.checker or ():
            typer.echo(f"  dciodvfy: {words}")
    for remark in dict.fromkeys(file.remark for file in ended.files if file.remark):
        typer.echo(remark)
    for refused in ended.refused:
        whose = " by ".join(word for word in (refused.patient, refused.author) if word)
        typer.echo(f"not written: {refused.kind} {whose}: {refused.reason}", err=True)


def _checker_words(file: ExportedFile) -> str:
    return " dciodvfy: no error." if file.checker == () else ""


def _import(
    study: StudyFolder,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="SEG, RTSTRUCT, NIfTI masks, our JSON")
    ],
    author: Annotated[str, typer.Option(help="Who drew them; by default whom the file names")] = "",
    series: Annotated[
        int | None, typer.Option(help="Number of the series, where the file does not tell it")
    ] = None,
    apart: Annotated[
        bool, typer.Option("--apart", help="Each part of a mask becomes a lesion of its own")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take margins of other programs in, as lesions of the series they were drawn on.

    Exit code 0 all taken, 1 some refused, 2 nothing taken or a bad call.
    """
    missing = tuple(path for path in files if not path.exists())
    if missing:
        names = ", ".join(str(path) for path in missing)
        typer.echo(f"There is no {names}. Check the path.", err=True)
        raise typer.Exit(2)
    from reader_app.workflows.import_margins import import_margins

    with opened(study) as store:
        taken = follow(import_margins(store, files, author, series_id=series, apart=apart))
    if as_json:
        typer.echo(json.dumps([_taken_json(one) for one in taken], ensure_ascii=False))
    else:
        _print_taken(taken)
    raise typer.Exit(_import_code(taken))


def _import_code(taken: tuple[MarginsTaken, ...]) -> int:
    refused = sum(bool(one.refused) for one in taken)
    if refused == len(taken):
        return 2
    return 1 if refused else 0


def _taken_json(one: MarginsTaken) -> object:
    return {
        "file": one.file,
        "kind": one.kind,
        "patient": one.patient,
        "lesions": [
            {"name": lesion.name, "author": lesion.author, "margins": lesion.margins}
            for lesion in one.lesions
        ],
        "notes": list(one.notes),
        "refused": one.refused,
    }


def _print_taken(taken: tuple[MarginsTaken, ...]) -> None:
    for one in taken:
        if one.refused:
            typer.echo(f"not taken: {one.file}: {one.refused}", err=True)
            continue
        for lesion in one.lesions:
            typer.echo(
                f"{one.file}: {lesion.name} of {one.patient}, "
                f"{counted(lesion.margins, 'margin')} by {lesion.author}"
            )
        for note in one.notes:
            typer.echo(f"  {note}")
