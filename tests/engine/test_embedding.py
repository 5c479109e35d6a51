"""t-SNE: groups stay groups, the same seed gives the same map, the judges judge."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from learning_sets import result_of

from engine.embedding import Embedding, EmbeddingSpec, knn_accuracy, nearest_others, pca, tsne
from engine.errors import EngineError, TooFewError

FloatArray = npt.NDArray[np.float64]


def clusters(per: int = 30, spread: float = 0.5) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 4, (3, 60))
    targets = np.repeat(np.arange(3), per)
    return centres[targets] + rng.normal(0, spread, (3 * per, 60)), targets


def embedded(features: FloatArray, targets: npt.ArrayLike, seed: int = 0) -> Embedding:
    running = tsne(features, targets, np.arange(len(features)), EmbeddingSpec(seed, 15))
    seen = 0
    while True:
        try:
            seen = next(running).done
        except StopIteration as stop:
            assert seen == 750
            result: Embedding = stop.value
            return result


def test_clear_clusters_stay_apart_and_the_map_says_so() -> None:
    features, targets = clusters()
    found = embedded(features, targets)
    assert found.xy.shape == (90, 2)
    assert found.knn_features == found.knn_map == 1.0
    assert found.trustworthiness > 0.8
    assert found.components == 50


def test_the_same_seed_gives_the_same_map() -> None:
    features, targets = clusters(12)
    np.testing.assert_array_equal(embedded(features, targets).xy, embedded(features, targets).xy)


def test_noise_is_not_called_a_good_map() -> None:
    rng = np.random.default_rng(1)
    targets = rng.integers(0, 3, 90)
    found = embedded(rng.normal(size=(90, 60)), targets)
    assert found.knn_features < 0.6
    assert found.trustworthiness < 0.9


def test_neighbours_of_the_same_lesion_do_not_count() -> None:
    points = np.array([[0.0, 0], [0.1, 0], [5, 0], [5.1, 0]] * 4)
    targets = [0, 0, 1, 1] * 4
    lesions = [0, 0, 1, 1] * 4
    assert knn_accuracy(points, targets, lesions) == 0.0
    assert knn_accuracy(points, targets, np.arange(16)) == 1.0


def test_pca_keeps_the_variance_and_its_signs() -> None:
    features, _ = clusters(10)
    reduced = pca(features, 50)
    assert reduced.shape == (30, 29)
    centred = features - features.mean(0)
    np.testing.assert_allclose((reduced**2).sum(), (centred**2).sum(), rtol=1e-9)
    np.testing.assert_allclose(reduced, pca(features + 3.0, 50), atol=1e-9)


def test_neighbours_are_the_nearest_in_order() -> None:
    """More points than one block; a duplicate is its twin's neighbour, never its own."""
    points = np.random.default_rng(2).normal(size=(1203, 6))
    points[700] = points[3]
    near, distances = result_of(nearest_others(points, 12, 1))
    exact = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(exact, np.inf)
    np.testing.assert_array_equal(near[[3, 700], 0], [700, 3])
    np.testing.assert_allclose(distances, np.sort(exact, axis=1)[:, :12], atol=2e-3)
    np.testing.assert_allclose(np.take_along_axis(exact, near, 1), distances, atol=2e-3)


def test_what_cannot_be_mapped_is_a_sentence() -> None:
    with pytest.raises(TooFewError, match="at least 10"):
        next(tsne(np.ones((4, 3)), np.zeros(4), np.arange(4)))
    with pytest.raises(EngineError, match="same features"):
        next(tsne(np.ones((12, 3)), np.zeros(12), np.arange(12)))
    with pytest.raises(EngineError, match="not numbers"):
        next(tsne(np.full((12, 3), np.nan), np.zeros(12), np.arange(12)))
