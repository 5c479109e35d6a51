"""d', criterion, balanced accuracy and the prevalence test."""

from __future__ import annotations

import numpy as np
import pytest

from studies.statistics.detection import (
    TwoByTwo,
    balanced_accuracy,
    binomial_test,
    criterion,
    d_prime,
)


def test_closed_form_example(expected):
    for case in expected("signal_detection")["cases"]:
        table = TwoByTwo(
            case["hits"], case["signal"] - case["hits"], case["fa"], case["noise"] - case["fa"]
        )
        got = d_prime(table, corrected=case["corrected"])
        assert got.value == pytest.approx(case["dprime"], abs=1e-12)
        bias = criterion(table, corrected=case["corrected"])
        assert bias.value == pytest.approx(case["c"], abs=1e-12)


def test_binomial_against_half_and_prevalence(expected):
    for fraction, figures in expected("fridadar2018_table4")["ci95"].items():
        if "p_vs_half" in figures:
            k, n = map(int, fraction.split("/"))
            assert binomial_test(k, n, 0.5).p == pytest.approx(figures["p_vs_half"], rel=1e-10)
            assert binomial_test(k, n, 182 / 302).p == pytest.approx(
                figures["p_vs_182_302"], rel=1e-10
            )


def test_the_correction_gives_a_finite_value_at_perfect_reading():
    perfect = TwoByTwo(10, 0, 0, 10)
    with pytest.raises(ValueError, match="rate of 0 or 1"):
        d_prime(perfect, corrected=False)
    assert 3 < d_prime(perfect).value < 4


def test_swapping_the_answers_turns_the_sign():
    table, swapped = TwoByTwo(60, 60, 64, 118), TwoByTwo(60, 60, 118, 64)
    assert d_prime(table).value > 0 > d_prime(swapped).value
    assert criterion(TwoByTwo(5, 95, 3, 97)).value > 0  # hardly ever says "synthetic"


def test_the_variance_is_that_of_a_simulation():
    rng = np.random.default_rng(7)
    hits, alarms = rng.binomial(120, 0.7, 4000), rng.binomial(182, 0.35, 4000)
    values = [
        d_prime(TwoByTwo(int(h), 120 - int(h), int(f), 182 - int(f))).value
        for h, f in zip(hits, alarms, strict=True)
    ]
    claimed = d_prime(TwoByTwo(84, 36, 64, 118)).se
    assert claimed == pytest.approx(float(np.std(values)), rel=0.05)


def test_balanced_accuracy_does_not_reward_always_real():
    always_real = TwoByTwo(0, 120, 0, 182)
    got = balanced_accuracy(always_real)
    assert got.value == 0.5
    assert got.low < 0.5 < got.high
    with pytest.raises(ValueError, match="both needed"):
        balanced_accuracy(TwoByTwo(3, 2, 0, 0))
