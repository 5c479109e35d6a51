"""Commands on reading and its results: note, seal, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reader_app.cli.progress_line import follow
from reader_app.cli.study import StudyFolder, opened
from studies.errors import StudyError

if TYPE_CHECKING:
    from studies.protocols.separation import Separation
    from studies.records import CaseRecord, ProtocolDraft
    from studies.store import Store


def add_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("note")(_note)
    app.command("seal")(_seal)
    app.command("report")(_report)


def _note(
    study: StudyFolder,
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="The patient's pseudonym, or the case's number")
    ],
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="What readers may be told; “” takes it away")
    ],
) -> None:
    """Keep a case's clinical note, shown to readers where a protocol says so. No name, no result.

    A protocol that is sealed keeps the notes as they stood then.
    """
    from studies import cases

    with opened(study) as store:
        found = _case(cases.cases(store), case)
        kept = cases.set_clinical_note(store, found.id, text)
    typer.echo(f"{kept.patient}: {kept.clinical_note or 'no note'}")


def _case(found: tuple[CaseRecord, ...], wanted: str) -> CaseRecord:
    """The one case of this pseudonym or number; StudyError for none or several."""
    named = [one for one in found if one.patient == wanted]
    named = named or [one for one in found if str(one.id) == wanted]
    if len(named) == 1:
        return named[0]
    if named:
        numbers = " or ".join(str(one.id) for one in named)
        raise StudyError(f"{wanted} has several cases. Give a number instead: {numbers}.")
    raise StudyError(f"There is no case {wanted} in this study. Give a pseudonym or a number.")


def _seal(
    study: StudyFolder,
    name: Annotated[str, typer.Option(help="What the reading is called")] = "Blinded reading",
    notes: Annotated[
        bool, typer.Option("--notes", help="Show clinical notes: real ROIs alone, class only")
    ] = False,
    override: Annotated[
        str, typer.Option(help="Why a leak is accepted; the reason is sealed and reported")
    ] = "",
    pixels: Annotated[
        bool,
        typer.Option(
            "--pixels/--no-pixels", help="Measure first how well a network tells the pixels apart"
        ),
    ] = True,
) -> None:
    """Seal the next version: every real ROI and 40 synthetic ones a class, or as many as there are.

    The window seals other drafts. What the pixels tell is reported and never keeps from sealing.
    """
    from studies import reading

    with opened(study) as store:
        draft = _draft(store, name, notes=notes)
        found = _measured(store, draft) if pixels else None
        sealed = reading.seal(store, draft, override=override, separation=found)
    told = f"leak audit {sealed.audit}" if sealed.audit else "no leak audit: too few items"
    typer.echo(f"Version {sealed.version} is sealed: {sealed.items} items, {told}.")
    typer.echo(f"What the pixels tell: {_separation_words(found)}")


def _draft(store: Store, name: str, *, notes: bool) -> ProtocolDraft:
    from dataclasses import replace

    from studies import reading

    draft = replace(reading.draft_default(store), name=name, seed=reading.new_seed())
    asks = any(count for _, count in draft.synthetic_per_category) and not notes
    if not asks:
        draft = replace(draft, synthetic_per_category=(), questions=("diagnosis", "confidence"))
    draft = replace(draft, show_notes=notes)
    return replace(draft, constraints=reading.fitting_constraints(draft))


def _measured(store: Store, draft: ProtocolDraft) -> Separation | None:
    """The number; None, and said why, where it cannot be had: it never keeps from sealing."""
    from engine.errors import EngineError
    from reader_app.workflows.judge_separation import can_be_judged, judge_separation

    if not can_be_judged(draft):
        return None
    try:
        return follow(judge_separation(store, draft))
    except (EngineError, StudyError) as error:
        typer.echo(f"{error} Sealed without this number.", err=True)
        return None


def _separation_words(found: Separation | None) -> str:
    if found is None:
        return "not measured."
    return (
        f"AUC {found.auc:.2f} [{found.low:.2f}, {found.high:.2f}], {found.real} real and "
        f"{found.synthetic} synthetic ROIs, a network of {found.parameters} weights, out of fold."
    )


def _report(
    study: StudyFolder,
    to: Annotated[
        Path | None, typer.Option("--to", help="File; by default inside the study's exports")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write a PDF as well")] = False,
    figures: Annotated[
        Path | None,
        typer.Option("--figures", help="Folder for all figures as SVG, PNG of 300 dpi and CSV"),
    ] = None,
    files: Annotated[
        Path | None,
        typer.Option(
            "--files", help="Folder for all tables as CSV, and ratings for other programs"
        ),
    ] = None,
) -> None:
    """Write the whole paper-shaped report as one self-contained HTML file; more with options.

    Data, methods, Tables 1-7 and Figures 1-9 of the paper as far as they were run, readers,
    limits, provenance, protocol and conduct.
    """
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
        if figures is not None:
            from reader_app.printing import printing_application
            from reader_app.state.figures_folder import write_figures

            fonts = printing_application()  # must outlive the drawing
            typer.echo("\n".join(map(str, follow(write_figures(store, figures)))))
            del fonts
        if files is not None:
            written = follow(export_everything(store, files))
            typer.echo("\n".join(map(str, written.paths)))
            for note in written.notes:
                typer.echo(note, err=True)
