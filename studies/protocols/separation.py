"""How well a small network tells synthetic from real items by the pixels: reported, never gated.

The leak audit asks whether anything but the picture tells; this asks whether the picture does. A
reader may see what the network sees, so a high number says what to expect, not that the reading
is spoilt. The scores come from the engine, out of fold: real items in folds by patient, synthetic
ones in plain folds, since readers see draws of the same generators too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from studies.errors import StudyError

if TYPE_CHECKING:
    from studies.statistics.roc import Auc

FEWEST = 10
METHOD = "CNN out of fold, real items by patient; empirical AUC, DeLong"
"""Of numbers that were sealed without a method; each newer one names its own."""


@dataclass(frozen=True)
class Separation:
    """AUC with its 95 % interval, 0..1, of `real` and `synthetic` items.

    `seed` and `folds` are those of the network, `parameters` its trainable numbers; `items` is
    the digest of the items that it judged.
    """

    auc: float
    low: float
    high: float
    real: int
    synthetic: int
    seed: int
    folds: int
    parameters: int
    items: str
    method: str = METHOD


@dataclass(frozen=True)
class Judged:
    """What a network gave: its seed, folds, trainable numbers, and the digest of the items."""

    seed: int
    folds: int
    parameters: int
    items: str


def separation(
    scores: npt.ArrayLike, synthetic: npt.NDArray[np.bool_], judged: Judged
) -> Separation:
    """The AUC of scores (n,), higher = more like synthetic, of items flagged synthetic (n,).

    The interval is the logit of DeLong's, as of readers; where an area is 1 it is Wilson's, and
    the method says so. It takes the network and every item as they are: lesions of one patient
    count as unrelated, and another network could do better.
    Example: scores (.1, .2, .8, .9) x 5 of real, real, synthetic, synthetic x 5 -> AUC 1.
    Raises StudyError for fewer than ten real or ten synthetic items, or scores that do not fit.
    """
    values = np.asarray(scores, dtype=np.float64).ravel()
    flags = np.asarray(synthetic, dtype=bool).ravel()
    positives = int(flags.sum())
    if values.shape != flags.shape or not np.isfinite(values).all():
        raise StudyError("The network gave no score for some items. Measure again.")
    if min(positives, len(flags) - positives) < FEWEST:
        raise StudyError(
            f"To measure what the pixels tell, {FEWEST} real and {FEWEST} synthetic items are "
            f"needed; there are {len(flags) - positives} and {positives}. Choose more items."
        )
    from studies.statistics import roc  # scipy is not needed before this

    found = roc.auc(values[flags], values[~flags])
    return Separation(
        auc=found.value,
        low=found.logit.low,
        high=found.logit.high,
        real=len(flags) - positives,
        synthetic=positives,
        seed=judged.seed,
        folds=judged.folds,
        parameters=judged.parameters,
        items=judged.items,
        method=f"CNN out of fold, real items by patient; {_interval(found)}; items as unrelated",
    )


def _interval(found: Auc) -> str:
    from studies.statistics.roc import LOGIT

    return found.method if math.isnan(found.se) else f"empirical, {LOGIT}"
