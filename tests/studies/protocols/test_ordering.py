"""Orders keep to their constraints for any mix, are reproducible and balanced over seeds."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from studies.errors import StudyError
from studies.protocols.draws import Draws
from studies.protocols.order_check import balance, check
from studies.protocols.ordering import OrderItem, block_bounds, order, reader_seed
from studies.records import OrderConstraints

PAPER = tuple(
    OrderItem(number, code, origin)
    for number, (code, origin) in enumerate(
        (code, origin)
        for origin, counts in (
            ("real", (("cyst", 53), ("metastasis", 64), ("hemangioma", 65))),
            ("synthetic", (("cyst", 40), ("metastasis", 40), ("hemangioma", 40))),
        )
        for code, count in counts
        for _ in range(count)
    )
)


def mix(counts: list[tuple[int, int]]) -> tuple[OrderItem, ...]:
    kinds = [
        (f"class {k}", origin)
        for k, pair in enumerate(counts)
        for origin, count in zip(("real", "synthetic"), pair, strict=True)
        for _ in range(count)
    ]
    return tuple(OrderItem(i, code, origin) for i, (code, origin) in enumerate(kinds))


def is_generous(items: tuple[OrderItem, ...], constraints: OrderConstraints, repeats: int) -> bool:
    """Nothing is limited, so an order must be found."""
    limited = constraints.longest_class_run or constraints.longest_synthetic_run
    return repeats == 0 and not limited and len(items) > 0


def longest(values: list[object]) -> int:
    return max((len(list(run)) for _, run in groupby(values)), default=0)


@settings(max_examples=60)
@given(
    counts=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 8)), min_size=1, max_size=6),
    run=st.integers(0, 6),
    synthetic_run=st.integers(0, 6),
    blocks=st.integers(0, 9),
    distance=st.integers(0, 20),
    repeats=st.integers(0, 5),
    seed=st.integers(0, 2**62),
)
def test_any_mix_keeps_its_constraints_or_says_why_not(
    counts: list[tuple[int, int]],
    run: int,
    synthetic_run: int,
    blocks: int,
    distance: int,
    repeats: int,
    seed: int,
) -> None:
    items = mix(counts)
    constraints = OrderConstraints(run, synthetic_run, blocks, distance)
    try:
        trials = order(items, constraints, seed, repeats)
    except StudyError:
        assert not is_generous(items, constraints, repeats)
        return
    assert trials == order(items, constraints, seed, repeats)
    assert Counter(t.item for t in trials if not t.repeat) == Counter(i.item for i in items)
    assert sum(t.repeat for t in trials) == repeats
    assert not run or longest([t.category for t in trials]) <= run
    runs = [t.origin if t.origin == "synthetic" else k for k, t in enumerate(trials)]
    assert not synthetic_run or longest(runs) <= synthetic_run
    share = sum(t.origin == "synthetic" for t in trials) / max(1, len(trials))
    for start, end in pairwise(block_bounds(len(trials), blocks)):
        found = sum(t.origin == "synthetic" for t in trials[start:end])
        assert abs(found - share * (end - start)) < 1 + 1e-9
    first: dict[int, int] = {}
    for place, trial in enumerate(trials):
        assert trial.repeat == (trial.item in first)
        assert not trial.repeat or place - first[trial.item] >= distance
        first.setdefault(trial.item, place)


@pytest.mark.parametrize("seed", range(5))
def test_the_papers_mix_with_repeats_is_always_possible(seed: int) -> None:
    trials = order(PAPER, OrderConstraints(), seed, 18)
    found = check(trials, 8)
    assert len(trials) == 320
    assert found.longest_class_run <= 4
    assert found.longest_synthetic_run <= 5
    assert found.most_synthetic - found.fewest_synthetic <= 2
    assert found.closest_repeat is not None
    assert found.closest_repeat >= 60


def test_readers_get_different_orders_and_seeds_stay_what_they_were() -> None:
    orders = {
        tuple(t.item for t in order(PAPER, OrderConstraints(), reader_seed(20118, number)))
        for number in range(1, 6)
    }
    assert len(orders) == 5
    # A stored seed must give this order for ever: these numbers may never change.
    first = order(PAPER, OrderConstraints(), reader_seed(20118, 1))
    assert [t.item for t in first[:6]] == [84, 116, 21, 100, 147, 258]


def test_places_are_uniform_over_many_seeds() -> None:
    """Chi-square of one class's place, over seeds; p above .001 (a biased shuffle gives 1e-9)."""
    items = mix([(8, 4), (8, 4), (8, 4)])
    counts = [0] * 6
    for seed in range(400):
        for place, trial in enumerate(order(items, OrderConstraints(4, 4, 3, 0), seed)):
            counts[place * 6 // 36] += trial.category == "class 0"
    assert sum(counts) == 400 * 12
    assert chisquare(counts).pvalue > 0.001


def test_balance_notices_an_order_that_does_not_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    assert balance(PAPER, OrderConstraints(), 20118, 0) > 0.01
    from studies.protocols import order_check
    from studies.protocols.ordering import PlannedTrial

    unshuffled = tuple(PlannedTrial(i.item, i.category, i.origin) for i in PAPER)
    monkeypatch.setattr(order_check, "order", lambda *_: unshuffled)
    assert balance(PAPER, OrderConstraints(), 20118, 0) < 1e-6


@pytest.mark.parametrize(
    ("constraints", "repeats", "words"),
    [
        (OrderConstraints(1, 0, 1, 0), 0, "Allow at least 3"),
        (OrderConstraints(0, 0, 1, 50), 2, "trials apart"),
        (OrderConstraints(0, 0, 1, 0), 99, "can be repeated"),
    ],
)
def test_the_impossible_is_said_with_a_way_out(
    constraints: OrderConstraints, repeats: int, words: str
) -> None:
    with pytest.raises(StudyError, match=words):
        order(mix([(9, 0), (3, 0)]), constraints, 1, repeats)


def test_draws_are_uniform() -> None:
    draws = Draws(1, "test")
    counts = Counter(draws.below(7) for _ in range(7000))
    assert set(counts) == set(range(7))
    assert chisquare(list(counts.values())).pvalue > 0.001
