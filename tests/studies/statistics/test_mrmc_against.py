"""One algorithm against readers: the identity that RJafroc's author proved, and its limits."""

from __future__ import annotations

import numpy as np
import pytest

from studies.statistics.mrmc import (
    CrossedRatings,
    algorithm_against_readers,
    covariance,
    merits,
    obuchowski_rockette,
)


def one_condition(vandyke, figure="auc"):
    return CrossedRatings(vandyke.ratings[:1], vandyke.positive, 3 if figure != "auc" else None)


@pytest.mark.parametrize("figure", ["auc", "sensitivity"])
@pytest.mark.parametrize("algorithm", [0, 3])
def test_it_is_the_two_condition_test_with_the_algorithm_repeated(vandyke, algorithm, figure):
    """Kooi et al. 2016 and Chakraborty 2017: the same F, degrees of freedom and p."""
    data = one_condition(vandyke, figure)
    others = [j for j in range(5) if j != algorithm]
    repeated = np.repeat(data.ratings[:, [algorithm]], 4, axis=1)
    two = CrossedRatings(
        np.concatenate([repeated, data.ratings[:, others]]), data.positive, data.positive_at
    )
    want = obuchowski_rockette(two, figure).rrrc
    got = algorithm_against_readers(data, algorithm, figure)
    assert got.t**2 == pytest.approx(want.statistic)
    assert [got.df, got.p, got.difference, got.low, got.high] == pytest.approx(
        [want.df, want.p, want.difference, want.low, want.high]
    )


def test_with_cases_fixed_it_would_be_the_t_test_of_the_differences(vandyke):
    data = one_condition(vandyke)
    got = algorithm_against_readers(data, 0)
    psi = merits(data)[0, 0] - merits(data)[0, 1:]
    assert got.difference == pytest.approx(psi.mean())
    assert got.square == pytest.approx(psi.var(ddof=1))
    cov = covariance(data)
    pairs = [
        cov[j, k] - cov[0, j] - cov[0, k] + cov[0, 0]
        for j in range(1, 5)
        for k in range(1, 5)
        if j != k
    ]
    assert got.cov2 == pytest.approx(np.mean(pairs))
    assert got.se == pytest.approx(np.sqrt(got.square / 4 + got.cov2))


def test_the_order_of_readers_does_not_matter(vandyke):
    data = one_condition(vandyke)
    turned = CrossedRatings(data.ratings[:, [4, 0, 2, 1, 3]], data.positive)
    one, other = algorithm_against_readers(data, 0), algorithm_against_readers(turned, 1)
    assert other.p == pytest.approx(one.p)
    assert sorted(other.readers) == pytest.approx(sorted(one.readers))


def test_an_algorithm_that_reads_as_all_readers_do_differs_by_nothing(vandyke):
    data = CrossedRatings(np.repeat(vandyke.ratings[:1, :1], 4, axis=1), vandyke.positive)
    got = algorithm_against_readers(data, 2)
    assert got.difference == 0.0
    assert np.isnan(got.p), "no test, so no p"
    assert np.isnan(got.low)


def test_two_readers_stand_for_nobody(vandyke):
    data = CrossedRatings(vandyke.ratings[:1, :3], vandyke.positive)
    with pytest.raises(ValueError, match="three or more readers"):
        algorithm_against_readers(data, 0)
    with pytest.raises(ValueError, match="one condition"):
        algorithm_against_readers(vandyke, 0)
