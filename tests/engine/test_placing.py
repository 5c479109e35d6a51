"""New ROIs on a t-SNE map that stands."""

from __future__ import annotations

import numpy as np
import pytest
from learning_sets import result_of

from engine.embedding import tsne
from engine.errors import EngineError, TooFewError
from engine.placing import place

POINTS, WIDTH, NEW = 120, 32, 30


@pytest.fixture(scope="module")
def standing() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Features, map, newcomers of the same three classes, and the newcomers' classes."""
    rng = np.random.default_rng(0)
    centres = 2.0 * rng.normal(0, 1, (3, WIDTH))
    classes = np.arange(POINTS) % 3
    features = rng.normal(0, 1, (POINTS, WIDTH)) + centres[classes]
    found = result_of(tsne(features, classes, np.arange(POINTS)))
    own = np.arange(NEW) % 3
    return features, found.xy, rng.normal(0, 1, (NEW, WIDTH)) + centres[own], own


def test_a_copy_of_a_point_lands_on_it_and_the_map_stays(standing) -> None:
    features, xy, _, _ = standing
    before = xy.copy()
    found = result_of(place(features, xy, features[:20]))
    np.testing.assert_array_equal(xy, before)
    size = np.hypot(*np.ptp(xy, axis=0))
    assert np.hypot(*(found - xy[:20]).T).max() < 0.03 * size


def test_newcomers_land_among_their_own_class(standing) -> None:
    features, xy, new, own = standing
    found = result_of(place(features, xy, new))
    apart = ((found[:, None] - xy[None]) ** 2).sum(2)
    nearest = np.argsort(apart, axis=1)[:, :5] % 3
    votes = np.array([np.bincount(row, minlength=3).argmax() for row in nearest])
    assert (votes == own).mean() > 0.9


def test_a_newcomer_s_place_does_not_depend_on_the_others(standing) -> None:
    features, xy, new, _ = standing
    many = result_of(place(features, xy, new))
    alone = result_of(place(features, xy, new[3:4]))
    np.testing.assert_allclose(alone[0], many[3], atol=1e-9)


def test_none_is_placed_nowhere_and_what_is_no_number_is_refused(standing) -> None:
    features, xy, new, _ = standing
    assert result_of(place(features, xy, new[:0])).shape == (0, 2)
    with pytest.raises(EngineError, match="not numbers"):
        result_of(place(features, xy, np.full((1, WIDTH), np.nan)))
    with pytest.raises(TooFewError, match="at least 10"):
        result_of(place(features[:5], xy[:5], new))
