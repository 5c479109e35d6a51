"""d', criterion, balanced accuracy and the prevalence test."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from studies.statistics.detection import (
    TwoByTwo,
    balanced_accuracy,
    binomial_test,
    criterion,
    d_prime,
    origin_auc,
    prevalence_test,
)


def test_closed_form_example(expected):
    for case in expected("signal_detection")["cases"]:
        table = TwoByTwo(
            case["hits"], case["signal"] - case["hits"], case["fa"], case["noise"] - case["fa"]
        )
        got = d_prime(table, corrected=case["corrected"])
        assert got.value == pytest.approx(case["dprime"], abs=1e-12)
        bias = criterion(table, corrected=case["corrected"])
        assert bias.value == pytest.approx(case["c"], abs=1e-12)


def test_binomial_against_half_and_prevalence(expected):
    for fraction, figures in expected("fridadar2018_table4")["ci95"].items():
        if "p_vs_half" in figures:
            k, n = map(int, fraction.split("/"))
            assert binomial_test(k, n, 0.5).p == pytest.approx(figures["p_vs_half"], rel=1e-10)
            assert binomial_test(k, n, 182 / 302).p == pytest.approx(
                figures["p_vs_182_302"], rel=1e-10
            )


def test_the_correction_gives_a_finite_value_at_perfect_reading():
    perfect = TwoByTwo(10, 0, 0, 10)
    with pytest.raises(ValueError, match="rate of 0 or 1"):
        d_prime(perfect, corrected=False)
    assert 3 < d_prime(perfect).value < 4


def test_swapping_the_answers_turns_the_sign():
    table, swapped = TwoByTwo(60, 60, 64, 118), TwoByTwo(60, 60, 118, 64)
    assert d_prime(table).value > 0 > d_prime(swapped).value
    assert criterion(TwoByTwo(5, 95, 3, 97)).value > 0  # hardly ever says "synthetic"


def test_the_variance_is_that_of_a_simulation():
    rng = np.random.default_rng(7)
    hits, alarms = rng.binomial(120, 0.7, 4000), rng.binomial(182, 0.35, 4000)
    values = [
        d_prime(TwoByTwo(int(h), 120 - int(h), int(f), 182 - int(f))).value
        for h, f in zip(hits, alarms, strict=True)
    ]
    claimed = d_prime(TwoByTwo(84, 36, 64, 118)).se
    assert claimed == pytest.approx(float(np.std(values)), rel=0.05)


def test_balanced_accuracy_does_not_reward_always_real():
    always_real = TwoByTwo(0, 120, 0, 182)
    got = balanced_accuracy(always_real)
    assert got.value == 0.5
    assert got.low < 0.5 < got.high
    with pytest.raises(ValueError, match="both needed"):
        balanced_accuracy(TwoByTwo(3, 2, 0, 0))


def test_prevalence_is_the_share_of_the_commoner_kind():
    first_expert = TwoByTwo(71, 49, 64, 118)  # 189 of 302, as in Table 4
    got = prevalence_test(first_expert)
    assert got.null == pytest.approx(182 / 302)
    assert got.p == pytest.approx(0.4447, abs=5e-5)
    assert prevalence_test(TwoByTwo(118, 64, 49, 71)).p == got.p  # the kinds exchanged
    assert prevalence_test(TwoByTwo(0, 120, 0, 182)).p == pytest.approx(1.0)  # always "real"


def test_the_binomial_test_is_the_sum_of_outcomes_no_likelier():
    for n, null in ((7, 0.5), (12, 0.3), (20, 182 / 302)):
        chances = stats.binom.pmf(np.arange(n + 1), n, null)
        for k in range(n + 1):
            brute = chances[chances <= chances[k] * (1 + 1e-7)].sum()
            assert binomial_test(k, n, null).p == pytest.approx(brute, abs=1e-12)


def test_equal_confidence_gives_the_balanced_accuracy():
    truth = [True] * 5 + [False] * 7
    said = [True, True, True, False, False] + [True, True] + [False] * 5
    table = TwoByTwo(3, 2, 2, 5)
    got = origin_auc(truth, said, [1] * 12)
    assert got.value == pytest.approx(balanced_accuracy(table).value)
    assert (got.positives, got.negatives) == (5, 7)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 5)), min_size=4, max_size=14))
def test_the_area_is_the_share_of_pairs_ranked_rightly(answers):
    truth = np.arange(len(answers)) % 2 == 0
    said, sure = (np.array(column) for column in zip(*answers, strict=True))
    rating = np.where(said, sure, -sure)
    pairs = [np.sign(a - b) / 2 + 0.5 for a, b in product(rating[truth], rating[~truth])]
    got = origin_auc(truth, said, sure)
    assert got.value == pytest.approx(float(np.mean(pairs)))
    assert 0 <= got.low <= got.value <= got.high <= 1


def test_a_perfect_reader_keeps_an_interval():
    got = origin_auc([True] * 6 + [False] * 6, [True] * 6 + [False] * 6, [3] * 12)
    assert got.value == 1.0
    assert got.low < 1.0


@pytest.mark.parametrize(
    ("truth", "said", "sure", "words"),
    [
        ([True, False], [True], [1, 1], "same items"),
        ([True, False], [True, False], [1, -1], "0 or more"),
        ([True, False], [True, False], [1, float("nan")], "0 or more"),
        ([True, True], [True, False], [1, 1], "both kinds"),
    ],
)
def test_what_confidence_cannot_say_is_refused(truth, said, sure, words):
    with pytest.raises(ValueError, match=words):
        origin_auc(truth, said, sure)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_no_table_gives_nan(hits, misses, alarms, rejections):
    if hits + misses == 0 or alarms + rejections == 0:
        return
    table = TwoByTwo(hits, misses, alarms, rejections)
    for estimate in (d_prime(table), criterion(table), balanced_accuracy(table)):
        assert estimate.low <= estimate.value <= estimate.high
        assert np.isfinite([estimate.low, estimate.high, estimate.se]).all()
    assert 0 <= balanced_accuracy(table).low <= balanced_accuracy(table).high <= 1


@pytest.mark.parametrize(("hit", "right"), [(0.5, 0.5), (0.7, 0.6), (0.9, 0.3), (0.95, 0.9)])
def test_the_interval_of_balanced_accuracy_covers(hit, right):
    """By full enumeration at 40 and 60 items."""
    covered = 0.0
    for h, r in product(range(41), range(61)):
        got = balanced_accuracy(TwoByTwo(h, 40 - h, 60 - r, r))
        if got.low <= (hit + right) / 2 <= got.high:
            covered += stats.binom.pmf(h, 40, hit) * stats.binom.pmf(r, 60, right)
    assert 0.94 <= covered <= 0.97


def test_negative_counts_and_impossible_levels_are_refused():
    with pytest.raises(ValueError, match="below 0"):
        TwoByTwo(-1, 2, 3, 4)
    with pytest.raises(ValueError, match="level"):
        d_prime(TwoByTwo(1, 2, 3, 4), level=1.0)
    with pytest.raises(ValueError):
        binomial_test(0, 0, 0.5)
