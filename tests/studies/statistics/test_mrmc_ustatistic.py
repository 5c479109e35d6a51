"""U-statistics of areas against FDA's iMRMC, and against sums over every distinct pair."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from studies.statistics.mrmc import CrossedRatings, covariance, merits, u_statistics
from studies.statistics.mrmc.pairs import pair_sums


def test_van_dykes_difference_is_that_of_imrmc(expected, vandyke):
    want = expected("imrmc_bdg")["vandyke"]
    got = u_statistics(vandyke.ratings, vandyke.positive).differences[0].value
    assert got.estimate == pytest.approx(want["diff"], abs=1e-14)
    assert got.unbiased_variance == pytest.approx(want["var_diff_U"], abs=1e-15)
    assert got.df == pytest.approx(want["df_BDG"], abs=1e-9)
    assert got.p == pytest.approx(want["p_BDG"], abs=1e-12)
    assert got.p_normal == pytest.approx(want["p_normal"], abs=1e-12)
    assert [got.low, got.high] == pytest.approx(want["ci_BDG"], abs=1e-12)
    assert not got.guarded


def few(seed=0, conditions=2, readers=3, cases=8, gaps=0):
    rng = np.random.default_rng(seed)
    positive = np.arange(cases) % 2 == 0
    ratings = rng.integers(1, 5, (conditions, readers, cases)) + positive
    ratings = ratings.astype(float)
    ratings.flat[rng.permutation(ratings.size)[:gaps]] = np.nan
    return ratings, positive


def wins(rating, positive):
    """(positives, negatives): 1, one half or 0; nan where either is missing."""
    gap = rating[positive][:, None] - rating[~positive][None, :]
    return np.where(np.isnan(gap), np.nan, (gap > 0) + 0.5 * (gap == 0))


def by_every_distinct_pair(first, second, positive):
    """Covariance of two mean areas: their product minus its mean over distinct everything."""
    a = [wins(one, positive) for one in first]
    b = [wins(one, positive) for one in second]
    products = [
        a[r][i, j] * b[s][k, h]
        for r, s in itertools.permutations(range(len(a)), 2)
        for i, k in itertools.permutations(range(a[0].shape[0]), 2)
        for j, h in itertools.permutations(range(a[0].shape[1]), 2)
    ]
    return np.nanmean(np.stack(a)) * np.nanmean(np.stack(b)) - np.nanmean(products)


@pytest.mark.parametrize("gaps", [0, 4])
def test_the_variance_is_the_one_over_every_distinct_pair(gaps):
    ratings, positive = few(gaps=gaps)
    got = u_statistics(ratings, positive)
    parts = [
        by_every_distinct_pair(ratings[i], ratings[k], positive)
        for i, k in ((0, 0), (1, 1), (0, 1))
    ]
    assert got.means[0].unbiased_variance == pytest.approx(parts[0], abs=1e-14)
    difference = got.differences[0].value
    assert difference.unbiased_variance == pytest.approx(
        parts[0] + parts[1] - 2 * parts[2], abs=1e-14
    )


def test_components_add_up_to_the_variance_of_a_crossed_study(vandyke):
    value = u_statistics(vandyke.ratings, vandyke.positive).differences[0].value
    c, r, n, m = value.components, 5, 69, 45
    total = c.negative / n + c.positive / m + c.both_cases / (n * m) + c.reader / r
    total += c.reader_negative / (r * n) + c.reader_positive / (r * m) + c.all_three / (r * n * m)
    assert total == pytest.approx(value.unbiased_variance, abs=1e-15)


def test_a_gap_costs_only_what_is_missing(vandyke):
    ratings = vandyke.ratings.copy()
    ratings[1, 2, 16] = np.nan
    whole = u_statistics(vandyke.ratings, vandyke.positive).differences[0].value
    holed = u_statistics(ratings, vandyke.positive).differences[0].value
    assert holed.estimate == pytest.approx(whole.estimate, abs=1e-3)
    assert holed.estimate != whole.estimate


def test_a_variance_that_comes_out_negative_is_replaced_and_said():
    for seed in range(200):
        ratings, positive = few(seed, cases=6)
        value = u_statistics(ratings, positive).differences[0].value
        if value.unbiased_variance < 0:
            break
    assert value.unbiased_variance < 0
    assert value.guarded
    assert value.se == pytest.approx(math.sqrt(value.biased_variance))
    assert "biased variance" in value.method


def test_equal_ratings_everywhere_have_no_test():
    _, positive = few()
    value = u_statistics(np.full((2, 3, 8), 3.0), positive).differences[0].value
    assert value.estimate == 0
    assert math.isnan(value.p)
    assert math.isnan(value.low)


def test_swapped_conditions_negate_the_difference(vandyke):
    one = u_statistics(vandyke.ratings, vandyke.positive).differences[0].value
    other = u_statistics(vandyke.ratings[::-1], vandyke.positive).differences[0].value
    assert other.estimate == pytest.approx(-one.estimate)
    assert other.p == pytest.approx(one.p)
    assert other.low == pytest.approx(-one.high)


def test_three_conditions_have_three_differences():
    ratings, positive = few(conditions=3, cases=20)
    got = u_statistics(ratings, positive)
    assert [(d.first, d.second) for d in got.differences] == [(0, 1), (0, 2), (1, 2)]
    alone = u_statistics(ratings[[0, 2]], positive).differences[0].value
    assert got.differences[1].value == alone


def test_blocks_of_pairs_count_what_the_whole_array_counts(monkeypatch, vandyke):
    whole = pair_sums(vandyke.flat, vandyke.positive)
    monkeypatch.setattr("studies.statistics.mrmc.pairs._CELLS", 10 * 69 * 7)
    parts = pair_sums(vandyke.flat, vandyke.positive)
    assert (parts.wins == whole.wins).all()
    areas = np.sqrt(np.diagonal(whole.wins[3]) / np.diagonal(whole.counts[3]))
    assert areas == pytest.approx(merits(vandyke).ravel(), abs=1e-15)


def test_the_unbiased_covariance_is_one_readers_distinct_pairs():
    ratings, positive = few(readers=3, cases=8)
    got = covariance(CrossedRatings(ratings, positive), method="unbiased")
    a, b = wins(ratings[0, 0], positive), wins(ratings[1, 2], positive)
    apart = [
        a[i, j] * b[k, h]
        for i, k in itertools.permutations(range(4), 2)
        for j, h in itertools.permutations(range(4), 2)
    ]
    assert got[0, 5] == pytest.approx(a.mean() * b.mean() - np.mean(apart), abs=1e-14)


@pytest.mark.parametrize(
    ("shape", "words"),
    [((2, 2, 8), "three or more readers"), ((2, 3, 2), "at least two cases of each kind")],
)
def test_too_little_is_declined(shape, words):
    positive = np.arange(shape[2]) % 2 == 0
    with pytest.raises(ValueError, match=words):
        u_statistics(np.random.default_rng(0).random(shape), positive)


def test_a_reader_without_positive_cases_is_declined():
    ratings, positive = few()
    ratings[0, 1, positive] = np.nan
    with pytest.raises(ValueError, match="cases of both kinds"):
        u_statistics(ratings, positive)
