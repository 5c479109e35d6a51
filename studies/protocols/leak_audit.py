"""Leak audit: can anything but the picture itself tell synthetic items from real ones?

A classifier is cross-validated on features that are not anatomy, all together and in groups.
Its AUC has a DeLong 95 % interval (DeLong 1988). Passed: upper bound < .60. Leak: lower bound
> .5 and AUC ≥ .60. Else undecided, which few items usually are: an interval that merely holds
.5 would reward having few.

The classifier is Fisher's discriminant with a ridge on standardised features, five stratified
folds, scores standardised by the training part of each fold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.errors import StudyError
from studies.protocols.draws import Draws
from studies.protocols.separation import Separation
from studies.records import FloatArray

PASS_BELOW = 0.60
FOLDS = 5
RIDGE = 0.05
FEWEST = 10
Matrix = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class AuditRow:
    """One group of features: AUC with its 95 % interval. `constant`: the same for every item."""

    name: str
    features: tuple[str, ...]
    auc: float
    low: float
    high: float
    constant: bool = False


@dataclass(frozen=True)
class LeakAudit:
    """`verdict` passed | leak | undecided; the first row is all features together.

    `separation` is what a network made of the pixels, None where it was not measured.
    """

    verdict: str
    real: int
    synthetic: int
    rows: tuple[AuditRow, ...]
    separation: Separation | None = None

    @property
    def sentence(self) -> str:
        """The verdict in words, without figures."""
        return {
            "passed": "Passed: no leak found outside the picture itself",
            "leak": "Leak: something other than anatomy tells synthetic from real",
            "undecided": "Undecided: too few items to rule a leak out",
        }[self.verdict]


def audit(images: FloatArray, synthetic: Flags, ids: tuple[str, ...]) -> LeakAudit:
    """Audit items as stored: `images` (n, 64, 64) 0..1 on 256 levels, `ids` as readers get them.

    Raises StudyError with fewer than ten real or ten synthetic items.
    """
    positives = int(synthetic.sum())
    negatives = len(synthetic) - positives
    if min(positives, negatives) < FEWEST:
        raise StudyError(
            f"The leak audit needs {FEWEST} real and {FEWEST} synthetic items; there are "
            f"{negatives} and {positives}. Choose more items."
        )
    groups = _groups(np.rint(images * 255.0).astype(np.int64), ids)
    everything = np.hstack([values for _, _, values in groups])
    names = tuple(name for _, features, _ in groups for name in features)
    rows = [_row("All together", names, everything, synthetic)]
    rows += [_row(name, features, values, synthetic) for name, features, values in groups]
    return LeakAudit(verdict(rows[0].auc, rows[0].low, rows[0].high), negatives, positives,
                     tuple(rows))  # fmt: skip


def verdict(auc: float, low: float, high: float) -> str:
    """passed | leak | undecided, by the rule at the top."""
    if high < PASS_BELOW:
        return "passed"
    return "leak" if low > 0.5 and auc >= PASS_BELOW else "undecided"


def _groups(
    levels: npt.NDArray[np.int64], ids: tuple[str, ...]
) -> list[tuple[str, tuple[str, ...], Matrix]]:
    return [
        ("Histogram ends", ("black", "near black", "near white", "white"), _ends(levels)),
        ("Grey levels used", ("levels", "gaps", "even share"), _quantisation(levels)),
        ("Border rows", ("top", "bottom", "left", "right"), _borders(levels)),
        ("Fine spectrum", ("rows", "columns", "corner", "checkerboard"), _spectrum(levels)),
        ("Order of ids", ("rank",), _id_order(ids)),
    ]


def _ends(levels: npt.NDArray[np.int64]) -> Matrix:
    """log(1 + number of pixels) at the two lowest and two highest grey levels."""
    ends = (0, 1, 254, 255)
    return np.stack([np.log1p((levels == end).sum(axis=(1, 2))) for end in ends], axis=1)


def _quantisation(levels: npt.NDArray[np.int64]) -> Matrix:
    """Levels used, unused levels within the range, share of even levels."""
    rows = []
    for image in levels:
        used = np.unique(image)
        gaps = used[-1] - used[0] + 1 - len(used)
        rows.append((float(len(used)), float(gaps), float((image % 2 == 0).mean())))
    return np.array(rows)


def _borders(levels: npt.NDArray[np.int64]) -> Matrix:
    """Step from each border row to the next, relative to the step between inner rows."""
    sides = (levels, levels[:, ::-1], levels.transpose(0, 2, 1), levels.transpose(0, 2, 1)[:, ::-1])
    columns = []
    for side in sides:
        outer = np.abs(side[:, 0] - side[:, 1]).mean(axis=1)
        inner = np.abs(side[:, 1] - side[:, 2]).mean(axis=1)
        columns.append(np.log((outer + 0.5) / (inner + 0.5)))
    return np.stack(columns, axis=1)


def _spectrum(levels: npt.NDArray[np.int64]) -> Matrix:
    """log energy of the highest 1/16 of spatial frequencies: finer than resampled anatomy."""
    side = levels.shape[1]
    window = np.hanning(side)
    tapered = (levels - levels.mean(axis=(1, 2), keepdims=True)) * np.outer(window, window)
    power = np.abs(np.fft.fftshift(np.fft.fft2(tapered), axes=(1, 2))) ** 2
    edge = side // 16
    high = np.r_[0 : edge // 2, side - edge // 2 : side]
    rows, columns = power[:, high, :], power[:, :, high]
    corner = power[:, high][:, :, high]
    checker = power[:, :1, :1]
    return np.stack([np.log(p.mean(axis=(1, 2)) + 1e-6) for p in (rows, columns, corner, checker)],
                    axis=1)  # fmt: skip


def _id_order(ids: tuple[str, ...]) -> Matrix:
    """Rank of each id, which is also the order in which files are listed and decoded."""
    return np.argsort(np.argsort(np.array(ids))).astype(np.float64)[:, None]


def _row(name: str, features: tuple[str, ...], values: Matrix, synthetic: Flags) -> AuditRow:
    varying = values[:, values.std(axis=0) > 1e-12]
    if varying.shape[1] == 0:
        return AuditRow(name, features, 0.5, 0.5, 0.5, constant=True)
    scores = _cross_validated(varying, synthetic)
    from studies.statistics import roc  # scipy is not needed before this

    found = roc.auc(scores[synthetic], scores[~synthetic])
    return AuditRow(name, features, found.value, found.low, found.high)


def _cross_validated(values: Matrix, synthetic: Flags) -> Matrix:
    """Out-of-fold scores, higher = more like the synthetic items."""
    draws = Draws(0, "leak audit folds")
    folds = np.empty(len(synthetic), dtype=np.int64)
    for origin in (False, True):
        members = draws.shuffled([int(i) for i in np.flatnonzero(synthetic == origin)])
        folds[members] = np.arange(len(members)) % FOLDS
    scores = np.empty(len(synthetic))
    for fold in range(FOLDS):
        train = folds != fold
        weights, center, spread = _discriminant(values[train], synthetic[train])
        scores[~train] = ((values[~train] - center) / spread) @ weights
    return scores


def _discriminant(values: Matrix, synthetic: Flags) -> tuple[Matrix, Matrix, Matrix]:
    """Weights on standardised features, scaled so that training scores have unit spread."""
    center, spread = values.mean(axis=0), values.std(axis=0)
    spread = np.where(spread > 1e-12, spread, 1.0)
    z = (values - center) / spread
    difference = z[synthetic].mean(axis=0) - z[~synthetic].mean(axis=0)
    within = sum(
        (synthetic == origin).mean() * np.cov(z[synthetic == origin], rowvar=False, bias=True)
        for origin in (False, True)
    )
    within = np.atleast_2d(within) + RIDGE * np.eye(z.shape[1])
    weights = np.linalg.solve(within, difference)
    return weights / (float((z @ weights).std()) or 1.0), center, spread
