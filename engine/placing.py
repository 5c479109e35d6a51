"""New ROIs on a t-SNE map that stands: the map stays as it is, each newcomer finds its own place.

Policar, Strazar & Zupan 2023 (Mach Learn 112:721) and van der Maaten & Hinton 2008 (section 4):
a newcomer is drawn to its nearest points of the map by its features and pushed off by all others;
newcomers do not see each other. So showing them, or more of them, moves no point of the map.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.embedding import COMPONENTS, FloatArray, IntArray, nearest_others, whole_map
from engine.jobs import Progress

NEAREST = 25
"""Points of the map whose median place a newcomer starts from."""

PERPLEXITY = 5.0
"""Of a newcomer towards the map; openTSNE's value for adding points."""

_STEPS, _CHUNK = 250, 10


def place(
    features: npt.ArrayLike, xy: npt.ArrayLike, others: npt.ArrayLike, seed: int = 0
) -> Generator[Progress, None, FloatArray]:
    """Places (m, 2), map units, of `others` (m, d) on the map `xy` (n, 2) of `features` (n, d).

    Both are projected on the map's own principal axes (at most 50). The same input gives the same
    places, whatever other newcomers there are. Raises EngineError and TooFewError as `tsne` does.
    """
    matrix, newcomers = np.asarray(features, float), np.asarray(others, float)
    whole_map(matrix)
    if len(newcomers) == 0:
        return np.empty((0, 2))
    whole_map(newcomers, least=1)
    base, new = _projected(matrix, newcomers)
    middle = _middle(np.asarray(xy, float))
    partial = yield from _prepared(base, np.asarray(xy, float) - middle, new, seed)
    for done in range(0, _STEPS, _CHUNK):
        partial.optimize(
            _CHUNK, exaggeration=1.5, momentum=0.8, learning_rate=0.1, max_grad_norm=0.25,
            inplace=True,
        )  # fmt: skip
        yield Progress(done + _CHUNK, _STEPS, "Placing ROIs on the map")
    return np.asarray(partial, dtype=np.float64) + middle


def _middle(xy: FloatArray) -> FloatArray:
    """openTSNE wants maps around 0."""
    return np.asarray((xy.max(0) + xy.min(0)) / 2)


def _projected(matrix: FloatArray, newcomers: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Both on the map's principal axes, as many as `pca` keeps."""
    mean = matrix.mean(0)
    _, strength, right = np.linalg.svd(matrix - mean, full_matrices=False)
    keep = min(COMPONENTS, int((strength > strength[0] * 1e-9).sum()) or 1)
    return (matrix - mean) @ right[:keep].T, (newcomers - mean) @ right[:keep].T


def _prepared(
    base: FloatArray, xy: FloatArray, new: FloatArray, seed: int
) -> Generator[Progress, None, Any]:
    """openTSNE's partial map, each newcomer at the median of its nearest points."""
    from openTSNE import TSNEEmbedding, affinity
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    class Exact(PrecomputedNeighbors):  # type: ignore[misc]
        """Neighbours of the map that also answer for newcomers."""

        def query(self, query: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
            return _nearest(base, query, k)

    perplexity = min(30.0, (len(base) - 1) / 3)
    wanted = min(len(base) - 1, int(3 * perplexity))
    near, distances = yield from nearest_others(base, wanted, _STEPS)
    pairs = affinity.PerplexityBasedNN(
        perplexity=perplexity, knn_index=Exact(near, distances), n_jobs=1, random_state=seed
    )
    standing = TSNEEmbedding(xy, pairs, negative_gradient_method="bh", n_jobs=1, random_state=seed)
    own = min(PERPLEXITY, (len(base) - 1) / 3)
    start = np.median(xy[_nearest(base, new, min(NEAREST, len(base)))[0]], axis=1)
    return standing.prepare_partial(new, initialization=np.ascontiguousarray(start), perplexity=own)


def _nearest(base: FloatArray, new: FloatArray, count: int) -> tuple[IntArray, FloatArray]:
    """Each newcomer's `count` nearest points of the map, near to far, and their distances."""
    apart = (new**2).sum(1)[:, None] + (base**2).sum(1) - 2 * new @ base.T
    near = np.argsort(apart, axis=1, kind="stable")[:, :count]
    squares = np.take_along_axis(apart, near, 1)
    return near.astype(np.int64), np.sqrt(np.maximum(squares, 0.0))
