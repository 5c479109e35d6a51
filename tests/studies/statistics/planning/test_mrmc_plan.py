"""Sample size of multi-reader studies against RJafroc, R's MRMCsamplesize and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from studies.statistics.mrmc import CrossedRatings, VarianceComponents, obuchowski_rockette
from studies.statistics.mrmc.sample_size import (
    power_fixed_readers,
    power_random_readers,
    smallest_cases,
    smallest_readers,
)
from studies.statistics.planning import (
    Conjecture,
    auc_variance,
    cases_by_readers,
    conjectured_components,
    curve_over_cases,
    curve_over_readers,
)
from studies.statistics.planning.conjecture import sd_of_range
from studies.statistics.planning.curve import Curve, sizes_around
from studies.statistics.roc import auc

WIDE = VarianceComponents(0.001, 0.0008, 0.0012, 0.0004, 0.0005, 0.0003)


@pytest.fixture
def pilot(rows) -> VarianceComponents:
    """Van Dyke's components, of 114 cases."""
    ratings, positive = np.zeros((2, 5, 114)), np.zeros(114, bool)
    for row in rows("vandyke"):
        case = int(row["case"]) - 1
        ratings[int(row["treatment"]) - 1, int(row["reader"]) - 1, case] = float(row["rating"])
        positive[case] = row["truth"] == "1"
    return obuchowski_rockette(CrossedRatings(ratings, positive)).components


def test_the_fewest_cases_reach_the_power_that_rjafroc_prints(expected, pilot):
    random, fixed = expected("mrmc_sample_size")["cases"]
    got = smallest_cases(
        pilot, 114, readers=fixed["J"], effect=fixed["effect"], readers_random=False
    )
    assert got.cases == fixed["K"]
    assert got.power == pytest.approx(fixed["power"], abs=5e-9)
    least = smallest_cases(pilot, 114, readers=random["J"], effect=random["effect"])
    assert least.cases <= random["K"]
    one_less = power_random_readers(
        pilot, 114, readers=10, cases=least.cases - 1, effect=random["effect"]
    )
    assert one_less.power < 0.8 <= least.power <= random["power"]


def test_the_fewest_readers_reach_it_too(expected, pilot):
    random, fixed = expected("mrmc_sample_size")["cases"]
    for case, random_readers in ((random, True), (fixed, False)):
        got = smallest_readers(
            pilot, 114, cases=case["K"], effect=case["effect"], readers_random=random_readers
        )
        assert got.readers == case["J"]
        assert got.power == pytest.approx(case["power"], abs=5e-9)


def test_readers_who_differ_too_much_are_not_outweighed_by_cases():
    assert smallest_cases(WIDE, 100, readers=3, effect=0.03) is None
    assert smallest_cases(WIDE, 100, readers=3, effect=0.03, readers_random=False) is not None
    assert smallest_readers(WIDE, 100, cases=2, effect=0.001) is None


def test_a_power_that_falls_again_with_more_cases_is_still_found():
    """Few readers: more cases leave the readers' spread alone, and cost degrees of freedom."""
    odd = VarianceComponents(0.0, 4.5e-4, 9.2e-4, 7.1e-4, 5.0e-4, 3.3e-4)

    def power(cases: int) -> float:
        return power_random_readers(odd, 100, readers=2, cases=cases, effect=0.12).power

    got = smallest_cases(odd, 100, readers=2, effect=0.12, power=0.75)
    assert power(100_000) < 0.75 <= got.power
    assert power(got.cases - 1) < 0.75
    assert min(power(k) for k in range(got.cases, got.cases + 10)) >= 0.75


def _estimates(rng, components, readers, effect, studies):
    """AUC estimates (studies, 2, readers) with just these components."""
    c = components
    reader, both = math.sqrt(c.reader), math.sqrt(c.condition_reader)
    same_reader = np.eye(readers)
    error = np.kron(
        np.eye(2), c.cov2 + (c.error - c.cov2) * same_reader
    ) + np.kron(1 - np.eye(2), c.cov3 + (c.cov1 - c.cov3) * same_reader)  # fmt: skip
    noise = rng.multivariate_normal(np.zeros(2 * readers), error, studies)
    return (
        np.array([effect, 0.0])[None, :, None]
        + rng.normal(0, reader, (studies, 1, readers))
        + rng.normal(0, both, (studies, 2, readers))
        + noise.reshape(studies, 2, readers)
    )


def _found(theta, components, alpha=0.05):
    """Hillis' test of each study, with the covariances known."""
    readers = theta.shape[2]
    means = theta.mean(2)
    between = readers * ((means - means.mean(1, keepdims=True)) ** 2).sum(1)
    rest = theta - means[:, :, None] - theta.mean(1)[:, None, :] + means.mean(1)[:, None, None]
    both = (rest**2).sum((1, 2)) / (readers - 1)
    denominator = both + readers * max(components.cov2 - components.cov3, 0.0)
    df = denominator**2 / (both**2 / (readers - 1))
    return np.mean(between / denominator > stats.f.isf(alpha, 1, df))


@pytest.mark.parametrize(("readers", "cases"), [(5, 120), (8, 200)])
def test_simulated_studies_see_the_effect_as_often_as_planned(readers, cases):
    scale = 100 / cases
    planned = VarianceComponents(
        WIDE.reader, WIDE.condition_reader,
        *(scale * v for v in (WIDE.error, WIDE.cov1, WIDE.cov2, WIDE.cov3)),
    )  # fmt: skip
    claimed = power_random_readers(WIDE, 100, readers=readers, cases=cases, effect=0.05).power
    theta = _estimates(np.random.default_rng(23), planned, readers, 0.05, 6000)
    assert 0.3 < claimed < 0.95
    assert _found(theta, planned) == pytest.approx(claimed, abs=0.025)


def test_power_grows_with_readers_cases_and_effect_and_is_alpha_without_one(pilot):
    over_cases = curve_over_cases(pilot, 114, readers=6, cases=range(20, 400, 40), effect=0.05)
    over_readers = curve_over_readers(pilot, 114, readers=range(2, 15), cases=150, effect=0.05)
    for curve in (over_cases, over_readers):
        assert list(curve.y) == sorted(curve.y)
    nothing = power_random_readers(pilot, 114, readers=6, cases=100, effect=0.0)
    assert nothing.power == pytest.approx(0.05)
    fixed = power_fixed_readers(pilot, 114, readers=6, cases=100, effect=0.0)
    assert fixed.power == pytest.approx(0.05)


def test_the_table_has_the_same_numbers(pilot):
    rows = cases_by_readers(pilot, 114, (3, 5, 10), effect=0.043800322)
    assert [row.readers for row in rows] == [3, 5, 10]
    assert rows[0].random is None
    assert rows[2].fixed == 131
    assert rows[1].random > rows[2].random > rows[2].fixed


@pytest.mark.parametrize(
    ("readers", "effect", "spread", "printed_sd2", "diseased"),
    [(10, 0.10, 0.1, 0.00105585, 25), (20, 0.05, 0.2, 0.002867414, 218)],
)
def test_without_a_pilot_the_numbers_are_those_of_mrmcsamplesize(
    readers, effect, spread, printed_sd2, diseased
):
    """Its two examples with AUC .75, repeats differing by .05, r1 .47 and r2 = r3 = .3."""
    between, repeats = sd_of_range(spread, readers), sd_of_range(0.05, 2)
    assert between**2 == pytest.approx(printed_sd2, abs=5e-9)
    assert repeats**2 == pytest.approx(0.001963495, abs=5e-10)
    guess = Conjecture(0.75, between, repeats)
    components = conjectured_components(guess, 100)
    got = smallest_cases(components, 100, readers=readers, effect=effect)
    assert math.ceil(got.cases / 2) == diseased


def test_obuchowskis_variance_is_on_the_safe_side_of_simulated_binormal_ratings():
    rng = np.random.default_rng(24)
    apart = math.sqrt(2) * stats.norm.ppf(0.8)
    areas = [auc(rng.normal(apart, 1, 50), rng.normal(0, 1, 80)).value for _ in range(1500)]
    assert 1.1 < auc_variance(0.8, 50, 80) / np.var(areas) < 1.45


def test_more_readers_of_the_same_range_vary_less():
    assert sd_of_range(0.1, 2) == pytest.approx(0.1 * math.sqrt(math.pi) / 2)
    assert sd_of_range(0.1, 20) < sd_of_range(0.1, 5) < sd_of_range(0.1, 2)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"auc": 0.5, "reader_sd": 0.02}, "above .5"),
        ({"auc": 0.8, "reader_sd": 0.6}, "standard deviations"),
        ({"auc": 0.8, "reader_sd": 0.02, "rho1": 1.2}, "correlations"),
        ({"auc": 0.8, "reader_sd": 0.02, "rho3": 0.6}, "rho3"),
        ({"auc": 0.8, "reader_sd": 0.02, "ratio": 0}, "ratio"),
    ],
)
def test_impossible_conjectures_are_refused(values, words):
    with pytest.raises(ValueError, match=words):
        Conjecture(**values)


def test_impossible_plans_are_refused(pilot):
    with pytest.raises(ValueError, match="two or more readers"):
        power_random_readers(pilot, 114, readers=1, cases=50, effect=0.05)
    with pytest.raises(ValueError, match="power"):
        smallest_cases(pilot, 114, readers=5, effect=0.05, power=1.0)
    with pytest.raises(ValueError, match="alpha"):
        power_fixed_readers(pilot, 114, readers=5, cases=50, effect=0.05, alpha=0.0)
    none = VarianceComponents(0.0, 0.0, 0.001, 0.001, 0.0, 0.0)
    with pytest.raises(ValueError, match="0 or less"):
        smallest_cases(none, 100, readers=5, effect=0.05)
    with pytest.raises(ValueError, match="every x"):
        Curve((1.0,), (), "Cases", "Power")


def test_a_curves_sizes_rise_and_hold_the_plan():
    for size in (2, 3, 7, 50, 163, 5000):
        sizes = sizes_around(size)
        assert size in sizes
        assert list(sizes) == sorted(set(sizes))
        assert len(sizes) <= 16
