"""Power of the exact McNemar test against R's programs, brute force and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from studies.statistics.paired import PairedTable, mcnemar
from studies.statistics.planning import items_for_mcnemar, mcnemar_power


def test_power_is_that_of_pwrss():
    """R's pwrss prints .839356985 (G*Power .839343) and .80298386 for these one-sided tests."""
    assert mcnemar_power(50, 0.32, 0.08, two_sided=False) == pytest.approx(0.839356985, abs=5e-10)
    assert mcnemar_power(200, 0.20, 0.10, two_sided=False) == pytest.approx(0.80298386, abs=5e-9)


def test_power_is_that_of_mess():
    """R's MESS prints .80 at 144 items with .25 and .45, exact, one-sided at .025."""
    one_sided = mcnemar_power(144, 0.45, 0.25, 0.025, two_sided=False)
    assert round(one_sided, 2) == 0.80
    assert mcnemar_power(144, 0.45, 0.25) == pytest.approx(one_sided, abs=1e-5)


@pytest.mark.parametrize(("n", "first", "second"), [(9, 0.5, 0.1), (14, 0.3, 0.3), (14, 0.6, 0.0)])
def test_power_is_the_chance_that_the_test_itself_rejects(n, first, second):
    """By enumeration of every table with the test of the analysis."""
    rejects = 0.0
    for one in range(n + 1):
        for other in range(n + 1 - one):
            if mcnemar(PairedTable(0, one, other, n - one - other)).p <= 0.05:
                chances = (first, second, 1 - first - second)
                rejects += stats.multinomial.pmf((one, other, n - one - other), n, chances)
    assert mcnemar_power(n, first, second) == pytest.approx(rejects, abs=1e-9)
    assert mcnemar_power(n, second, first) == pytest.approx(rejects, abs=1e-9)


def test_without_a_difference_the_test_keeps_its_size():
    assert all(mcnemar_power(n, 0.1, 0.1) <= 0.05 for n in (5, 20, 60, 200, 1000))


def test_simulated_readers_differ_as_often_as_planned():
    plan = items_for_mcnemar(0.15, 0.05, 0.80)
    rng = np.random.default_rng(22)
    cells = rng.multinomial(plan.n, (0.15, 0.05, 0.80), 2000)
    found = np.mean([stats.binomtest(a, a + b, 0.5).pvalue <= 0.05 for a, b, _ in cells.tolist()])
    assert found == pytest.approx(plan.power, abs=0.027)  # three Monte-Carlo errors


@pytest.mark.parametrize(("first", "second"), [(0.45, 0.25), (0.12, 0.05), (0.05, 0.0)])
def test_power_is_kept_from_the_planned_number_on(first, second):
    plan = items_for_mcnemar(first, second)
    assert mcnemar_power(plan.n - 1, first, second) < 0.8
    assert all(mcnemar_power(n, first, second) >= 0.8 for n in range(plan.n, plan.n + 40))
    assert plan.power == pytest.approx(mcnemar_power(plan.n, first, second))
    assert plan.curve.y[plan.curve.x.index(plan.n)] == pytest.approx(plan.power)


def test_large_plans_agree_with_the_normal_approximation():
    """Connor 1987: (1.96 sqrt(s) + .8416 sqrt(s - d²))² / d², with s .05 and d .01."""
    about = (1.959964 * np.sqrt(0.05) + 0.841621 * np.sqrt(0.05 - 0.0001)) ** 2 / 0.0001
    assert items_for_mcnemar(0.03, 0.02).n == pytest.approx(about, rel=0.06)


@pytest.mark.parametrize(
    ("first", "second", "power", "alpha", "words"),
    [
        (0.2, 0.2, 0.8, 0.05, "no difference"),
        (0.7, 0.4, 0.8, 0.05, "at most 1"),
        (-0.1, 0.4, 0.8, 0.05, "0 or more"),
        (0.0, 0.0, 0.8, 0.05, "0 or more"),
        (0.3, 0.2, 1.0, 0.05, "power"),
        (0.3, 0.2, 0.04, 0.05, "power"),
        (0.3, 0.2, 0.8, 0.0, "alpha"),
        (0.301, 0.300, 0.8, 0.05, "20,000"),
    ],
)
def test_impossible_plans_are_refused(first, second, power, alpha, words):
    with pytest.raises(ValueError, match=words):
        items_for_mcnemar(first, second, power, alpha)


def test_no_item_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        mcnemar_power(0, 0.3, 0.2)
