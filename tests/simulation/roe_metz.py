"""Ratings of readers and cases by the model of Roe and Metz, with or without a true difference.

Source: Roe & Metz 1997, Acad Radiol 4:298. A rating is the kind's mean plus independent normal
terms of reader, condition x reader, case, condition x case, reader x case and error; the terms of
readers are drawn anew for each kind. The components are those of the configurations of FDA's
iRoeMetz (DIDSR/iMRMC, RMconfigurations), made to repeat that article; the ones of cases stand in
Chakraborty 2010, Acad Radiol 17:628, Table 1, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from simulation.monte_carlo import Share

from studies.statistics.mrmc import CrossedRatings, merits, obuchowski_rockette

Floats = npt.NDArray[np.float64]
CONDITIONS = 2
SEPARATIONS = (0.75, 1.50, 2.50)
ALPHA = 0.05


@dataclass(frozen=True)
class Structure:
    """Variances of the terms; those of case terms and error sum to 1."""

    name: str  # correlation of cases, then spread of readers: H high, L low
    separation: float  # between the means of the kinds
    reader: float  # also of condition x reader
    case: float
    condition_case: float
    reader_case: float
    error: float
    gain: float = 0.0  # that the second condition adds to the separation; none in the article

    @property
    def area(self) -> float:
        """Expected area under the ROC curve. Example: HH at 1.50 -> .848."""
        spread = 2 * (1 + 2 * self.reader)
        return float(stats.norm.cdf(self.separation / math.sqrt(spread)))

    def areas(self, cuts: tuple[float, ...]) -> tuple[float, float]:
        """Expected areas of the ratings in categories, first and second condition.

        Exact: a positive and a negative case share no term, so their ratings are independent.
        """
        spread = math.sqrt(1 + 2 * self.reader)
        edges = np.array([-math.inf, *(cut + self.separation / 2 for cut in cuts), math.inf])
        none = np.diff(stats.norm.cdf(edges / spread))
        below = np.cumsum(none) - none / 2
        first, second = (
            float(np.diff(stats.norm.cdf((edges - self.separation - more) / spread)) @ below)
            for more in (0.0, self.gain)
        )
        return first, second


@dataclass(frozen=True)
class Size:
    """Readers and cases of one simulated reading."""

    readers: int
    negatives: int
    positives: int


def structure(name: str, separation: float) -> Structure:
    """HL, LL, HH or LH at one of the three separations. KeyError for others."""
    correlation, spread = name
    case, error = {"H": (0.3, 0.2), "L": (0.1, 0.6)}[correlation]
    wide = dict(zip(SEPARATIONS, (0.011, 0.030, 0.056), strict=True))
    reader = {"L": 0.0055, "H": wide[separation]}[spread]
    return Structure(name, separation, reader, case, case, 0.2, error)


def simulate(
    one: Structure, size: Size, rng: np.random.Generator, cuts: tuple[float, ...] = ()
) -> CrossedRatings:
    """One reading under two conditions; with `cuts` in categories instead of a continuum.

    The cuts count from the middle between the two kinds under the first condition.
    """
    apart = one.separation + one.gain * np.arange(CONDITIONS)
    kinds = [
        _kind(one, mean, count, size.readers, rng)
        for mean, count in ((0.0 * apart, size.negatives), (apart, size.positives))
    ]
    ratings = np.concatenate(kinds, axis=2)
    if cuts:
        ratings = np.digitize(ratings - one.separation / 2, cuts).astype(np.float64)
    positive = np.repeat([False, True], [size.negatives, size.positives])
    return CrossedRatings(ratings, positive)


def _kind(
    one: Structure, mean: Floats, cases: int, readers: int, rng: np.random.Generator
) -> Floats:
    """(conditions, readers, cases) ratings of the cases of one kind; its mean by condition."""

    def term(variance: float, *shape: int) -> Floats:
        return math.sqrt(variance) * rng.standard_normal(shape)

    return np.asarray(
        mean[:, None, None]
        + term(one.reader, 1, readers, 1)
        + term(one.reader, CONDITIONS, readers, 1)
        + term(one.case, 1, 1, cases)
        + term(one.condition_case, CONDITIONS, 1, cases)
        + term(one.reader_case, 1, readers, cases)
        + term(one.error, CONDITIONS, readers, cases)
    )


def rejections(
    one: Structure, size: Size, count: int, seed: int, cuts: tuple[float, ...] = ()
) -> Share:
    """How often the analysis with random readers and cases calls the equal conditions different.

    Area by the trapezoid rule, covariances by the jackknife.
    """
    rng = np.random.default_rng(seed)
    found = (obuchowski_rockette(simulate(one, size, rng, cuts)).rrrc for _ in range(count))
    return Share.of(test is not None and test.p <= ALPHA for test in found)


def mean_area(one: Structure, size: Size, count: int, seed: int) -> tuple[float, float]:
    """Mean empirical area of `count` readings, and its Monte-Carlo error."""
    rng = np.random.default_rng(seed)
    areas = [float(merits(simulate(one, size, rng)).mean()) for _ in range(count)]
    return float(np.mean(areas)), float(np.std(areas, ddof=1) / math.sqrt(count))
