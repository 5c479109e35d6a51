"""Commands on synthetic ROIs: list them, accept them or keep them out, place them on the maps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from reader_app.cli.progress_line import follow
from reader_app.cli.study import AsJson, StudyFolder, opened
from studies.errors import StudyError
from studies.imaging.exchange.words import counted

if TYPE_CHECKING:
    from studies.learning import Decision
    from studies.records import SyntheticRoiRecord
    from studies.store import Store

Ids = Annotated[
    list[int] | None, typer.Argument(metavar="[ID]...", help="Their numbers; see synthetic list")
]
By = Annotated[str, typer.Option("--by", help="Who decides; kept with the decision")]
OfClass = Annotated[str | None, typer.Option("--category", help="Only this class")]
OfRun = Annotated[int | None, typer.Option("--run", help="Only this generator's run")]
OfAudit = Annotated[
    str | None, typer.Option("--audit", help="Only clear, close, copy or unchecked ones")
]


def add_commands(app: typer.Typer) -> None:
    """Add `synthetic list`, `accept`, `keep-out` and `place`."""
    group = typer.Typer(
        help="List synthetic ROIs, decide which may be read, place them on the t-SNE maps.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("list")(_list)
    group.command("accept")(_accept)
    group.command("keep-out")(_keep_out)
    group.command("place")(_place)
    app.add_typer(group, name="synthetic")


def _list(
    study: StudyFolder,
    category: OfClass = None,
    run: OfRun = None,
    audit: OfAudit = None,
    as_json: AsJson = False,
) -> None:
    """List synthetic ROIs with their verdict and who decided what on them."""
    with opened(study, read_only=True) as store:
        found = _chosen(store, (), category, run, audit)
    if as_json:
        typer.echo(json.dumps([_roi_json(roi) for roi in found], ensure_ascii=False))
        return
    for roi in found:
        typer.echo(_line(roi))


def _accept(
    study: StudyFolder,
    by: By,
    ids: Ids = None,
    category: OfClass = None,
    run: OfRun = None,
    audit: OfAudit = None,
    as_json: AsJson = False,
) -> None:
    """Let synthetic ROIs into reading; copies of real ROIs stay out and are counted.

    Name the ROIs, or choose them by class, run or verdict. Exit code 1 where none was accepted.
    """
    _decide(study, by, ids, (category, run, audit), "", as_json)


def _keep_out(
    study: StudyFolder,
    by: By,
    ids: Ids = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the decision")] = "",
    category: OfClass = None,
    run: OfRun = None,
    audit: OfAudit = None,
    as_json: AsJson = False,
) -> None:
    """Keep synthetic ROIs out of reading, for a reason.

    Name the ROIs, or choose them by class, run or verdict. Versions that are sealed keep theirs.
    """
    if not reason.strip():
        raise StudyError("Say why they are kept out: --reason artefact")
    _decide(study, by, ids, (category, run, audit), reason, as_json)


def _decide(
    study: StudyFolder,
    by: str,
    ids: list[int] | None,
    filters: tuple[str | None, int | None, str | None],
    reason: str,
    as_json: bool,
) -> None:
    """Keep out for `reason`; accept where there is none."""
    from studies import learning

    if not ids and filters == (None, None, None):
        raise StudyError("Say which: their numbers, or --category, --run or --audit.")
    with opened(study, who=by) as store:
        chosen = _chosen(store, tuple(ids or ()), *filters)
        wanted = [roi.id for roi in chosen if reason or roi.audit != "copy"]
        decided = learning.decide_synthetic(store, tuple(wanted), not reason, reason)
    copies = len(chosen) - len(decided)
    if as_json:
        found = {"decided": [_roi_json(roi) for roi in decided], "copies_left_out": copies}
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        what = "kept out" if reason else "accepted"
        stay = f"; {copies} {'copy' if copies == 1 else 'copies'} left out" if copies else ""
        typer.echo(f"{counted(len(decided), 'synthetic ROI')} {what}{stay}.")
    raise typer.Exit(0 if decided else 1)


def _chosen(
    store: Store,
    ids: tuple[int, ...],
    category: str | None,
    run: int | None,
    audit: str | None,
) -> list[SyntheticRoiRecord]:
    """The ROIs that are named and pass the filters; StudyError for a number or name unknown."""
    from studies import cases, learning

    codes = cases.study(store).scheme.codes
    if category is not None and category not in codes:
        raise StudyError(f"--category takes one of {', '.join(codes)}.")
    if audit is not None and audit not in learning.AUDITS:
        raise StudyError(f"--audit takes one of {', '.join(learning.AUDITS)}.")
    found = learning.synthetic_rois(store, category=category, run_id=run)
    found = tuple(roi for roi in found if audit in (None, roi.audit))
    missing = set(ids) - {roi.id for roi in found}
    if missing:
        raise StudyError(f"There is no synthetic ROI {min(missing)} among those that are chosen.")
    return [roi for roi in found if not ids or roi.id in ids]


def _place(study: StudyFolder, as_json: AsJson = False) -> None:
    """Place synthetic ROIs on every t-SNE map that lacks some; no point of a map moves."""
    from reader_app.workflows.embed import place_synthetic
    from studies import learning

    with opened(study) as store:
        count = follow(place_synthetic(store))
        held = (learning.embedding(store, run.id) for run in learning.runs(store))
        maps = {one.run_id: len(one.synthetic) for one in held if one is not None}
    if as_json:
        rows = [{"run": run, "synthetic": placed} for run, placed in maps.items()]
        typer.echo(json.dumps({"placed_on": count, "maps": rows}))
        return
    typer.echo(f"{counted(count, 'map')} got synthetic ROIs; {counted(len(maps), 'map')} in all.")


def _line(roi: SyntheticRoiRecord) -> str:
    likeness = f"NCC {roi.similarity:.3f}" if roi.similarity is not None else "NCC –"
    decision = _decision(roi)
    words = [f"{roi.id}", roi.category, f"run {roi.run_id}", roi.audit, likeness]
    words.append("accepted" if roi.accepted else "kept out")
    if decision is not None:
        words.append(" ".join(word for word in (decision.reason, decision.by) if word))
    return "  ".join(word for word in words if word)


def _decision(roi: SyntheticRoiRecord) -> Decision | None:
    from studies import learning

    return learning.decision_of(roi.decided)


def _roi_json(roi: SyntheticRoiRecord) -> object:
    decision = _decision(roi)
    return {
        "id": roi.id,
        "category": roi.category,
        "run": roi.run_id,
        "seed": roi.seed,
        "number": roi.index + 1,
        "audit": roi.audit,
        "similarity": roi.similarity,
        "nearest_lesion": roi.nearest_lesion_id,
        "accepted": roi.accepted,
        "decided": decision is not None,
        "reason": decision.reason if decision else "",
        "by": decision.by if decision else "",
        "at": decision.at if decision else "",
    }
