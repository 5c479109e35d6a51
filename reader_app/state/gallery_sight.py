"""What the gallery's filters leave of its pairs: which are shown, in what order, how many."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from reader_app.state.gallery_loading import STANDINGS, Pair
from studies.records import Category

VERDICTS = ("clear", "close", "copy")
ORDERS = ("Least clear first", "Newest first", "By class")
_SEVERITY = {"copy": 2, "close": 1}


@dataclass(frozen=True)
class Filters:
    """What is asked for; "" and 0 leave it open. `order` is one of ORDERS."""

    verdict: str = ""
    category: str = ""
    run_id: int = 0
    standing: str = ""
    order: str = ORDERS[0]

    def wants(self, pair: Pair) -> bool:
        """Whether a pair is of the class, generator and decision, whatever its verdict."""
        return (
            self.category in ("", pair.roi.category)
            and self.run_id in (0, pair.roi.run_id)
            and self.standing in ("", pair.standing)
        )


@dataclass(frozen=True)
class Sight:
    """The pairs `of` a reading through filters; made once for all that ask until either changes.

    `verdicts` are of the chosen class, generator and decision, `standings` of all pairs.
    """

    of: tuple[Pair, ...]
    filters: Filters
    shown: tuple[Pair, ...]
    ids: frozenset[int]
    verdicts: tuple[tuple[str, int], ...]
    standings: tuple[tuple[str, int], ...]

    def count(self, verdict: str) -> int:
        """How many of those asked for have this verdict; "" for all of them."""
        return sum(count for name, count in self.verdicts if verdict in ("", name))


def sight(pairs: tuple[Pair, ...], filters: Filters, categories: tuple[Category, ...]) -> Sight:
    """Look through the filters."""
    wanted = [pair for pair in pairs if filters.wants(pair)]
    passing = [pair for pair in wanted if filters.verdict in ("", pair.roi.audit)]
    standing = Counter(pair.standing for pair in pairs)
    return Sight(
        pairs,
        filters,
        _in_order(passing, filters.order, categories),
        frozenset(pair.roi.id for pair in passing),
        tuple(Counter(pair.roi.audit for pair in wanted).items()),
        tuple((name, standing[name]) for name in STANDINGS),
    )


def _in_order(pairs: list[Pair], order: str, categories: tuple[Category, ...]) -> tuple[Pair, ...]:
    ranks = {category.code: at for at, category in enumerate(categories)}
    keys = {
        ORDERS[0]: lambda pair: (
            -_SEVERITY.get(pair.roi.audit, 0),
            -(pair.roi.similarity or 0.0),
        ),
        ORDERS[1]: lambda pair: (-pair.roi.id, 0.0),
        ORDERS[2]: lambda pair: (ranks.get(pair.roi.category, 0), float(pair.roi.id)),
    }
    return tuple(sorted(pairs, key=keys[order]))
