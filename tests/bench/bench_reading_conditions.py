"""Two conditions compared by whole studies of five readers, 200 with a difference and 200 without.

Each study is sealed, its readers enrolled, both packages of each answered with the washout kept,
merged, unblinded and reported by the program's own use-cases. The bare rows are the same ratings
without any study around them, many more of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from measuring import Report, Row
from simulation.monte_carlo import Share
from simulation.roe_metz import Structure, structure
from simulation.two_conditions import Found, Plan, bare, draw, studies
from simulation.whole_study import quick_room

STUDIES, RUNS = 200, 5000
READERS, PER_CLASS = 5, 10
MOST_REJECTED = 0.065
ERRORS = 3.0
EQUAL = structure("HL", 1.5)
PLANTED = replace(structure("HL", 0.75), gain=0.75)
SOURCE = (
    "Roe & Metz HL: 5 readers, 10 positive and 20 negative ROIs, each read alone and on its slice; "
    "ratings in ten categories (class and five steps of confidence). Planted: separation .75 "
    "against 1.50. Random readers and cases, jackknife; true areas exact for the categories."
)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with quick_room(monkeypatch) as folder:
        yield folder


def told(
    report: Report, what: str, found: Share, reference: str, wanted: str, reached: bool | None
) -> None:
    """A row of a share with its error."""
    report.row(Row(what, found.n, str(found), reference, "–", wanted, reached))


def told_bias(report: Report, what: str, found: Found, plan: Plan, reference: str) -> bool:
    """A row of the bias; whether it lies within the error."""
    bias, error = found.bias(plan)
    reached = abs(bias) <= ERRORS * error
    report.row(
        Row(
            f"{what}: mean difference of the areas less the true {plan.difference:.3f}",
            len(found.differences),
            f"{bias:+.4f} ± {error:.4f}",
            reference,
            "–",
            "within 3 Monte-Carlo errors of 0",
            reached,
        )
    )
    return reached


@pytest.mark.parametrize(
    ("name", "model"), [("equal conditions", EQUAL), ("a planted difference", PLANTED)]
)
def test_the_report_compares_two_conditions_as_it_claims(
    name: str, model: Structure, room: Path, report: Report
) -> None:
    plan, is_null = Plan(model, READERS, PER_CLASS), model.gain == 0
    draft = draw(room / "drawn", plan)
    whole = studies(room / "drawn", draft, plan, range(1, STUDIES + 1))
    alone = bare(plan, RUNS, seed=21)
    what, bare_bias = f"{STUDIES} whole studies, {name}", alone.bias(plan)
    reached = [
        whole.differs.near(alone.differs.estimate, ERRORS)
        and (not is_null or alone.differs.estimate <= MOST_REJECTED),
        whole.holds.near(alone.holds.estimate, ERRORS),
        whole.as_rated.estimate == 1.0,
    ]
    told(
        report,
        f"{what}: called different",
        whole.differs,
        f"{RUNS} bare ratings {alone.differs}",
        "near the bare ratings'" + (", those ≤ .065" if is_null else ""),
        reached[0],
    )
    told(
        report,
        f"{what}: the interval holds the true difference",
        whole.holds,
        f"bare {alone.holds}",
        "near the bare ratings'",
        reached[1],
    )
    told(
        report,
        f"{what}: difference, df, p and interval are those of the ratings",
        whole.as_rated,
        "–",
        "all",
        reached[2],
    )
    reference = f"bare {bare_bias[0]:+.4f} ± {bare_bias[1]:.4f}"
    reached.append(told_bias(report, what, whole, plan, reference))
    report.note(SOURCE)
    assert all(reached)
