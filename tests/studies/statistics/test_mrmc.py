"""Obuchowski-Rockette against Iowa OR-DBM, MRMCaov and RJafroc on Van Dyke's data."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from studies.statistics.mrmc import (
    CrossedRatings,
    covariance,
    merits,
    obuchowski_rockette,
    power_fixed_readers,
    power_random_readers,
    u_statistics,
)


def test_jackknife_is_that_of_iowa(expected, vandyke):
    want = expected("mrmc_or_vandyke_jackknife")
    got = obuchowski_rockette(vandyke)
    assert got.merits[0] == pytest.approx(want["auc_treatment1"], abs=5e-9)
    assert got.merits[1] == pytest.approx(want["auc_treatment2"], abs=5e-9)
    v, c = want["var"], got.components
    assert [c.reader, c.condition_reader] == pytest.approx([v["R"], v["TR"]], abs=5e-7)
    assert [c.error, c.cov1, c.cov2, c.cov3] == pytest.approx(
        [v["error"], v["cov1"], v["cov2"], v["cov3"]], abs=5e-9
    )
    for name, value in c.dbm(114):
        assert value == pytest.approx(want["dbm_var"][name], abs=6e-7), name
    _check_differences(want, got)
    ms = want["MS"]
    assert [got.squares.condition, got.squares.reader, got.squares.both] == pytest.approx(
        [ms["T"], ms["R"], ms["TR"]], abs=5e-9
    )
    for mine, theirs in zip(got.single, want["RRRC_single"], strict=True):
        assert mine.mean == pytest.approx(theirs["auc"], abs=5e-9)
        assert mine.se == pytest.approx(theirs["se"], abs=5e-9)
        assert mine.df == pytest.approx(theirs["df"], abs=5e-3)
        assert [mine.low, mine.high] == pytest.approx(theirs["ci"], abs=5e-9)


def _check_differences(want, got):
    rrrc, frrc, rrfc = got.rrrc, got.frrc, got.rrfc
    assert rrrc.difference == pytest.approx(want["diff_1_minus_2"], abs=5e-9)
    w = want["RRRC"]
    assert (round(rrrc.statistic, 2), round(rrrc.df, 2), round(rrrc.p, 4)) == (
        w["F"], w["ddf"], w["p"],
    )  # fmt: skip
    assert rrrc.se == pytest.approx(w["se"], abs=5e-6)
    assert [rrrc.low, rrrc.high] == pytest.approx(w["ci"], abs=5e-6)
    high = want["high_precision_from_MRMCaov_tex"]
    assert frrc.statistic == pytest.approx(high["FRRC_X2"], abs=5e-7)
    assert frrc.p == pytest.approx(high["FRRC_p"], abs=5e-9)
    assert [frrc.low, frrc.high] == pytest.approx(high["FRRC_ci"], abs=5e-9)
    assert frrc.se == pytest.approx(want["FRRC"]["se"], abs=5e-6)
    assert rrfc.statistic == pytest.approx(high["RRFC_F"], abs=5e-4)
    assert rrfc.p == pytest.approx(high["RRFC_p"], abs=5e-9)
    assert rrfc.df == want["RRFC"]["ddf"]
    assert [rrfc.low, rrfc.high] == pytest.approx(want["RRFC"]["ci"], abs=5e-6)


def test_each_readers_test_is_that_of_iowa(expected, vandyke):
    want = expected("mrmc_or_vandyke_jackknife")["FRRC_per_reader"]
    for mine, theirs in zip(obuchowski_rockette(vandyke).by_reader, want, strict=True):
        pair = mine.pair
        assert (mine.reader + 1, pair.df) == (theirs["reader"], np.inf)
        assert [pair.difference, pair.se] == pytest.approx([theirs["diff"], theirs["se"]], abs=5e-6)
        assert round(pair.statistic, 2) == theirs["z"]
        assert pair.p == pytest.approx(theirs["p"], abs=5e-5)
        assert [pair.low, pair.high] == pytest.approx(theirs["ci"], abs=5e-6)
        assert [mine.error, mine.cov1] == pytest.approx(
            [theirs["var_error"], theirs["cov1"]], abs=5e-9
        )


def test_means_of_these_readers_are_those_of_iowa(expected, vandyke):
    want = expected("mrmc_or_vandyke_jackknife")["FRRC_single"]
    got = obuchowski_rockette(vandyke)
    for mine, theirs in zip(got.single_fixed_readers, want, strict=True):
        assert mine.se == pytest.approx(theirs["se"], abs=5e-9)
        assert [mine.low, mine.high] == pytest.approx(theirs["ci"], abs=5e-9)
        assert mine.df == np.inf
    means = np.array(got.merits)
    assert [one.se for one in got.single_fixed_cases] == pytest.approx(
        means.std(1, ddof=1) / np.sqrt(5)
    )
    assert {one.df for one in got.single_fixed_cases} == {4}


@pytest.mark.parametrize("method", ["delong", "unbiased"])
def test_other_covariances_are_those_of_mrmcaov(expected, vandyke, method):
    want = expected("mrmc_or_vandyke_other_cov_and_foms")[method]
    got = obuchowski_rockette(vandyke, method=method)
    c = got.components
    assert [c.error, c.cov1, c.cov2, c.cov3] == pytest.approx(
        [want["error"], want["cov1"], want["cov2"], want["cov3"]], abs=5e-11
    )
    assert c.reader == pytest.approx(want["varR"], abs=5e-11)
    assert c.condition_reader == pytest.approx(want["varTR"], abs=5e-11)
    assert got.rrrc.statistic == pytest.approx(want["F"], abs=5e-7)
    assert got.rrrc.df == pytest.approx(want["df2"], abs=5e-6)
    assert got.rrrc.p == pytest.approx(want["p"], abs=5e-9)
    assert [got.rrrc.low, got.rrrc.high] == pytest.approx(want["ci"], abs=5e-10)


def test_sensitivity_is_that_of_mrmcaov(expected, vandyke):
    want = expected("mrmc_or_vandyke_other_cov_and_foms")["binary_sens_rating_ge_3"]
    data = CrossedRatings(vandyke.ratings, vandyke.positive, positive_at=3)
    got = obuchowski_rockette(data, "sensitivity")
    assert got.merits[0] == pytest.approx(want["sens_t1"], abs=5e-4)
    assert got.merits[1] == pytest.approx(want["sens_t2"], abs=5e-4)
    c = got.components
    assert [c.error, c.cov1, c.cov2, c.cov3] == pytest.approx(
        [want["error"], want["cov1"], want["cov2"], want["cov3"]], abs=5e-11
    )
    assert got.rrrc.statistic == pytest.approx(want["F"], abs=5e-7)
    assert got.rrrc.df == pytest.approx(want["df2"], abs=5e-6)
    assert got.rrrc.p == pytest.approx(want["p"], abs=5e-9)
    assert got.rrrc.se == pytest.approx(want["se"], abs=5e-9)
    for mine, theirs in zip(got.single, want["single"], strict=True):
        assert mine.se == pytest.approx(theirs["se"], abs=5e-9)
        assert mine.df == pytest.approx(theirs["df"], abs=5e-7)
        assert [mine.low, mine.high] == pytest.approx(theirs["ci"], abs=5e-8)


def test_power_is_that_of_rjafroc(expected, vandyke):
    pilot = obuchowski_rockette(vandyke).components
    random, fixed = expected("mrmc_sample_size")["cases"]
    got = power_random_readers(
        pilot, 114, readers=random["J"], cases=random["K"], effect=random["effect"]
    )
    assert got.noncentrality == pytest.approx(random["ncp"], abs=5e-7)
    assert got.df == pytest.approx(random["df2"], abs=5e-6)
    assert got.critical == pytest.approx(random["f_crit"], abs=5e-7)
    assert got.power == pytest.approx(random["power"], abs=5e-9)
    got = power_fixed_readers(
        pilot, 114, readers=fixed["J"], cases=fixed["K"], effect=fixed["effect"]
    )
    assert got.noncentrality == pytest.approx(fixed["ncp"], abs=5e-7)
    assert got.critical == pytest.approx(fixed["crit"], abs=5e-7)
    assert got.power == pytest.approx(fixed["power"], abs=5e-9)


def test_the_order_of_readers_does_not_matter(vandyke):
    turned = CrossedRatings(vandyke.ratings[:, [4, 2, 0, 1, 3]], vandyke.positive)
    assert obuchowski_rockette(turned).rrrc.p == pytest.approx(
        obuchowski_rockette(vandyke).rrrc.p, abs=1e-12
    )
    swapped = CrossedRatings(vandyke.ratings[::-1], vandyke.positive)
    assert obuchowski_rockette(swapped).rrrc.difference == pytest.approx(0.04380032, abs=5e-9)


def test_two_readers_are_declined_in_words(vandyke):
    got = obuchowski_rockette(CrossedRatings(vandyke.ratings[:, :2], vandyke.positive))
    assert got.rrrc is None
    assert got.rrfc is None
    assert got.single == ()
    assert got.frrc is not None
    assert "two readers cannot show" in got.declined[0][1]


def test_one_condition_has_means_only(vandyke):
    got = obuchowski_rockette(CrossedRatings(vandyke.ratings[:1], vandyke.positive))
    both = obuchowski_rockette(vandyke)
    assert got.single[0] == both.single[0]
    assert (got.rrrc, got.frrc, got.components) == (None, None, None)


def test_perfect_readers_give_no_false_certainty():
    ratings = np.tile(np.r_[np.ones(5), np.full(5, 2.0)], (2, 3, 1))
    data = CrossedRatings(ratings, np.arange(10) >= 5)
    assert merits(data).min() == 1.0
    got = obuchowski_rockette(data)
    assert np.isnan([got.rrrc.p, got.rrrc.se]).all()
    assert all(np.isnan([one.low, one.high]).all() for one in got.single)


@pytest.mark.parametrize(
    ("figure", "method", "words"),
    [
        ("kappa", "jackknife", "figure of merit"),
        ("accuracy", "jackknife", "needs the rating"),
        ("auc", "bootstrap", "covariance is"),
        ("sensitivity", "delong", "AUC only"),
    ],
)
def test_what_cannot_be_done_is_said(vandyke, figure, method, words):
    with pytest.raises(ValueError, match=words):
        covariance(vandyke, figure, method)


@pytest.mark.parametrize("method", ["jackknife", "delong", "unbiased"])
def test_perfect_readers_of_studies_of_any_size_get_no_test(method):
    """What rounding leaves of a variance of 0 grows with the study; it is never taken for one."""
    for readers, cases in itertools.product((3, 4, 7, 13, 20), (4, 10, 23, 49, 102, 331)):
        positive = np.arange(cases) >= cases // 3 + 1
        ratings = np.tile(positive * 4.0 + 1, (2, readers, 1))
        ratings += np.arange(readers)[None, :, None] / 7  # each reader has an own scale
        got = obuchowski_rockette(CrossedRatings(ratings, positive), method=method)
        for test in (got.rrrc, got.frrc, got.rrfc):
            assert np.isnan([test.statistic, test.p, test.se]).all(), (readers, cases)
        assert all(np.isnan(one.se) for one in (*got.single, *got.single_fixed_readers))
        if method == "unbiased":
            areas = u_statistics(ratings, positive)
            ends = [*areas.means, areas.differences[0].value]
            assert all(np.isnan([one.se, one.p, one.df]).all() for one in ends), (readers, cases)


@pytest.mark.parametrize(("figure", "kept"), [("sensitivity", True), ("specificity", False)])
def test_a_figure_needs_only_the_cases_that_it_rests_on(vandyke, figure, kept):
    whole = CrossedRatings(vandyke.ratings, vandyke.positive, 3)
    own = vandyke.positive == kept
    part = CrossedRatings(vandyke.ratings[:, :, own], vandyke.positive[own], 3)
    assert obuchowski_rockette(part, figure).rrrc == obuchowski_rockette(whole, figure).rrrc
    other = "specificity" if kept else "sensitivity"
    for name, words in (("auc", "positive and negative"), (other, f"needed for {other}")):
        with pytest.raises(ValueError, match=words):
            obuchowski_rockette(part, name)


def test_gaps_are_refused(vandyke):
    ratings = vandyke.ratings.copy()
    ratings[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="every reader must have rated"):
        CrossedRatings(ratings, vandyke.positive)
