"""Learning, fatigue and time over a reader's trials, with trials of one item or patient clustered.

Trials of one cluster (an item read by several readers, or the lesions of one patient) are alike.
The models are marginal, by generalised estimating equations: Liang & Zeger 1986, Biometrika 73:13.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
_Reading = Callable[[float, float, float], str]  # of estimate, low and high on the log scale
EXCHANGEABLE, INDEPENDENCE = "exchangeable", "independence"
PER = 100  # trials that a slope is given for
LEAST_TRIALS, LEAST_CLUSTERS = 20, 10
_FEW_CLUSTERS = 50


@dataclass(frozen=True)
class Trend:
    """A slope or difference on the log scale, with standard error, interval and two-sided p.

    `quantity` says of what: log odds of a right answer, or log seconds, per 100 trials or right
    less wrong. `ratio` is the same as an odds ratio or a ratio of times. `n` counts trials.
    """

    quantity: str
    estimate: float
    se: float
    low: float
    high: float
    p: float
    n: int
    clusters: int
    method: str
    reading: str
    level: float = 0.95

    @property
    def ratio(self) -> tuple[float, float, float]:
        """exp of the estimate and of its interval: value, low, high."""
        return math.exp(self.estimate), math.exp(self.low), math.exp(self.high)


@dataclass(frozen=True)
class Median:
    """Median of `n` times in seconds, with the interval between two of them (order statistics)."""

    value: float
    low: float
    high: float
    n: int
    method: str = "median, interval by order statistics"
    level: float = 0.95


@dataclass(frozen=True)
class TimeByCorrectness:
    """Seconds a trial after right and after wrong answers, and their ratio, right to wrong."""

    right: Median
    wrong: Median
    difference: Trend


def accuracy_trend(
    right: Sequence[bool],
    position: Sequence[int],
    clusters: Sequence[Hashable],
    *,
    working: str = EXCHANGEABLE,
    level: float = 0.95,
) -> Trend:
    """Does accuracy rise (learning) or fall (fatigue) over the trials? Logistic GEE.

    Args, each (n,): right or wrong, position of the trial in its order (1, 2, …), and the item or
    patient. The estimate is the change of the log odds per 100 trials. The error is the robust
    sandwich; with fewer than 50 clusters that of Mancl & DeRouen 2001, Biometrics 57:126, with t
    on clusters - 2 degrees of freedom. Where each cluster has one trial the working correlation
    plays no part. Example: with independence and a trial a cluster it is logistic regression with
    White's error. Raises ValueError for fewer than 20 trials or 10 clusters, answers all
    right or all wrong, one position only, or right and wrong that do not overlap in position.
    """
    answers, places = np.asarray(right, np.bool_), np.asarray(position, np.float64)
    _check(len(answers), places, clusters)
    if answers.all() or not answers.any():
        raise ValueError("all answers are right or all wrong, so no change can be seen")
    if _apart(places[answers], places[~answers]):
        raise ValueError(
            "right and wrong answers do not overlap in position, so the slope has no finite value"
        )
    fitted = _fit(answers.astype(np.float64), places / PER, clusters, working, "logistic", level)
    return _told(fitted, "log odds of a right answer per 100 trials", _accuracy_reading, level)


def time_trend(
    seconds: Sequence[float],
    position: Sequence[int],
    clusters: Sequence[Hashable],
    *,
    working: str = EXCHANGEABLE,
    level: float = 0.95,
) -> Trend:
    """Do trials get faster or slower? Linear GEE of log seconds on the trial's position.

    Args and errors as in `accuracy_trend`, with seconds above 0. The estimate is the change of log
    seconds per 100 trials: `ratio` .90 is 10 % less time. Raises ValueError also for times of 0 or
    less, or all the same. Example: 10 s halved every 100 trials, by turns 1.1 times more and less,
    over 40 trials of an item each -> ratio .482 [.363, .640].
    """
    times, places = _log_times(seconds), np.asarray(position, np.float64)
    _check(len(times), places, clusters)
    fitted = _fit(times, places / PER, clusters, working, "linear", level)
    return _told(fitted, "log seconds per 100 trials", _time_reading, level)


def time_by_correctness(
    seconds: Sequence[float],
    right: Sequence[bool],
    clusters: Sequence[Hashable],
    *,
    working: str = EXCHANGEABLE,
    level: float = 0.95,
) -> TimeByCorrectness:
    """Are right answers faster than wrong ones? Medians, and linear GEE of log seconds on right.

    Args and errors as in `time_trend`. The difference is that of mean log seconds, right less
    wrong: `ratio` .80 says that right answers took 20 % less time. Example: medians of 1, 2, 3
    right and 4, 5 wrong seconds -> 2 and 4.5. Raises ValueError also when all answers are
    right or all wrong.
    """
    times, answers = _log_times(seconds), np.asarray(right, np.bool_)
    _check(len(times), answers.astype(np.float64), clusters, "all answers are right or all wrong")
    fitted = _fit(times, answers.astype(np.float64), clusters, working, "linear", level)
    raw = np.exp(times)
    return TimeByCorrectness(
        median(raw[answers], level),
        median(raw[~answers], level),
        _told(fitted, "log seconds, right less wrong", _correctness_reading, level),
    )


def median(values: npt.ArrayLike, level: float = 0.95) -> Median:
    """Median with the narrowest symmetric interval of order statistics that covers `level`.

    Source: Conover 1999, Practical Nonparametric Statistics, 3.2 (binomial with .5). With too few
    values for the level the interval runs from the least to the greatest and covers less. Raises
    ValueError for no value. Example: 1..9 -> 5, from 2 to 8.
    """
    ordered = np.sort(np.asarray(values, np.float64))
    n = len(ordered)
    if n == 0:
        raise ValueError("a median needs at least one value")
    # cut = how many may lie below the interval: 2 P(count <= cut - 1) <= 1 - level.
    cut = int(stats.binom.ppf((1 - level) / 2, n, 0.5))
    place = max(0, cut - 1)
    return Median(
        float(np.median(ordered)), float(ordered[place]), float(ordered[n - 1 - place]), n,
        level=level,
    )  # fmt: skip


# --- what can be fitted ---------------------------------------------------------------------


def _log_times(seconds: Sequence[float]) -> Floats:
    times = np.asarray(seconds, np.float64)
    if not (np.isfinite(times).all() and (times > 0).all()):
        raise ValueError("every time must be a number of seconds above 0")
    if len(times) and np.ptp(times) == 0:
        raise ValueError("every trial took the same time, so nothing can be compared")
    return np.asarray(np.log(times))


def _check(
    n: int, covariate: Floats, clusters: Sequence[Hashable],
    constant: str = "all trials have the same position",
) -> None:  # fmt: skip
    if not n == len(covariate) == len(clusters):
        raise ValueError("answers, positions and clusters must list the same trials")
    if n < LEAST_TRIALS:
        raise ValueError(f"{n} trials are too few for a trend; {LEAST_TRIALS} are needed")
    if len(set(clusters)) < LEAST_CLUSTERS:
        raise ValueError(
            f"trials of {len(set(clusters))} items or patients are too few for a trend; "
            f"{LEAST_CLUSTERS} are needed"
        )
    if not np.isfinite(covariate).all():
        raise ValueError("every trial needs a position")
    if np.ptp(covariate) == 0:
        raise ValueError(f"{constant}, so nothing can be compared")


def _apart(one: Floats, other: Floats) -> bool:
    """Whether a cut parts the two sets; then the likelihood has no greatest value."""
    return bool(one.max() <= other.min() or other.max() <= one.min())


# --- the model ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Fitted:
    estimate: float
    se: float
    df: float
    n: int
    clusters: int
    method: str


def _fit(
    outcome: Floats, covariate: Floats, clusters: Sequence[Hashable],
    working: str, link: str, level: float,
) -> _Fitted:  # fmt: skip
    """GEE of the outcome on 1 and the covariate; where exchangeable fails, independence."""
    if working not in (EXCHANGEABLE, INDEPENDENCE):
        raise ValueError(f"the working correlation is exchangeable or independence, not {working}")
    if not 0 < level < 1:
        raise ValueError(f"the confidence level {level} is not between 0 and 1")
    numbers: dict[Hashable, int] = {}
    owner = np.array([numbers.setdefault(name, len(numbers)) for name in clusters])
    count = len(numbers)
    alone = count == len(owner)
    choices = (INDEPENDENCE,) if alone or working == INDEPENDENCE else (EXCHANGEABLE, INDEPENDENCE)
    for choice in choices:
        found = _estimate(outcome, covariate, owner, choice, link, count < _FEW_CLUSTERS)
        if found is not None:
            few = count < _FEW_CLUSTERS
            error = "Mancl-DeRouen error, t" if few else "robust error"
            method = f"{link} GEE, {choice}, {error}, {count} clusters"
            df = count - 2 if few else math.inf
            return _Fitted(*found, df, len(outcome), count, method)
    raise ValueError("the model does not settle on these trials; more of them are needed")


def _estimate(
    outcome: Floats, covariate: Floats, owner: npt.NDArray[np.int64],
    working: str, link: str, few: bool,
) -> tuple[float, float] | None:  # fmt: skip
    """Slope and its error, or None where the fit has not settled."""
    from statsmodels.genmod import families
    from statsmodels.genmod.cov_struct import Exchangeable, Independence
    from statsmodels.genmod.generalized_estimating_equations import GEE

    design = np.column_stack([np.ones_like(covariate), covariate - covariate.mean()])
    family: Any = families.Binomial() if link == "logistic" else families.Gaussian()
    structure: Any = Exchangeable() if working == EXCHANGEABLE else Independence()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they warn of is looked at below
        model = GEE(outcome, design, groups=owner, family=family, cov_struct=structure)
        result = model.fit(maxiter=200, cov_type="bias_reduced" if few else "robust")
    slope, error = float(result.params[1]), float(result.bse[1])
    settled = bool(result.converged) and math.isfinite(slope) and math.isfinite(error)
    return (slope, error) if settled and error > 0 else None


def _told(fitted: _Fitted, quantity: str, reading: _Reading, level: float) -> Trend:
    law = stats.t(fitted.df) if math.isfinite(fitted.df) else stats.norm()
    half = float(law.ppf((1 + level) / 2)) * fitted.se
    p = float(2 * law.sf(abs(fitted.estimate) / fitted.se))
    low, high = fitted.estimate - half, fitted.estimate + half
    words = reading(fitted.estimate, low, high)
    return Trend(
        quantity, fitted.estimate, fitted.se, low, high, p,
        fitted.n, fitted.clusters, fitted.method, words, level,
    )  # fmt: skip


# --- in words -------------------------------------------------------------------------------


def _accuracy_reading(value: float, low: float, high: float) -> str:
    if low <= 0 <= high:
        return "Accuracy is not shown to change over the trials."
    word = "rises" if value > 0 else "falls"
    return f"Accuracy {word} over the trials: {_times(value)} the odds of a right answer per 100."


def _time_reading(value: float, low: float, high: float) -> str:
    if low <= 0 <= high:
        return "Time a trial is not shown to change over the trials."
    word = "more" if value > 0 else "less"
    return f"Trials take {_percent(value)} {word} time per 100 trials."


def _correctness_reading(value: float, low: float, high: float) -> str:
    if low <= 0 <= high:
        return "Right and wrong answers are not shown to differ in time."
    word = "more" if value > 0 else "less"
    return f"Right answers take {_percent(value)} {word} time than wrong ones."


def _times(value: float) -> str:
    return f"{math.exp(value):.2f} times"


def _percent(value: float) -> str:
    return f"{100 * abs(math.exp(value) - 1):.0f} %"
