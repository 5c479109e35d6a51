"""Figures of merit of each condition and reader, and what they are averages of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.statistics.roc import components

Floats = npt.NDArray[np.float64]
FIGURES = ("auc", "accuracy", "sensitivity", "specificity")


@dataclass(frozen=True)
class CrossedRatings:
    """Every reader rates every case under every condition; a higher rating is more positive.

    `ratings` (conditions, readers, cases), finite; `positive` (cases,) truth, of both kinds for
    the AUC; `positive_at` turns ratings into yes or no for accuracy, sensitivity and specificity.
    """

    ratings: Floats
    positive: npt.NDArray[np.bool_]
    positive_at: float | None = None

    def __post_init__(self) -> None:
        if self.ratings.ndim != 3 or self.ratings.shape[2] != len(self.positive):
            raise ValueError("ratings are (conditions, readers, cases) beside each case's truth")
        if not np.isfinite(self.ratings).all():
            raise ValueError("every reader must have rated every case under every condition")

    @property
    def shape(self) -> tuple[int, int]:
        """How many conditions and readers."""
        return self.ratings.shape[0], self.ratings.shape[1]

    @property
    def flat(self) -> Floats:
        """Readings (conditions x readers, cases), readers within conditions."""
        return self.ratings.reshape(-1, self.ratings.shape[2])


@dataclass(frozen=True)
class CrossedAnswers:
    """Right or wrong of every reader on every case, where classes were answered: accuracy only.

    `right` (conditions, readers, cases).
    """

    right: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.right.ndim != 3 or not self.right.size:
            raise ValueError("answers are (conditions, readers, cases), none of them empty")

    @property
    def shape(self) -> tuple[int, int]:
        """How many conditions and readers."""
        return self.right.shape[0], self.right.shape[1]


Crossed = CrossedRatings | CrossedAnswers


@dataclass(frozen=True)
class Scores:
    """Each case's share in a figure of merit, one block of cases or (AUC) two.

    A reading's figure is the mean of its row in every block; `blocks` are (readings, cases).
    """

    blocks: tuple[Floats, ...]

    @property
    def merit(self) -> Floats:
        """(readings,) figures of merit."""
        return np.asarray(self.blocks[0].mean(1))


def case_scores(data: Crossed, figure: str) -> Scores:
    """DeLong's components for the AUC, right or wrong of the cases concerned for the others.

    Raises ValueError for an unknown figure, without a threshold where one is needed, or without
    the cases that the figure rests on.
    Example: Van Dyke, sensitivity from rating 3 on, first reader -> 45 shares of mean .8889.
    """
    if figure not in FIGURES:
        raise ValueError(f"the figure of merit is {', '.join(FIGURES)}, not {figure}")
    if isinstance(data, CrossedAnswers):
        return _right_scores(data, figure)
    _check_kinds(data.positive, figure)
    if figure == "auc":
        pairs = [components(row[data.positive], row[~data.positive]) for row in data.flat]
        return Scores((np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])))
    if data.positive_at is None:
        raise ValueError(f"{figure} needs the rating from which on an answer is positive")
    right = ((data.flat >= data.positive_at) == data.positive).astype(np.float64)
    concerned = {
        "accuracy": np.ones_like(data.positive),
        "sensitivity": data.positive,
        "specificity": ~data.positive,
    }[figure]
    return Scores((right[:, concerned],))


def _check_kinds(positive: npt.NDArray[np.bool_], figure: str) -> None:
    """The cases that the figure rests on must be there."""
    has = bool(positive.any()), bool((~positive).any())
    if figure == "auc" and not all(has):
        raise ValueError("positive and negative cases are both needed")
    if figure == "sensitivity" and not has[0]:
        raise ValueError("positive cases are needed for sensitivity")
    if figure == "specificity" and not has[1]:
        raise ValueError("negative cases are needed for specificity")


def _right_scores(data: CrossedAnswers, figure: str) -> Scores:
    if figure != "accuracy":
        raise ValueError(f"answers in classes have an accuracy, no {figure}")
    return Scores((data.right.reshape(-1, data.right.shape[2]).astype(np.float64),))


def merits(data: Crossed, figure: str = "auc") -> Floats:
    """(conditions, readers) figures of merit, 0..1.

    Example: Van Dyke, first reader under condition 1 -> AUC .9196.
    """
    return case_scores(data, figure).merit.reshape(data.shape)
