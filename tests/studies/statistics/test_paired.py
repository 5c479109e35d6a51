"""McNemar against R, and the paired interval's coverage."""

from __future__ import annotations

import numpy as np
import pytest

from studies.statistics.paired import PairedTable, mcnemar, paired_difference, paired_table


def test_mcnemar_of_the_papers_experts(expected):
    figures = expected("fridadar2018_table4")
    derived = figures["derived"]
    table = PairedTable(
        figures["both_correct"],
        derived["only_expert1_correct"],
        derived["only_expert2_correct"],
        derived["both_wrong"],
    )
    got = mcnemar(table)
    assert table.n == 302
    assert got.p == pytest.approx(derived["mcnemar_exact_p"], abs=1e-13)
    assert got.chi2 == pytest.approx(derived["mcnemar_chi2"], abs=1e-12)
    assert got.chi2_p == pytest.approx(derived["mcnemar_chi2_p"], abs=1e-13)
    assert got.corrected_chi2 == pytest.approx(derived["mcnemar_cc_chi2"], abs=1e-12)
    assert got.corrected_p == pytest.approx(derived["mcnemar_cc_p"], abs=1e-13)


def test_no_discordant_item_gives_p_of_one():
    table = paired_table([True, False], [True, False])
    assert table == PairedTable(1, 0, 0, 1)
    assert mcnemar(table).p == 1.0
    assert paired_difference(table).value == 0.0


def test_the_difference_turns_with_the_readers():
    one = paired_difference(PairedTable(30, 10, 4, 6))
    other = paired_difference(PairedTable(30, 4, 10, 6))
    assert one.value == pytest.approx(-other.value)
    assert one.low == pytest.approx(-other.high)
    with pytest.raises(ValueError, match="no item"):
        paired_difference(PairedTable(0, 0, 0, 0))


def test_the_interval_covers_what_it_claims():
    rng = np.random.default_rng(3)
    shares = np.array([0.6, 0.18, 0.1, 0.12])
    tables = rng.multinomial(182, shares, size=1500)
    truth = shares[1] - shares[2]
    held = 0
    for row in tables:
        got = paired_difference(PairedTable(*map(int, row)))
        held += got.low <= truth <= got.high
    assert 0.935 <= held / len(tables) <= 0.97
