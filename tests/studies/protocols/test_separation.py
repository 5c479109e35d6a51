"""What the pixels tell, as a number: its interval, and what it says of itself."""

from __future__ import annotations

import numpy as np
import pytest

from studies.errors import StudyError
from studies.protocols.separation import Judged, separation
from studies.statistics.roc import auc

JUDGED = Judged(seed=1, folds=5, parameters=2805, items="x")


def flags(real: int, synthetic: int) -> np.ndarray:
    """Real items first."""
    return np.arange(real + synthetic) >= real


def test_the_interval_is_the_one_that_readers_areas_have() -> None:
    scores = np.random.default_rng(1).normal(size=50) + 2 * flags(30, 20)
    found = separation(scores, flags(30, 20), JUDGED)
    own = auc(scores[30:], scores[:30])
    assert (found.low, found.high) == (own.logit.low, own.logit.high)
    assert own.high == 1.0 > found.high, "DeLong's own is cut off at 1"
    assert "logit of DeLong" in found.method
    assert "by patient" in found.method


def test_an_area_of_one_has_wilsons_interval_and_says_so() -> None:
    found = separation(np.arange(32.0), flags(20, 12), JUDGED)
    assert (found.auc, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.7575, abs=1e-4), "Wilson, 12 of 12"
    assert "Wilson on the smaller group" in found.method


@pytest.mark.parametrize("scores", [np.zeros(29), np.full(30, np.nan)])
def test_a_score_that_is_missing_is_no_number(scores: np.ndarray) -> None:
    with pytest.raises(StudyError, match="Measure again"):
        separation(scores, flags(20, 10), JUDGED)


def test_nine_items_of_a_kind_are_too_few() -> None:
    with pytest.raises(StudyError, match="there are 20 and 9"):
        separation(np.zeros(29), flags(20, 9), JUDGED)
