"""Subgroups: every item in one, with n, intervals and what is not labelled."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.statistics.confusion import confusion_matrix
from studies.statistics.proportions import clopper_pearson, wilson
from studies.statistics.rao_scott import clustered_proportion
from studies.statistics.subgroups import band_names, bands, subgroups

ITEMS = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["GE", "Philips", ""]), st.sampled_from("ABC")),
    max_size=30,
)


@given(ITEMS)
def test_the_subgroups_add_up_to_the_whole(items):
    right = [r for r, _, _ in items]
    got = subgroups(right, [label for _, label, _ in items], [p for _, _, p in items])
    assert sum(group.n for group in got.groups) + got.unlabelled == len(items)
    for group in got.groups:
        own = [(r, p) for r, label, p in items if label == group.label]
        assert group.proportion == wilson(sum(r for r, _ in own), len(own))
        assert group.clustered == clustered_proportion([r for r, _ in own], [p for _, p in own])


def test_a_fixed_order_shows_empty_subgroups_too():
    got = subgroups([True, False, True], ["b", "a", ""], order=["a", "b", "c"])
    assert [(g.label, g.proportion.successes, g.n) for g in got.groups] == [
        ("a", 0, 1),
        ("b", 1, 1),
        ("c", 0, 0),
    ]
    assert got.unlabelled == 1
    assert math.isnan(got.groups[2].proportion.estimate)
    assert all(group.clustered is None for group in got.groups)


def test_sizes_are_cut_into_bands():
    sizes, edges = [4.9, 10, 19.99, 20, 31, math.nan], [10, 20]
    labels = bands(sizes, edges)
    assert labels == ("< 10 mm", "10–20 mm", "10–20 mm", "≥ 20 mm", "≥ 20 mm", "")
    got = subgroups([True] * 6, labels, order=band_names(edges))
    assert [group.n for group in got.groups] == [1, 2, 2]
    assert got.unlabelled == 1
    assert band_names([2.5], "mm thick") == ("< 2.5 mm thick", "≥ 2.5 mm thick")


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="same items"):
        subgroups([True], ["a", "b"])
    with pytest.raises(ValueError, match="same items"):
        subgroups([True], ["a"], [])
    with pytest.raises(ValueError, match="not among the subgroups: b"):
        subgroups([True], ["b"], order=["a"])
    for edges in ([], [10, 10], [20, 10]):
        with pytest.raises(ValueError, match="must rise"):
            bands([1.0], edges)


def test_a_class_may_be_measured_with_exact_intervals():
    matrix = confusion_matrix("aaabb", "aabbb", "ab")
    assert matrix.sensitivity(0, clopper_pearson) == clopper_pearson(2, 3)
    assert matrix.specificity(0, clopper_pearson) == clopper_pearson(2, 2)
    assert matrix.sensitivity(0) == wilson(2, 3)
