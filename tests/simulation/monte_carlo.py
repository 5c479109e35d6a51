"""A share of simulations, with the error that comes from their number."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """`hits` of `n` simulations. Example: Share(26, 500) -> .0520, Monte-Carlo error .0099."""

    hits: int
    n: int

    @classmethod
    def of(cls, outcomes: Iterable[bool]) -> Share:
        """Count outcomes."""
        values = [bool(value) for value in outcomes]
        return cls(sum(values), len(values))

    @property
    def estimate(self) -> float:
        """The share, 0..1."""
        return self.hits / self.n

    @property
    def error(self) -> float:
        """Its standard error."""
        return math.sqrt(self.estimate * (1 - self.estimate) / self.n)

    def near(self, expected: float, errors: float) -> bool:
        """Whether it lies within so many Monte-Carlo errors of what is `expected`, 0..1."""
        error = math.sqrt(expected * (1 - expected) / self.n)
        return abs(self.estimate - expected) <= errors * error + 1e-12

    def __add__(self, other: Share) -> Share:
        return Share(self.hits + other.hits, self.n + other.n)

    def __str__(self) -> str:
        return f"{self.estimate:.4f} ± {self.error:.4f}"


NOTHING = Share(0, 0)
