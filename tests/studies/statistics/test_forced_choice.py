"""d' from pairs."""

from __future__ import annotations

import math

import pytest

from studies.statistics.detection import TwoByTwo
from studies.statistics.forced_choice import paired_d_prime, sided_d_prime
from studies.statistics.proportions import wilson


def test_the_formula_without_the_correction():
    found = paired_d_prime(15, 20, corrected=False)
    assert found.value == pytest.approx(math.sqrt(2) * 0.6744897502, abs=1e-9)
    assert found.value == pytest.approx(0.9539, abs=5e-5)


def test_guessing_is_0_and_all_wrong_is_the_mirror_of_all_right():
    assert paired_d_prime(10, 20).value == pytest.approx(0.0)
    right, wrong = paired_d_prime(20, 20), paired_d_prime(0, 20)
    assert right.value == pytest.approx(-wrong.value)
    assert (right.high, wrong.low) == (math.inf, -math.inf)


def test_the_limits_are_wilson_s_through_the_same_formula():
    found, share = paired_d_prime(14, 20), wilson(14, 20)
    for limit, own in ((found.low, share.low), (found.high, share.high)):
        area = 0.5 * (1 + math.erf(limit / math.sqrt(2) / math.sqrt(2)))
        assert area == pytest.approx(own)


def test_what_has_no_sensitivity_is_refused():
    with pytest.raises(ValueError, match="no pair"):
        paired_d_prime(0, 0)
    with pytest.raises(ValueError, match="without the correction"):
        paired_d_prime(5, 5, corrected=False)
    with pytest.raises(ValueError, match="no proportion"):
        paired_d_prime(6, 5)


def test_without_a_preferred_side_both_formulas_agree():
    found = sided_d_prime(TwoByTwo(15, 5, 5, 15), corrected=False)
    assert found.d_prime.value == pytest.approx(paired_d_prime(30, 40, corrected=False).value)
    assert found.d_prime.value == pytest.approx(0.9539, abs=5e-5)
    assert found.bias.value == pytest.approx(0.0)


def test_a_preferred_side_is_told_and_does_not_lower_the_sensitivity():
    counts = TwoByTwo(9332, 668, 5000, 5000)  # z 1.5 and 0: d' 1.5 / sqrt(2), c -.75
    found = sided_d_prime(counts, corrected=False)
    assert found.d_prime.value == pytest.approx(1.5 / math.sqrt(2), abs=1e-3)
    assert found.bias.value == pytest.approx(-0.75, abs=1e-3)
    assert found.bias.high < 0
    share = paired_d_prime(counts.correct, 20000, corrected=False)
    assert share.value < found.d_prime.low < found.d_prime.value


def test_a_signal_that_was_never_at_one_side_has_no_preference():
    with pytest.raises(ValueError, match="real"):
        sided_d_prime(TwoByTwo(5, 5, 0, 0))
