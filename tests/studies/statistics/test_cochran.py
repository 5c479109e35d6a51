"""Cochran's Q, Holm and all pairs of readers against SAS, R and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studies.statistics.cochran import cochran_q, compare_readers
from studies.statistics.holm import holm
from studies.statistics.paired import mcnemar, paired_table

DRUGS = {  # SAS/STAT FREQ: favourable (1) or not to drugs A, B and C, patients
    "111": 6,
    "011": 2,
    "101": 2,
    "001": 6,
    "110": 16,
    "010": 4,
    "100": 4,
    "000": 6,
}
NAN = math.nan


def rows(text: str) -> np.ndarray:
    return np.array([list(map(float, word)) for word in text.split()])


def test_the_drugs_of_sas():
    table = np.vstack([rows(" ".join([word] * n)) for word, n in DRUGS.items()])
    got = cochran_q(table)
    assert got.q == pytest.approx(8.4706, abs=5e-5)
    assert got.p == pytest.approx(0.01447555, abs=5e-9)
    assert (got.df, got.n, got.differing, got.left_out) == (2, 46, 34, 0)


@pytest.mark.parametrize(
    ("words", "q", "df"),
    [
        ("1011 0111 1110 0100 0100 1010 0100 1111 0100", 4.2, 3),
        ("00110 01010 01101 10001 11000 10100 01000 00110 00000", 1.2174, 4),
    ],
)
def test_the_tables_of_rs_cvst(words, q, df):
    got = cochran_q(rows(words))
    assert got.q == pytest.approx(q, abs=5e-5)
    assert got.df == df


@settings(max_examples=50)
@given(arrays(np.float64, (15, 2), elements=st.sampled_from([0.0, 1.0])))
def test_of_two_readers_it_is_mcnemars_chi_square(table):
    plain = mcnemar(paired_table((table[:, 0] == 1).tolist(), (table[:, 1] == 1).tolist()))
    got = cochran_q(table)
    assert (got.q, got.p) == pytest.approx((plain.chi2, plain.chi2_p))
    assert got.differing == plain.table.discordant


@settings(max_examples=50)
@given(
    arrays(np.float64, (12, 4), elements=st.sampled_from([0.0, 1.0])),
    st.permutations(range(4)),
)
def test_order_naming_and_undivided_items_change_nothing(table, order):
    here = cochran_q(table).q
    assert cochran_q(table[:, order]).q == pytest.approx(here)
    assert cochran_q(1 - table).q == pytest.approx(here)
    assert cochran_q(np.vstack([table, np.ones((3, 4))])).q == pytest.approx(here)
    assert cochran_q(np.vstack([table, [[1, NAN, 0, 0]]])).left_out == 1


def test_where_nothing_tells_the_readers_apart_p_is_one():
    got = cochran_q([[1, 1, 1], [0, 0, 0]])
    assert (got.q, got.p, got.differing) == (0.0, 1.0, 0)
    assert cochran_q([[1, 0, 0], [0, 1, 0], [0, 0, 1]]).q == 0.0


def test_it_rejects_equal_readers_as_often_as_it_says():
    rng = np.random.default_rng(2)
    rejected = 0
    for _ in range(600):
        ease = rng.uniform(0.4, 1.0, (60, 1))
        rejected += cochran_q((rng.random((60, 4)) < ease).astype(float)).p < 0.05
    assert 0.03 <= rejected / 600 <= 0.075


def test_holm_is_rs_p_adjust():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(values):
    got = holm(values)
    assert all(p <= h <= min(1.0, len(values) * p) for p, h in zip(values, got, strict=True))
    assert [h for _, h in sorted(zip(values, got, strict=True))] == sorted(got)


def test_all_pairs_of_readers_over_the_items_both_answered():
    table = [[1, 1, 0], [1, 0, 0], [1, NAN, 0], [1, 1, 0], [0, 0, 1], [1, 1, 0]]
    got = compare_readers(["one", "two", "net"], table)
    assert [(c.first, c.second) for c in got] == [("one", "two"), ("one", "net"), ("two", "net")]
    assert [c.mcnemar.table.n for c in got] == [5, 6, 5]
    assert got[1].mcnemar.table.only_first == 5
    assert [c.p_holm for c in got] == pytest.approx(holm([c.mcnemar.p for c in got]))
    assert got[1].difference.value == pytest.approx(4 / 6)
    assert got[1].p_holm > got[1].mcnemar.p


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="two readers"):
        cochran_q([[1], [0]])
    with pytest.raises(ValueError, match="right \\(1\\)"):
        cochran_q([[1, 2], [0, 1]])
    with pytest.raises(ValueError, match="every reader"):
        cochran_q([[1, NAN], [NAN, 1]])
    with pytest.raises(ValueError, match="a name and a column"):
        compare_readers(["one"], [[1, 0]])
    with pytest.raises(ValueError, match="no item was answered by both"):
        compare_readers(["one", "two"], [[1, NAN], [NAN, 1]])
    for value in (NAN, 1.2, -0.1):
        with pytest.raises(ValueError, match="between 0 and 1"):
            holm([0.5, value])
