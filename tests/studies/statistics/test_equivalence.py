"""The equivalence test holds its size and has the power it claims."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from studies.statistics.detection import TwoByTwo
from studies.statistics.equivalence import equivalence, equivalence_power


def _table(hits, correct, signal=120, noise=182):
    return TwoByTwo(hits, signal - hits, noise - correct, correct)


def test_power_is_what_the_protocol_is_told():
    assert round(equivalence_power(120, 182, 0.10), 2) == 0.92
    assert round(equivalence_power(120, 182, 0.05), 2) == 0.04
    assert equivalence_power(10, 10, 0.05) == 0.0


def test_guessing_is_equivalent_and_the_papers_first_expert_is_not():
    assert equivalence(_table(60, 91)).p < 0.01
    expert = equivalence(_table(71, 118))
    assert expert.value == pytest.approx(0.62, abs=0.001)
    assert expert.p > 0.5
    assert expert.method == "TOST, exact by enumeration"


def test_always_real_is_equivalent_to_guessing_however_often_it_is_right():
    assert equivalence(_table(0, 182)).p < 0.001


def test_answers_turned_round_give_the_same_p():
    one, other = equivalence(_table(50, 100)), equivalence(_table(70, 82))
    assert one.p == pytest.approx(other.p)
    assert one.p_above_low == pytest.approx(other.p_below_high)


@pytest.mark.parametrize(("signal", "noise"), [(12, 18), (20, 20)])
def test_the_size_is_kept_by_full_enumeration(signal, noise):
    margin, alpha = 0.2, 0.05
    rejected = np.array(
        [
            [equivalence(_table(h, c, signal, noise), margin).p < alpha for c in range(noise + 1)]
            for h in range(signal + 1)
        ]
    )
    for first in np.linspace(0.0, 0.6, 13):  # rates whose mean is .5 - margin
        chance = np.outer(
            stats.binom.pmf(np.arange(signal + 1), signal, first),
            stats.binom.pmf(np.arange(noise + 1), noise, 0.6 - first),
        )
        assert (chance * rejected).sum() <= alpha + 1e-6


def test_exact_and_normal_agree_where_both_apply():
    exact = equivalence(_table(92, 108, 200, 200))
    large = equivalence(_table(94, 110, 201, 203))
    assert large.method == "TOST, normal"
    assert large.p == pytest.approx(exact.p, abs=0.02)


@pytest.mark.parametrize("margin", [0.0, 0.5, -0.1])
def test_an_impossible_margin_is_refused(margin):
    with pytest.raises(ValueError, match="margin"):
        equivalence(_table(60, 91), margin)
