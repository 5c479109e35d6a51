"""How far two different answers still agree: weights for classes in order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def weight_matrix(size: int, kind: str = "none") -> Floats:
    """Agreement (size, size), 0..1, of each class with each; 1 on the diagonal.

    `kind`: none (only the same class agrees) | linear, 1 - |i - j| / (size - 1) | quadratic,
    1 - (i - j)² / (size - 1)². Classes are in order and equally far apart. Source: Cohen 1968,
    Psychol Bull 70:213; Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed., ch. 3.
    Raises ValueError for another kind. Example: weight_matrix(3, "quadratic")[0] -> 1, .75, 0.
    """
    distance = np.abs(np.subtract.outer(np.arange(size), np.arange(size))).astype(np.float64)
    share = distance / max(1, size - 1)
    if kind == "none":
        return np.eye(size)
    if kind == "linear":
        return np.asarray(1 - share)
    if kind == "quadratic":
        return np.asarray(1 - share**2)
    raise ValueError(f"weights are none, linear or quadratic, not {kind}")


def weighted_name(name: str, kind: str) -> str:
    """The coefficient's name with its weights.

    Example: weighted_name("Cohen's kappa", "linear") -> "Cohen's kappa, linear weights".
    """
    return name if kind == "none" else f"{name}, {kind} weights"
