"""t-SNE maps of a network's features, with what tells whether to believe them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError, TooFewError
from engine.jobs import Progress

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

COMPONENTS = 50
NEIGHBOURS = 10
JUDGED = 2000
"""Trustworthiness and kNN accuracy take the square of the points: they are judged on this many."""

_EARLY, _LATE, _CHUNK = 250, 500, 10
_BLOCK = 500
"""Points whose distances to all others are taken at once: 20 MB at 10,000 points."""

_INTERVAL = 2.0
"""Map units of a cell of the interpolation grid. openTSNE's 1 takes a third longer for a
Kullback-Leibler divergence lower by 1 %, and trustworthiness the same to .002 (10,000 points)."""


@dataclass(frozen=True)
class Embedding:
    """A map `xy` (n, 2) and its worth.

    `trustworthiness` (0..1, Venna & Kaski 2001, 10 neighbours) of the map towards the PCA features
    it was made from; kNN accuracy (leave one group out, 10 neighbours) on these features and on
    the map. `judged` points were drawn for these.
    """

    xy: FloatArray = field(repr=False)
    perplexity: float
    seed: int
    components: int
    trustworthiness: float
    knn_features: float
    knn_map: float
    kl_divergence: float
    judged: int


@dataclass(frozen=True)
class EmbeddingSpec:
    """Seed and perplexity of a map; 30 is van der Maaten & Hinton's middle value."""

    seed: int = 0
    perplexity: float = 30.0


def tsne(
    features: npt.ArrayLike,
    targets: npt.ArrayLike,
    groups: npt.ArrayLike,
    spec: EmbeddingSpec | None = None,
) -> Generator[Progress, None, Embedding]:
    """Embed features (n, d) in the plane: PCA to 50, then t-SNE (openTSNE, one thread).

    `targets` (n,) are classes, `groups` (n,) the lesion each point shows: a point's neighbours
    of its own lesion (its augmentations) do not count for kNN accuracy. Same seed, same map.
    Raises TooFewError under 10 points, EngineError for features that are not finite.
    """
    spec = spec or EmbeddingSpec()
    matrix = np.asarray(features, dtype=np.float64)
    _check(matrix)
    reduced = pca(matrix, COMPONENTS)
    perplexity = min(spec.perplexity, (len(matrix) - 1) / 3)
    layout = yield from _layout(reduced, perplexity, spec.seed)
    yield Progress(_EARLY + _LATE, _EARLY + _LATE, "Judging the map")
    xy = np.asarray(layout, dtype=np.float64)
    chosen = np.random.default_rng(spec.seed).permutation(len(xy))[:JUDGED]
    target, group = np.asarray(targets)[chosen], np.asarray(groups)[chosen]
    return Embedding(
        xy,
        perplexity,
        spec.seed,
        reduced.shape[1],
        _trustworthiness(reduced[chosen], xy[chosen]),
        knn_accuracy(reduced[chosen], target, group),
        knn_accuracy(xy[chosen], target, group),
        float(layout.kl_divergence),
        len(chosen),
    )


def pca(matrix: FloatArray, components: int) -> FloatArray:
    """Principal components (n, at most `components`), signs fixed so that runs agree."""
    centred = matrix - matrix.mean(0)
    left, strength, right = np.linalg.svd(centred, full_matrices=False)
    keep = min(components, int((strength > strength[0] * 1e-9).sum()) or 1)
    signs = np.sign(right[np.arange(keep), np.abs(right[:keep]).argmax(1)])
    return np.asarray(left[:, :keep] * strength[:keep] * signs)


def knn_accuracy(points: FloatArray, targets: npt.ArrayLike, groups: npt.ArrayLike) -> float:
    """Share of points whose 10 nearest points of other groups agree, by majority, on its class."""
    target, group = np.unique(np.asarray(targets), return_inverse=True)[1], np.asarray(groups)
    squares = (points**2).sum(1)
    distance = squares[:, None] + squares[None, :] - 2 * points @ points.T
    distance[group[:, None] == group[None, :]] = np.inf
    count = min(NEIGHBOURS, len(points) - 1)
    near = np.argpartition(distance, count - 1, axis=1)[:, :count]
    usable = np.isfinite(np.take_along_axis(distance, near, 1))
    votes = np.zeros((len(points), int(target.max()) + 1))
    rows = np.repeat(np.arange(len(points)), count)
    np.add.at(votes, (rows, target[near].ravel()), usable.ravel())
    voted = usable.any(1)
    return float((votes.argmax(1) == target)[voted].mean()) if voted.any() else float("nan")


def whole_map(matrix: FloatArray, least: int = 10) -> None:
    """TooFewError under `least` rows of features (n, d), EngineError where they are no numbers."""
    if matrix.ndim != 2 or len(matrix) < least:
        raise TooFewError("A t-SNE map needs at least 10 ROIs; add lesions or augmentations.")
    if not np.isfinite(matrix).all():
        raise EngineError("The network's features are not numbers; train this run again.")


def _check(matrix: FloatArray) -> None:
    whole_map(matrix)
    if np.ptp(matrix, axis=0).max() == 0:
        raise EngineError(
            "The network gives every ROI the same features, so there is no map to draw. Train "
            "it longer."
        )


def _layout(reduced: FloatArray, perplexity: float, seed: int) -> Generator[Progress, None, Any]:
    """openTSNE in small steps: early exaggeration 12, then none; PCA start."""
    from openTSNE import TSNEEmbedding, affinity, initialization
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    total = _EARLY + _LATE
    wanted = min(len(reduced) - 1, int(3 * perplexity))
    near, distances = yield from nearest_others(reduced, wanted, total)
    pairs = affinity.PerplexityBasedNN(
        perplexity=perplexity,
        knn_index=PrecomputedNeighbors(near, distances),
        n_jobs=1,
        random_state=seed,
    )
    start = initialization.pca(reduced, random_state=seed)
    layout = TSNEEmbedding(
        start,
        pairs,
        negative_gradient_method="auto",
        ints_in_interval=_INTERVAL,
        n_jobs=1,
        random_state=seed,
    )
    for done in range(0, total, _CHUNK):
        early = done < _EARLY
        layout.optimize(
            _CHUNK,
            exaggeration=12 if early else 1,
            momentum=0.5 if early else 0.8,
            inplace=True,
        )
        yield Progress(done + _CHUNK, total, "Laying out the map")
    return layout


def nearest_others(
    points: FloatArray, count: int, total: int
) -> Generator[Progress, None, tuple[IntArray, FloatArray]]:
    """Each point's `count` nearest others, near to far, and their distances; both (n, count).

    All pairs, a block at a time: exact, and at 10,000 points of 50 a third of the time of an
    approximate index.
    """
    low = points.astype(np.float32)
    squares = (low**2).sum(1)
    near = np.empty((len(low), count), dtype=np.int64)
    distances = np.empty((len(low), count))
    for first in range(0, len(low), _BLOCK):
        yield Progress(0, total, "Finding neighbours")
        rows = slice(first, first + _BLOCK)
        apart = squares[rows, None] + squares - 2 * low[rows] @ low.T
        own = np.arange(len(apart))
        apart[own, first + own] = np.inf
        found = np.argpartition(apart, count - 1, axis=1)[:, :count]
        values = np.take_along_axis(apart, found, 1)
        order = np.argsort(values, axis=1, kind="stable")
        near[rows] = np.take_along_axis(found, order, 1)
        distances[rows] = np.sqrt(np.maximum(np.take_along_axis(values, order, 1), 0.0))
    return near, distances


def _trustworthiness(features: FloatArray, xy: FloatArray) -> float:
    from sklearn.manifold import trustworthiness

    count = min(NEIGHBOURS, (len(xy) - 1) // 2)
    return float(trustworthiness(features, xy, n_neighbors=count))


# --- as a named job -------------------------------------------------------------------------


def tsne_file(spec: EmbeddingSpec, paths: tuple[Path, ...]) -> Generator[Progress, None, Embedding]:
    """`tsne` on an npz of `features`, `targets` and `groups`."""
    with np.load(paths[0], allow_pickle=False) as file:
        arrays = {name: file[name] for name in ("features", "targets", "groups")}
    return (yield from tsne(arrays["features"], arrays["targets"], arrays["groups"], spec))
