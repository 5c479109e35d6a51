"""The commands `plan …`: readers, cases and items that a study needs, with the curve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from reader_app.cli.study import AsJson

if TYPE_CHECKING:
    from reader_app.workflows.plan_study import Pilot, Plan, PlanRequest

_PILOT = "pilot"  # the call `plan PILOT --readers …` without a sub-command
PilotFile = Annotated[Path, typer.Argument(metavar="PILOT", help="Ratings: CSV or .imrmc")]
Effect = Annotated[float, typer.Option(help="Difference of the AUCs to see, e.g. 0.05")]
Alpha = Annotated[float, typer.Option(help="Error of the first kind")]
TargetPower = Annotated[float, typer.Option("--power", help="Power wanted, e.g. 0.8")]


class PlanGroup(TyperGroup):
    """`plan PILOT --readers …` goes on working beside the sub-commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [_PILOT, *args]
        return super().parse_args(ctx, args)


def add_commands(app: typer.Typer) -> None:
    """Add the commands."""
    plans = typer.Typer(
        cls=PlanGroup,
        no_args_is_help=True,
        help="How many readers, cases and items a study needs. `plan PILOT --readers N --cases N "
        "--effect E` is short for the power of one size.",
    )
    plans.command("mrmc")(_mrmc)
    plans.command("width")(_width)
    plans.command("mcnemar")(_mcnemar)
    plans.command("equivalence")(_equivalence)
    plans.command(_PILOT, hidden=True)(_pilot)
    app.add_typer(plans, name="plan")


def _mrmc(
    pilot: Annotated[
        Path | None, typer.Argument(metavar="[PILOT]", help="Ratings: CSV or .imrmc")
    ] = None,
    readers: Annotated[int, typer.Option(min=2, help="Readers planned")] = 5,
    effect: Effect = 0.05,
    cases: Annotated[
        int | None, typer.Option(min=2, help="Cases planned; without it, the fewest for --power")
    ] = None,
    power: TargetPower = 0.8,
    alpha: Alpha = 0.05,
    auc: Annotated[
        float | None, typer.Option(help="Without a pilot: the readers' mean AUC")
    ] = None,
    reader_range: Annotated[
        float,
        typer.Option(help="Without a pilot: best less worst AUC; .01 small, .05, .1 large"),
    ] = 0.05,
    repeat_range: Annotated[
        float, typer.Option(help="Without a pilot: the same for one reader's two readings")
    ] = 0.0,
    ratio: Annotated[float, typer.Option(help="Without a pilot: negative to positive cases")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Readers and cases of a multi-reader study (Hillis), from a pilot or from conventions."""
    from reader_app.workflows.plan_study import MrmcRequest, guess_pilot, read_pilot

    if (pilot is None) == (auc is None):
        raise typer.BadParameter("give a pilot's ratings, or --auc where there is no pilot")
    known: Pilot
    if pilot is not None:
        known = read_pilot(pilot)
    else:
        known = guess_pilot(
            auc or 0.0, reader_range, readers=readers, ratio=ratio, repeat_range=repeat_range
        )
    _tell("mrmc", MrmcRequest(known, readers, effect, cases, power, alpha), as_json)


def _width(
    proportion: Annotated[float, typer.Option(help="Share expected, e.g. 0.8")],
    half_width: Annotated[float, typer.Option(help="Half the interval's length, e.g. 0.05")],
    level: Annotated[float, typer.Option(help="Confidence level")] = 0.95,
    exact: Annotated[
        bool, typer.Option("--exact", help="Clopper-Pearson in place of Wilson")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Items for an interval of accuracy, sensitivity or any share that is narrow enough."""
    from reader_app.workflows.plan_study import WidthRequest

    _tell("width", WidthRequest(proportion, half_width, level, exact), as_json)


def _mcnemar(
    only_a: Annotated[float, typer.Option(help="Share that A alone gets right, e.g. 0.12")],
    only_b: Annotated[float, typer.Option(help="Share that B alone gets right, e.g. 0.05")],
    power: TargetPower = 0.8,
    items: Annotated[int | None, typer.Option(min=1, help="Tell the power of so many")] = None,
    alpha: Alpha = 0.05,
    as_json: AsJson = False,
) -> None:
    """Items for comparing two readers, or a reader and a network: exact McNemar."""
    from reader_app.workflows.plan_study import McNemarRequest

    _tell("mcnemar", McNemarRequest(only_a, only_b, power, alpha, items), as_json)


def _equivalence(
    margin: Annotated[float, typer.Option(help="Margin of balanced accuracy, e.g. 0.1")] = 0.10,
    power: TargetPower = 0.8,
    ratio: Annotated[
        float, typer.Option(help="Real items to each synthetic one; the paper's by default")
    ] = 182 / 120,
    synthetic: Annotated[
        int | None, typer.Option(min=1, help="Tell the power of so many synthetic items")
    ] = None,
    accuracy: Annotated[float, typer.Option(help="Balanced accuracy taken for true")] = 0.5,
    alpha: Alpha = 0.05,
    as_json: AsJson = False,
) -> None:
    """Items for showing that synthetic cannot be told from real: TOST of balanced accuracy."""
    from reader_app.workflows.plan_study import EquivalenceRequest

    request = EquivalenceRequest(margin, power, ratio, alpha, accuracy, synthetic)
    _tell("equivalence", request, as_json)


def _pilot(
    pilot: PilotFile,
    readers: Annotated[int, typer.Option(min=2, help="Readers planned")],
    items: Annotated[int, typer.Option("--cases", min=2, help="Cases planned")],
    effect: Effect,
    alpha: Alpha = 0.05,
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


# --- told -----------------------------------------------------------------------------------


def _tell(kind: str, request: PlanRequest, as_json: bool) -> None:
    from reader_app.workflows.plan_study import plan

    made = plan(request)
    typer.echo(_json(kind, made) if as_json else _text(made))


def _json(kind: str, made: Plan) -> str:
    curve = {
        "x_label": made.curve.x_label, "y_label": made.curve.y_label,
        "x": made.curve.x, "y": made.curve.y,
    }  # fmt: skip
    return json.dumps(
        {
            "schema": 1,
            "plan": kind,
            **dict(made.numbers),
            "method": made.method,
            "headline": made.headline,
            "reading": made.reading,
            "curve": curve,
            "table": {"header": made.header, "rows": made.rows},
        }
    )


def _text(made: Plan) -> str:
    points = [
        (f"{x:.0f}" + ("  <" if made.marked and x == made.marked[0] else ""), f"{y:.3f}")
        for x, y in zip(made.curve.x, made.curve.y, strict=True)
    ]
    parts = [
        made.title,
        made.headline,
        "",
        *_columns(made.header, made.rows),
        "",
        *_columns((made.curve.x_label, made.curve.y_label), points),
        "",
        f"Method: {made.method}.",
        made.reading,
    ]
    return "\n".join(parts)


def _columns(header: tuple[str, ...], rows: Any) -> list[str]:
    table = [header, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
