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


FAIR = ((0.9, 0.06, 0.04), (0.1, 0.6, 0.3), (0.05, 0.25, 0.7))
GOOD = ((0.97, 0.02, 0.01), (0.03, 0.95, 0.02), (0.02, 0.03, 0.95))


@pytest.mark.parametrize(
    ("sizes", "chances", "least"),
    [
        ((9, 10, 11), FAIR, 930),
        ((53, 64, 65), FAIR, 930),
        ((4, 8, 40), FAIR, 900),
        ((10, 10, 100), GOOD, 930),
    ],
)
def test_nineteen_of_twenty_intervals_hold_the_truth(sizes, chances, least):
    rng, chances = np.random.default_rng(11), np.array(chances)
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
    assert found.effective_n == pytest.approx(55.15, abs=0.005)
    assert 0.9 < found.low < 0.95


def test_a_cheap_error_does_not_make_it_surer_that_no_costly_one_can_happen():
    none = weighted_specificity(((4, 0, 0), (0, 8, 0), (0, 0, 40)))
    one = weighted_specificity(((4, 0, 0), (0, 8, 0), (0, 1, 39)))
    assert one.low == pytest.approx(none.low, abs=0.02)
    assert one.low < 0.85 < one.estimate < one.high < 1


def test_a_class_without_items_changes_neither_share_nor_what_is_refused():
    two, empty = ((40, 10), (10, 40)), ((40, 10, 0), (10, 40, 0), (0, 0, 0))
    assert weighted_specificity(empty).estimate == weighted_specificity(two).estimate
    assert weighted_specificity(empty).effective_n == weighted_specificity(two).effective_n
    all_wrong = weighted_specificity(((0, 5), (5, 0)))
    assert all_wrong.estimate == all_wrong.low == 0 < all_wrong.high < 0.5


def test_one_class_alone_has_no_specificity():
    assert math.isnan(weighted_specificity(((5, 0), (0, 0))).estimate)
    assert math.isnan(weighted_specificity(()).estimate)
    with pytest.raises(ValueError, match="square"):
        weighted_specificity(((1, 2), (3,)))
    with pytest.raises(ValueError, match="square"):
        weighted_specificity(((1, -2), (3, 4)))
