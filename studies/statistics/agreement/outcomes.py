"""Two readers on the same items with known truth: who was right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studies.statistics.paired import PairedTable
from studies.statistics.proportions import Proportion, wilson


@dataclass(frozen=True)
class PairOutcomes:
    """Items answered by both readers, split by who was right."""

    n: int
    agree: int
    both_correct: int
    only_first: int
    only_second: int
    both_wrong: int
    agree_wrong: int  # of both_wrong: the same wrong class

    @property
    def agreement(self) -> Proportion:
        """Share of items given the same class, Wilson."""
        return wilson(self.agree, self.n)

    @property
    def table(self) -> PairedTable:
        """The same counts for McNemar's test."""
        return PairedTable(self.both_correct, self.only_first, self.only_second, self.both_wrong)


def pair_outcomes(
    truth: Sequence[str], first: Sequence[str], second: Sequence[str]
) -> PairOutcomes:
    """Count who was right; items that either left unanswered ("") are left out.

    Example (paper 4.4): agree 222 of 302, both right 185, so 37 agree and are wrong.
    """
    rows = [(t, a, b) for t, a, b in zip(truth, first, second, strict=True) if a and b]
    return PairOutcomes(
        n=len(rows),
        agree=sum(a == b for _, a, b in rows),
        both_correct=sum(a == t == b for t, a, b in rows),
        only_first=sum(a == t != b for t, a, b in rows),
        only_second=sum(b == t != a for t, a, b in rows),
        both_wrong=sum(a != t and b != t for t, a, b in rows),
        agree_wrong=sum(a == b != t for t, a, b in rows),
    )
