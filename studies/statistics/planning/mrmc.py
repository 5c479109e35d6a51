"""Readers and cases that a multi-reader study needs: tables and curves of Hillis' power."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from studies.statistics.mrmc.anova import VarianceComponents
from studies.statistics.mrmc.sample_size import (
    power_fixed_readers,
    power_random_readers,
    smallest_cases,
)
from studies.statistics.planning.curve import Curve


@dataclass(frozen=True)
class ReaderRow:
    """Fewest cases for so many readers; None where no number of cases is enough.

    `random` holds for other readers and cases, `fixed` for these very readers only.
    """

    readers: int
    random: int | None
    fixed: int | None


def cases_by_readers(
    pilot: VarianceComponents,
    pilot_cases: int,
    readers: Iterable[int],
    *,
    effect: float,
    power: float = 0.80,
    alpha: float = 0.05,
) -> tuple[ReaderRow, ...]:
    """A row for each number of readers: the fewest cases that give `power` for `effect`.

    Source and errors as `smallest_cases`. Example: Van Dyke's components, effect .0438: 10 readers
    need 131 cases as fixed readers (RJafroc).
    """
    rows = []
    for count in readers:
        found = [
            smallest_cases(
                pilot, pilot_cases, readers=count, effect=effect, power=power, alpha=alpha,
                readers_random=random,
            )
            for random in (True, False)
        ]  # fmt: skip
        random, fixed = (row.cases if row is not None else None for row in found)
        rows.append(ReaderRow(count, random, fixed))
    return tuple(rows)


def curve_over_cases(
    pilot: VarianceComponents,
    pilot_cases: int,
    *,
    readers: int,
    cases: Iterable[int],
    effect: float,
    alpha: float = 0.05,
    readers_random: bool = True,
) -> Curve:
    """Power, 0..1, over numbers of cases for so many readers; errors as `power_random_readers`.

    Example: Van Dyke's components, 5 readers, effect .05 -> .573 with 100 cases, .785 with 200.
    """
    power = power_random_readers if readers_random else power_fixed_readers
    sizes = tuple(cases)
    heights = [
        power(pilot, pilot_cases, readers=readers, cases=size, effect=effect, alpha=alpha).power
        for size in sizes
    ]
    return Curve(tuple(map(float, sizes)), tuple(heights), "Cases", f"Power, {readers} readers")


def curve_over_readers(
    pilot: VarianceComponents,
    pilot_cases: int,
    *,
    readers: Iterable[int],
    cases: int,
    effect: float,
    alpha: float = 0.05,
    readers_random: bool = True,
) -> Curve:
    """Power, 0..1, over numbers of readers for so many cases; errors as `power_random_readers`.

    Example: Van Dyke's components, 114 cases, effect .05 -> .617 with 5 readers, .788 with 10.
    """
    power = power_random_readers if readers_random else power_fixed_readers
    counts = tuple(readers)
    heights = [
        power(pilot, pilot_cases, readers=count, cases=cases, effect=effect, alpha=alpha).power
        for count in counts
    ]
    return Curve(tuple(map(float, counts)), tuple(heights), "Readers", f"Power, {cases} cases")
