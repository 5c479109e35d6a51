"""The patient is the unit: bootstrap intervals and McNemar's test for clustered lesions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from studies.statistics.clustered import (
    EQUAL,
    accuracy_difference,
    clustered_mcnemar,
    sensitivity_difference,
)
from studies.statistics.paired import mcnemar, paired_table

RIGHT = st.tuples(st.booleans(), st.booleans())
LESIONS = st.lists(st.tuples(RIGHT, st.sampled_from("ABCDEFGH")), min_size=4, max_size=40)


def columns(lesions):
    return [a for (a, _), _ in lesions], [b for (_, b), _ in lesions], [p for _, p in lesions]


def test_the_test_is_the_formula_by_hand():
    """d = 2, 1, -1 of n = 2, 2, 1; and with a concordant fourth patient of three lesions."""
    first = [True, True, True, False, False]
    second = [False, False, False, False, True]
    got = clustered_mcnemar(first, second, "AABBC")
    assert got.chi2 == pytest.approx(2 / 3 * (2 + 1 - 1) ** 2 / (4 + 1 + 1))
    assert got.durkalski_chi2 == pytest.approx((1 + 0.5 - 1) ** 2 / (1 + 0.25 + 1))
    assert got.p == pytest.approx(stats.chi2.sf(4 / 9, 1))
    assert (got.only_first, got.only_second, got.patients, got.n) == (3, 1, 3, 5)
    more = clustered_mcnemar([*first, *[True] * 3], [*second, *[True] * 3], "AABBCDDD")
    assert more.chi2 == pytest.approx(3 / 4 * 4 / 6)
    assert more.durkalski_chi2 == pytest.approx(got.durkalski_chi2)


@given(st.lists(RIGHT, min_size=2, max_size=60))
def test_with_a_lesion_a_patient_it_is_mcnemars_chi_square(pairs):
    first, second = zip(*pairs, strict=True)
    got = clustered_mcnemar(first, second, [str(i) for i in range(len(pairs))])
    plain = mcnemar(paired_table(first, second)).chi2
    assert got.durkalski_chi2 == pytest.approx(plain)
    assert got.chi2 == pytest.approx(plain * (len(pairs) - 1) / len(pairs))


def test_no_discordant_lesion_gives_p_of_one():
    got = clustered_mcnemar([True, False], [True, False], "AB")
    assert (got.p, got.durkalski_p) == (1.0, 1.0)


def test_lesions_that_copy_each_other_do_not_make_the_test_keener():
    first, second, patients = columns([((i % 3 > 0, i % 4 == 0), f"P{i}") for i in range(24)])
    once = clustered_mcnemar(first, second, patients)
    fourfold = clustered_mcnemar(first * 4, second * 4, patients * 4)
    assert fourfold.chi2 == pytest.approx(once.chi2)
    assert mcnemar(paired_table(first * 4, second * 4)).chi2 == pytest.approx(
        4 * mcnemar(paired_table(first, second)).chi2
    )


def test_the_test_holds_its_level_where_plain_mcnemar_does_not():
    rng = np.random.default_rng(5)
    rejected = np.zeros(2)
    for _ in range(600):
        patients = np.repeat(np.arange(40), 4)
        better = rng.choice([-1, 1], 40)[patients]  # all lesions of a patient favour one arm
        decided = rng.random(160) < 0.5
        first, second = (better > 0) & decided, (better < 0) & decided
        names = [str(p) for p in patients]
        rejected += (
            clustered_mcnemar(first.tolist(), second.tolist(), names).p < 0.05,
            mcnemar(paired_table(first.tolist(), second.tolist())).chi2_p < 0.05,
        )
    assert rejected[0] / 600 < 0.075
    assert rejected[1] / 600 > 0.15


@settings(max_examples=40)
@given(LESIONS)
def test_new_names_for_the_patients_change_nothing(lesions):
    first, second, patients = columns(lesions)
    renamed = [f"{ord('Z') - ord(p)} {p}" for p in patients]
    assert accuracy_difference(first, second, patients) == accuracy_difference(
        first, second, renamed
    )


@settings(max_examples=40)
@given(LESIONS)
def test_changing_the_arms_over_turns_the_sign(lesions):
    first, second, patients = columns(lesions)
    one = accuracy_difference(first, second, patients)
    other = accuracy_difference(second, first, patients)
    assert other.value == pytest.approx(-one.value)
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low), abs=1e-9)
    assert other.percentile_low == pytest.approx(-one.percentile_high, abs=1e-9)


@settings(max_examples=15)
@given(st.lists(RIGHT, min_size=20, max_size=60), st.integers(0, 3))
def test_with_a_lesion_a_patient_it_is_the_lesion_bootstrap(pairs, seed):
    first, second = (np.asarray(side, dtype=float) for side in zip(*pairs, strict=True))
    names = [str(i) for i in range(len(pairs))]
    got = accuracy_difference(first.tolist(), second.tolist(), names, seed=seed)
    rng, n = np.random.default_rng(seed), len(pairs)
    again = [(first - second)[rng.integers(0, n, n)].mean() for _ in range(2000)]
    low, high = np.quantile(again, (0.025, 0.975))
    assert got.percentile_low == pytest.approx(low, abs=1.6 / n + 0.01)
    assert got.percentile_high == pytest.approx(high, abs=1.6 / n + 0.01)


def test_the_bca_interval_is_scipys():
    rng = np.random.default_rng(1)
    sizes = rng.integers(1, 6, 60)
    skill = rng.random(60) ** 3
    patients = np.repeat(np.arange(60), sizes)
    first, second = rng.random(len(patients)) < 0.95, rng.random(len(patients)) > skill[patients]
    names = [str(p) for p in patients]
    got = accuracy_difference(first.tolist(), second.tolist(), names, resamples=8000)
    sums = np.bincount(patients, first.astype(float) - second.astype(float))

    def ratio(total, lesions, axis=-1):
        return total.sum(axis) / lesions.sum(axis)

    theirs = stats.bootstrap(
        (sums, sizes.astype(float)), ratio, paired=True, n_resamples=8000, method="BCa", rng=rng
    ).confidence_interval
    assert (got.low, got.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)
    assert (got.patients, got.n) == (60, len(patients))
    assert abs(got.low - got.percentile_low) > 0.0005


def test_lesions_that_copy_each_other_do_not_narrow_the_interval():
    first, second, patients = columns([((i % 3 > 0, i % 4 == 0), f"P{i}") for i in range(24)])
    once = accuracy_difference(first, second, patients)
    fourfold = accuracy_difference(first * 4, second * 4, patients * 4)
    alone = accuracy_difference(first * 4, second * 4, [str(i) for i in range(96)])
    assert (fourfold.low, fourfold.high) == pytest.approx((once.low, once.high))
    assert alone.high - alone.low < 0.6 * (fourfold.high - fourfold.low)


def test_the_interval_covers_what_it_claims():
    rng = np.random.default_rng(7)
    held = 0
    for seed in range(300):
        patients = np.repeat(np.arange(60), rng.integers(1, 5, 60))
        hard = rng.beta(2, 2, 60)[patients]
        first, second = rng.random(len(hard)) > 0.6 * hard, rng.random(len(hard)) > hard
        names = [str(p) for p in patients]
        got = accuracy_difference(first.tolist(), second.tolist(), names, seed=seed)
        held += got.low <= 0.2 <= got.high
    assert 0.91 <= held / 300 <= 0.985


def test_sensitivity_by_size_is_accuracy_and_by_equal_weights_the_mean_of_the_classes():
    truth = ["cyst"] * 6 + ["metastasis"] * 2
    first = ["cyst"] * 6 + ["cyst"] * 2
    second = ["cyst"] * 3 + ["metastasis"] * 5
    patients = list("AABCDEFG")
    by_size = sensitivity_difference(truth, first, second, patients)
    equal = sensitivity_difference(truth, first, second, patients, weights=EQUAL)
    assert by_size.value == pytest.approx(6 / 8 - 5 / 8)
    assert equal.value == pytest.approx((1 + 0) / 2 - (0.5 + 1) / 2)
    assert equal.low <= equal.value <= equal.high
    with pytest.raises(ValueError, match="class weights"):
        sensitivity_difference(truth, first, second, patients, weights="area")


def test_the_same_seed_gives_the_same_interval_and_nonsense_is_refused():
    first, second, patients = [True, False, True, True], [False, False, True, False], list("AABC")
    one = accuracy_difference(first, second, patients, seed=3)
    assert one == accuracy_difference(first, second, patients, seed=3)
    assert one.resamples == 2000
    with pytest.raises(ValueError, match="no lesion"):
        accuracy_difference([], [], [])
    with pytest.raises(ValueError, match="same lesions"):
        clustered_mcnemar([True], [True], ["A", "B"])
    alike = accuracy_difference([True] * 4, [False] * 4, patients)
    assert (alike.low, alike.value, alike.high) == (1.0, 1.0, 1.0)
