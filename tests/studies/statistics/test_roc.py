"""Areas and DeLong's tests against pROC."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studies.statistics.roc import (
    auc,
    compare_paired,
    compare_unpaired,
    logit_limits,
    one_versus_rest,
    roc_curve,
)


@pytest.fixture
def asah(rows):
    table = rows("asah")
    poor = np.array([row["outcome"] == "Poor" for row in table])
    marks = np.array([[float(row["wfns"]), float(row["s100b"])] for row in table])
    return marks[poor], marks[~poor]


def test_paired_delong_is_that_of_proc(expected, asah):
    want = expected("delong_asah")["paired"]["wfns_s100b"]
    got = compare_paired(*asah)
    assert got.statistic == pytest.approx(want["z"], abs=1e-12)
    assert got.p == pytest.approx(want["p"], abs=1e-14)
    assert [got.low, got.high] == pytest.approx(want["ci"], abs=1e-13)
    assert got.covariance == pytest.approx(want["cov"], abs=1e-15)


def test_unpaired_delong_is_that_of_proc(expected, asah):
    want = expected("delong_asah")["unpaired"]["wfns_s100b"]
    poor, good = asah
    got = compare_unpaired(auc(poor[:, 0], good[:, 0]), auc(poor[:, 1], good[:, 1]))
    assert got.statistic == pytest.approx(want["D"], abs=1e-12)
    assert got.p == pytest.approx(want["p"], abs=1e-9)


def test_a_perfect_area_keeps_an_honest_interval():
    got = auc([3, 4, 5], [1, 2, 2, 1])
    assert got.value == 1.0
    assert math.isnan(got.se)
    assert got.low == pytest.approx(0.4385, abs=5e-5)  # Wilson of 3/3
    assert "void" in got.method


def test_the_same_rating_twice_differs_by_nothing():
    poor, good = np.array([[3, 3], [4, 4], [2, 2]]), np.array([[1, 1], [3, 3]])
    got = compare_paired(poor, good)
    assert (got.difference, got.p) == (0.0, 1.0)


def test_the_logit_interval_is_the_one_worked_by_hand():
    # V10 = .75, 1, 1, 1 and V01 = 1, 1, .875, .875: variances 1/64 and 1/192, over 4 each: 1/192
    got = auc([3, 4, 5, 5], [1, 2, 3, 3])
    assert (got.value, got.se) == (15 / 16, pytest.approx(math.sqrt(1 / 192)))
    half = 1.959964 * math.sqrt(1 / 192) / (15 / 16 * 1 / 16)  # 2.4140
    odds = [15 * math.exp(-half), 15 * math.exp(half)]
    assert got.logit.low == pytest.approx(odds[0] / (1 + odds[0]), abs=1e-6)
    assert got.logit.high == pytest.approx(odds[1] / (1 + odds[1]), abs=1e-6)
    assert (round(got.logit.low, 3), round(got.logit.high, 3)) == (0.573, 0.994)
    assert (got.low, got.high) == (pytest.approx(0.796, abs=5e-4), 1.0)


def test_the_logit_interval_turns_with_the_ratings_and_stays_within_its_range(asah):
    for k in range(2):
        poor, good = asah[0][:, k], asah[1][:, k]
        one, turned = auc(poor, good).logit, auc(-poor, -good).logit
        assert (turned.low, turned.high) == pytest.approx((1 - one.high, 1 - one.low))
        assert 0 < one.low < auc(poor, good).value < one.high < 1


def test_without_delongs_variance_the_logit_interval_is_what_stands_for_it():
    got = auc([3, 4, 5], [1, 2, 2, 1])
    assert (got.logit.low, got.logit.high) == (got.low, got.high)
    for value, se in ((0.0, 0.1), (1.0, 0.1), (0.5, -0.1), (0.5, math.nan)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            logit_limits(value, se)


def test_an_empty_group_is_refused():
    with pytest.raises(ValueError, match="both kinds"):
        auc([], [1.0])
    with pytest.raises(ValueError, match="finite"):
        auc([math.nan], [1.0])


@settings(max_examples=50)
@given(
    st.lists(st.integers(1, 5), min_size=2, max_size=20),
    st.lists(st.integers(1, 5), min_size=2, max_size=20),
)
def test_the_area_is_the_curves_and_the_share_of_ordered_pairs(positive, negative):
    got = auc(positive, negative)
    pairs = np.subtract.outer(positive, negative)
    assert got.value == pytest.approx(float(((pairs > 0) + 0.5 * (pairs == 0)).mean()))
    curve = roc_curve(positive, negative)
    area = np.trapezoid(curve.true_positive, curve.false_positive)
    assert got.value == pytest.approx(float(area))
    assert auc(np.negative(positive), np.negative(negative)).value == pytest.approx(1 - got.value)


def test_equal_ratings_claim_no_certainty():
    got = auc([3, 3, 3], [3, 3, 3, 3, 3])
    assert got.value == 0.5
    assert got.low < 0.2
    assert got.low + got.high == pytest.approx(1), "as wide to both sides of one half"
    assert "void" in got.method


def test_areas_that_differ_without_variance_are_not_certain():
    poor, good = np.array([[5, 3], [6, 3], [7, 3]]), np.array([[1, 3], [2, 3]])
    got = compare_paired(poor, good)
    assert got.difference == 0.5
    assert math.isnan(got.p)
    assert "void" in got.method
    perfect, tied = auc([5, 6, 7], [1, 2]), auc([3, 3, 3], [3, 3])
    assert math.isnan(compare_unpaired(perfect, tied).p)


def test_a_single_item_of_a_kind_has_no_test():
    with pytest.raises(ValueError, match="two items of each kind"):
        compare_paired([[3, 2]], [[1, 2], [2, 1]])


def test_swapping_the_two_ratings_negates_the_difference(asah):
    poor, good = asah
    one, other = compare_paired(poor, good), compare_paired(poor[:, ::-1], good[:, ::-1])
    assert other.difference == pytest.approx(-one.difference)
    assert (other.p, other.low) == (pytest.approx(one.p), pytest.approx(-one.high))


def test_one_class_against_the_rest_keeps_confidence_and_ties():
    got = one_versus_rest(["cyst", "cyst", "hem", "met"], [9, 6, 9, 6], "cyst")
    assert got.tolist() == [9, 6, -9, -6]
    assert one_versus_rest(["a"], [3], "b").tolist() == [-3]


@pytest.mark.parametrize(
    ("chosen", "confidence", "words"),
    [
        (["a", "b"], [1], "its class and its confidence"),
        (["a"], [-1], "0 or more"),
        (["a"], [math.nan], "known for every answer"),
    ],
)
def test_answers_without_a_confidence_give_no_rating(chosen, confidence, words):
    with pytest.raises(ValueError, match=words):
        one_versus_rest(chosen, confidence, "a")


def test_of_two_classes_the_ratings_are_each_others_negatives():
    chosen, confidence = ["a", "b", "b", "a"], [1, 2, 3, 4]
    one, other = (one_versus_rest(chosen, confidence, label) for label in "ab")
    assert (one == -other).all()
