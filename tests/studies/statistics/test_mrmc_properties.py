"""What must hold of any multi-reader study, whatever the ratings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studies.statistics.mrmc import (
    COVARIANCES,
    FIGURES,
    CrossedAnswers,
    CrossedRatings,
    covariance,
    merits,
    obuchowski_rockette,
)

STUDIES = st.builds(
    lambda seed, i, j, k, tied: _study(seed, i, j, k, tied),
    st.integers(0, 10_000),
    st.integers(2, 3),
    st.integers(3, 5),
    st.integers(8, 24),
    st.booleans(),
)


def _study(seed, conditions, readers, cases, tied):
    rng = np.random.default_rng(seed)
    positive = np.arange(cases) % 2 == 0
    skill = rng.normal(1.2, 0.3, (conditions, readers, 1))
    ratings = rng.normal(0, 1, (conditions, readers, cases)) + skill * positive
    if tied:
        ratings = np.clip(np.rint(ratings), -1, 2)
    return CrossedRatings(ratings, positive, positive_at=0.5)


def numbers(found):
    """What the three tests print."""
    tests = (found.rrrc, found.frrc, found.rrfc)
    return [v for t in tests for v in (t.statistic, t.df, t.p, t.difference, t.se)]


def alike(one, other):
    return numbers(one) == pytest.approx(numbers(other), rel=1e-6, abs=1e-9, nan_ok=True)


@settings(max_examples=25)
@given(STUDIES, st.randoms(use_true_random=False))
def test_the_order_of_readers_and_cases_changes_nothing(data, random):
    readers = list(range(data.ratings.shape[1]))
    cases = list(range(data.ratings.shape[2]))
    random.shuffle(readers)
    random.shuffle(cases)
    shuffled = CrossedRatings(data.ratings[:, readers][:, :, cases], data.positive[cases])
    assert alike(obuchowski_rockette(data), obuchowski_rockette(shuffled))


@settings(max_examples=25)
@given(STUDIES, st.sampled_from(COVARIANCES))
def test_a_monotone_change_of_the_ratings_changes_no_area(data, method):
    stretched = CrossedRatings(np.exp(3 * data.ratings) + 7, data.positive)
    one, other = (obuchowski_rockette(d, method=method) for d in (data, stretched))
    assert numbers(one) == pytest.approx(numbers(other), nan_ok=True)


@settings(max_examples=25)
@given(STUDIES, st.sampled_from(FIGURES))
def test_swapped_conditions_negate_the_difference(data, figure):
    both = CrossedRatings(data.ratings[:2], data.positive, 0.5)
    swapped = CrossedRatings(data.ratings[1::-1], data.positive, 0.5)
    one, other = obuchowski_rockette(both, figure), obuchowski_rockette(swapped, figure)
    for kind in ("rrrc", "frrc", "rrfc"):
        a, b = getattr(one, kind), getattr(other, kind)
        assert b.difference == pytest.approx(-a.difference, abs=1e-12)
        assert b.p == pytest.approx(a.p, abs=1e-9, nan_ok=True)


@settings(max_examples=25)
@given(STUDIES)
def test_areas_of_reversed_ratings_and_truth_are_the_same(data):
    turned = CrossedRatings(-data.ratings, ~data.positive)
    assert alike(obuchowski_rockette(data), obuchowski_rockette(turned))


@settings(max_examples=15)
@given(STUDIES)
def test_a_reader_twice_adds_nothing_to_the_mean(data):
    doubled = CrossedRatings(np.repeat(data.ratings, 2, axis=1), data.positive)
    one, other = obuchowski_rockette(data), obuchowski_rockette(doubled)
    assert other.rrrc.difference == pytest.approx(one.rrrc.difference, abs=1e-12)
    assert [m.mean for m in other.single] == pytest.approx([m.mean for m in one.single])


def test_readers_who_are_all_the_same_do_not_make_the_reader_test_certain():
    data = _study(3, 2, 1, 20, tied=False)
    same = CrossedRatings(np.repeat(data.ratings, 4, axis=1), data.positive)
    got = obuchowski_rockette(same)
    assert np.isnan(got.rrfc.statistic)
    alone = obuchowski_rockette(data).frrc
    assert got.frrc.p == pytest.approx(alone.p, abs=1e-9)


@settings(max_examples=25)
@given(STUDIES)
def test_dbm_components_are_those_of_the_pseudovalues(data):
    """Dorfman, Berbaum & Metz 1992: three-way analysis of variance of the jackknife's values."""
    i, j, k = data.ratings.shape
    theta = merits(data)
    pseudo = np.empty((i, j, k))
    for case in range(k):
        left = np.arange(k) != case
        without = merits(CrossedRatings(data.ratings[:, :, left], data.positive[left]))
        pseudo[:, :, case] = k * theta - (k - 1) * without
    t_r, t_c, r_c, t_r_c = (_square(pseudo, axes) for axes in ((0, 1), (0, 2), (1, 2), (0, 1, 2)))
    reader, case = _square(pseudo, (1,)), _square(pseudo, (2,))
    want = {
        "R": (reader - t_r - r_c + t_r_c) / (i * k),
        "C": (case - t_c - r_c + t_r_c) / (i * j),
        "TR": (t_r - t_r_c) / k,
        "TC": (t_c - t_r_c) / j,
        "RC": (r_c - t_r_c) / i,
        "TRC_error": t_r_c,
    }
    got = obuchowski_rockette(data).components.dbm(k)
    assert dict(got) == pytest.approx(want, abs=1e-10)


def _square(values, axes):
    """Mean square of the interaction of these axes."""
    effect = np.zeros_like(values)
    for number in range(2 ** len(axes)):
        kept = [axis for bit, axis in enumerate(axes) if number >> bit & 1]
        away = tuple(axis for axis in range(3) if axis not in kept)
        effect += (-1) ** (len(axes) - len(kept)) * values.mean(away, keepdims=True)
    return (effect**2).sum() / np.prod([values.shape[axis] - 1 for axis in axes])


def test_every_pair_of_three_conditions_is_compared_with_one_error():
    data = _study(1, 3, 4, 20, tied=True)
    got = obuchowski_rockette(data).rrrc
    assert [(p.first, p.second) for p in got.pairs] == [(0, 1), (0, 2), (1, 2)]
    assert (got.ndf, len({p.se for p in got.pairs})) == (2, 1)
    assert got.pairs[1].difference == pytest.approx(
        got.pairs[0].difference + got.pairs[2].difference
    )
    two = obuchowski_rockette(CrossedRatings(data.ratings[:2], data.positive)).rrrc
    assert two.pairs[0].statistic ** 2 == pytest.approx(two.statistic)
    assert two.pairs[0].p == pytest.approx(two.p)


@pytest.mark.parametrize("figure", ["accuracy", "sensitivity", "specificity"])
def test_a_proportions_covariance_is_its_sample_covariance(figure):
    data = _study(5, 2, 3, 20, tied=False)
    kept = {
        "accuracy": np.ones(20, bool),
        "sensitivity": data.positive,
        "specificity": ~data.positive,
    }[figure]
    right = ((data.flat >= 0.5) == data.positive)[:, kept].astype(float)
    want = np.cov(right) / kept.sum()
    for method in ("jackknife", "unbiased"):
        assert covariance(data, figure, method) == pytest.approx(want, abs=1e-15)


def test_answers_in_classes_have_the_accuracy_of_right_and_wrong():
    data = _study(6, 2, 3, 20, tied=False)
    right = CrossedAnswers((data.ratings >= 0.5) == data.positive)
    one, other = obuchowski_rockette(data, "accuracy"), obuchowski_rockette(right, "accuracy")
    assert alike(one, other)
    with pytest.raises(ValueError, match="have an accuracy, no auc"):
        obuchowski_rockette(right)
    with pytest.raises(ValueError, match="AUC only"):
        obuchowski_rockette(right, "accuracy", "delong")


def test_components_may_be_negative_and_are_printed_so():
    found = (obuchowski_rockette(_study(s, 2, 3, 20, tied=True)) for s in range(50))
    got = next(one for one in found if one.components.cov2 < one.components.cov3)
    c, ms = got.components, got.squares
    assert c.condition_reader == pytest.approx(ms.both - c.error + c.cov1 + c.cov2 - c.cov3)
    assert got.rrrc.df == pytest.approx(2), "the denominator takes max(cov2 - cov3, 0)"
    assert got.rrrc.statistic == pytest.approx(ms.condition / ms.both)


@pytest.mark.parametrize("kind", ["positive", "negative"])
def test_one_case_of_a_kind_is_refused(kind):
    positive = np.arange(8) == 0
    data = CrossedRatings(
        np.random.default_rng(0).random((2, 3, 8)), positive ^ (kind != "positive")
    )
    for method in COVARIANCES:
        with pytest.raises(ValueError, match="two cases of each kind"):
            covariance(data, method=method)
