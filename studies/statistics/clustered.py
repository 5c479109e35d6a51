"""One or two arms on the same lesions, where several lesions belong to one patient.

Lesions of one patient are alike, so that counting each as independent makes tests too keen and
intervals too narrow. Here the patient is the unit: patients are resampled with all their lesions,
and McNemar's test adds up within patients first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy import stats

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

RESAMPLES = 2000
SIZE, EQUAL = "size", "equal"
"""Class weights: by each class's share of the lesions, or the same for all classes."""


NO_RESAMPLE_DIFFERS = "every patient has the same share right, so resampling shows no spread"


@dataclass(frozen=True)
class PatientDifference:
    """Difference of two arms, first minus second, -1..1, with patient-bootstrap intervals.

    `low`..`high` is the BCa interval, `percentile_low`..`percentile_high` the percentile one, of
    `resamples` resamples with `seed`, over `patients` patients with `n` lesions.
    """

    value: float
    low: float
    high: float
    percentile_low: float
    percentile_high: float
    patients: int
    n: int
    resamples: int
    seed: int
    level: float = 0.95
    method: str = "patient bootstrap, BCa"


@dataclass(frozen=True)
class PatientProportion:
    """`successes` of `n` lesions, 0..1, with patient-bootstrap intervals as `PatientDifference`.

    Where every patient has the same share right, no resample differs and the limits are nan, with
    the `reason`: a bootstrap then sees no spread, which is not certainty.
    """

    successes: int
    n: int
    estimate: float
    low: float
    high: float
    percentile_low: float
    percentile_high: float
    patients: int
    resamples: int
    seed: int
    level: float = 0.95
    method: str = "patient bootstrap, BCa"
    reason: str = ""


@dataclass(frozen=True)
class ClusteredMcNemar:
    """McNemar's test with the patient as the unit; one degree of freedom each.

    `chi2`, `p`: Obuchowski's, each lesion counts alike. `durkalski_chi2`, `durkalski_p`: each
    patient counts alike. `only_first`, `only_second`: lesions on which one arm alone was right.
    """

    chi2: float
    p: float
    durkalski_chi2: float
    durkalski_p: float
    only_first: int
    only_second: int
    patients: int
    n: int
    method: str = "clustered McNemar (Obuchowski), two-sided"


def accuracy_difference(
    first_right: Sequence[bool],
    second_right: Sequence[bool],
    patients: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> PatientDifference:
    """Difference of two arms' accuracy on the same lesions, in the same order.

    Patients are drawn with replacement, each with all its lesions (Field & Welsh 2007, JRSS B
    69:369). BCa interval: Efron 1987, JASA 82:171, acceleration by leaving out each patient; where
    no resample differs from another it is the value itself. The result depends on who shares a
    patient, not on the patients' names. Raises ValueError for no lesion or unequal lengths.
    Example: accuracy_difference([1, 1, 0, 1], [1, 0, 0, 0], "AABC").value -> 0.5.
    """
    everywhere = np.zeros(len(first_right), dtype=np.int64)
    sums = _summed(first_right, second_right, patients, everywhere, 1)
    return _bootstrapped(sums, np.ones(1), resamples, seed, level)


def accuracy_interval(
    right: Sequence[bool],
    patients: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> PatientProportion:
    """Share of lesions right (of one class's lesions: its sensitivity), bootstrap over patients.

    Bootstrap as in `accuracy_difference`. Raises ValueError for no lesion or unequal lengths.
    Example: accuracy_interval([1, 1, 0, 1], "AABC").estimate -> 0.75.
    """
    everywhere = np.zeros(len(right), dtype=np.int64)
    nothing = [False] * len(right)
    found = _bootstrapped(
        _summed(right, nothing, patients, everywhere, 1), np.ones(1), resamples, seed, level
    )
    successes = sum(map(bool, right))
    alike = max(found.high, found.percentile_high) - min(found.low, found.percentile_low) < 1e-12
    limits = (math.nan,) * 4 if alike else _limits(found)
    return PatientProportion(
        successes,
        found.n,
        successes / found.n,
        *limits,
        found.patients,
        resamples,
        seed,
        level,
        reason=NO_RESAMPLE_DIFFERS if alike else "",
    )


def _limits(found: PatientDifference) -> tuple[float, float, float, float]:
    return found.low, found.high, found.percentile_low, found.percentile_high


def sensitivity_difference(
    truth: Sequence[str],
    first: Sequence[str],
    second: Sequence[str],
    patients: Sequence[str],
    *,
    weights: str = SIZE,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> PatientDifference:
    """Difference of two arms' class-weighted mean sensitivity, by the classes they answered.

    The weights, "size" or "equal", are fixed by the whole set; with "size" the value is the
    difference of accuracies, though its interval holds the classes' shares fixed. A class that a
    resample lacks is left out of that resample's mean. Bootstrap and errors as in
    `accuracy_difference`; ValueError for other weights.
    Example: sensitivity_difference("aab", "aaa", "aba", "PQR").value -> .3333.
    """
    if weights not in (SIZE, EQUAL):
        raise ValueError(f"class weights are “{SIZE}” or “{EQUAL}”, not “{weights}”")
    classes = sorted(set(truth))
    of = np.array([classes.index(name) for name in truth], dtype=np.int64)
    first_right = [a == b for a, b in zip(truth, first, strict=True)]
    second_right = [a == b for a, b in zip(truth, second, strict=True)]
    sums = _summed(first_right, second_right, patients, of, len(classes))
    wanted = sums.counts.sum(0) if weights == SIZE else np.ones(len(classes))
    return _bootstrapped(sums, np.asarray(wanted, dtype=np.float64), resamples, seed, level)


def clustered_mcnemar(
    first_right: Sequence[bool], second_right: Sequence[bool], patients: Sequence[str]
) -> ClusteredMcNemar:
    """Test of equal accuracy of two arms on lesions clustered in patients.

    With d_k = lesions of patient k only the first arm had right less those only the second had,
    n_k its lesions and K patients: (K-1)/K (sum d_k)² / sum d_k² (Obuchowski 1998, Stat Med
    17:1495, in the form of Yang, Sun & Hardin 2010, Biom J 52:638), and
    (sum d_k/n_k)² / sum (d_k/n_k)² (Durkalski et al. 2003, Stat Med 22:2417). With a lesion a
    patient both are McNemar's chi-square, the first but for (K-1)/K. Without any discordant
    patient p is 1. Raises ValueError for no lesion or unequal lengths. Example: three patients
    with d = 2, 1, -1 of n = 2, 2, 1 -> 2/3 · 4/6 = .444, and .25/2.25 = .111.
    """
    everywhere = np.zeros(len(first_right), dtype=np.int64)
    sums = _summed(first_right, second_right, patients, everywhere, 1)
    each, sizes = sums.differences[:, 0], sums.counts[:, 0]
    count = len(each)
    chi2 = (count - 1) / count * _ratio(each)
    durkalski = _ratio(each / sizes)
    pairs = list(zip(first_right, second_right, strict=True))
    return ClusteredMcNemar(
        chi2,
        float(stats.chi2.sf(chi2, 1)),
        durkalski,
        float(stats.chi2.sf(durkalski, 1)),
        sum(bool(a) and not b for a, b in pairs),
        sum(bool(b) and not a for a, b in pairs),
        count,
        len(pairs),
    )


# --- sums by patient ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sums:
    """By patient and class (K, C): first right less second right, and lesions."""

    differences: FloatArray
    counts: FloatArray


def _summed(
    first_right: Sequence[bool],
    second_right: Sequence[bool],
    patients: Sequence[str],
    classes: IntArray,
    class_count: int,
) -> _Sums:
    if not len(first_right) == len(second_right) == len(patients):
        raise ValueError("both arms and the patients must list the same lesions")
    if len(patients) == 0:
        raise ValueError("no lesion was answered by both")
    numbers: dict[str, int] = {}
    owner = np.array([numbers.setdefault(name, len(numbers)) for name in patients])
    difference = np.asarray(first_right, dtype=float) - np.asarray(second_right, dtype=float)
    sums = _Sums(np.zeros((len(numbers), class_count)), np.zeros((len(numbers), class_count)))
    np.add.at(sums.differences, (owner, classes), difference)
    np.add.at(sums.counts, (owner, classes), 1.0)
    return sums


def _ratio(values: FloatArray) -> float:
    """(sum)² / sum of squares; 0 where all are 0."""
    squares = float((values**2).sum())
    return float(values.sum()) ** 2 / squares if squares else 0.0


# --- the bootstrap --------------------------------------------------------------------------


def _bootstrapped(
    sums: _Sums, weights: FloatArray, resamples: int, seed: int, level: float
) -> PatientDifference:
    count = len(sums.counts)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(count, np.full(count, 1 / count), resamples).astype(np.float64)
    value = float(_weighted(sums, np.ones((1, count)), weights)[0])
    again = _weighted(sums, drawn, weights)
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    low, high = np.quantile(again, tails)
    bca_low, bca_high = np.quantile(again, _bca_tails(sums, again, value, weights, tails))
    return PatientDifference(
        value,
        float(bca_low),
        float(bca_high),
        float(low),
        float(high),
        count,
        int(sums.counts.sum()),
        resamples,
        seed,
        level,
    )


def _weighted(sums: _Sums, drawn: FloatArray, weights: FloatArray) -> FloatArray:
    """The difference (B,) for each row (K,) of how often each patient counts."""
    lesions = drawn @ sums.counts
    present = lesions > 0
    each = drawn @ sums.differences / np.where(present, lesions, 1.0)
    return np.asarray((each * weights).sum(1) / (present * weights).sum(1))


def _bca_tails(
    sums: _Sums, again: FloatArray, value: float, weights: FloatArray, tails: FloatArray
) -> FloatArray:
    """The quantiles (2,) that BCa reads in place of `tails`; ties with the value count half."""
    near = np.isclose(again, value, rtol=0, atol=1e-12)
    below = float(((again < value) & ~near).mean() + near.mean() / 2)
    if not 0 < below < 1 or len(sums.counts) < 2:
        return tails
    normal = NormalDist()
    bias = normal.inv_cdf(below)
    without = _weighted(sums, 1.0 - np.eye(len(sums.counts)), weights)
    off = without.mean() - without
    spread = float((off**2).sum()) ** 1.5
    acceleration = float((off**3).sum()) / (6 * spread) if spread else 0.0
    moved = [bias + normal.inv_cdf(tail) for tail in tails]
    return np.array([normal.cdf(bias + z / (1 - acceleration * z)) for z in moved])
