"""t-SNE maps: 2,000 x 128 features beside scikit-learn's, 10,000 x 256 alone."""

from __future__ import annotations

import time

import numpy as np
import pytest
from learning_sets import result_of
from measuring import Report, Row, Timing, in_turns, ratio
from sklearn.manifold import TSNE, trustworthiness

from engine.embedding import tsne

POINTS, WIDTH, ROUNDS = 2000, 128, 3
MANY, WIDE = 10_000, 256
WANTED_S, PATIENCE_S = 20.0, 60.0  # processor time; scikit-learn takes 125 s


def features_of(points: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Three overlapping classes after a ReLU: features (points, width) and targets."""
    rng = np.random.default_rng(3)
    targets = np.arange(points) % 3
    features = rng.normal(0, 1, (points, width)) + 0.6 * rng.normal(0, 1, (3, width))[targets]
    return np.maximum(features, 0), targets


def test_map_beside_scikit_learn(report: Report) -> None:
    features, targets = features_of(POINTS, WIDTH)
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


def test_a_large_map(report: Report, request: pytest.FixtureRequest) -> None:
    """Ours once; scikit-learn's too where `--full` is given."""
    features, targets = features_of(MANY, WIDE)
    began = time.process_time()
    found = result_of(tsne(features, targets, np.arange(MANY)))
    own = Timing((time.process_time() - began,), "s")
    plain, times = "–", "–"
    if request.config.getoption("--full", default=False):
        began = time.process_time()
        TSNE(2, init="pca", random_state=0, n_jobs=1).fit_transform(features)
        reference = Timing((time.process_time() - began,), "s")
        plain, times = f"scikit-learn {reference}", str(ratio(own, reference))
    what = f"t-SNE of {MANY:,} x {WIDE} with its judgement, CPU time"
    reached = own.median <= WANTED_S
    report.row(Row(what, 1, str(own), plain, times, f"≤ {WANTED_S:.0f} s", reached))
    report.note(f"t-SNE of {MANY:,}: trustworthiness {found.trustworthiness:.3f}.")
    assert found.trustworthiness > 0.85
    assert own.median < PATIENCE_S
