"""Proportions of lesions in patients against Genders' tutorial, a robust regression, simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studies.statistics.clustered import NO_RESAMPLE_DIFFERS, accuracy_interval
from studies.statistics.clustered_confusion import clustered_measures
from studies.statistics.proportions import wilson, wilson_limits
from studies.statistics.rao_scott import ALL_ALIKE, ONE_PATIENT, clustered_proportion

# Genders et al. 2012, Radiology 265:910: coronary segments on CT of 50 patients, each word a
# patient's true positives, false negatives, true negatives (two digits) and false positives.
SEGMENTS = (
    "11092 11090 21080 00142 52042 01092 11103 41074 01104 11140 00140 00160 04091 02102 00160 "
    "43040 31092 01112 10112 10120 13053 20082 03100 10140 00160 20123 10103 00122 10132 50061 "
    "03110 00160 01121 03113 00133 00132 20061 01140 20092 00142 00130 23091 12070 20082 20131 "
    "01114 00140 11102 01111 10112"
)
LESIONS = st.lists(st.tuples(st.booleans(), st.sampled_from("ABCDEF")), min_size=1, max_size=40)


def segments():
    """Truth, answer and patient of each segment: "d" diseased, "h" healthy."""
    found = []
    for patient, word in enumerate(SEGMENTS.split()):
        counts = int(word[0]), int(word[1]), int(word[2:4]), int(word[4])
        for (true, said), n in zip(("dd", "dh", "hh", "hd"), counts, strict=True):
            found += [(true, said, str(patient))] * n
    return found


def test_sensitivity_and_specificity_of_genders_segments():
    truth, answers, patients = zip(*segments(), strict=True)
    got = clustered_measures(truth, answers, patients, "dh")
    assert got.matrix.counts == ((50, 43), (71, 538))
    sensitivity, specificity = got.sensitivity[0], got.specificity[0]
    assert (sensitivity.successes, sensitivity.n, sensitivity.patients) == (50, 93, 38)
    assert (specificity.successes, specificity.n, specificity.patients) == (538, 609, 50)
    # The ratio estimator's limits, with z = 1.96.
    assert (sensitivity.wald_low, sensitivity.wald_high) == pytest.approx(
        (0.41356309634791, 0.661705720856391), abs=3e-6
    )
    assert (specificity.wald_low, specificity.wald_high) == pytest.approx(
        (0.854956238286838, 0.911874631992308), abs=6e-7
    )
    assert got.specificity[1] == sensitivity
    assert got.accuracy.successes == 588


def test_the_patient_bootstrap_of_genders_segments_is_near_theirs():
    diseased = [(said == "d", who) for true, said, who in segments() if true == "d"]
    got = accuracy_interval(*zip(*diseased, strict=True), resamples=4000)
    assert (got.percentile_low, got.percentile_high) == pytest.approx((0.410, 0.657), abs=0.012)
    assert got.estimate == pytest.approx(50 / 93)
    assert got.low < got.estimate < got.high
    assert (got.n, got.patients, got.reason) == (93, 38, "")


def test_the_error_is_that_of_a_cluster_robust_regression_but_for_the_small_sample_factor():
    from statsmodels.api import OLS

    rng = np.random.default_rng(3)
    owner = np.repeat(np.arange(25), rng.integers(1, 7, 25))
    right = rng.random(len(owner)) < rng.beta(2, 1, 25)[owner]
    got = clustered_proportion(right.tolist(), owner.astype(str).tolist())
    fit = OLS(right.astype(float), np.ones(len(owner))).fit(
        cov_type="cluster", cov_kwds={"groups": owner, "use_correction": False}
    )
    assert got.se == pytest.approx(float(fit.bse[0]) * math.sqrt(25 / 24))
    assert got.design_effect > 1.2
    assert (got.low, got.high) == wilson_limits(got.estimate, got.n / got.design_effect)


@settings(max_examples=60)
@given(LESIONS)
def test_names_and_order_change_nothing_and_the_limits_mirror(lesions):
    right, patients = [r for r, _ in lesions], [p for _, p in lesions]
    here = clustered_proportion(right, patients)
    assert 0 <= here.low <= here.estimate <= here.high <= 1
    assert here.effective_n <= here.n
    there = clustered_proportion(right[::-1], [f"no {p}" for p in patients[::-1]])
    assert (there.low, there.high) == pytest.approx((here.low, here.high))
    wrong = clustered_proportion([not r for r in right], patients)
    assert (wrong.low, wrong.high) == pytest.approx((1 - here.high, 1 - here.low))
    assert wrong.design_effect == pytest.approx(here.design_effect, nan_ok=True)
    assert math.isnan(here.se) == bool(here.reason)


@settings(max_examples=40)
@given(st.lists(st.booleans(), min_size=3, max_size=30))
def test_with_a_lesion_a_patient_it_is_wilson_at_one_lesion_fewer(right):
    n = len(right)
    got = clustered_proportion(right, [str(i) for i in range(n)])
    if 0 < got.successes < n:
        assert got.design_effect == pytest.approx(n / (n - 1))
        assert (got.low, got.high) == pytest.approx(wilson_limits(got.estimate, n - 1))


def test_lesions_that_copy_each_other_do_not_narrow_the_interval():
    right, patients = [True, True, False, True, False, True], list("ABCDEF")
    once = clustered_proportion(right, patients)
    fourfold = clustered_proportion(right * 4, patients * 4)
    assert fourfold.effective_n == pytest.approx(once.effective_n)
    assert fourfold.design_effect == pytest.approx(4 * once.design_effect)
    assert (fourfold.low, fourfold.high) == pytest.approx((once.low, once.high))
    plain = wilson(fourfold.successes, fourfold.n)
    assert plain.high - plain.low < 0.6 * (fourfold.high - fourfold.low)


def test_no_spread_between_patients_never_counts_more_than_the_lesions():
    right, patients = [True, False] * 10, [str(i // 2) for i in range(20)]
    got = clustered_proportion(right, patients)
    assert (got.design_effect, got.effective_n) == (0.0, 20)
    assert (got.low, got.high) == wilson_limits(0.5, 20)
    boot = accuracy_interval(right, patients)
    assert math.isnan(boot.low)
    assert boot.reason == NO_RESAMPLE_DIFFERS


def test_all_right_one_patient_and_nothing_are_named():
    right = clustered_proportion([True] * 12, list("AAABBBCCCDDD"))
    assert (right.low, right.high) == wilson_limits(1.0, 4)
    assert (right.effective_n, right.reason) == (4, ALL_ALIKE)
    alone = clustered_proportion([True, False, True], list("AAA"))
    assert (alone.effective_n, alone.reason) == (1, ONE_PATIENT)
    nothing = clustered_proportion([], [])
    assert math.isnan(nothing.estimate)
    assert (nothing.low, nothing.high, nothing.percent) == (0.0, 1.0, "–")
    with pytest.raises(ValueError, match="same lesions"):
        clustered_proportion([True], [])
    with pytest.raises(ValueError, match="confidence level"):
        clustered_proportion([True], ["A"], level=0.0)
    with pytest.raises(ValueError, match="no lesion"):
        accuracy_interval([], [])


def test_it_covers_where_plain_wilson_does_not():
    rng = np.random.default_rng(7)
    held = np.zeros(2)
    for _ in range(600):
        owner = np.repeat(np.arange(40), rng.integers(1, 6, 40))
        right = rng.random(len(owner)) < rng.beta(1.6, 0.4, 40)[owner]
        own = clustered_proportion(right.tolist(), owner.astype(str).tolist())
        plain = wilson(own.successes, own.n)
        held += (own.low <= 0.8 <= own.high, plain.low <= 0.8 <= plain.high)
    assert 0.92 <= held[0] / 600 <= 0.97
    assert held[1] / 600 < 0.90


def test_unanswered_lesions_and_empty_classes_in_the_measures():
    got = clustered_measures("aabb", ["a", "", "b", "a"], "PPQQ", "abc")
    assert (got.accuracy.successes, got.accuracy.n) == (2, 3)
    assert got.matrix.unanswered == 1
    assert (got.sensitivity[2].n, got.sensitivity[2].high) == (0, 1.0)
    assert got.specificity[2].successes == 3
    with pytest.raises(ValueError, match="same lesions"):
        clustered_measures("ab", "ab", "P", "ab")
    with pytest.raises(ValueError, match="not one of"):
        clustered_measures("ab", "ax", "PQ", "ab")
