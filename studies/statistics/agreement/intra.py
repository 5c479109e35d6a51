"""One reader twice: first answers against the answers to hidden repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studies.statistics.agreement.coefficient import Coefficient
from studies.statistics.agreement.cohen import Cohen, cohen, cohen_table
from studies.statistics.agreement.raters import code_ratings, gwet_ac2
from studies.statistics.proportions import Proportion, wilson


@dataclass(frozen=True)
class IntraReader:
    """How often a reader repeats the answer, over `n` items answered both times.

    `same`: share of the same class, Wilson. `kappa`, `gwet`: beyond chance, with the weights that
    were asked for. `unanswered` items lack one of the two answers.
    """

    n: int
    unanswered: int
    same: Proportion
    kappa: Cohen
    gwet: Coefficient


def intra_reader(
    first: Sequence[str],
    repeat: Sequence[str],
    classes: Sequence[str],
    *,
    weights: str = "none",
    level: float = 0.95,
) -> IntraReader:
    """Agreement of a reader's first answers with the same reader's repeats, item by item.

    "" is unanswered; such items are left out and counted. Coefficients as between two readers:
    Cohen 1960, Gwet 2008; few repeats make them wide, so the share is given first.
    Raises ValueError where nothing was answered twice, for an answer that is not among `classes`
    (two at least), and for unequal lengths.
    Example: intra_reader("aabb", "aaba", "ab").same -> 3 of 4, kappa .50.
    """
    table = cohen_table(first, repeat, classes)
    n = sum(map(sum, table))
    if n == 0:
        raise ValueError("no item was answered both times")
    pairs = [(a, b) for a, b in zip(first, repeat, strict=True) if a and b]
    ratings = code_ratings([[a for a, _ in pairs], [b for _, b in pairs]], classes)
    return IntraReader(
        n,
        len(first) - n,
        wilson(sum(row[i] for i, row in enumerate(table)), n, level),
        cohen(table, weights, level),
        gwet_ac2(ratings, len(classes), weights, level),
    )
