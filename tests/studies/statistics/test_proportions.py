"""Wilson and Clopper-Pearson against R binom and the paper's counts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.statistics.proportions import clopper_pearson, percent_text, wilson


def test_intervals_are_those_of_r_binom(expected):
    for fraction, methods in expected("binomial_ci_R_binom").items():
        k, n = map(int, fraction.split("/"))
        for function, name in ((wilson, "wilson"), (clopper_pearson, "exact")):
            got = function(k, n)
            want_low, want_high = methods[name]  # R prints seven decimals
            assert got.low == pytest.approx(want_low, abs=6e-8), (fraction, name)
            assert got.high == pytest.approx(want_high, abs=6e-8), (fraction, name)


def test_intervals_of_the_papers_counts(expected):
    for fraction, figures in expected("fridadar2018_table4")["ci95"].items():
        k, n = map(int, fraction.split("/"))
        got, exact = wilson(k, n), clopper_pearson(k, n)
        assert [got.low, got.high] == pytest.approx(figures["wilson"], abs=1e-11)
        assert [exact.low, exact.high] == pytest.approx(figures["cp"], abs=1e-11)


def test_percent_is_rounded_half_up_from_the_counts():
    assert percent_text(189, 302) == "62.6"
    assert percent_text(13, 16) == "81.3"  # 81.25: a float format would print 81.2
    assert percent_text(44, 64, 2) == "68.75"
    assert percent_text(0, 0) == "–"
    assert wilson(235, 302).interval == "[72.8, 82.1]"


def test_an_empty_group_says_nothing():
    empty = wilson(0, 0)
    assert math.isnan(empty.estimate)
    assert (empty.low, empty.high) == (0.0, 1.0)


@pytest.mark.parametrize(("k", "n"), [(-1, 3), (4, 3)])
def test_impossible_counts_are_refused(k, n):
    with pytest.raises(ValueError, match="no proportion"):
        wilson(k, n)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_hold_the_estimate_and_mirror(case):
    k, n = case
    for function in (wilson, clopper_pearson):
        here, there = function(k, n), function(n - k, n)
        assert 0 <= here.low <= here.estimate <= here.high <= 1
        assert here.low == pytest.approx(1 - there.high, abs=1e-9)
