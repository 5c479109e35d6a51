"""The same proportion in parts of the items: by lesion size, scanner, slice thickness, basis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from studies.statistics.proportions import Proportion, wilson
from studies.statistics.rao_scott import ClusteredProportion, clustered_proportion


@dataclass(frozen=True)
class Subgroup:
    """The items of one label; `clustered` where the patients are known."""

    label: str
    proportion: Proportion
    clustered: ClusteredProportion | None

    @property
    def n(self) -> int:
        """Items in the subgroup."""
        return self.proportion.n


@dataclass(frozen=True)
class Subgroups:
    """Subgroups in their order; `unlabelled` items are in none of them."""

    groups: tuple[Subgroup, ...]
    unlabelled: int


def subgroups(
    right: Sequence[bool],
    labels: Sequence[str],
    patients: Sequence[str] | None = None,
    *,
    order: Sequence[str] | None = None,
    level: float = 0.95,
) -> Subgroups:
    """Share right in each subgroup, Wilson, and clustered by patient where `patients` are given.

    A label a item, "" where it is not known. `order` fixes the subgroups shown, also empty ones
    (n = 0); by default those that occur, in order of appearance. Intervals are a subgroup's own:
    that one holds a value and another does not is no test of a difference.
    Raises ValueError for unequal lengths and for a label that `order` lacks.
    Example: subgroups([1, 0, 1], ["A", "A", "B"]) -> A 1 of 2, B 1 of 1.
    """
    if len(right) != len(labels) or (patients is not None and len(patients) != len(right)):
        raise ValueError("answers, labels and patients must list the same items")
    named = [label for label in labels if label]
    shown = tuple(dict.fromkeys(named if order is None else order))
    foreign = sorted(set(named) - set(shown))
    if foreign:
        raise ValueError(f"not among the subgroups: {', '.join(foreign)}")
    return Subgroups(
        tuple(_subgroup(label, right, labels, patients, level) for label in shown),
        len(labels) - len(named),
    )


def _subgroup(
    label: str,
    right: Sequence[bool],
    labels: Sequence[str],
    patients: Sequence[str] | None,
    level: float,
) -> Subgroup:
    places = [i for i, own in enumerate(labels) if own == label]
    own = [bool(right[i]) for i in places]
    clustered = None
    if patients is not None:
        clustered = clustered_proportion(own, [patients[i] for i in places], level)
    return Subgroup(label, wilson(sum(own), len(own), level), clustered)


def bands(values: Sequence[float], edges: Sequence[float], unit: str = "mm") -> tuple[str, ...]:
    """Labels of sizes cut at `edges`: below the first, from edge to edge, from the last on.

    A value on an edge belongs above it; nan (not measured) is labelled "". Raises ValueError for
    no edge or edges that do not rise. Example: bands([4, 10, 31], [10, 20]) -> "< 10 mm",
    "10–20 mm", "≥ 20 mm".
    """
    names = band_names(edges, unit)
    return tuple("" if math.isnan(v) else names[sum(v >= edge for edge in edges)] for v in values)


def band_names(edges: Sequence[float], unit: str = "mm") -> tuple[str, ...]:
    """The labels that `bands` gives, smallest first: an `order` for `subgroups`.

    Raises ValueError for no edge or edges that do not rise.
    Example: band_names([10]) -> "< 10 mm", "≥ 10 mm".
    """
    if not edges or any(b <= a for a, b in pairwise(edges)):
        raise ValueError("the edges of size bands must rise, one at least")
    between = [f"{a:g}–{b:g} {unit}" for a, b in pairwise(edges)]
    return (f"< {edges[0]:g} {unit}", *between, f"≥ {edges[-1]:g} {unit}")
