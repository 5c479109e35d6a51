"""Agreement coefficients against SAS, R irr, irrCAC and fast-krippendorff."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studies.statistics.agreement import (
    brennan_prediger,
    code_ratings,
    cohen,
    cohen_table,
    conger,
    fleiss,
    fleiss_z,
    gwet_ac1,
    krippendorff_alpha,
    pair_outcomes,
    percent_agreement,
)
from studies.statistics.agreement.coefficient import without_zero


def test_cohen_is_that_of_sas(expected):
    figures = expected("agreement")["cohen_sas"]
    plain = cohen(figures["table"])
    assert plain.kappa.value == pytest.approx(figures["kappa"], abs=5e-5)
    assert plain.kappa.se == pytest.approx(figures["ase"], abs=5e-5)
    assert [plain.kappa.low, plain.kappa.high] == pytest.approx(figures["ci"], abs=5e-5)
    assert plain.se0 == pytest.approx(figures["ase0"], abs=5e-5)
    assert plain.z == pytest.approx(figures["z"], abs=5e-5)
    assert plain.p == pytest.approx(figures["p2"], abs=5e-5)
    linear, want = cohen(figures["table"], "linear"), figures["weighted_linear"]
    assert linear.kappa.value == pytest.approx(want["kappa"], abs=5e-5)
    assert linear.kappa.se == pytest.approx(want["ase"], abs=5e-5)
    assert [linear.kappa.low, linear.kappa.high] == pytest.approx(want["ci"], abs=5e-5)
    assert linear.z == pytest.approx(want["z"], abs=5e-5)


def test_fleiss_is_that_of_irr(expected, rating_array):
    figures = expected("agreement")["fleiss1971"]
    ratings = rating_array("fleiss1971_ratings")
    assert np.bincount(ratings.ravel()).tolist() == figures["column_sums"]
    assert fleiss(ratings, 5).value == pytest.approx(figures["kappa"], abs=5e-8)
    counts = (ratings[:, :, None] == np.arange(5)).sum(1)
    assert fleiss_z(counts) == pytest.approx(figures["z"], abs=5e-6)


def test_fleiss_of_the_wikipedia_example(expected):
    figures = expected("agreement")["fleiss_wikipedia"]
    ratings = np.array([np.repeat(np.arange(5), row) for row in figures["counts"]])
    assert round(fleiss(ratings, 5).value, 2) == figures["kappa"]


def test_coefficients_with_gaps_are_those_of_irrcac(expected, rating_array):
    figures = expected("agreement")["gwet_4raters"]
    ratings = rating_array("gwet_raw_4raters", skip=("Units",))
    ac1 = gwet_ac1(ratings, 5)
    assert ac1.value == pytest.approx(figures["ac1"], abs=5e-7)
    assert ac1.se == pytest.approx(figures["ac1_se"], abs=5e-6)
    assert [ac1.low, ac1.high] == pytest.approx(figures["ac1_ci"], abs=5e-7)
    assert percent_agreement(ratings).value == pytest.approx(figures["pa"], abs=5e-7)
    scott = fleiss(ratings, 5)
    assert scott.value == pytest.approx(figures["fleiss"], abs=5e-7)
    assert [scott.low, scott.high] == pytest.approx(figures["fleiss_ci"], abs=5e-4)
    assert conger(ratings, 5).value == pytest.approx(figures["conger"], abs=5e-7)
    assert brennan_prediger(ratings, 5).value == pytest.approx(
        figures["brennan_prediger"], abs=5e-7
    )
    alpha = krippendorff_alpha(ratings)
    assert alpha.value == pytest.approx(figures["krippendorff"], abs=5e-7)
    assert alpha.low < alpha.value < alpha.high


def test_alpha_by_metric_is_that_of_fast_krippendorff(expected, rating_array):
    figures = expected("agreement")["krippendorff_wiki"]
    ratings = rating_array("krippendorff_wiki")
    for metric in ("nominal", "interval", "ordinal"):
        got = krippendorff_alpha(ratings, metric).value
        assert got == pytest.approx(figures[metric], abs=5e-7), metric


def test_alpha_intervals_repeat_with_the_seed(rating_array):
    ratings = rating_array("fleiss1971_ratings")
    assert krippendorff_alpha(ratings, seed=4) == krippendorff_alpha(ratings, seed=4)
    assert krippendorff_alpha(ratings, seed=4).low != krippendorff_alpha(ratings, seed=5).low


def test_brennan_prediger_of_the_papers_experts(expected):
    figures = expected("fridadar2018_table4")
    agree, n = figures["agree_on_class"], figures["n_total"]
    ratings = np.zeros((n, 2), np.int64)
    ratings[agree:, 1] = 1
    want = figures["derived"]["brennan_prediger_q3"]
    assert brennan_prediger(ratings, 3).value == pytest.approx(want, abs=1e-12)


def test_outcomes_of_a_pair_leave_unanswered_items_out():
    truth, first, second = "aabbc", ["a", "b", "b", "c", "c"], ["a", "b", "a", "c", ""]
    got = pair_outcomes(tuple(truth), first, second)
    assert (got.n, got.agree, got.both_correct, got.agree_wrong) == (4, 3, 1, 2)
    assert (got.only_first, got.only_second, got.both_wrong) == (1, 0, 2)
    assert got.agreement.successes == 3


def test_one_class_only_leaves_kappa_undefined():
    table = cohen_table(["a", "a"], ["a", "a"], ["a", "b"])
    assert np.isnan(cohen(table).kappa.value)
    ratings = code_ratings([["a", "a"], ["a", "a"]], ["a", "b"])
    assert np.isnan(fleiss(ratings, 2).value)
    assert np.isnan(krippendorff_alpha(ratings).value)
    assert gwet_ac1(ratings, 2).value == 1.0


def test_no_error_gives_no_interval():
    always_a = cohen([[9, 9], [0, 0]]).kappa
    assert always_a.value == 0.0
    assert np.isnan([always_a.se, always_a.low, always_a.high]).all()
    perfect = cohen([[5, 0], [0, 4]]).kappa
    assert perfect.value == 1.0
    assert np.isnan(perfect.low)


def test_no_shared_item_is_refused():
    ratings = code_ratings([["a", ""], ["", "b"]], ["a", "b"])
    with pytest.raises(ValueError, match="two readers"):
        gwet_ac1(ratings, 2)
    with pytest.raises(ValueError, match="two readers"):
        krippendorff_alpha(ratings)
    with pytest.raises(ValueError, match="not among the classes: x"):
        code_ratings([["x"]], ["a", "b"])


@settings(max_examples=40)
@given(arrays(np.int64, (12, 3), elements=st.integers(-1, 2)), st.permutations(range(3)))
def test_readers_and_classes_may_be_renamed(ratings, order):
    if ((ratings >= 0).sum(1) >= 2).sum() < 2 or (ratings >= 0).sum(0).min() == 0:
        return
    renamed = np.where(ratings < 0, -1, np.array(order)[np.maximum(ratings, 0)])[:, order]
    for function in (brennan_prediger, gwet_ac1, fleiss, conger):
        before, after = function(ratings, 3).value, function(renamed, 3).value
        assert before == pytest.approx(after, nan_ok=True)
        assert np.isnan(before) or before <= 1 + 1e-12


@settings(max_examples=30)
@given(arrays(np.int64, (15, 2), elements=st.integers(0, 2)))
def test_conger_of_two_is_cohen(ratings):
    table = np.zeros((3, 3))
    np.add.at(table, (ratings[:, 0], ratings[:, 1]), 1)
    assert conger(ratings, 3).value == pytest.approx(cohen(table).kappa.value, nan_ok=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.6026, ".60"), (-0.07, "−.07"), (1.0, "1.00"), (float("nan"), "–"), (-0.001, ".00")],
)
def test_numbers_are_printed_without_their_zero(value, text):
    assert without_zero(value) == text


def test_a_half_is_rounded_up_however_it_was_summed():
    assert {without_zero(value, 3) for value in (0.8075, 0.8075 - 1e-14, 323 / 400)} == {".808"}
    assert without_zero(np.float64(-0.125)) == "−.13"
    assert without_zero(float("inf")) == "inf"
    assert without_zero(1e30, 2) == f"{1e30:.2f}", "more digits than a decimal holds"
