"""The order of trials: random from a stored seed, within constraints, by a versioned algorithm.

"spread-1": (1) repeats are drawn; (2) every block gets its share of synthetic trials (rounded
with a random phase) in random places; (3) real and synthetic trials are dealt to the places in
random order; (4) what breaks a constraint is swapped, at random, with a place of the same origin
(and, for origins, of the same block) until nothing does. The same arguments give the same order
on every machine; a change of the algorithm gets a new name and keeps this one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from studies.errors import StudyError
from studies.protocols.draws import Draws, derive
from studies.records import OrderConstraints

ALGORITHM = "spread-1"
_RESTARTS = 12
Cell = TypeVar("Cell")


@dataclass(frozen=True)
class OrderItem:
    """What the order must know of an item. `origin`: real | synthetic."""

    item: int
    category: str
    origin: str


@dataclass(frozen=True)
class PlannedTrial:
    """One place of the order; the second presentation of an item is its repeat."""

    item: int
    category: str
    origin: str
    repeat: bool = False


def reader_seed(seed: int, reader_number: int) -> int:
    """The seed of one reader's order, from the protocol's."""
    return derive(seed, ALGORITHM, "reader", reader_number)


def order(
    items: tuple[OrderItem, ...], constraints: OrderConstraints, seed: int, repeats: int = 0
) -> tuple[PlannedTrial, ...]:
    """Every item once and `repeats` of them twice, within the constraints.

    Raises StudyError where no such order exists, or none was found in twelve tries.
    """
    draws = Draws(seed, ALGORITHM)
    if repeats > len(items):
        raise StudyError(f"Only {len(items)} items can be repeated, not {repeats}.")
    trials = [*items, *draws.shuffled(items)[:repeats]]
    if not trials:
        return ()
    refuse_impossible(trials, constraints, repeats)
    for _ in range(_RESTARTS):
        found = _attempt(trials, constraints, draws)
        if found is not None:
            return _labelled(found)
    raise StudyError(
        "No order was found that keeps to all constraints at once. Allow a longer run, fewer "
        "blocks or a shorter distance between repeats."
    )


def refuse_impossible(trials: list[OrderItem], constraints: OrderConstraints, repeats: int) -> None:
    """Raise StudyError, with the smallest limit that could work, where counting shows it cannot."""
    total = len(trials)
    synthetic = sum(trial.origin == "synthetic" for trial in trials)
    counts = [sum(t.category == c for t in trials) for c in {t.category for t in trials}]
    rules = (
        ("class", constraints.longest_class_run, max(counts, default=0)),
        ("synthetic", constraints.longest_synthetic_run, synthetic),
    )
    for word, limit, many in rules:
        smallest = -(-many // (total - many + 1)) if total else 0
        if limit and smallest > limit:
            raise StudyError(
                f"{many} of {total} trials are of one kind; a longest {word} run of {limit} is "
                f"impossible. Allow at least {smallest}."
            )
    if repeats and constraints.repeat_distance > total - repeats:
        raise StudyError(
            f"{repeats} repeats in {total} trials cannot be {constraints.repeat_distance} trials "
            f"apart. Allow {max(total - repeats, 0)} or ask for fewer repeats."
        )


def block_bounds(total: int, blocks: int) -> tuple[int, ...]:
    """First index of each block and the end, sizes differing by one at most."""
    count = max(1, min(blocks, total))
    return tuple(total * block // count for block in range(count + 1))


def _attempt(
    trials: list[OrderItem], constraints: OrderConstraints, draws: Draws
) -> list[OrderItem] | None:
    origins = _origins(trials, constraints, draws)
    if origins is None:
        return None
    real = draws.shuffled([t for t in trials if t.origin == "real"])
    synthetic = draws.shuffled([t for t in trials if t.origin != "real"])
    dealt = [synthetic.pop() if is_synthetic else real.pop() for is_synthetic in origins]
    partners = [[i for i, o in enumerate(origins) if o == own] for own in (False, True)]

    def broken(order: list[OrderItem]) -> list[int]:
        return _long_runs([t.category for t in order], constraints.longest_class_run) + _near(
            order, constraints.repeat_distance
        )

    return _repair(dealt, broken, lambda place: partners[origins[place]], draws)


def _origins(
    trials: list[OrderItem], constraints: OrderConstraints, draws: Draws
) -> list[bool] | None:
    """Which places are synthetic: spread over the blocks, no run too long."""
    total, synthetic = len(trials), sum(t.origin == "synthetic" for t in trials)
    bounds = block_bounds(total, constraints.blocks)
    phase, scale = draws.below(1 << 32), 1 << 32
    places: list[bool] = []
    block_of: list[int] = []
    for block, (start, end) in enumerate(pairwise(bounds)):
        upto_start, upto_end = (
            (synthetic * edge * scale + phase * total) // (total * scale) for edge in (start, end)
        )
        share = upto_end - upto_start
        places += draws.shuffled([True] * share + [False] * (end - start - share))
        block_of += [block] * (end - start)
    members = [[i for i, b in enumerate(block_of) if b == block] for block in range(len(bounds))]

    def broken(order: list[bool]) -> list[int]:
        runs = _long_runs(order, constraints.longest_synthetic_run)
        return [place for place in runs if order[place]]

    return _repair(places, broken, lambda place: members[block_of[place]], draws)


def _repair(
    cells: list[Cell],
    broken: Callable[[list[Cell]], list[int]],
    partners: Callable[[int], list[int]],
    draws: Draws,
) -> list[Cell] | None:
    """Swap a broken place with a random partner while that breaks no more than before."""
    bad = broken(cells)
    for _ in range(1000 + 20 * len(cells)):
        if not bad:
            return cells
        place = bad[draws.below(len(bad))]
        choices = partners(place)
        other = choices[draws.below(len(choices))]
        cells[place], cells[other] = cells[other], cells[place]
        after = broken(cells)
        if len(after) <= len(bad):
            bad = after
        else:
            cells[place], cells[other] = cells[other], cells[place]
    return None


def _long_runs(values: list[str] | list[bool], longest: int) -> list[int]:
    """Places in runs above `longest` (0: no limit)."""
    if not longest:
        return []
    places: list[int] = []
    start = 0
    for end in range(1, len(values) + 1):
        if end == len(values) or values[end] != values[start]:
            if end - start > longest:
                places += range(start, end)
            start = end
    return places


def _near(order: list[OrderItem], distance: int) -> list[int]:
    """Both places of every item repeated less than `distance` trials apart."""
    first: dict[int, int] = {}
    places: list[int] = []
    for place, trial in enumerate(order):
        if place - first.setdefault(trial.item, place) in range(1, distance):
            places += (first[trial.item], place)
    return places


def _labelled(order: list[OrderItem]) -> tuple[PlannedTrial, ...]:
    seen: set[int] = set()
    planned = []
    for trial in order:
        planned.append(PlannedTrial(trial.item, trial.category, trial.origin, trial.item in seen))
        seen.add(trial.item)
    return tuple(planned)
