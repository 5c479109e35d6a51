"""What the reader statistics promise, held against simulated truth, 500 simulations and more each.

A line gives the share that was found with its Monte-Carlo error; the reference is the exact value
by enumeration, or what was published; wanted is the claim. Every draw is seeded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from measuring import Report, Row
from simulation.guessing import Plan, region, simulated
from simulation.intervals import SHARES, exact_wilson, simulated_area, simulated_wilson
from simulation.many_studies import areas_held, areas_held_without_studies, due, see
from simulation.monte_carlo import NOTHING, Share
from simulation.paper_study import draw_study, paper_counts, run_paper_study
from simulation.roe_metz import SEPARATIONS, Size, rejections, structure
from simulation.whole_study import StudyDesign, draw, quick_room

from studies.records import DEFAULT_SCHEME
from studies.report.sentences import p_text
from studies.report.tables import reader_tables
from studies.statistics.equivalence import equivalence_power

STUDIES, RUNS, READINGS = 500, 20_000, 1000
ERRORS = 3.0  # Monte-Carlo errors between a share and its exact value that are let pass
MOST_REJECTED = 0.065
HILLIS = "published mean .053, .029–.079"
SOURCES = (
    "Published beside the Roe & Metz lines: Hillis, Berbaum & Metz 2008, Acad Radiol 15:647, Table "
    "8, new model simplification plus ddf_H: trapezoid area, discrete ratings, 144 combinations of "
    "variances, readers and cases. With jackknife covariances it is the same test as here.",
    "Roe & Metz 1997, Acad Radiol 4:298: first letter the correlation of cases, second the spread "
    "of readers, high or low; components as in FDA's iRoeMetz. Ratings are a continuum but for the "
    "line that says categories; the cuts of those are the benchmark's own.",
    "A whole study is sealed, each reader enrolled, its package opened and answered, merged, "
    "unblinded and reported by the program's use-cases, in memory; exact values are enumerated "
    "from the reader's model.",
)
STRUCTURES = ("HL", "LL", "HH", "LH")
FIVE_RATINGS = (-1.0, -1 / 3, 1 / 3, 1.0)
TABLE_4 = (
    ("142/182 = 78.0", "93/120 = 77.5", "235/302 = 77.8", "189/302 = 62.6"),
    ("126/182 = 69.2", "83/120 = 69.2", "209/302 = 69.2", "177/302 = 58.6"),
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


# --- intervals


@pytest.mark.parametrize("n", [120, 182, 302])
def test_wilson_holds_proportions_as_often_as_it_says(n: int, report: Report) -> None:
    exact = exact_wilson(n, SHARES)
    found = simulated_wilson(n, SHARES, STUDIES, seed=n)
    reached = 0.94 <= exact.mean() <= 0.96 and 0.94 <= found.estimate <= 0.96
    told(
        report,
        f"Wilson's 95 % interval, n = {n}: mean coverage over p = .50–.95",
        found,
        f"exact {exact.mean():.4f}, least {exact.min():.4f}",
        ".94–.96",
        reached,
    )
    assert reached


@pytest.mark.parametrize(
    ("area", "positives", "negatives"),
    [(0.75, 120, 182), (0.75, 53, 129), (0.95, 120, 182), (0.95, 53, 129)],
)
def test_the_coverage_of_areas_is_told(
    area: float, positives: int, negatives: int, report: Report
) -> None:
    found = simulated_area(area, positives, negatives, RUNS, seed=positives + round(100 * area))
    where = f"area {area}, {positives} v {negatives}: coverage"
    below = found.delong_below, found.logit_below
    told(
        report,
        f"DeLong's 95 % interval, {where}",
        found.delong,
        f"truth below it {below[0]}",
        "reported",
        None,
    )
    told(
        report,
        f"logit of DeLong's, {where}",
        found.logit,
        f"truth below it {below[1]}",
        "nearer .95 than DeLong's",
        abs(found.logit.estimate - 0.95) < abs(found.delong.estimate - 0.95),
    )


def test_delong_holds_an_area_of_three_quarters_within_the_error(report: Report) -> None:
    found = simulated_area(0.75, 120, 182, READINGS, seed=12).delong
    told(
        report,
        "DeLong's 95 % interval, area 0.75, 120 v 182: coverage in a run of the usual length",
        found,
        "nominal .95",
        "within 2 Monte-Carlo errors of .95",
        found.near(0.95, 2.0),
    )
    assert found.near(0.95, ERRORS)


# --- equivalence to guessing


@pytest.mark.parametrize("margin", [0.10, 0.05])
def test_equivalence_has_the_power_it_claims_and_keeps_its_size(
    margin: float, report: Report
) -> None:
    plan = Plan(120, 182, margin)
    claimed, called = equivalence_power(120, 182, margin), region(plan)
    power, size = called.chance(0.5, 0.5), called.size
    found = simulated(plan, (0.5, 0.5), STUDIES, seed=10)
    wrongly = simulated(plan, called.worst(), STUDIES, seed=11)
    where = f"equivalence to guessing, 120 v 182, margin ±{margin:.2f}"
    reached = abs(power - claimed) < 1e-6 and found.near(claimed, ERRORS)
    told(report, f"{where}: power", found, f"exact {power:.4f}", f"claimed {claimed:.4f}", reached)
    told(
        report,
        f"{where}: called equivalent at the worst rates on the margin",
        wrongly,
        f"exact {size:.4f}",
        "≤ .05",
        size <= 0.05,
    )
    assert reached
    assert size <= 0.05
    assert wrongly.near(size, ERRORS)


# --- several readers and cases


@pytest.mark.parametrize("name", STRUCTURES)
def test_equal_conditions_are_called_different_no_more_than_allowed(
    name: str, report: Report
) -> None:
    size, together = Size(5, 50, 50), NOTHING
    for separation in SEPARATIONS:
        model = structure(name, separation)
        found = rejections(
            model, size, READINGS, seed=STRUCTURES.index(name) + round(1e3 * separation)
        )
        together += found
        what = f"Roe & Metz {name}, area {model.area:.3f}: equal conditions called different"
        told(report, what, found, "–", "part of the next", None)
    reached = together.estimate <= MOST_REJECTED
    what = f"Roe & Metz {name}, the three areas together, 5 readers, 50 + 50 cases"
    told(report, what, together, HILLIS, "≤ .065", reached)
    assert reached


def test_equal_conditions_in_five_categories(report: Report) -> None:
    together = NOTHING
    for number, name in enumerate(STRUCTURES):
        model = structure(name, SEPARATIONS[1])
        together += rejections(model, Size(5, 50, 50), STUDIES, 200 + number, FIVE_RATINGS)
    reached = together.estimate <= MOST_REJECTED
    told(
        report,
        "Roe & Metz HL, LL, HH and LH at the middle area, ratings in five categories",
        together,
        HILLIS,
        "≤ .065",
        reached,
    )
    for words in SOURCES:
        report.note(words)
    assert reached


# --- whole studies


WORDS = {
    "holds": "Wilson's interval of the class accuracy holds .75, 24 answers",
    "holds_early": "the same of a reader who leaves after 18 of 24",
    "equivalent": "a guessing reader is called equivalent to guessing, 12 v 12, margin ±.25",
    "differ": "McNemar calls two equally good readers different, 18 shared ROIs",
    "found": "synthetic ROIs found by a reader with d' .954",
    "first_half": "right classes in the first half of a reader who gets better",
    "second_half": "right classes in the second half",
    "answered": "trials answered by a reader who leaves a quarter out",
}


def test_whole_studies_print_what_the_readers_can_do(room: Path, report: Report) -> None:
    design = StudyDesign(real=4, synthetic=4, margin=0.25)
    seen, expected = see(draw(room / "drawn", design), range(1, STUDIES + 1)), due(design)
    missed = []
    for one in fields(expected):
        share, exact = getattr(seen, one.name), getattr(expected, one.name)
        reached = share.near(exact, ERRORS)
        told(
            report,
            f"{STUDIES} whole studies: {WORDS[one.name]}",
            share,
            f"exact {exact:.4f}",
            "within 3 Monte-Carlo errors of the exact value",
            reached,
        )
        missed += [] if reached else [one.name]
    assert not missed


def test_whole_staged_studies_hold_the_area_as_often_as_bare_ratings(
    room: Path, report: Report
) -> None:
    design = StudyDesign(real=4, synthetic=4, staged=True)
    held = areas_held(draw(room / "drawn", design), range(1, STUDIES + 1))
    bare = areas_held_without_studies(design, RUNS, seed=5)
    reached = held.near(bare.estimate, ERRORS)
    told(
        report,
        f"{STUDIES} whole studies in two stages: the reported interval holds the area of "
        "confidence in the origin, .747, 12 v 12",
        held,
        f"bare ratings {bare}",
        "within 3 Monte-Carlo errors of that",
        reached,
    )
    assert reached


# --- the paper's study


def test_the_papers_study_read_again_prints_its_table_4(room: Path, report: Report) -> None:
    with draw_study(room / "rebuilt") as store:
        results = run_paper_study(store, paper_counts())
    rows = reader_tables(results, DEFAULT_SCHEME)[0].rows[:2]
    printed = [tuple(cell.split(" [")[0] for cell in row[1:]) for row in rows]
    (pair,) = results.pairs
    agreed = f"{pair.outcomes.agreement.successes}/{pair.outcomes.n}"
    p = p_text(pair.mcnemar.p)
    for number, (cells, wanted) in enumerate(zip(printed, TABLE_4, strict=True), start=1):
        report.row(
            Row(
                f"the paper's study through packages and merge: Expert {number}, class of real, "
                "of synthetic, of all, origin; %",
                302,
                "; ".join(cells),
                "the paper prints 62.5 for 189/302" if number == 1 else "–",
                wanted="; ".join(wanted),
                reached=cells == wanted,
            )
        )
    report.row(
        Row(
            "the same: same class by both experts, exact McNemar",
            302,
            f"{agreed}; p = {p}",
            wanted="222/302; p = .0034",
            reached=(agreed, p) == ("222/302", ".0034"),
        )
    )
    assert printed == list(TABLE_4)
    assert (agreed, p) == ("222/302", ".0034")
