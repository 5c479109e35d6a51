"""A t-SNE map of 2,000 x 128 features beside scikit-learn's."""

from __future__ import annotations

import time

import numpy as np
from learning_sets import result_of
from measuring import Report, Row, in_turns, ratio
from sklearn.manifold import TSNE, trustworthiness

from engine.embedding import tsne

POINTS, WIDTH, ROUNDS = 2000, 128, 3


def test_map_beside_scikit_learn(report: Report) -> None:
    rng = np.random.default_rng(3)
    targets = np.arange(POINTS) % 3
    features = rng.normal(0, 1, (POINTS, WIDTH)) + 0.6 * rng.normal(0, 1, (3, WIDTH))[targets]
    features = np.maximum(features, 0)
    maps: dict[str, np.ndarray] = {}

    def ours() -> None:
        maps["ours"] = result_of(tsne(features, targets, np.arange(POINTS))).xy

    def plain() -> None:
        maps["plain"] = TSNE(2, init="pca", random_state=0, n_jobs=1).fit_transform(features)

    own, reference = in_turns((ours, plain), ROUNDS, time.process_time)
    found = ratio(own, reference)
    what = f"t-SNE of {POINTS:,} x {WIDTH} with its judgement, CPU time"
    report.row(
        Row(what, own.n, str(own), f"scikit-learn {reference}", str(found), "< 1", found.median < 1)
    )
    worth = {name: trustworthiness(features, xy, n_neighbors=10) for name, xy in maps.items()}
    report.note(
        f"t-SNE: trustworthiness of our map {worth['ours']:.3f}, of scikit-learn's "
        f"{worth['plain']:.3f} (towards all {WIDTH} features)."
    )
    assert worth["ours"] > worth["plain"] - 0.02
    assert found.median < 1.5
