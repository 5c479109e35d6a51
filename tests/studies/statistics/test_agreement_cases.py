"""Agreement where a case is read several times: the case, not the item, is the unit."""

from __future__ import annotations

import numpy as np
import pytest

from studies.statistics.agreement import (
    MISSING,
    brennan_prediger,
    cohen,
    cohen_over_cases,
    cohen_table,
    conger,
    fleiss,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    percent_agreement,
)

CLASSES = "abc"
COEFFICIENTS = {
    "percent": lambda r, cases=None: percent_agreement(r, categories=3, cases=cases),
    "fleiss": lambda r, cases=None: fleiss(r, 3, cases=cases),
    "conger": lambda r, cases=None: conger(r, 3, cases=cases),
    "gwet_ac1": lambda r, cases=None: gwet_ac1(r, 3, cases=cases),
    "gwet_ac2": lambda r, cases=None: gwet_ac2(r, 3, cases=cases),
    "brennan_prediger": lambda r, cases=None: brennan_prediger(r, 3, cases=cases),
}


def readings(cases=40, readers=4, seed=6, gaps=0.0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, cases)
    said = np.where(rng.random((cases, readers)) < 0.6, truth[:, None], 0)
    said = np.where(rng.random((cases, readers)) < 0.2, rng.integers(0, 3, said.shape), said)
    return np.where(rng.random(said.shape) < gaps, MISSING, said)


@pytest.mark.parametrize("name", COEFFICIENTS)
@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_an_exact_copy_under_another_condition_leaves_the_interval_as_it_was(name, gaps):
    once = readings(gaps=gaps)
    kept = (once != MISSING).any(1)
    once = once[kept]
    cases = np.arange(len(once))
    one = COEFFICIENTS[name](once)
    twice = COEFFICIENTS[name](np.concatenate([once, once]), np.concatenate([cases, cases]))
    assert (twice.value, twice.se) == pytest.approx((one.value, one.se), abs=1e-12)
    assert (twice.low, twice.high) == pytest.approx((one.low, one.high), abs=1e-12)
    assert (twice.n, twice.items) == (len(once), 2 * len(once))
    assert one.items == 0


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_items_that_are_all_of_different_cases_are_as_before(name):
    ratings = readings()
    one, other = COEFFICIENTS[name](ratings), COEFFICIENTS[name](ratings, list(range(40)))
    assert (other.value, other.se, other.low) == pytest.approx((one.value, one.se, one.low))


def test_independent_cases_are_not_made_alike():
    """Two conditions whose errors have nothing in common: about the error of twice the cases."""
    ratings = readings(cases=800)
    cases = np.tile(np.arange(400), 2)
    assert fleiss(ratings, 3, cases=cases).se == pytest.approx(fleiss(ratings, 3).se, rel=0.1)


def test_cohens_error_is_that_of_the_table_where_every_item_is_there_twice():
    ratings = readings(readers=2)
    first, second = (["abc"[v] for v in column] for column in ratings.T)
    whole = cohen(cohen_table(first, second, CLASSES)).kappa
    cases = list(range(40))
    once = cohen_over_cases(first, second, CLASSES, cases)
    twice = cohen_over_cases(first * 2, second * 2, CLASSES, cases * 2)
    for got in (once, twice):
        assert (got.value, got.se, got.low) == pytest.approx((whole.value, whole.se, whole.low))
    assert (once.n, once.items, twice.n, twice.items) == (40, 40, 40, 80)


def test_alpha_resamples_cases():
    ratings = readings(cases=120)
    cases = list(range(120))
    one = krippendorff_alpha(ratings)
    copied = np.concatenate([ratings, ratings])
    twice = krippendorff_alpha(copied, cases=cases * 2)
    assert twice.se == pytest.approx(one.se, rel=0.03)
    assert krippendorff_alpha(copied).se < 0.75 * one.se, "as items they would seem twice as many"
    assert (twice.n, twice.items) == (120, 240)
    assert "over cases" in twice.method


def test_one_case_alone_has_no_interval():
    got = fleiss(np.array([[0, 1, 0], [1, 1, 0]]), 3, cases=[5, 5])
    assert np.isnan([got.se, got.low]).all()
    assert (got.n, got.items) == (1, 2)


def test_every_item_needs_its_case():
    with pytest.raises(ValueError, match="every item needs its case"):
        fleiss(readings(), 3, cases=[1, 2])
    with pytest.raises(ValueError, match="every item needs its case"):
        krippendorff_alpha(readings(), cases=[1])
