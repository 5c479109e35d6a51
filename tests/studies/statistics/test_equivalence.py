"""The equivalence test holds its size and has the power it claims."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from studies.statistics.detection import TwoByTwo
from studies.statistics.equivalence import (
    equivalence,
    equivalence_power,
    margin_in_words,
    power_method,
    score,
)


def _table(hits, correct, signal=120, noise=182):
    return TwoByTwo(hits, signal - hits, noise - correct, correct)


def _outcomes(signal, noise, hit, alarm):
    return np.outer(
        stats.binom.pmf(np.arange(signal + 1), signal, hit),
        stats.binom.pmf(np.arange(noise + 1), noise, alarm),
    )


def _rejected(signal, noise, margin, alpha):
    return np.array(
        [
            [
                equivalence(TwoByTwo(h, signal - h, f, noise - f), margin).p <= alpha
                for f in range(noise + 1)
            ]
            for h in range(signal + 1)
        ]
    )


def test_chans_example_gives_the_p_that_he_prints():
    """83/88 and 69/76 with a difference of .1 (Rodary 1989): exact p .0017 (Chan 1998)."""
    got = equivalence(TwoByTwo(83, 5, 69, 7), 0.05)
    assert round(got.p_above_low, 4) == 0.0017
    assert got.method == "TOST, exact by enumeration"


def test_power_is_what_the_protocol_is_told():
    assert round(equivalence_power(120, 182, 0.10), 2) == 0.92
    assert round(equivalence_power(120, 182, 0.05), 2) == 0.04
    assert equivalence_power(10, 10, 0.05) == 0.0


@pytest.mark.parametrize(
    ("signal", "noise", "accuracy", "said"), [(12, 18, 0.5, 0.5), (20, 20, 0.55, 0.3)]
)
def test_power_is_the_chance_that_the_test_itself_rejects(signal, noise, accuracy, said):
    rejected = _rejected(signal, noise, 0.2, 0.05)
    chance = _outcomes(signal, noise, said + accuracy - 0.5, said - accuracy + 0.5)
    want = float((chance * rejected).sum())
    got = equivalence_power(signal, noise, 0.2, accuracy=accuracy, said=said)
    assert got == pytest.approx(want, abs=1e-9)
    assert got > 0.05


def test_simulated_guessers_are_found_equivalent_as_often_as_claimed():
    rng = np.random.default_rng(11)
    hits, alarms = rng.binomial(26, 0.5, 400), rng.binomial(39, 0.5, 400)
    found = [
        equivalence(TwoByTwo(int(h), 26 - int(h), int(f), 39 - int(f)), 0.2).p <= 0.05
        for h, f in zip(hits, alarms, strict=True)
    ]
    claimed = equivalence_power(26, 39, 0.2)
    assert np.mean(found) == pytest.approx(claimed, abs=3 * np.sqrt(claimed * (1 - claimed) / 400))


def test_half_and_half_answers_are_the_worst_for_power():
    powers = [equivalence_power(120, 182, 0.10, said=share) for share in (0.5, 0.3, 0.1, 0.0)]
    assert powers == sorted(powers)
    assert powers[-1] == pytest.approx(1.0)


def test_large_studies_have_the_power_of_the_score_test():
    assert power_method(120, 182) == "TOST, exact; power by enumeration"
    assert power_method(201, 203) == "TOST, score; power by enumeration"
    assert power_method(600, 900) == "TOST, score; power by normal approximation"
    for one, other in (((150, 250), (150, 251)), ((315, 315), (316, 316))):
        assert equivalence_power(*one, 0.08) == pytest.approx(
            equivalence_power(*other, 0.08), abs=0.025
        )


def test_guessing_is_equivalent_and_the_papers_first_expert_is_not():
    assert equivalence(_table(60, 91)).p < 0.01
    expert = equivalence(_table(71, 118))
    assert expert.value == pytest.approx(0.62, abs=0.001)
    assert expert.p > 0.5


def test_always_real_is_equivalent_to_guessing_however_often_it_is_right():
    assert equivalence(_table(0, 182)).p < 0.001


def test_answers_turned_round_give_the_same_p():
    one, other = equivalence(_table(50, 100)), equivalence(_table(70, 82))
    assert one.p == pytest.approx(other.p)
    assert one.p_above_low == pytest.approx(other.p_below_high)


def test_a_wider_margin_never_makes_p_larger():
    values = [equivalence(_table(55, 100), margin).p for margin in (0.02, 0.05, 0.1, 0.2, 0.4)]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(("signal", "noise"), [(12, 18), (20, 20), (5, 25)])
def test_the_size_is_kept_at_the_margins_by_full_enumeration(signal, noise):
    margin, alpha = 0.2, 0.05
    rejected = _rejected(signal, noise, margin, alpha)
    for side in (-1, 1):
        gap = 2 * side * margin
        for alarm in np.linspace(max(0.0, -gap), min(1.0, 1 - gap), 61):
            chance = _outcomes(signal, noise, alarm + gap, alarm)
            assert (chance * rejected).sum() <= alpha + 1e-9


def test_the_exact_p_is_the_largest_chance_of_a_score_as_high():
    """By brute force over a fine grid of rates."""
    signal, noise, margin = 9, 13, 0.15
    high = score(signal, noise, -2 * margin)
    alarms = np.linspace(2 * margin, 1, 1501)
    for hits, false_alarms in ((4, 6), (9, 10), (2, 3), (0, 0)):
        region = high >= high[hits, false_alarms] - 1e-9
        brute = max((_outcomes(signal, noise, f - 2 * margin, f) * region).sum() for f in alarms)
        got = equivalence(TwoByTwo(hits, 9 - hits, false_alarms, 13 - false_alarms), margin)
        assert got.p_above_low == pytest.approx(brute, abs=1e-6)


@pytest.mark.parametrize("gap", [-0.2, -0.6, 0.3])
def test_the_score_uses_the_rates_of_greatest_likelihood(gap):
    signal, noise = 6, 9
    got = score(signal, noise, gap)
    rates = np.linspace(max(0.0, gap), min(1.0, 1 + gap), 40001)
    for hits in range(signal + 1):
        for alarms in range(noise + 1):
            chance = stats.binom.pmf(hits, signal, rates)
            chance = chance * stats.binom.pmf(alarms, noise, np.clip(rates - gap, 0, 1))
            p = float(rates[chance.argmax()])
            q = p - gap
            error = np.sqrt(p * (1 - p) / signal + q * (1 - q) / noise)
            want = (hits / signal - alarms / noise - gap) / error
            assert got[hits, alarms] == pytest.approx(want, abs=2e-3)


@pytest.mark.parametrize(("signal", "noise"), [(1, 1), (7, 3), (24, 40), (120, 182)])
def test_a_false_alarm_more_never_raises_the_score(signal, noise):
    for margin in (0.01, 0.1, 0.45):
        assert np.diff(score(signal, noise, -2 * margin), axis=1).max() <= 1e-9


def test_exact_and_score_agree_where_both_apply():
    exact = equivalence(_table(92, 108, 200, 200))
    large = equivalence(_table(94, 110, 201, 203))
    assert large.method == "TOST, score"
    assert large.p == pytest.approx(exact.p, abs=0.02)


def test_the_score_test_keeps_a_value_where_a_rate_is_0_or_1():
    assert equivalence(_table(0, 250, 200, 250)).p < 1e-6
    assert equivalence(_table(200, 250, 200, 250)).p == pytest.approx(1.0)


def test_the_margin_is_told_in_words():
    words = margin_in_words(0.10)
    assert "between 40 % and 60 %" in words
    assert "up to 10 more or fewer" in words
    assert "42.5 % and 57.5 %" in margin_in_words(0.075)


@pytest.mark.parametrize("margin", [0.0, 0.5, -0.1, float("nan")])
def test_an_impossible_margin_is_refused(margin):
    for asked in (
        lambda: equivalence(_table(60, 91), margin),
        lambda: equivalence_power(60, 91, margin),
        lambda: margin_in_words(margin),
    ):
        with pytest.raises(ValueError, match="margin"):
            asked()


def test_impossible_readers_and_counts_are_refused():
    with pytest.raises(ValueError, match="no pair of rates"):
        equivalence_power(60, 91, accuracy=0.9, said=0.05)
    with pytest.raises(ValueError, match="both needed"):
        equivalence_power(0, 91)
    with pytest.raises(ValueError, match="alpha"):
        equivalence_power(60, 91, alpha=0.7)
    with pytest.raises(ValueError, match="both needed"):
        equivalence(TwoByTwo(3, 2, 0, 0))
