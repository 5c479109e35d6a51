"""One support-vector machine a class on standardised features, kept as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import SVC

from engine.errors import CheckpointError, TooFewError

DoubleArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

COSTS = (0.5, 2.0, 8.0, 32.0, 128.0)
WIDTHS = (0.0625, 0.25, 1.0, 4.0)
"""C, and gamma as a multiple of 1 / number of features; chosen inside the training folds."""

TEMPERATURES = (0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True)
class Machine:
    """Radial-basis machines one against the rest; decisions to probabilities by a soft-max.

    `mean`, `scale` (d,); `vectors` (s, d) of all classes, `weights` (classes, s), `offsets`
    (classes,); `sharpness` multiplies the decisions before the soft-max.
    """

    mean: DoubleArray = field(repr=False)
    scale: DoubleArray = field(repr=False)
    vectors: DoubleArray = field(repr=False)
    weights: DoubleArray = field(repr=False)
    offsets: DoubleArray
    gamma: float
    sharpness: float
    cost: float

    def probabilities(self, features: DoubleArray) -> DoubleArray:
        """(n, classes) of features (n, d); the largest is the class of the largest decision."""
        signal = (features - self.mean) / self.scale
        kernel = np.exp(-self.gamma * _distances(signal, self.vectors))
        return _softmax(self.sharpness * (kernel @ self.weights.T + self.offsets))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything a checkpoint holds of it."""
        numbers = np.array([self.gamma, self.sharpness, self.cost])
        return {
            "mean": self.mean,
            "scale": self.scale,
            "vectors": self.vectors,
            "weights": self.weights,
            "offsets": self.offsets,
            "numbers": numbers,
        }

    @staticmethod
    def of_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> Machine:
        """What `arrays` gave; CheckpointError where something is missing."""
        try:
            gamma, sharpness, cost = (float(one) for one in arrays["numbers"])
            return Machine(
                mean=arrays["mean"],
                scale=arrays["scale"],
                vectors=arrays["vectors"],
                weights=arrays["weights"],
                offsets=arrays["offsets"],
                gamma=gamma,
                sharpness=sharpness,
                cost=cost,
            )
        except (KeyError, ValueError) as error:
            raise CheckpointError("This baseline is not whole; train it again.") from error


def fit(
    features: DoubleArray,
    targets: IntArray,
    patients: tuple[str, ...],
    classes: int,
    inner_folds: int,
    seed: int,
) -> Machine:
    """Fit on features (n, d); C, gamma and sharpness by inner folds that keep patients whole.

    With fewer than two patients of a class there is no inner choice: C 8, gamma 1/d are taken.
    TooFewError where a class has no ROI.
    """
    if len(np.unique(targets)) < classes:
        raise TooFewError("A class has no ROI in the training folds; add lesions of that class.")
    mean, scale = features.mean(0), features.std(0)
    scale = np.where(scale > 1e-12, scale, 1.0)
    signal = (features - mean) / scale
    splits = _splits(signal, targets, patients, inner_folds, seed)
    cost, gamma, sharpness = 8.0, 1.0 / signal.shape[1], 2.0
    if splits:
        cost, gamma = _chosen(signal, targets, classes, splits)
        held = _held_out(signal, targets, classes, splits, cost, gamma)
        sharpness = min(TEMPERATURES, key=lambda one: _loss(one * held, targets))
    vectors, weights, offsets = _machines(signal, targets, classes, cost, gamma)
    return Machine(mean, scale, vectors, weights, offsets, gamma, sharpness, cost)


Split = tuple[IntArray, IntArray]


def _splits(
    signal: DoubleArray, targets: IntArray, patients: tuple[str, ...], folds: int, seed: int
) -> list[Split]:
    owners = np.unique(np.asarray(patients), return_inverse=True)[1]
    fewest = min(len(np.unique(owners[targets == one])) for one in np.unique(targets))
    count = min(folds, fewest)
    if count < 2:
        return []
    dealer = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    found = [(np.asarray(a), np.asarray(b)) for a, b in dealer.split(signal, targets, owners)]
    whole = len(np.unique(targets))
    return [(a, b) for a, b in found if len(np.unique(targets[a])) == whole]


def _chosen(
    signal: DoubleArray, targets: IntArray, classes: int, splits: list[Split]
) -> tuple[float, float]:
    """The pair with most held-out ROIs right; of equals the smoothest."""
    grid = [(cost, width / signal.shape[1]) for width in WIDTHS for cost in COSTS]

    def right(pair: tuple[float, float]) -> int:
        held = _held_out(signal, targets, classes, splits, *pair)
        return int((held.argmax(1) == targets).sum())

    return max(grid, key=right)


def _held_out(
    signal: DoubleArray,
    targets: IntArray,
    classes: int,
    splits: list[Split],
    cost: float,
    gamma: float,
) -> DoubleArray:
    """Decisions (n, classes) of every ROI by machines that did not see it; 0 where none is."""
    found = np.zeros((len(targets), classes))
    for train, test in splits:
        vectors, weights, offsets = _machines(signal[train], targets[train], classes, cost, gamma)
        kernel = np.exp(-gamma * _distances(signal[test], vectors))
        found[test] = kernel @ weights.T + offsets
    return found


def _machines(
    signal: DoubleArray, targets: IntArray, classes: int, cost: float, gamma: float
) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
    """Support vectors (s, d), weights (classes, s) and offsets (classes,)."""
    weights, offsets = np.zeros((classes, len(signal))), np.zeros(classes)
    for one in range(classes):
        machine = SVC(C=cost, gamma=gamma).fit(signal, targets == one)
        weights[one, machine.support_] = machine.dual_coef_[0]
        offsets[one] = machine.intercept_[0]
    used = np.flatnonzero(np.abs(weights).sum(0))
    return signal[used], weights[:, used], offsets


def _distances(left: DoubleArray, right: DoubleArray) -> DoubleArray:
    squares = (left**2).sum(1)[:, None] + (right**2).sum(1)[None] - 2 * left @ right.T
    return np.asarray(np.maximum(squares, 0.0))


def _softmax(decisions: DoubleArray) -> DoubleArray:
    raised = np.exp(decisions - decisions.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))


def _loss(decisions: DoubleArray, targets: IntArray) -> float:
    chances = _softmax(decisions)[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(chances, 1e-12)).mean())
