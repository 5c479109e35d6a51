"""Agreement on other published ratings: irrCAC, vcd, irr, Agresti, Randolph's calculator."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studies.statistics.agreement import (
    brennan_prediger,
    cohen,
    cohen_table,
    conger,
    fleiss,
    fleiss_test,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    percent_agreement,
)

ABSTRACTORS = ((13, 0, 0), (0, 20, 7), (0, 4, 56))  # irrCAC cont3x3abstractors
DIAGNOSIS = ((40, 4, 4, 17), (6, 25, 2, 13), (4, 1, 21, 12), (15, 5, 9, 45))  # cont4x4diagnosis
SIX_RATERS = (
    "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031"
)
FOUR_RATERS = "301 211 211 202 310 310 040 031 004 310 040 031 022 004 310"  # irrCAC cac.dist4cat
ANXIETY = "33345523522615221243 36462424332333221334 21443216111233113322"  # irr, a word a rater
RAW = {  # irrCAC: a word a rater, "." where the subject was not rated
    "raw_5observers": "112.001122.0131 1130000.2110231 203000222100221 .13....0.10022."
    " 2..0001.2....31",
    "raw_g1g2": "abccbadab...bb abccbbdabe..ba .cccbcdbbeaccc abccbddabea.bb",
    "raw_gender": "aaaaabbbcaaaaab aaaababccaaaaba abbcaabbcabbcaa ccccaabbcccccaa",
    "raw_ben_gerry": "aabbdcccedda babbbccce.dd",
}
PRINTED = {  # value and error: AC1, Fleiss, Conger, Brennan-Prediger; value of alpha
    "raw_5observers": ((0.497, 0.122), (0.458, 0.120), (0.469, 0.117), (0.487, 0.121), 0.481),
    "raw_g1g2": ((0.685, 0.134), (0.657, 0.150), (0.659, 0.146), (0.679, 0.136), 0.632),
    "raw_gender": ((0.208, 0.091), (0.129, 0.141), (0.166, 0.121), (0.183, 0.102), 0.143),
    "raw_ben_gerry": ((0.661, 0.184), (0.649, 0.191), (0.657, 0.179), (0.659, 0.185), 0.665),
}


def coded(words: str) -> np.ndarray:
    """A word a reader, a letter or digit an item, as (items, readers) categories from 0."""
    letters = sorted(set(words) - {".", " "})
    rows = [[letters.index(c) if c != "." else -1 for c in word] for word in words.split()]
    return np.array(rows).T


def spread(words: str) -> np.ndarray:
    """A word an item, a digit a category's count, as ratings of interchangeable readers."""
    return np.array(
        [np.repeat(np.arange(len(word)), list(map(int, word))) for word in words.split()]
    )


def pairs(table: tuple[tuple[int, ...], ...]) -> np.ndarray:
    """A table of two readers as ratings."""
    counts = np.array(table)
    return np.repeat(np.argwhere(counts >= 0), counts.ravel(), axis=0)


@pytest.mark.parametrize("name", RAW)
def test_raw_ratings_with_gaps_are_those_of_irrcac(name):
    ratings, q = coded(RAW[name]), len(set(RAW[name]) - {".", " "})
    *figures, alpha = PRINTED[name]
    for function, (value, se) in zip(
        (gwet_ac1, fleiss, conger, brennan_prediger), figures, strict=True
    ):
        got = function(ratings, q)
        assert (got.value, got.se) == pytest.approx((value, se), abs=5.1e-4), function
    assert krippendorff_alpha(ratings).value == pytest.approx(alpha, abs=5.1e-4)


def test_errors_with_gaps_are_those_of_irrcac(rating_array):
    ratings = rating_array("gwet_raw_4raters", skip=("Units",))
    share = percent_agreement(ratings)
    assert (share.se, share.low, share.high) == pytest.approx((0.12561, 0.542, 1), abs=5e-4)
    assert conger(ratings, 5).se == pytest.approx(0.14917, abs=5e-6)
    assert fleiss(ratings, 5).se == pytest.approx(0.15302, abs=5e-6)
    assert brennan_prediger(ratings, 5).se == pytest.approx(0.14472, abs=5e-6)
    assert conger(ratings, 5).low == pytest.approx(0.435, abs=5e-4)


@pytest.mark.parametrize(
    ("weights", "share", "ac2", "pi", "by_reader", "flat"),
    [
        ("linear", 0.939, (0.859, 0.117, 0.600), (0.818, 0.149), (0.814, 0.145), (0.848, 0.123)),
        ("quadratic", 0.975, (0.914, 0.104, 0.685), (0.865, 0.146), (0.858, 0.144), (0.902, 0.111)),
    ],
)
def test_weighted_coefficients_are_those_of_irrcac(
    rating_array, weights, share, ac2, pi, by_reader, flat
):
    ratings = rating_array("gwet_raw_4raters", skip=("Units",))
    assert percent_agreement(ratings, weights=weights).value == pytest.approx(share, abs=5e-4)
    gwet = gwet_ac2(ratings, 5, weights)
    assert (gwet.value, gwet.se, gwet.low) == pytest.approx(ac2, abs=5.1e-4)
    assert gwet.name == f"Gwet's AC2, {weights} weights"
    for function, want in ((fleiss, pi), (conger, by_reader), (brennan_prediger, flat)):
        got = function(ratings, 5, weights=weights)
        assert (got.value, got.se) == pytest.approx(want, abs=5.1e-4), function


def test_alpha_of_interval_ratings_is_irrcacs_with_quadratic_weights(rating_array):
    ratings = rating_array("gwet_raw_4raters", skip=("Units",))
    assert krippendorff_alpha(ratings, "interval").value == pytest.approx(0.849, abs=5e-4)


def test_counts_by_category_are_those_of_irrcac():
    ratings = spread(SIX_RATERS)
    figures = (
        (gwet_ac1, 0.4448007, 0.08418757),
        (fleiss, 0.4139265, 0.08119291),
        (brennan_prediger, 0.4388889, 0.08312142),
    )
    for function, value, se in figures:
        got = function(ratings, 5)
        assert (got.value, got.se) == pytest.approx((value, se), abs=5.1e-8)
    assert krippendorff_alpha(ratings).value == pytest.approx(0.4204384, abs=5e-8)
    assert gwet_ac1(spread(FOUR_RATERS), 3).value == pytest.approx(0.3518903, abs=5e-8)


def test_two_readers_in_a_table_are_those_of_irrcac():
    """irrCAC divides by n for a table and by n - 1 for raw ratings, which is done here."""
    ratings, factor = pairs(ABSTRACTORS), math.sqrt(100 / 99)
    figures = (
        (gwet_ac1, 0.8493305, 0.04321747),
        (fleiss, 0.7962397, 0.05905473),
        (brennan_prediger, 0.835, 0.04693346),
    )
    for function, value, se in figures:
        got = function(ratings, 3)
        assert (got.value, got.se) == pytest.approx((value, se * factor), abs=5.1e-8)
    assert percent_agreement(ratings).se == pytest.approx(0.03128898 * factor, abs=5e-9)
    assert krippendorff_alpha(ratings).value == pytest.approx(0.7972585, abs=5e-8)
    assert cohen(ABSTRACTORS).kappa.value == pytest.approx(0.7964094, abs=5e-8)


@pytest.mark.parametrize(
    ("table", "q", "linear", "quadratic"),
    [
        (ABSTRACTORS, 3, (0.900, 0.876, 0.843), (0.940, 0.918, 0.892)),
        (DIAGNOSIS, 4, (0.377, 0.347, 0.407), (0.299, 0.236, 0.383)),
    ],
)
def test_weighted_tables_are_those_of_irrcac(table, q, linear, quadratic):
    ratings = pairs(table)
    for weights, want in (("linear", linear), ("quadratic", quadratic)):
        got = (
            gwet_ac2(ratings, q, weights).value,
            brennan_prediger(ratings, q, weights=weights).value,
            cohen(table, weights).kappa.value,
        )
        assert got == pytest.approx(want, abs=5e-4)


@pytest.mark.parametrize(
    ("table", "plain", "linear"),
    [  # SexualFun; MSPatients of Winnipeg and of New Orleans
        ("7 7 2 3 2 8 3 7 1 5 4 9 2 8 9 14", (0.1293, 0.0686), (0.2374, 0.07832)),
        ("38 5 0 1 33 11 3 0 10 14 5 6 3 7 3 10", (0.2079, 0.05046), (0.3797, 0.05167)),
        ("5 3 0 0 3 11 4 0 2 13 3 4 1 2 4 14", (0.2965, 0.0785), (0.4773, 0.07303)),
    ],
)
def test_cohen_is_that_of_vcd(table, plain, linear):
    counts = np.array(list(map(int, table.split()))).reshape(4, 4)
    for weights, want in (("none", plain), ("linear", linear)):
        got = cohen(counts, weights).kappa
        assert (got.value, got.se) == pytest.approx(want, abs=5.1e-5)


def test_cohen_of_agrestis_film_critics():
    got = cohen([[24, 8, 13], [8, 13, 11], [10, 9, 64]]).kappa
    assert (got.value, got.se) == pytest.approx((0.389, 0.060), abs=5e-4)


def test_cohen_is_that_of_irr_where_a_class_was_never_used():
    _, second, third = ANXIETY.split()
    table = cohen_table(second, third, "12346")  # irr leaves out the unused 5
    figures = (
        ("none", -0.006289308, -0.0604067, 0.9518317),
        ("linear", 0.1459075, 1.282472, 0.1996772),
        ("quadratic", 0.2520325, 1.437451, 0.1505898),
    )
    for weights, kappa, z, p in figures:
        got = cohen(table, weights)
        assert (got.kappa.value, got.p) == pytest.approx((kappa, p), abs=6e-8)
        assert got.z == pytest.approx(z, abs=6e-7)


def test_fleiss_and_its_z_are_those_of_irr(expected, rating_array):
    figures = expected("agreement")["fleiss1971"]
    got = fleiss_test(rating_array("fleiss1971_ratings"), 5)
    assert got.kappa == pytest.approx(figures["kappa"], abs=5e-8)
    assert got.z == pytest.approx(figures["z"], abs=5e-6)
    assert (got.n, got.readers, got.left_out) == (30, 6, 0)
    assert got.p < 1e-60


@pytest.mark.parametrize(
    ("words", "q", "fixed", "free"),
    [("71 35", 2, 0.161905, 0.214286), ("610 070", 3, 0.708333, 0.785714)],
)
def test_fleiss_and_brennan_prediger_are_those_of_randolphs_calculator(words, q, fixed, free):
    ratings = spread(words)
    assert fleiss(ratings, q).value == pytest.approx(fixed, abs=5.1e-7)
    assert brennan_prediger(ratings, q).value == pytest.approx(free, abs=5.1e-7)
