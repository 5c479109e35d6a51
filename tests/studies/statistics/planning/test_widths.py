"""Items for an interval's width, against R's presize and by enumeration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studies.statistics.planning import (
    expected_half_width,
    half_width,
    items_for_half_width,
)
from studies.statistics.planning.widths import CLOPPER_PEARSON, WILSON
from studies.statistics.proportions import clopper_pearson, wilson


def test_wilsons_number_is_that_of_presize():
    """R's presize prints 783.4897 for a share of .15 and a whole width of .05, .1267 to .1767."""
    got = items_for_half_width(0.15, 0.025)
    assert got.n == 784
    assert half_width(0.15, 784) <= 0.025 < half_width(0.15, 783)


@pytest.mark.parametrize("method", [WILSON, CLOPPER_PEARSON])
def test_at_whole_counts_the_width_is_that_of_the_interval(method):
    of = wilson if method == WILSON else clopper_pearson
    for right, n in ((0, 20), (4, 20), (18, 20), (20, 20), (235, 302)):
        interval = of(right, n)
        assert half_width(right / n, n, method) == pytest.approx((interval.high - interval.low) / 2)


@settings(max_examples=40)
@given(st.floats(0, 1), st.floats(0.02, 0.3), st.sampled_from([WILSON, CLOPPER_PEARSON]))
def test_one_item_fewer_is_too_wide(proportion, width, method):
    got = items_for_half_width(proportion, width, method)
    assert half_width(proportion, got.n, method) <= width
    assert got.n == 1 or half_width(proportion, got.n - 1, method) > width


def test_the_expected_width_is_the_mean_of_simulated_intervals():
    rng = np.random.default_rng(21)
    seen = rng.binomial(60, 0.8, 20_000)
    halves = np.array([half_width(k / 60, 60) for k in range(61)])
    assert expected_half_width(0.8, 60) == pytest.approx(halves[seen].mean(), abs=2e-4)
    assert expected_half_width(0.5, 1) == pytest.approx(half_width(0.0, 1))


@pytest.mark.parametrize("proportion", [5e-324, 2.2250738585072014e-308, 1e-300, 1 - 2**-53])
def test_a_share_next_to_0_or_1_has_the_width_of_0_or_1(proportion):
    for n in (4, 60, 5000):
        near = expected_half_width(proportion, n)
        assert near == pytest.approx(half_width(round(proportion), n), rel=1e-9)


def test_the_exact_interval_needs_more_items_and_its_curve_falls():
    score, exact = (items_for_half_width(0.8, 0.05, m) for m in (WILSON, CLOPPER_PEARSON))
    assert exact.n > score.n
    for plan in (score, exact):
        assert list(plan.curve.y) == sorted(plan.curve.y, reverse=True)
        assert plan.curve.y[plan.curve.x.index(plan.n)] == plan.half_width


@pytest.mark.parametrize(
    ("proportion", "width", "method", "level", "words"),
    [
        (1.2, 0.05, WILSON, 0.95, "proportion"),
        (0.5, 0.5, WILSON, 0.95, "half-width"),
        (0.5, 0.0, WILSON, 0.95, "half-width"),
        (0.5, 0.05, "Wald", 0.95, "not Wald"),
        (0.5, 0.05, WILSON, 1.0, "level"),
        (0.5, 0.0001, WILSON, 0.95, "million"),
    ],
)
def test_impossible_widths_are_refused(proportion, width, method, level, words):
    with pytest.raises(ValueError, match=words):
        items_for_half_width(proportion, width, method, level)
