"""Items for equivalence: the least that reach the power of the very test."""

from __future__ import annotations

import pytest

from studies.statistics.equivalence import equivalence_power
from studies.statistics.planning import items_for_equivalence
from studies.statistics.planning.equivalence import real_for

PAPER = 182 / 120


def test_the_papers_mix_is_about_what_power_92_needs():
    plan = items_for_equivalence(0.10, 0.92, PAPER)
    assert plan.synthetic in range(115, 121)
    assert plan.power >= 0.92
    assert real_for(120, PAPER) == 182


@pytest.mark.parametrize(
    ("margin", "power", "ratio"), [(0.10, 0.80, PAPER), (0.2, 0.9, 1.0), (0.15, 0.8, 4.0)]
)
def test_the_plan_reaches_its_power_and_one_item_fewer_does_not(margin, power, ratio):
    plan = items_for_equivalence(margin, power, ratio)
    assert plan.real == real_for(plan.synthetic, ratio)
    assert plan.power == equivalence_power(plan.synthetic, plan.real, margin) >= power
    fewer = plan.synthetic - 1
    assert equivalence_power(fewer, real_for(fewer, ratio), margin) < power


def test_the_curve_passes_through_the_plan():
    plan = items_for_equivalence(0.10)
    assert plan.curve.y[plan.curve.x.index(plan.items)] == plan.power
    assert list(plan.curve.y) == sorted(plan.curve.y)
    assert plan.method == "TOST, exact; power by enumeration"


def test_a_reader_off_the_middle_needs_more_items():
    needed = [items_for_equivalence(0.10, accuracy=a).synthetic for a in (0.5, 0.53, 0.55)]
    assert needed == sorted(set(needed))
    assert needed[1] == items_for_equivalence(0.10, accuracy=0.47).synthetic


def test_large_plans_are_of_the_score_test():
    plan = items_for_equivalence(0.03)
    assert plan.items > 2000
    assert plan.method == "TOST, score; power by normal approximation"
    assert plan.power == pytest.approx(0.80, abs=0.01)


@pytest.mark.parametrize(
    ("margin", "power", "ratio", "accuracy", "words"),
    [
        (0.5, 0.8, 1.0, 0.5, "margin"),
        (0.1, 1.0, 1.0, 0.5, "power"),
        (0.1, 0.8, 0.0, 0.5, "ratio"),
        (0.1, 0.8, 1.0, 0.62, "not equivalent"),
        (0.1, 0.8, 1.0, 0.6, "outside the margin"),
        (0.1, 0.8, 1.0, 0.4, "outside the margin"),
        (0.2, 0.8, 1.0, 0.7, "outside the margin"),
        (0.001, 0.8, 1.0, 0.5, "100,000"),
    ],
)
def test_impossible_plans_are_refused(margin, power, ratio, accuracy, words):
    with pytest.raises(ValueError, match=words):
        items_for_equivalence(margin, power, ratio, accuracy=accuracy)
