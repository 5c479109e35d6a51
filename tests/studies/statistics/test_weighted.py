"""The weighted specificity: the paper's averages, and an interval that holds what it says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studies.report.paper import paper_matrix
from studies.statistics.confusion import ConfusionMatrix
from studies.statistics.weighted import weighted_specificity

TABLE_2 = ((52, 1, 0), (2, 44, 18), (0, 18, 47))
TABLE_3 = ((53, 0, 0), (2, 52, 10), (1, 13, 51))


@pytest.mark.parametrize(
    ("arm", "counts", "printed"), [("cnn-aug", TABLE_2, 88.4), ("cnn-aug-gan", TABLE_3, 92.4)]
)
def test_the_paper_s_averages_come_out(arm, counts, printed):
    found = weighted_specificity(counts)
    assert paper_matrix(arm)[1].counts == counts
    assert round(100 * found.estimate, 1) == printed
    assert found.estimate == pytest.approx(
        ConfusionMatrix(("a", "b", "c"), counts).weighted_specificity
    )
    assert found.low < found.estimate < found.high


def test_two_classes_of_equal_size_give_the_accuracy_and_nearly_wilson_s_interval():
    found = weighted_specificity(((40, 10), (10, 40)))
    assert found.estimate == pytest.approx(0.8)
    assert found.effective_n == pytest.approx(98)  # 100 with n in place of n - 1 below


def test_the_interval_is_that_of_resampled_items_of_each_class():
    rng = np.random.default_rng(7)
    drawn = [rng.multinomial(sum(row), np.array(row) / sum(row), 4000) for row in TABLE_2]
    tables = np.stack(drawn, axis=1)
    sizes = np.array([sum(row) for row in TABLE_2])
    wrong = tables.sum(1) - np.diagonal(tables, axis1=1, axis2=2)
    shares = 1 - (wrong / (sizes.sum() - sizes) * sizes / sizes.sum()).sum(1)
    found = weighted_specificity(TABLE_2)
    resampled = np.quantile(shares, (0.025, 0.975))
    assert (found.low, found.high) == pytest.approx(tuple(resampled), abs=0.01)


@pytest.mark.parametrize(
    ("sizes", "least"), [((9, 10, 11), 930), ((53, 64, 65), 930), ((4, 8, 40), 890)]
)
def test_nineteen_of_twenty_intervals_hold_the_truth(sizes, least):
    rng = np.random.default_rng(11)
    chances = np.array(((0.9, 0.06, 0.04), (0.1, 0.6, 0.3), (0.05, 0.25, 0.7)))
    n = np.array(sizes)
    wrong = ((n[:, None] * chances).sum(0) - n * np.diag(chances)) / (n.sum() - n)
    truth = 1 - (wrong * n / n.sum()).sum()
    held = 0
    for _ in range(1000):
        counts = [list(map(int, rng.multinomial(k, p))) for k, p in zip(n, chances, strict=True)]
        found = weighted_specificity(counts)
        held += found.low <= truth <= found.high
    assert least <= held <= 985


def test_no_error_leaves_an_interval_below_100_percent():
    found = weighted_specificity(((9, 0, 0), (0, 10, 0), (0, 0, 11)))
    assert found.estimate == found.high == 1
    assert found.effective_n == pytest.approx(30 / (11 / 19))
    assert 0.9 < found.low < 0.95


def test_one_class_alone_has_no_specificity():
    assert math.isnan(weighted_specificity(((5, 0), (0, 0))).estimate)
    assert math.isnan(weighted_specificity(()).estimate)
    with pytest.raises(ValueError, match="square"):
        weighted_specificity(((1, 2), (3,)))
    with pytest.raises(ValueError, match="square"):
        weighted_specificity(((1, -2), (3, 4)))
