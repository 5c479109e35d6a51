"""Windows: which span of values becomes black to white.

A window is given as (low, high) in the pixels' own unit, or as width and level. The mapping is
DICOM's LINEAR_EXACT (PS3.3 C.11.2.1.3.2): level - width/2 is black, level + width/2 white.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.records import FloatArray


@dataclass(frozen=True)
class Preset:
    """A named window; `key` is the digit that chooses it."""

    name: str
    width: float
    level: float
    key: str

    @property
    def low(self) -> float:
        """The value shown black."""
        return self.level - self.width / 2

    @property
    def high(self) -> float:
        """The value shown white."""
        return self.level + self.width / 2


PRESETS = (
    Preset("Liver", 150, 90, "1"),
    Preset("Liver narrow", 175, 70, "2"),
    Preset("Abdomen", 400, 40, "3"),
    Preset("Lung", 1500, -600, "4"),
    Preset("Bone", 2500, 480, "5"),
)


def apply(pixels: npt.NDArray[np.generic], low: float, high: float) -> FloatArray:
    """Map low..high to 0..1 and clip; any shape, float32.

    Raises:
        ValueError: when high is not above low.
    """
    if not high > low:
        raise ValueError("a window's upper value must lie above its lower value")
    scaled = (np.asarray(pixels, dtype=np.float32) - np.float32(low)) / np.float32(high - low)
    return np.clip(scaled, 0.0, 1.0, out=scaled)


def auto(
    pixels: npt.NDArray[np.generic], padding: npt.NDArray[np.bool_] | None = None
) -> tuple[float, float]:
    """The 1st to the 99th percentile of the whole image, padding left out: (low, high).

    An image of one value gets a window one unit wide around it.
    """
    values = np.asarray(pixels, dtype=np.float32)
    if padding is not None and not padding.all():
        values = values[~padding]
    values = values[np.isfinite(values)]
    if values.size == 0:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(values, (1, 99)))
    return (low, high) if high > low else (low - 0.5, low + 0.5)
