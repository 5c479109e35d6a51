"""Two conditions compared by whole studies: a short run of the benchmark `reading_conditions`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from simulation.roe_metz import SEPARATIONS, Size, simulate, structure
from simulation.two_conditions import CUTS, Plan, bare, draw, studies
from simulation.whole_study import quick_room

EQUAL = structure("HL", 1.5)
PLANTED = replace(structure("HL", 0.75), gain=0.75)
ERRORS = 4.0  # Monte-Carlo errors that are let pass
WHOLE, BARE = 4, 200


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with quick_room(monkeypatch) as folder:
        yield folder


@pytest.mark.parametrize("model", [EQUAL, PLANTED], ids=["equal", "planted"])
def test_the_report_of_a_whole_study_compares_conditions_as_the_ratings_do(room, model):
    plan = Plan(model, readers=3, per_class=4)
    found = studies(room / "drawn", draw(room / "drawn", plan), plan, range(1, WHOLE + 1))
    assert found.as_rated.n == WHOLE
    assert found.as_rated.estimate == 1.0
    assert found.holds.near(0.95, ERRORS)
    assert len(set(found.differences)) > 1, "each seed is a study of its own"
    bias, error = found.bias(plan)
    assert abs(bias) < ERRORS * error


def test_equal_conditions_of_a_small_study_are_seldom_called_different():
    plan = Plan(EQUAL, readers=5, per_class=10)
    found = bare(plan, BARE, seed=1)
    bias, error = found.bias(plan)
    assert plan.difference == 0.0
    assert found.differs.estimate < 0.12
    assert found.holds.n - found.holds.hits == found.differs.hits, "a test and its interval agree"
    assert abs(bias) < ERRORS * error


def test_a_planted_difference_is_found_and_its_interval_holds_it():
    plan = Plan(PLANTED, readers=5, per_class=10)
    found = bare(plan, BARE, seed=2)
    bias, error = found.bias(plan)
    assert plan.difference == pytest.approx(-0.152, abs=0.001)
    assert found.differs.estimate > 0.3
    assert found.holds.near(0.95, ERRORS)
    assert abs(bias) < ERRORS * error


@pytest.mark.parametrize("separation", SEPARATIONS)
def test_the_area_of_ten_ratings_lies_a_little_below_the_continuous_one(separation):
    model = structure("LH", separation)
    first, second = model.areas(CUTS)
    assert first == second
    assert 0 < model.area - first < 0.02


def test_the_expected_areas_are_those_of_very_many_cases():
    data = simulate(PLANTED, Size(1, 40_000, 40_000), np.random.default_rng(3), CUTS)
    none, some = data.ratings[:, 0, :40_000], data.ratings[:, 0, 40_000:]
    for condition, expected in enumerate(PLANTED.areas(CUTS)):
        # one reader draws its own terms, so the areas are near the expected ones only
        shares = [
            np.bincount(x[condition].astype(int), minlength=10) / 40_000 for x in (none, some)
        ]
        area = shares[1] @ (np.cumsum(shares[0]) - shares[0] / 2)
        assert area == pytest.approx(expected, abs=0.1)
