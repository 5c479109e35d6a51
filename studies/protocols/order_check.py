"""What an order came out as, beside what was asked of it; and the balance of many seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from studies.protocols.ordering import (
    OrderItem,
    PlannedTrial,
    block_bounds,
    order,
    reader_seed,
)
from studies.records import OrderConstraints


@dataclass(frozen=True)
class OrderCheck:
    """Measured on one order. `closest_repeat` is None without repeats."""

    trials: int
    longest_class_run: int
    longest_synthetic_run: int
    fewest_synthetic: int  # in a block
    most_synthetic: int
    closest_repeat: int | None


def check(trials: tuple[PlannedTrial, ...], blocks: int) -> OrderCheck:
    """Measure an order."""
    bounds = block_bounds(len(trials), blocks)
    shares = [
        sum(trial.origin == "synthetic" for trial in trials[start:end])
        for start, end in pairwise(bounds)
    ]
    first: dict[int, int] = {}
    gaps = [
        place - first[trial.item]
        for place, trial in enumerate(trials)
        if first.setdefault(trial.item, place) != place
    ]
    return OrderCheck(
        trials=len(trials),
        longest_class_run=_longest(trial.category for trial in trials),
        longest_synthetic_run=_longest(
            "synthetic" if trial.origin == "synthetic" else place
            for place, trial in enumerate(trials)
        ),
        fewest_synthetic=min(shares, default=0),
        most_synthetic=max(shares, default=0),
        closest_repeat=min(gaps, default=None),
    )


def balance(
    items: tuple[OrderItem, ...],
    constraints: OrderConstraints,
    seed: int,
    repeats: int,
    readers: int = 24,
) -> float:
    """p of Pearson's chi-square over the orders of `readers` readers: class and origin by quarter.

    A small p would say that some kind of item tends to come early or late. Constraints make
    orders more even than chance, so p is not uniform but leans to 1.
    """
    counts: Counter[tuple[tuple[str, str], int]] = Counter()
    for number in range(1, readers + 1):
        trials = order(items, constraints, reader_seed(seed, number), repeats)
        for place, trial in enumerate(trials):
            counts[(trial.category, trial.origin), place * 4 // len(trials)] += 1
    kinds = sorted({kind for kind, _ in counts})
    table = np.array([[counts[kind, quarter] for quarter in range(4)] for kind in kinds])
    if len(kinds) < 2 or (table.sum(axis=0) == 0).any():
        return 1.0
    from scipy.stats import chi2_contingency  # not needed before this

    return float(chi2_contingency(table).pvalue)


def _longest(values: Iterable[Hashable]) -> int:
    return max((sum(1 for _ in run) for _, run in groupby(values)), default=0)
