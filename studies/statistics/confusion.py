"""Confusion matrices: truth in rows, answers in columns, with the paper's class measures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from studies.statistics.proportions import Proportion, wilson

Interval = Callable[[int, int], Proportion]
"""`wilson` or `clopper_pearson`: successes and n to a proportion."""


@dataclass(frozen=True)
class ConfusionMatrix:
    """`counts[i][j]` items of true class `classes[i]` that were called `classes[j]`.

    `unanswered` counts the items with no answer; they are in no other figure.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    unanswered: int = 0

    @property
    def n(self) -> int:
        """Answered items."""
        return sum(map(sum, self.counts))

    @property
    def correct(self) -> int:
        """Items on the diagonal."""
        return sum(row[i] for i, row in enumerate(self.counts))

    @property
    def accuracy(self) -> Proportion:
        """Total accuracy, the paper's equation (2), with Wilson's interval."""
        return wilson(self.correct, self.n)

    def sensitivity(self, index: int, interval: Interval = wilson) -> Proportion:
        """TP / (TP + FN) of one class against the rest: the paper's equation (3)."""
        return interval(self.counts[index][index], sum(self.counts[index]))

    def specificity(self, index: int, interval: Interval = wilson) -> Proportion:
        """TN / (TN + FP) of one class against the rest: the paper's equation (4)."""
        others = [row for i, row in enumerate(self.counts) if i != index]
        negatives = sum(map(sum, others))
        return interval(negatives - sum(row[index] for row in others), negatives)

    @property
    def weighted_sensitivity(self) -> float:
        """Class-size-weighted mean sensitivity, 0..1; equals the accuracy. nan when empty."""
        return self._weighted([self.sensitivity(i).estimate for i in range(len(self.classes))])

    @property
    def weighted_specificity(self) -> float:
        """Class-size-weighted mean specificity, 0..1, as in the paper's Table 7. nan when empty."""
        return self._weighted([self.specificity(i).estimate for i in range(len(self.classes))])

    def _weighted(self, values: Sequence[float]) -> float:
        sizes = [sum(row) for row in self.counts]
        pairs = [(size, value) for size, value in zip(sizes, values, strict=True) if size]
        total = sum(size for size, _ in pairs)
        return sum(size * value for size, value in pairs) / total if total else math.nan


def confusion_matrix(
    truth: Iterable[str], answers: Iterable[str], classes: Sequence[str]
) -> ConfusionMatrix:
    """Count truth against answers; an empty answer counts as unanswered.

    Raises ValueError for a class that is not among `classes`.
    Example: confusion_matrix(["a", "b"], ["a", "a"], ["a", "b"]).counts -> ((1, 0), (1, 0)).
    """
    position = {name: i for i, name in enumerate(classes)}
    counts = [[0] * len(classes) for _ in classes]
    unanswered = 0
    for true, answer in zip(truth, answers, strict=True):
        if not answer:
            unanswered += 1
        elif true in position and answer in position:
            counts[position[true]][position[answer]] += 1
        else:
            raise ValueError(f"'{true}' called '{answer}': not one of {', '.join(classes)}")
    return ConfusionMatrix(tuple(classes), tuple(map(tuple, counts)), unanswered)
