"""Trends against sandwich errors by hand, and against simulated slopes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from studies.statistics.trend import (
    INDEPENDENCE,
    accuracy_trend,
    median,
    time_by_correctness,
    time_trend,
)


def _trials(rng, clusters, each, slope, *, spread=1.0, start=0.5):
    """Right or wrong, positions and cluster of readings whose clusters differ in difficulty."""
    owner = np.repeat(np.arange(clusters), each)
    position = rng.permutation(len(owner)) + 1
    logit = start + slope * position / 100 + rng.normal(0, spread, clusters)[owner]
    return rng.random(len(owner)) < 1 / (1 + np.exp(-logit)), position, owner


def _sandwich(design, scores, owner, bread):
    meat = np.zeros((2, 2))
    for name in set(owner):
        one = (design * scores[:, None])[owner == name].sum(0)
        meat += np.outer(one, one)
    inverse = np.linalg.inv(bread)
    return inverse @ meat @ inverse


def test_independence_is_logistic_regression_with_the_clustered_sandwich():
    right, position, owner = _trials(np.random.default_rng(2), 60, 5, 0.4)
    design = np.column_stack([np.ones(300), position / 100])
    beta = np.zeros(2)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-design @ beta))
        bread = (design * (chance * (1 - chance))[:, None]).T @ design
        beta += np.linalg.solve(bread, design.T @ (right - chance))
    error = np.sqrt(_sandwich(design, right - chance, owner, bread)[1, 1])
    got = accuracy_trend(right, position, owner, working=INDEPENDENCE)
    assert got.estimate == pytest.approx(beta[1], rel=1e-6)
    assert got.se == pytest.approx(error, rel=1e-6)
    assert got.p == pytest.approx(2 * stats.norm.sf(abs(beta[1] / error)), rel=1e-4)
    assert got.low == pytest.approx(beta[1] - 1.959964 * error, abs=1e-5)
    assert (got.n, got.clusters) == (300, 60)


def test_time_under_independence_is_least_squares_with_the_clustered_sandwich():
    rng = np.random.default_rng(3)
    _, position, owner = _trials(rng, 60, 4, 0.0)
    seconds = np.exp(1.5 - 0.1 * position / 100 + rng.normal(0, 0.4, 240))
    design = np.column_stack([np.ones(240), position / 100])
    beta, *_ = np.linalg.lstsq(design, np.log(seconds), rcond=None)
    left = np.log(seconds) - design @ beta
    error = np.sqrt(_sandwich(design, left, owner, design.T @ design)[1, 1])
    got = time_trend(seconds, position, owner, working=INDEPENDENCE)
    assert got.estimate == pytest.approx(beta[1], rel=1e-8)
    assert got.se == pytest.approx(error, rel=1e-8)
    assert got.ratio[0] == pytest.approx(np.exp(beta[1]))


def test_exchangeable_time_is_generalised_least_squares_at_its_own_correlation():
    """With equal clusters the estimate solves the weighted equations at the moment estimate."""
    rng = np.random.default_rng(4)
    _, position, owner = _trials(rng, 50, 4, 0.0)
    own = rng.normal(0, 0.5, 50)[owner]
    log_time = 1.5 - 0.2 * position / 100 + own + rng.normal(0, 0.3, 200)
    design = np.column_stack([np.ones(200), position / 100])
    beta = np.linalg.lstsq(design, log_time, rcond=None)[0]
    for _ in range(100):
        left = (log_time - design @ beta).reshape(50, 4)
        scale = (left**2).sum() / (200 - 2)
        pairs = (left.sum(1) ** 2 - (left**2).sum(1)).sum() / 2
        rho = pairs / (50 * 6 - 2) / scale
        inverse = np.linalg.inv(np.full((4, 4), rho) + (1 - rho) * np.eye(4))
        weighted = (np.kron(np.eye(50), inverse) @ design).T
        beta = np.linalg.solve(weighted @ design, weighted @ log_time)
    got = time_trend(np.exp(log_time), position, owner)
    assert "exchangeable" in got.method
    assert got.estimate == pytest.approx(beta[1], rel=1e-4)


@pytest.mark.parametrize("slope", [0.8, -0.8])
def test_a_simulated_slope_of_accuracy_is_found(slope):
    right, position, owner = _trials(np.random.default_rng(5), 150, 4, slope, spread=0.0)
    got = accuracy_trend(right, position, owner)
    assert got.low < slope < got.high
    assert got.p < 0.001
    assert ("rises" if slope > 0 else "falls") in got.reading
    assert got.ratio[0] == pytest.approx(np.exp(got.estimate))


def test_a_simulated_slope_of_time_is_found_and_told_in_percent():
    rng = np.random.default_rng(6)
    _, position, owner = _trials(rng, 100, 3, 0.0)
    seconds = np.exp(2 + np.log(0.8) * position / 100 + rng.normal(0, 0.3, 300))
    got = time_trend(seconds, position, owner)
    assert got.low < np.log(0.8) < got.high
    assert "less time per 100 trials" in got.reading


def test_few_clusters_keep_the_error_of_the_first_kind():
    """15 patients of 12 lesions whose accuracy does not change: 150 simulated readings."""
    rng = np.random.default_rng(7)
    p = [accuracy_trend(*_trials(rng, 15, 12, 0.0)).p for _ in range(150)]
    assert np.mean(np.array(p) < 0.05) <= 0.10  # .05 and 2.8 Monte-Carlo errors


def test_few_clusters_are_said_to_be_so():
    got = accuracy_trend(*_trials(np.random.default_rng(8), 15, 12, 0.0))
    assert got.method == "logistic GEE, exchangeable, Mancl-DeRouen error, t, 15 clusters"


def test_one_trial_an_item_needs_no_working_correlation():
    right, position, _ = _trials(np.random.default_rng(9), 100, 1, 0.5)
    one = accuracy_trend(right, position, np.arange(100))
    other = accuracy_trend(right, position, np.arange(100), working=INDEPENDENCE)
    assert one == other
    assert "independence" in one.method


def test_names_of_clusters_and_the_order_of_rows_do_not_matter():
    right, position, owner = _trials(np.random.default_rng(10), 60, 4, 0.3)
    one = accuracy_trend(right, position, owner)
    turned = np.random.default_rng(1).permutation(240)
    other = accuracy_trend(right[turned], position[turned], [f"p{i}" for i in owner[turned]])
    assert other.estimate == pytest.approx(one.estimate, rel=1e-6)
    assert other.se == pytest.approx(one.se, rel=1e-6)


def test_right_and_wrong_exchanged_turn_the_sign():
    right, position, owner = _trials(np.random.default_rng(12), 60, 4, 0.3)
    one, other = accuracy_trend(right, position, owner), accuracy_trend(~right, position, owner)
    assert other.estimate == pytest.approx(-one.estimate, rel=1e-6)
    assert other.p == pytest.approx(one.p, rel=1e-5)


def test_right_answers_that_take_less_time_are_found():
    rng = np.random.default_rng(13)
    right, _, owner = _trials(rng, 80, 3, 0.0)
    seconds = np.exp(2 - 0.3 * right + rng.normal(0, 0.4, 240))
    got = time_by_correctness(seconds, right, owner)
    assert got.difference.low < -0.3 < got.difference.high
    assert got.right.value == np.median(seconds[right])
    assert got.wrong.value == np.median(seconds[~right])
    assert got.right.n + got.wrong.n == 240
    assert got.difference.reading.startswith("Right answers take")


def test_equal_times_of_right_and_wrong_are_not_told_apart():
    rng = np.random.default_rng(14)
    right, _, owner = _trials(rng, 80, 3, 0.0)
    got = time_by_correctness(np.exp(rng.normal(2, 0.4, 240)), right, owner)
    assert got.difference.p > 0.05
    assert "not shown to differ" in got.difference.reading


def test_the_interval_of_a_median_is_that_of_order_statistics():
    got = median(range(1, 10))
    assert (got.value, got.low, got.high) == (5, 2, 8)
    for n in (6, 9, 10, 20, 57, 100):
        found = median(np.arange(n))
        below = int(found.low)  # as many values lie below the lower end
        assert 1 - 2 * stats.binom.cdf(below, n, 0.5) >= 0.95
        assert 1 - 2 * stats.binom.cdf(below + 1, n, 0.5) < 0.95
    assert (median([3.0]).low, median([3.0]).high) == (3.0, 3.0)
    with pytest.raises(ValueError, match="at least one"):
        median([])


POSITIONS, ITEMS = list(range(1, 31)), list(range(30))
MIXED = [i % 3 > 0 for i in range(30)]


@pytest.mark.parametrize(
    ("right", "position", "clusters", "words"),
    [
        (MIXED[:12], POSITIONS[:12], ITEMS[:12], "12 trials are too few"),
        (MIXED, POSITIONS, [i % 4 for i in ITEMS], "4 items or patients are too few"),
        ([True] * 30, POSITIONS, ITEMS, "all answers are right or all wrong"),
        ([False] * 30, POSITIONS, ITEMS, "all answers are right or all wrong"),
        (MIXED, [7] * 30, ITEMS, "same position"),
        ([i < 11 for i in range(30)], POSITIONS, ITEMS, "do not overlap"),
        (MIXED, POSITIONS[:29], ITEMS, "same trials"),
    ],
)
def test_trials_that_show_no_trend_are_refused_with_the_reason(right, position, clusters, words):
    with pytest.raises(ValueError, match=words):
        accuracy_trend(right, position, clusters)


def test_times_that_cannot_be_are_refused_with_the_reason():
    with pytest.raises(ValueError, match="above 0"):
        time_trend([0.0] + [2.0] * 29, POSITIONS, ITEMS)
    with pytest.raises(ValueError, match="same time"):
        time_trend([2.0] * 30, POSITIONS, ITEMS)
    with pytest.raises(ValueError, match="all answers are right"):
        time_by_correctness(np.linspace(1, 2, 30), [True] * 30, ITEMS)
    with pytest.raises(ValueError, match="working correlation"):
        time_trend(np.linspace(1, 2, 30), POSITIONS, ITEMS, working="toeplitz")
    with pytest.raises(ValueError, match="level"):
        time_trend(np.linspace(1, 2, 30) ** 2, POSITIONS, ITEMS, level=1.5)
