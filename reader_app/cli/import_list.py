"""`import --list`: the series that were found, with their verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reader_app.cli.progress_line import follow
from studies.imaging.exchange.words import counted

if TYPE_CHECKING:
    from reader_app.workflows.import_offer import ImportOffer, OfferedSeries


def print_offer(folder: Path, paths: tuple[Path, ...], *, as_json: bool) -> int:
    """Look through the paths for a study that is or is not there; returns the exit code."""
    from reader_app.cli.study import opened
    from reader_app.workflows.import_offer import look_through

    if folder.exists() and any(folder.iterdir()):
        with opened(folder, read_only=True) as store:
            offer = follow(look_through(store, paths))
    else:
        offer = follow(look_through(None, paths))
    offer.close()
    if as_json:
        typer.echo(json.dumps(_offer_json(offer), ensure_ascii=False))
    else:
        _print(offer)
    return _code(offer)


def _code(offer: ImportOffer) -> int:
    """0 every series can be taken, 1 some or some files cannot, 2 none can."""
    if not offer.takeable:
        return 2
    refused = len(offer.takeable) < len(offer.series)
    return 1 if refused or any(one.verdict == "left_out" for one in offer.verdicts) else 0


def _print(offer: ImportOffer) -> None:
    left = sum(one.verdict == "left_out" for one in offer.verdicts)
    typer.echo(
        f"{len(offer.series)} series in {counted(offer.files, 'file')}, {left} of them left out. "
        "Nothing was taken."
    )
    split = {one.uid for one in offer.series if one.plan.part}
    for one in offer.series:
        first, name = one.first, one.part_name if one.uid in split else one.uid
        badges = f"  [{', '.join(one.badges)}]" if one.badges else ""
        typer.echo(
            f"  {one.patient}  {one.description}  {counted(len(one.plan.slices), 'slice')} of "
            f"{first.rows} x {first.columns}, {first.column_spacing:.2f} x "
            f"{first.row_spacing:.2f} x {one.slice_spacing:.2f} mm{badges}"
        )
        typer.echo(f"    --series {name}")
        if one.refusal:
            typer.echo(f"    cannot be taken: {one.refusal}")
    for other in offer.passed_over:
        what = f"{other.description}: " if other.description else ""
        names = other.files[0] if len(other.files) == 1 else counted(len(other.files), "file")
        typer.echo(f"  left out: {what}{names}: {other.reason}")


def _offer_json(offer: ImportOffer) -> object:
    split = {one.uid for one in offer.series if one.plan.part}
    return {
        "series": [
            _series_json(one, one.part_name if one.uid in split else one.uid)
            for one in offer.series
        ],
        "left_out": [
            {"file": one.file, "reason": one.reason}
            for one in offer.verdicts
            if one.verdict == "left_out"
        ],
    }


def _series_json(one: OfferedSeries, name: str) -> object:
    first = one.first
    return {
        "series_uid": name,
        "patient": one.patient,
        "description": first.description,
        "date": first.date,
        "folder": one.folder,
        "slices": len(one.plan.slices),
        "rows": first.rows,
        "columns": first.columns,
        "row_spacing": first.row_spacing,
        "column_spacing": first.column_spacing,
        "slice_spacing": one.slice_spacing,
        "has_hu": all(head.has_hu for head in one.plan.slices),
        "badges": list(one.badges),
        "takeable": not one.refusal,
        "reason": one.refusal,
    }
