"""Several tests at once: p values held to one level for the family."""

from __future__ import annotations

from collections.abc import Sequence


def holm(values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p values, in the order given; each 0..1.

    Source: Holm 1979, Scand J Stat 6:65, as R's p.adjust. Raises ValueError for a p that is not
    between 0 and 1 (nan is none). Example: holm([.01, .04, .03, .005]) -> .03 .06 .06 .02.
    """
    if not all(0 <= value <= 1 for value in values):
        raise ValueError("a p value lies between 0 and 1")
    order = sorted(range(len(values)), key=values.__getitem__)
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - rank) * values[at]))
        adjusted[at] = highest
    return adjusted
