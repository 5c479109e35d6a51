"""One support-vector machine a class on standardised features, kept as plain arrays.

scikit-learn is imported where something is fitted: reading ROIs needs none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import CheckpointError, TooFewError
from engine.jobs import Progress

DoubleArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Choose = Callable[[IntArray], BoolArray]
"""Indices of ROIs that may be looked at → (classes, d), the features each class's machine sees."""

COSTS = (0.25, 1.0, 4.0, 16.0, 64.0, 256.0)
WIDTHS = (0.015625, 0.0625, 0.25, 1.0)
"""C, and gamma as a multiple of 1 / number of features; chosen inside the training folds."""

USUAL = (4.0, 0.25)
"""Cost and width where there are too few patients to choose."""

SHARPNESSES = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
USUAL_SHARPNESS = 2.0
"""What the decisions are multiplied with before the soft-max."""


@dataclass(frozen=True)
class Machine:
    """Radial-basis machines one against the rest; decisions to probabilities by a soft-max.

    `mean`, `scale` (d,); `seen` (classes, d): the features each machine looks at; `vectors`
    (s, d) of all classes, `weights` (classes, s), `offsets` and `gammas` (classes,); `sharpness`
    multiplies the decisions before the soft-max.
    """

    mean: DoubleArray = field(repr=False)
    scale: DoubleArray = field(repr=False)
    seen: BoolArray = field(repr=False)
    vectors: DoubleArray = field(repr=False)
    weights: DoubleArray = field(repr=False)
    offsets: DoubleArray
    gammas: DoubleArray
    sharpness: float
    cost: float

    def probabilities(self, features: DoubleArray) -> DoubleArray:
        """(n, classes) of features (n, d); the largest is the class of the largest decision."""
        signal = (features - self.mean) / self.scale
        decisions = [
            np.exp(-gamma * _distances(signal[:, seen], self.vectors[:, seen])) @ weight + offset
            for gamma, seen, weight, offset in zip(
                self.gammas, self.seen, self.weights, self.offsets, strict=True
            )
        ]
        return _softmax(self.sharpness * np.stack(decisions, axis=1))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything a checkpoint holds of it."""
        return {
            "mean": self.mean,
            "scale": self.scale,
            "seen": self.seen.astype(np.uint8),
            "vectors": self.vectors,
            "weights": self.weights,
            "offsets": self.offsets,
            "gammas": self.gammas,
            "numbers": np.array([self.sharpness, self.cost]),
        }

    @staticmethod
    def of_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> Machine:
        """What `arrays` gave; CheckpointError where something is missing."""
        try:
            sharpness, cost = (float(one) for one in arrays["numbers"])
            return Machine(
                mean=arrays["mean"],
                scale=arrays["scale"],
                seen=arrays["seen"].astype(np.bool_),
                vectors=arrays["vectors"],
                weights=arrays["weights"],
                offsets=arrays["offsets"],
                gammas=arrays["gammas"],
                sharpness=sharpness,
                cost=cost,
            )
        except (KeyError, ValueError) as error:
            raise CheckpointError("This baseline is not whole; train it again.") from error


@dataclass(frozen=True)
class Lesson:
    """What machines learn from: standardised `signal` (n, d), `targets` (n,), whose ROI it is.

    `choose` picks each machine's features from the ROIs that train; the choice of C and gamma
    calls it for each inner fold anew, so that it never profits from the ROIs it is judged on.
    """

    signal: DoubleArray = field(repr=False)
    targets: IntArray
    patients: tuple[str, ...]
    classes: int
    choose: Choose


@dataclass(frozen=True)
class Inner:
    """One inner fold: squared distances of every class's machine, train-train and test-train."""

    train: IntArray
    test: IntArray
    own: tuple[DoubleArray, ...] = field(repr=False)
    across: tuple[DoubleArray, ...] = field(repr=False)
    counts: tuple[int, ...]  # features of each class's machine


@dataclass(frozen=True)
class Choice:
    """Cost, width and sharpness, and the loss (nats) of held-out ROIs with them."""

    cost: float
    width: float
    sharpness: float
    loss: float


def fit(
    features: DoubleArray,
    targets: IntArray,
    patients: tuple[str, ...],
    classes: int,
    inner_folds: int,
    seed: int,
    choose: Choose | None = None,
) -> Generator[Progress, None, Machine]:
    """Fit on features (n, d); C, gamma and sharpness by inner folds that keep patients whole.

    The three are those with the least cross-entropy of held-out ROIs: the count of right ones
    moves in steps too coarse to choose by on a hundred ROIs. Without `choose` each machine sees
    all features. With fewer than two patients of a class there is no inner choice, and USUAL is
    taken. TooFewError where a class has no ROI.
    """
    if len(np.unique(targets)) < classes:
        raise TooFewError("A class has no ROI in the training folds; add lesions of that class.")
    mean, scale = features.mean(0), features.std(0)
    scale = np.where(scale > 1e-12, scale, 1.0)
    whole = np.ones((classes, features.shape[1]), dtype=np.bool_)
    lesson = Lesson(
        (features - mean) / scale, targets, patients, classes, choose or (lambda _: whole)
    )
    choice = yield from _choice(lesson, inner_folds, seed)
    seen = lesson.choose(np.arange(len(targets)))
    weights, offsets, gammas = [], [], []
    for one in range(classes):
        yield Progress(one, classes, "Fitting the machines")
        signal = lesson.signal[:, seen[one]]
        gammas.append(choice.width / signal.shape[1])
        kernel = np.exp(-gammas[-1] * _distances(signal, signal))
        weight, offset = _machine(kernel, targets == one, choice.cost)
        weights.append(weight)
        offsets.append(offset)
    used = np.flatnonzero(np.abs(weights).sum(0))
    return Machine(
        mean,
        scale,
        seen,
        vectors=lesson.signal[used],
        weights=np.stack(weights)[:, used],
        offsets=np.array(offsets),
        gammas=np.array(gammas),
        sharpness=choice.sharpness,
        cost=choice.cost,
    )


# --- the inner choice -----------------------------------------------------------------------


def _choice(lesson: Lesson, folds: int, seed: int) -> Generator[Progress, None, Choice]:
    """The pair of the least held-out loss; of equals the smoothest."""
    best = Choice(*USUAL, USUAL_SHARPNESS, np.inf)
    inner = yield from _inner(lesson, folds, seed)
    if not inner:
        return best
    grid = [(cost, width) for width in WIDTHS for cost in COSTS]
    for at, (cost, width) in enumerate(grid):
        held = np.zeros((len(lesson.targets), lesson.classes))
        for one in inner:
            yield Progress(at, len(grid), "Choosing C and gamma")
            held[one.test] = _held_out(one, lesson, cost, width)
        tested = np.sort(np.concatenate([one.test for one in inner]))
        loss, sharpness = _sharpest(held[tested], lesson.targets[tested])
        if loss < best.loss:
            best = Choice(cost, width, sharpness, loss)
    return best


def _inner(lesson: Lesson, folds: int, seed: int) -> Generator[Progress, None, tuple[Inner, ...]]:
    """The inner folds whose training part holds every class; none with too few patients."""
    from sklearn.model_selection import StratifiedGroupKFold

    targets = lesson.targets
    owners = np.unique(np.asarray(lesson.patients), return_inverse=True)[1]
    fewest = min(len(np.unique(owners[targets == one])) for one in range(lesson.classes))
    count = min(folds, fewest)
    if count < 2:
        return ()
    dealer = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    found: list[Inner] = []
    for train, test in dealer.split(lesson.signal, targets, owners):
        yield Progress(len(found), count, "Dealing inner folds")
        if len(np.unique(targets[train])) == lesson.classes:
            found.append(_measured(lesson, np.asarray(train), np.asarray(test)))
    return tuple(found)


def _measured(lesson: Lesson, train: IntArray, test: IntArray) -> Inner:
    seen = lesson.choose(train)
    learnt = [lesson.signal[train][:, one] for one in seen]
    judged = [lesson.signal[test][:, one] for one in seen]
    return Inner(
        train,
        test,
        own=tuple(_distances(one, one) for one in learnt),
        across=tuple(_distances(a, b) for a, b in zip(judged, learnt, strict=True)),
        counts=tuple(int(one.sum()) for one in seen),
    )


def _held_out(inner: Inner, lesson: Lesson, cost: float, width: float) -> DoubleArray:
    """Decisions (m, classes) of the inner fold's ROIs by machines that did not see them."""
    found = np.zeros((len(inner.test), lesson.classes))
    for one in range(lesson.classes):
        gamma = width / inner.counts[one]
        belongs = lesson.targets[inner.train] == one
        weight, offset = _machine(np.exp(-gamma * inner.own[one]), belongs, cost)
        found[:, one] = np.exp(-gamma * inner.across[one]) @ weight + offset
    return found


def _machine(kernel: DoubleArray, belongs: BoolArray, cost: float) -> tuple[DoubleArray, float]:
    """Weights (n,) and offset of a machine on its kernel (n, n); 0 beside the support vectors."""
    from sklearn.svm import SVC

    machine = SVC(C=cost, kernel="precomputed").fit(kernel, belongs)
    weights = np.zeros(len(kernel))
    weights[machine.support_] = machine.dual_coef_[0]
    return weights, float(machine.intercept_[0])


def _sharpest(decisions: DoubleArray, targets: IntArray) -> tuple[float, float]:
    """The least loss over SHARPNESSES, and where it is."""
    return min((_loss(one * decisions, targets), one) for one in SHARPNESSES)


def _distances(left: DoubleArray, right: DoubleArray) -> DoubleArray:
    squares = (left**2).sum(1)[:, None] + (right**2).sum(1)[None] - 2 * left @ right.T
    return np.asarray(np.maximum(squares, 0.0))


def _softmax(decisions: DoubleArray) -> DoubleArray:
    raised = np.exp(decisions - decisions.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))


def _loss(decisions: DoubleArray, targets: IntArray) -> float:
    chances = _softmax(decisions)[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(chances, 1e-12)).mean())
