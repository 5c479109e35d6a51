"""Tango's interval, non-inferiority and the mid-p on published tables and by brute force."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from studies.statistics.noninferiority import noninferiority
from studies.statistics.paired import PairedTable, mcnemar, paired_difference
from studies.statistics.tango import tango_difference, tango_z

CAVO = PairedTable(59, 6, 16, 80)  # complete response before and after consolidation, 2012
BENTUR = PairedTable(1, 1, 7, 12)  # airway hyper-responsiveness before and after, 2009
LENSES = PairedTable(43, 0, 1, 0)  # Tango 1998: soft contact lenses
TABLES = st.builds(PairedTable, *[st.integers(0, 30)] * 4).filter(lambda table: table.n > 0)


def by_likelihood(table: PairedTable, difference: float) -> float:
    """The score z with the second's only-right probability found on a fine grid."""
    low, high = max(0.0, -difference), (1 - difference) / 2
    second = np.linspace(low, high, 400_001)[1:-1]
    first, rest = second + difference, 1 - 2 * second - difference
    both_alike = table.both + table.neither
    with np.errstate(divide="ignore", invalid="ignore"):
        likelihood = sum(
            np.where(count > 0, count * np.log(share), 0.0)
            for count, share in (
                (table.only_first, first),
                (table.only_second, second),
                (both_alike, rest),
            )
        )
    best = second[np.nanargmax(likelihood)]
    variance = table.n * (2 * best + difference * (1 - difference))
    return (table.only_first - table.only_second - table.n * difference) / math.sqrt(variance)


def test_intervals_are_those_of_contingencytables():
    """Fagerland, Lydersen & Laake 2017, chapter 8, as their R package prints it."""
    tango, newcombe = tango_difference(CAVO), paired_difference(CAVO)
    assert (tango.value, tango.low, tango.high) == pytest.approx(
        (-0.0621, -0.1240, -0.0054), abs=5e-5
    )
    assert (newcombe.low, newcombe.high) == pytest.approx((-0.1186, -0.0046), abs=5e-5)
    small = tango_difference(BENTUR)  # as R ratesci has it
    assert (small.low, small.high) == pytest.approx((-0.517, -0.026), abs=5e-4)


def test_the_ninety_percent_interval_is_that_of_propcis():
    got = tango_difference(PairedTable(500, 28, 25, 65), level=0.90)
    assert (got.low, got.high) == pytest.approx((-0.0148, 0.0247), abs=5e-5)


def test_newcombes_own_example():
    got = paired_difference(PairedTable(36, 12, 2, 0))
    assert (got.value, got.low, got.high) == pytest.approx((0.2, 0.0569, 0.3404), abs=5e-5)


def test_the_tests_of_contingencytables():
    got = mcnemar(CAVO)
    figures = (got.p, got.mid_p, got.chi2_p, got.corrected_p)
    assert figures == pytest.approx((0.052479, 0.034690, 0.033006, 0.055009), abs=5e-7)


@settings(max_examples=60)
@given(TABLES)
def test_mid_p_counts_half_of_what_was_seen(table):
    got, n = mcnemar(table), table.discordant
    if n == 0:
        assert got.mid_p == 1.0
        return
    chances = stats.binom.pmf(np.arange(n + 1), n, 0.5)
    least = min(table.only_first, table.only_second)
    want = 2 * chances[:least].sum() + chances[least]
    if table.only_first == table.only_second:
        want -= chances[least] / 2
    assert got.mid_p == pytest.approx(want, abs=1e-12)
    assert 0 < got.mid_p < got.p <= 1


@settings(max_examples=25)
@given(TABLES, st.floats(-0.9, 0.9))
def test_z_is_the_score_at_the_likeliest_table(table, difference):
    if (table.only_first - table.only_second) / table.n != difference:
        assert tango_z(table, difference) == pytest.approx(
            by_likelihood(table, difference), rel=2e-3, abs=2e-3
        )


@settings(max_examples=60)
@given(TABLES)
def test_at_no_difference_z_is_mcnemars(table):
    assert tango_z(table, 0.0) ** 2 == pytest.approx(mcnemar(table).chi2)


@settings(max_examples=60)
@given(TABLES, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_limits_are_where_the_test_just_rejects(table, level):
    got, reach = tango_difference(table, level), stats.norm.ppf((1 + level) / 2)
    assert -1 <= got.low <= got.value <= got.high <= 1
    if got.high < 1 - 1e-9:
        assert tango_z(table, got.high) == pytest.approx(-reach, abs=1e-6)
    if got.low > -1 + 1e-9:
        assert tango_z(table, got.low) == pytest.approx(reach, abs=1e-6)
    turned = PairedTable(table.both, table.only_second, table.only_first, table.neither)
    there = tango_difference(turned, level)
    assert (there.low, there.high) == pytest.approx((-got.high, -got.low), abs=1e-12)


@settings(max_examples=30)
@given(TABLES)
def test_z_falls_as_the_difference_rises(table):
    z = [tango_z(table, d) for d in np.linspace(-0.95, 0.95, 39)]
    assert all(a >= b - 1e-9 for a, b in pairwise(z))


def test_without_discordant_items_the_interval_is_wilsons_about_nothing():
    got = tango_difference(PairedTable(30, 0, 0, 14))
    assert got.value == 0
    assert (got.low, got.high) == pytest.approx((-3.84146 / 47.84146, 3.84146 / 47.84146))


def test_non_inferiority_of_tangos_contact_lenses():
    got = noninferiority(LENSES, 0.1)
    assert got.z == pytest.approx(1.709, abs=5e-4)
    assert got.p == pytest.approx(0.044, abs=5e-4)
    assert not got.shown
    assert noninferiority(LENSES, 0.1, alpha=0.05).shown


@settings(max_examples=60)
@given(TABLES, st.floats(0.01, 0.6), st.sampled_from([0.01, 0.025, 0.05]))
def test_shown_is_the_lower_limit_above_the_margin(table, margin, alpha):
    got = noninferiority(table, margin, alpha)
    if abs(got.low + margin) > 1e-9:
        assert got.shown == (got.low > -margin)
    assert noninferiority(table, min(0.99, margin + 0.1), alpha).p <= got.p + 1e-12


def test_non_inferiority_errs_as_often_as_it_says():
    rng = np.random.default_rng(8)
    rows = rng.multinomial(200, [0.62, 0.10, 0.20, 0.08], size=2000)  # truly worse by the margin
    wrong = sum(noninferiority(PairedTable(*map(int, row)), 0.10).shown for row in rows)
    assert 0.015 <= wrong / 2000 <= 0.035


def test_the_score_interval_covers_what_it_claims():
    rng = np.random.default_rng(5)
    shares = np.array([0.75, 0.12, 0.05, 0.08])
    held = 0
    for row in rng.multinomial(100, shares, size=1500):
        got = tango_difference(PairedTable(*map(int, row)))
        held += got.low <= 0.07 <= got.high
    assert 0.935 <= held / 1500 <= 0.965


def test_nonsense_is_refused():
    empty = PairedTable(0, 0, 0, 0)
    for call in (
        lambda: tango_z(empty, 0.0),
        lambda: tango_difference(empty),
        lambda: noninferiority(empty, 0.1),
    ):
        with pytest.raises(ValueError, match="no item"):
            call()
    for margin in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="margin"):
            noninferiority(CAVO, margin)
    with pytest.raises(ValueError, match="alpha"):
        noninferiority(CAVO, 0.1, alpha=0.5)
    with pytest.raises(ValueError, match="between -1 and 1"):
        tango_z(CAVO, 1.0)
    with pytest.raises(ValueError, match="confidence level"):
        tango_difference(CAVO, level=1.0)
