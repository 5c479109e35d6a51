"""What a lesion and the tissue around it look like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SHARE = 0.4
"""The commonest value is the middle of the shortest interval that holds this share."""

GAUSSIAN_WIDTH = 1.05  # of that interval, in standard deviations
ENOUGH = 400


@dataclass(frozen=True)
class Tissue:
    """Its level and its spread (one standard deviation), both in the slice's unit."""

    level: float
    spread: float


def commonest(values: npt.NDArray[np.floating]) -> Tissue:
    """The tissue most of the values (n,) belong to, whatever else lies among them.

    The half-sample mode's idea (Robertson and Cryer 1974) with one interval of 40 %.
    """
    ordered = np.sort(values)
    if ordered.size > ENOUGH:
        ordered = ordered[:: ordered.size // (ENOUGH // 2)]
    held = max(2, int(SHARE * ordered.size))
    widths = ordered[held - 1 :] - ordered[: ordered.size - held + 1]
    first = int(widths.argmin())
    level = float(ordered[first : first + held].mean(dtype=np.float64))
    return Tissue(level, float(widths[first]) / GAUSSIAN_WIDTH)


def middle(values: npt.NDArray[np.floating]) -> Tissue:
    """The median of the values (n,) and the smaller of the two half-widths that hold 34 %."""
    ordered = np.sort(values)
    last = ordered.size - 1
    low, level, high = (float(ordered[round(last * share)]) for share in (0.16, 0.5, 0.84))
    return Tissue(level, min(high - level, level - low))
