"""The test of equivalence to guessing: which outcomes it calls equivalent, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from simulation.monte_carlo import Share

from studies.statistics.detection import TwoByTwo
from studies.statistics.equivalence import Equivalence, equivalence

Counts = npt.NDArray[np.int_]
ALPHA = 0.05


@dataclass(frozen=True)
class Plan:
    """Items of both kinds and the sealed margin."""

    synthetic: int
    real: int
    margin: float

    def test(self, hits: int, rejections: int) -> Equivalence:
        """The program's own test of one outcome."""
        table = TwoByTwo(hits, self.synthetic - hits, self.real - rejections, rejections)
        return equivalence(table, self.margin)


@dataclass(frozen=True)
class Region:
    """Outcomes called equivalent: for each count of hits the least and the most rejections.

    Only the verdicts of the program's test are used, not how it orders outcomes, so that the
    chances below are counted independently of it.
    """

    plan: Plan
    least: Counts
    most: Counts

    def chance(self, hit_rate: float, rejection_rate: float) -> float:
        """Exact chance of the verdict "equivalent" at these true rates."""
        hits, rejections = np.arange(self.plan.synthetic + 1), np.arange(self.plan.real + 1)
        first = stats.binom.pmf(hits, self.plan.synthetic, hit_rate)
        second = stats.binom.pmf(rejections, self.plan.real, rejection_rate)
        called = (self.least[:, None] <= rejections) & (rejections <= self.most[:, None])
        return float(first @ called @ second)

    def worst(self, pairs: int = 101) -> tuple[float, float]:
        """The hit and rejection rates on either margin with the largest chance of the verdict."""
        found: list[tuple[float, tuple[float, float]]] = []
        for mean in (0.5 - self.plan.margin, 0.5 + self.plan.margin):
            for rate in np.linspace(max(0.0, 2 * mean - 1), min(1.0, 2 * mean), pairs):
                rates = (float(rate), float(2 * mean - rate))
                found.append((self.chance(*rates), rates))
        return max(found)[1]

    @property
    def size(self) -> float:
        """The largest chance of the verdict for a reader on either margin."""
        return self.chance(*self.worst())


def region(plan: Plan) -> Region:
    """Where the program's test says equivalent, row by row from the row before."""
    least, most = [plan.real // 2], [plan.real // 2]
    for hits in range(plan.synthetic + 1):
        least.append(_edge(lambda r, h=hits: _above(plan, h, r), least[-1], plan.real))
        most.append(_edge(lambda r, h=hits: not _below(plan, h, r), most[-1], plan.real))
    return Region(plan, np.array(least[1:]), np.array(most[1:]) - 1)


def _above(plan: Plan, hits: int, rejections: int) -> bool:
    return plan.test(hits, rejections).p_above_low <= ALPHA


def _below(plan: Plan, hits: int, rejections: int) -> bool:
    return plan.test(hits, rejections).p_below_high <= ALPHA


def _edge(holds: Callable[[int], bool], start: int, last: int) -> int:
    """The first of 0..last from which on `holds`, sought from `start`; last + 1 where none is."""
    edge = min(start, last + 1)
    while edge > 0 and holds(edge - 1):
        edge -= 1
    while edge <= last and not holds(edge):
        edge += 1
    return edge


def simulated(plan: Plan, rates: tuple[float, float], count: int, seed: int) -> Share:
    """How often the program's own test says equivalent at true hit and rejection rates."""
    rng = np.random.default_rng(seed)
    drawn = zip(
        rng.binomial(plan.synthetic, rates[0], count),
        rng.binomial(plan.real, rates[1], count),
        strict=True,
    )
    return Share.of(plan.test(int(hits), int(right)).p <= ALPHA for hits, right in drawn)
