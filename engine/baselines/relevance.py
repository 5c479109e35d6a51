"""Which words tell the classes apart: mutual information of word and class.

Diamant et al. 2017 (IEEE Trans. Biomed. Eng. 64:1380-1392); paper, section 4.4.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

DoubleArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def information(counts: DoubleArray, targets: IntArray) -> DoubleArray:
    """Mutual information (w,), bits, of "this patch shows word w" and the class of its ROI.

    `counts` (n, w): how many patches of each ROI show each word; `targets` (n,). One is added
    to every cell of a word's table (shown or not x class), so that a word seen once tells little.
    """
    names = np.unique(targets)
    shown = np.stack([counts[targets == name].sum(0) for name in names])
    joint = np.stack([shown, shown.sum(1, keepdims=True) - shown]) + 1.0
    joint /= joint.sum((0, 1))
    apart = joint.sum(0, keepdims=True) * joint.sum(1, keepdims=True)
    return np.asarray((joint * np.log2(joint / apart)).sum((0, 1)))


def single(counts: DoubleArray, targets: IntArray, classes: int, kept: float) -> BoolArray:
    """(classes, w): for every class the same words, those that tell all classes apart.

    A share `kept` of the words, rounded down: the paper prints 262 for 35 % of 750.
    """
    count = math.floor(kept * counts.shape[1] + 1e-9)
    return np.tile(_best(information(counts, targets), count), (classes, 1))


def multi(counts: DoubleArray, targets: IntArray, classes: int, kept: float) -> BoolArray:
    """(classes, w): for each class the words that tell it from the rest, its small dictionary.

    A share `kept` of the words for each class, rounded up: the paper prints 23 for 3 % of 750.
    """
    count = math.ceil(kept * counts.shape[1] - 1e-9)
    tasks = [(targets == one).astype(np.int64) for one in range(classes)]
    return np.stack([_best(information(counts, task), count) for task in tasks])


def _best(scores: DoubleArray, count: int) -> BoolArray:
    """The `count` words with the highest scores, at least one; of equals the first."""
    chosen = np.zeros(len(scores), dtype=np.bool_)
    chosen[np.argsort(-scores, kind="stable")[: max(1, count)]] = True
    return chosen
