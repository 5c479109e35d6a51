"""Plain types that records share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Points = tuple[tuple[float, float], ...]
"""A polygon's vertices (x, y) in px, not repeated at the end."""
