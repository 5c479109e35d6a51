"""What must hold for agreement whatever the ratings: renaming, gaps, ties, one class, repeats."""

from __future__ import annotations

import warnings
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studies.statistics.agreement import (
    brennan_prediger,
    code_ratings,
    cohen,
    cohen_table,
    conger,
    fleiss,
    fleiss_test,
    fleiss_z,
    gwet_ac1,
    gwet_ac2,
    intra_reader,
    krippendorff_alpha,
    percent_agreement,
    weight_matrix,
)
from studies.statistics.agreement.coefficient import NO_SPREAD, ONE_CLASS, ONE_ITEM

KINDS = ("none", "linear", "quadratic")
RATINGS = arrays(np.int64, (9, 3), elements=st.integers(-1, 3))
WHOLE = arrays(np.int64, (10, 2), elements=st.integers(0, 2))


def weighted(ratings, q, kind):
    return [
        percent_agreement(ratings, weights=kind, categories=q),
        gwet_ac2(ratings, q, kind),
        fleiss(ratings, q, weights=kind),
        conger(ratings, q, weights=kind),
        brennan_prediger(ratings, q, weights=kind),
    ]


def enough(ratings):
    return ((ratings >= 0).sum(1) >= 2).sum() >= 2 and (ratings >= 0).any(0).all()


def by_hand(ratings, q, kind):
    """Weighted agreement and chance, pair by pair: percent, Gwet, Fleiss, Conger, flat."""
    weight = weight_matrix(q, kind)
    items = [[c for c in row if c >= 0] for row in ratings.tolist()]
    items = [row for row in items if row]
    seen = np.mean(
        [np.mean([weight[a, b] for a, b in permutations(row, 2)]) for row in items if len(row) > 1]
    )
    use = np.mean([[row.count(c) / len(row) for c in range(q)] for row in items], axis=0)
    own = [[column[column >= 0].tolist().count(c) for c in range(q)] for column in ratings.T]
    shares = [np.array(counts) / sum(counts) for counts in own]
    chance = [
        0.0,
        weight.sum() / (q * (q - 1)) * sum(p * (1 - p) for p in use),
        use @ weight @ use,
        np.mean([a @ weight @ b for a, b in permutations(shares, 2)]),
        weight.mean(),
    ]
    return [np.nan if abs(1 - pe) < 1e-9 else (seen - pe) / (1 - pe) for pe in chance]


@settings(max_examples=60)
@given(RATINGS, st.sampled_from(KINDS))
def test_weighted_coefficients_are_sums_over_pairs_of_answers(ratings, kind):
    if enough(ratings):
        values = [one.value for one in weighted(ratings, 4, kind)]
        assert values == pytest.approx(by_hand(ratings, 4, kind), nan_ok=True)


@settings(max_examples=40)
@given(RATINGS, st.permutations(range(3)), st.sampled_from(KINDS))
def test_readers_may_change_places_and_classes_may_run_backwards(ratings, order, kind):
    if not enough(ratings):
        return
    turned = np.where(ratings < 0, -1, 3 - ratings)[:, order]
    for here, there in zip(weighted(ratings, 4, kind), weighted(turned, 4, kind), strict=True):
        assert here.value == pytest.approx(there.value, nan_ok=True)
        assert here.se == pytest.approx(there.se, nan_ok=True)
        assert np.isnan(here.value) or here.value <= 1 + 1e-12


@settings(max_examples=40)
@given(RATINGS)
def test_items_that_nobody_answered_change_nothing(ratings):
    if enough(ratings):
        padded = np.vstack([ratings, np.full((4, 3), -1)])
        for kind in KINDS:
            for here, there in zip(
                weighted(ratings, 4, kind), weighted(padded, 4, kind), strict=True
            ):
                assert (here.n, here.reason) == (there.n, there.reason)
                assert here.value == pytest.approx(there.value, nan_ok=True)


@settings(max_examples=40)
@given(WHOLE, st.sampled_from(KINDS))
def test_conger_of_two_readers_is_cohen_with_the_same_weights(ratings, kind):
    table = np.zeros((3, 3))
    np.add.at(table, (ratings[:, 0], ratings[:, 1]), 1)
    mine, theirs = conger(ratings, 3, weights=kind), cohen(table, kind).kappa
    assert mine.value == pytest.approx(theirs.value, nan_ok=True)


@settings(max_examples=20)
@given(RATINGS)
def test_without_weights_ac2_is_ac1_and_with_two_classes_weights_say_nothing(ratings):
    if enough(ratings):
        assert gwet_ac2(ratings, 4, "none").se == pytest.approx(
            gwet_ac1(ratings, 4).se, nan_ok=True
        )
        two = np.minimum(ratings, 1)
        values = {kind: [one.value for one in weighted(two, 2, kind)] for kind in KINDS}
        assert values["linear"] == pytest.approx(values["none"], nan_ok=True)
        assert values["quadratic"] == pytest.approx(values["none"], nan_ok=True)


@settings(max_examples=25)
@given(arrays(np.int64, (8, 3), elements=st.integers(-1, 1)))
def test_no_table_makes_numpy_warn_or_an_unexplained_nan(ratings):
    if not (((ratings >= 0).sum(1) >= 2).any() and (ratings >= 0).any(0).all()):
        return
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        found = [*weighted(ratings, 2, "quadratic"), krippendorff_alpha(ratings, draws=50)]
        for one in found:
            assert np.isnan(one.se) == bool(one.reason), one
            assert not np.isnan(one.value) or one.reason == ONE_CLASS


def test_errors_are_those_of_leaving_out_items():
    """The jackknife is an independent estimate of the same error, where all items have two."""
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 4, 80)
    ratings = np.clip(truth[:, None] + rng.integers(-1, 2, (80, 3)), 0, 3)
    ratings[rng.random(80) < 0.3, 1] = -1
    for at, whole in enumerate(weighted(ratings, 4, "quadratic")):
        without = [weighted(np.delete(ratings, i, 0), 4, "quadratic")[at].value for i in range(80)]
        jackknife = np.sqrt(79 * np.var(without))
        assert whole.se == pytest.approx(jackknife, rel=0.05), whole.name


def test_an_item_with_one_answer_widens_the_interval_as_gwet_has_it():
    ratings = np.array([[0, 0], [1, 1], [0, 1], [1, 1], [0, 0], [0, 0]])
    lonely = np.vstack([ratings, [[0, -1]]])
    assert percent_agreement(lonely).value == percent_agreement(ratings).value
    assert percent_agreement(lonely).se > percent_agreement(ratings).se


def test_one_class_one_item_and_no_disagreement_are_named():
    same = code_ratings([["a", "a"], ["a", "a"]], ["a", "b"])
    assert fleiss(same, 2).reason == conger(same, 2).reason == ONE_CLASS
    assert krippendorff_alpha(same).reason == ONE_CLASS
    assert cohen([[2, 0], [0, 0]]).kappa.reason == ONE_CLASS
    assert (brennan_prediger(same, 2).value, brennan_prediger(same, 2).reason) == (1.0, NO_SPREAD)
    single = code_ratings([["a"], ["b"]], ["a", "b"])
    assert gwet_ac1(single, 2).reason == krippendorff_alpha(single).reason == ONE_ITEM
    perfect = code_ratings([["a", "b"], ["a", "b"]], ["a", "b"])
    assert (fleiss(perfect, 2).value, fleiss(perfect, 2).reason) == (1.0, NO_SPREAD)
    assert cohen([[3, 0], [0, 2]]).kappa.reason == NO_SPREAD
    assert gwet_ac1(code_ratings([list("aab"), list("abb")], "ab"), 2).reason == ""


def test_what_cannot_be_agreed_on_is_refused_with_a_reason():
    ratings = code_ratings([["a", "b"], ["a", "c"]], ["a", "b", "c"])
    with pytest.raises(ValueError, match="more classes in the answers"):
        brennan_prediger(ratings, 2)
    with pytest.raises(ValueError, match="at least two classes"):
        gwet_ac1(np.zeros((3, 2), np.int64), 1)
    with pytest.raises(ValueError, match="none, linear or quadratic"):
        gwet_ac2(ratings, 3, "cubic")
    with pytest.raises(ValueError, match="answered no item"):
        conger(code_ratings([["a"], ["b"], [""]], ["a", "b"]), 2)
    with pytest.raises(ValueError, match="not among the classes: x"):
        cohen_table(["x"], ["a"], ["a"])
    with pytest.raises(ValueError, match="square table"):
        cohen([[1, 2, 3], [4, 5, 6]])
    with pytest.raises(ValueError, match="an answer, or an empty one"):
        code_ratings([["a"], ["a", "b"]], ["a", "b"])
    with pytest.raises(ValueError, match="items by readers"):
        fleiss(np.zeros(4, np.int64), 2)


def test_interval_alpha_uses_the_values_that_the_categories_stand_for():
    ratings = code_ratings([["1", "2", "9", "9"], ["2", "2", "9", "1"]], ["1", "2", "9"])
    close = krippendorff_alpha(ratings, "interval", values=[1, 2, 9], draws=50)
    moved = krippendorff_alpha(ratings, "interval", values=[-3, -1, 13], draws=50)
    numbers = krippendorff_alpha(ratings, "interval", draws=50)
    # Eight values 1 1 2 2 2 9 9 9; two pairs differ, by 1 and by 8.
    pooled = np.array([1, 1, 2, 2, 2, 9, 9, 9])
    expected = ((pooled[:, None] - pooled) ** 2).sum() / (8 * 7)
    assert close.value == pytest.approx(1 - (2 * (1 + 64) / 8) / expected)
    assert moved.value == pytest.approx(close.value)
    assert abs(numbers.value - close.value) > 0.05
    with pytest.raises(ValueError, match="than values were given"):
        krippendorff_alpha(ratings, "interval", values=[1, 2])


def test_the_null_test_leaves_items_with_gaps_out_and_knows_when_it_is_undefined():
    ratings = code_ratings([list("aabbab"), list("aabbba"), ["a", "", *"bbab"]], "ab")
    got = fleiss_test(ratings, 2)
    assert (got.n, got.left_out) == (5, 1)
    assert got.z == pytest.approx(got.kappa / got.se0)
    assert got.kappa == pytest.approx(fleiss(np.delete(ratings, 1, 0), 2).value)
    with pytest.raises(ValueError, match="same class"):
        fleiss_test(np.zeros((3, 2), np.int64), 2)
    with pytest.raises(ValueError, match="every reader"):
        fleiss_test(np.array([[0, -1], [-1, 1]]), 2)
    with pytest.raises(ValueError, match="two readers"):
        fleiss_z([[1, 0], [0, 1]])
    with pytest.raises(ValueError, match="same number"):
        fleiss_z([[2, 0], [0, 3]])


def test_the_null_test_rejects_chance_as_often_as_it_says():
    rng = np.random.default_rng(11)
    rejected = sum(
        fleiss_test(rng.choice(3, (40, 4), p=[0.5, 0.3, 0.2]), 3).p < 0.05 for _ in range(500)
    )
    assert 0.025 <= rejected / 500 <= 0.08


def test_a_reader_against_the_repeats():
    first, repeat = ["a", "a", "b", "b", "", "a"], ["a", "a", "b", "a", "a", ""]
    got = intra_reader(first, repeat, ["a", "b"])
    assert (got.n, got.unanswered, got.same.successes) == (4, 2, 3)
    assert got.kappa.kappa.value == pytest.approx(0.5)
    assert got.gwet.value == pytest.approx((0.75 - 2 * 0.625 * 0.375) / (1 - 2 * 0.625 * 0.375))
    turned = intra_reader(repeat, first, ["b", "a"])
    assert turned.kappa.kappa.value == pytest.approx(got.kappa.kappa.value)
    steady = intra_reader(["a", "a"], ["a", "a"], ["a", "b"])
    assert (steady.same.estimate, steady.kappa.kappa.reason) == (1.0, ONE_CLASS)
    with pytest.raises(ValueError, match="both times"):
        intra_reader(["a", ""], ["", "a"], ["a", "b"])


def test_near_misses_count_more_for_the_repeats_of_ordered_classes():
    classes = ["1", "2", "3"]
    near = intra_reader(list("112233"), list("112232"), classes, weights="quadratic")
    far = intra_reader(list("112233"), list("112231"), classes, weights="quadratic")
    assert near.same == far.same
    assert near.kappa.kappa.value > far.kappa.kappa.value
    assert near.gwet.value > far.gwet.value
