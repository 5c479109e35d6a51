"""Commands on readers and their packages: package, take-in, issue, readers."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reader_app.cli.experiment import table_text
from reader_app.cli.study import AsJson, StudyFolder, opened
from studies.errors import StudyError

if TYPE_CHECKING:
    from studies.reading import PartProgress
    from studies.records import PartRecord, ReaderRecord
    from studies.store import Store

ReaderName = Annotated[str, typer.Argument(metavar="READER", help="A reader's pseudonym")]
_COLUMNS = (
    "Reader", "Part", "State", "Answered", "Last seen (UTC)", "Sittings", "Minutes", "Median s",
    "Pauses", "Undone",
)  # fmt: skip


def add_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("package")(_package)
    app.command("take-in")(_take_in)
    app.command("issue")(_issue)
    app.command("readers")(_readers)


def _package(
    study: StudyFolder,
    reader: ReaderName,
    to: Annotated[Path, typer.Option("--to", help="The folder that the zip is written to")],
) -> None:
    """Pack the part that a reader has at hand as NAME.reading.zip, to be read on any computer."""
    from studies.package import pack

    with opened(study, read_only=True) as store:
        found = _reader(store, reader)
        if found.package is None:
            raise StudyError(f"{found.pseudonym} reads no package. Choose a person who reads.")
        typer.echo(pack(found.package, to))


def _take_in(
    study: StudyFolder,
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS.zip", help="What a reader sent back")],
) -> None:
    """Verify a reader's NAME.answers.zip and take its new answers into the study."""
    from studies import reading

    if not answers.is_file():
        typer.echo(f"There is no file {answers}. Check the path.", err=True)
        raise typer.Exit(2)
    with opened(study) as store:
        reader = reading.merge_answers(store, answers)
    typer.echo(f"{reader.pseudonym}: {reader.answered} of {reader.trials} trials answered.")
    for part in reader.parts:
        typer.echo(f"  {_part_words(part)}")


def _issue(
    study: StudyFolder,
    reader: ReaderName,
    override: Annotated[
        str, typer.Option(help="Why the washout is cut short; the reason is reported")
    ] = "",
) -> None:
    """Make a reader's next part, once the one before is finished and the washout is over."""
    from studies import reading

    with opened(study) as store:
        record = reading.issue_part(store, _reader(store, reader).id, override=override)
    made = [part for part in record.parts if part.package is not None]
    typer.echo(f"{record.pseudonym}: {_part_words(made[-1])}")
    typer.echo(made[-1].package)


def _readers(study: StudyFolder, as_json: AsJson = False) -> None:
    """Show how far the readers of the newest protocol are: times and progress, never an answer."""
    from studies import reading

    with opened(study, read_only=True) as store:
        sealed = reading.protocol(store)
        if sealed is None:
            raise StudyError("No protocol is sealed yet. Seal one on the page Read first.")
        found = reading.monitor(store, sealed.id)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, default=str))
        return
    if not found:
        typer.echo(f"Nobody reads version {sealed.version} yet.")
        return
    title = f"Readers of version {sealed.version}"
    typer.echo(table_text(title, _COLUMNS, tuple(_row(one) for one in found)))


def _reader(store: Store, name: str) -> ReaderRecord:
    """The reader of this pseudonym, in the newest version that has one."""
    from studies import reading

    readers = reading.readers(store)
    wanted = name.strip().casefold()
    found = [one for one in readers if one.pseudonym.casefold() == wanted]
    if not found:
        known = ", ".join(dict.fromkeys(one.pseudonym for one in readers)) or "nobody yet"
        raise StudyError(f"There is no reader {name} in this study; it has {known}.")
    return found[-1]


def _part_words(part: PartRecord) -> str:
    opens = f", opens {part.opens}" if part.opens else ""
    return (
        f"part {part.plan.number} (stage {part.plan.stage}, {part.plan.condition}): {part.state}, "
        f"{part.answered} of {part.trials} answered{opens}"
    )


def _row(one: PartProgress) -> tuple[str, ...]:
    median = "–" if one.median_seconds is None else f"{one.median_seconds:.1f}"
    return (
        one.reader,
        str(one.part.plan.number),
        one.part.state,
        f"{one.part.answered}/{one.part.trials}",
        one.last_seen or "–",
        str(one.sittings),
        f"{one.minutes:.1f}",
        median,
        str(one.pauses),
        str(one.corrections),
    )
