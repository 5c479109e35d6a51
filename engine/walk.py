"""What to draw between the seeds of a generator; named to a child without loading torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WalkSpec:
    """`seeds`: two make a row of `steps` ROIs, four the corners of a steps x steps field.

    Corners in reading order. `target` is the class that a conditional generator draws.
    """

    seeds: tuple[int, ...]
    steps: int = 8
    target: int = 0
