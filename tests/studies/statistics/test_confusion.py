"""The paper's Tables 2, 3 and 7 from their counts."""

from __future__ import annotations

import math

import pytest

from studies.statistics.confusion import ConfusionMatrix, confusion_matrix
from studies.statistics.proportions import percent_text

CLASSES = ("cyst", "metastasis", "hemangioma")


def _table(expected, number):
    rows = expected("fridadar2018_table4")["cnn"][f"table{number}_confusion"]
    return ConfusionMatrix(CLASSES, tuple(map(tuple, rows)))


def _percents(proportions):
    return [percent_text(p.successes, p.n, 2) for p in proportions]


@pytest.mark.parametrize(
    ("number", "sensitivity", "specificity", "averages"),
    [
        # the paper prints 98.1 68.7 72.3 and 98.4 83.9 84.6: 68.75 and 98.45 are cut there
        (2, ["98.11", "68.75", "72.31"], ["98.45", "83.90", "84.62"], ("78.6", "88.4")),
        # printed 100 81.2 78.5 and 97.7 89 91.4: 81.25 and 91.45 are cut
        (3, ["100.00", "81.25", "78.46"], ["97.67", "88.98", "91.45"], ("85.7", "92.4")),
    ],
)
def test_the_papers_tables(expected, number, sensitivity, specificity, averages):
    matrix = _table(expected, number)
    assert matrix.n == 182
    assert _percents(matrix.sensitivity(i) for i in range(3)) == sensitivity
    assert _percents(matrix.specificity(i) for i in range(3)) == specificity
    assert f"{100 * matrix.weighted_sensitivity:.1f}" == averages[0]
    assert f"{100 * matrix.weighted_specificity:.1f}" == averages[1]
    assert matrix.accuracy.percent == averages[0]


def test_counting_keeps_the_unanswered_apart():
    matrix = confusion_matrix(["a", "a", "b"], ["a", "b", ""], ["a", "b"])
    assert matrix.counts == ((1, 1), (0, 0))
    assert (matrix.unanswered, matrix.n, matrix.correct) == (1, 2, 1)
    assert matrix.weighted_sensitivity == 0.5


def test_an_empty_matrix_has_no_average():
    matrix = confusion_matrix([], [], ["a", "b"])
    assert math.isnan(matrix.weighted_sensitivity)
    assert math.isnan(matrix.weighted_specificity)


def test_a_foreign_class_is_refused():
    with pytest.raises(ValueError, match="'a' called 'c'"):
        confusion_matrix(["a"], ["c"], ["a", "b"])
