"""What the program prints, held against simulated truth: a short run of each.

The benchmark `reading_statistics` runs the same with at least 500 simulations each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from simulation.guessing import Plan, region, simulated
from simulation.intervals import SHARES, exact_wilson, simulated_area, simulated_wilson
from simulation.many_studies import (
    Due,
    Seen,
    areas_held,
    areas_held_without_studies,
    due,
    exact_mcnemar,
    rated_area,
    see,
)
from simulation.monte_carlo import Share
from simulation.roe_metz import Size, mean_area, rejections, simulate, structure
from simulation.whole_study import StudyDesign, draw, quick_room

from studies.statistics.equivalence import equivalence_power
from studies.statistics.paired import PairedTable, mcnemar

RUNS, ERRORS = 50, 4.0  # simulations, and Monte-Carlo errors that are let pass
TOGETHER = StudyDesign(real=3, synthetic=3, margin=0.3)
STAGED = StudyDesign(real=3, synthetic=3, staged=True)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with quick_room(monkeypatch) as folder:
        yield folder


# --- whole studies


def test_whole_studies_print_what_the_readers_can_do(room: Path) -> None:
    seen, expected = see(draw(room / "drawn", TOGETHER), range(1, RUNS + 1)), due(TOGETHER)
    assert seen.holds.n == RUNS
    assert seen.answered.estimate == expected.answered
    for name in Due.__dataclass_fields__:
        share: Share = getattr(seen, name)
        assert share.near(getattr(expected, name), ERRORS), name
    assert seen.second_half.estimate - seen.first_half.estimate > 0.1


def test_whole_staged_studies_hold_the_area_as_often_as_bare_ratings(room: Path) -> None:
    held = areas_held(draw(room / "drawn", STAGED), range(1, RUNS // 2 + 1), readers=2)
    bare = areas_held_without_studies(STAGED, 2000, seed=5)
    assert held.near(bare.estimate, ERRORS)


def test_the_ratings_of_the_origin_have_the_area_that_is_reckoned() -> None:
    assert 0.74 < rated_area() < 0.75
    first, second = Seen(*[Share(1, 2)] * 8), Seen(*[Share(1, 1)] * 8)
    assert (first + second).holds == Share(2, 3)


# --- intervals


@pytest.mark.parametrize("n", [24, 120, 182, 302])
def test_wilson_holds_the_share_about_as_often_as_it_says(n: int) -> None:
    exact = exact_wilson(n, SHARES).mean()
    assert 0.94 <= exact <= 0.96
    assert simulated_wilson(n, SHARES, RUNS, seed=n).near(exact, ERRORS)


def test_delong_holds_an_area_of_three_quarters_about_as_often_as_it_says() -> None:
    found = simulated_area(0.75, 120, 182, RUNS, seed=2)
    assert found.delong.near(0.95, ERRORS)
    assert found.logit.near(0.95, ERRORS)


def test_the_logit_interval_holds_areas_near_one_that_delongs_own_loses() -> None:
    found = simulated_area(0.95, 20, 20, 20 * RUNS, seed=2)
    assert found.delong.estimate < 0.90
    assert found.logit.estimate > 0.93
    assert found.delong_below.estimate > 0.10
    assert found.logit_below.estimate < 0.05


# --- equivalence to guessing


def test_the_equivalence_test_has_the_power_it_claims_and_keeps_its_size() -> None:
    plan = Plan(24, 36, 0.2)
    found = region(plan)
    power = found.chance(0.5, 0.5)
    assert power == pytest.approx(equivalence_power(24, 36, 0.2), abs=1e-9)
    assert found.size <= 0.05
    assert simulated(plan, (0.5, 0.5), RUNS, seed=3).near(power, ERRORS)
    assert simulated(plan, found.worst(), RUNS, seed=4).near(found.size, ERRORS)


def test_mcnemar_rejects_equal_readers_as_often_as_enumeration_says() -> None:
    chance, n, discordant = 0.0, 9, 0.4
    for first in range(n + 1):
        for second in range(n + 1 - first):
            cells = [first, second, n - first - second]
            ways = math.comb(n, first) * math.comb(n - first, second)
            p = ways * (discordant / 2) ** (first + second) * (1 - discordant) ** cells[2]
            chance += p * (mcnemar(PairedTable(cells[2], first, second, 0)).p <= 0.05)
    assert exact_mcnemar(n, discordant) == pytest.approx(chance)
    assert chance <= 0.05


# --- readers and cases by Roe and Metz


def test_roe_and_metz_ratings_have_the_expected_area() -> None:
    model = structure("HH", 1.5)
    assert model.area == pytest.approx(0.848, abs=0.001)
    mean, error = mean_area(model, Size(5, 50, 50), RUNS, seed=6)
    assert abs(mean - model.area) < ERRORS * error


@pytest.mark.parametrize(("name", "within", "across"), [("HL", 0.6, 0.3), ("LH", 0.2, 0.1)])
def test_roe_and_metz_cases_are_as_alike_as_the_structure_says(
    name: str, within: float, across: float
) -> None:
    data = simulate(structure(name, 0.75), Size(2, 20_000, 2), np.random.default_rng(7))
    found = np.corrcoef(data.flat[:, :20_000])
    assert found[0, 1] == pytest.approx(within, abs=0.03)  # same condition, other reader
    assert found[0, 3] == pytest.approx(across, abs=0.03)  # other condition, other reader
    assert found[0, 2] == pytest.approx(across + 0.2, abs=0.03)  # other condition, same reader


@pytest.mark.parametrize("name", ["HL", "LL", "HH", "LH"])
def test_equal_conditions_are_seldom_called_different(name: str) -> None:
    found = rejections(structure(name, 1.5), Size(5, 25, 25), RUNS, seed=8)
    assert found.near(0.05, ERRORS)
    assert found.estimate < 0.2


def test_categories_keep_the_order_of_the_ratings() -> None:
    rng = (np.random.default_rng(9), np.random.default_rng(9))
    fine = simulate(structure("HL", 1.5), Size(3, 30, 30), rng[0])
    coarse = simulate(structure("HL", 1.5), Size(3, 30, 30), rng[1], (-1.0, 0.0, 1.0))
    assert set(np.unique(coarse.ratings)) <= {0.0, 1.0, 2.0, 3.0}
    order = np.argsort(fine.ratings[0, 0])
    assert (np.diff(coarse.ratings[0, 0][order]) >= 0).all()


def test_a_share_knows_its_error() -> None:
    assert str(Share(26, 500)) == "0.0520 ± 0.0099"
    assert Share(26, 500).near(0.05, 1.0)
    assert not Share(40, 500).near(0.05, 3.0)
    assert Share.of([True, False]) + Share(1, 2) == Share(2, 4)
