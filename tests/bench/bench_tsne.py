"""t-SNE maps: 2,000 x 128 features beside scikit-learn's, 10,000 x 256 alone, panning one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
from learning_sets import result_of
from measuring import Report, Row, Timing, in_turns, ratio
from paints import Paints
from pytestqt.qtbot import QtBot
from sklearn.manifold import TSNE, trustworthiness

from engine.embedding import tsne
from reader_app.state.results_loading import NetworkMap
from reader_app.state.results_synthetic import PlacedRoi
from reader_app.views.results.map_colours import CLASS, Told
from reader_app.views.results.map_view import MapContent, MapView
from studies.learning import EmbeddingPoint, EmbeddingRecord, SyntheticPoint
from studies.records import DEFAULT_SCHEME, LesionRecord, TrainingRunRecord

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


POINTS_PANNED, SYNTHETIC, FRAMES, PAN_ROUNDS = 10_000, 600, 30, 8
SIDE, STEP_PX = 700, 3
LEAST_FRAMES = 60


def panning(view: pg.PlotWidget) -> Callable[[], None]:
    """Thirty small steps to and fro, each painted before the next."""
    direction = [1]

    def pan() -> None:
        box = view.getViewBox()
        width, height = box.viewPixelSize()
        for _ in range(FRAMES):
            way = direction[0] * STEP_PX
            box.translateBy((way * width, way * height))
            view.viewport().repaint()
        direction[0] = -direction[0]

    return pan


def map_points() -> tuple[EmbeddingPoint, ...]:
    """Three clouds of lesions, each lesion with three augmentations beside it."""
    rng = np.random.default_rng(5)
    lesions = POINTS_PANNED // 4
    own = rng.normal(0, 8, (lesions, 2)) + 25 * rng.normal(size=(3, 2))[np.arange(lesions) % 3]
    near = np.repeat(own, 3, axis=0) + rng.normal(0, 1, (3 * lesions, 2))
    ids = [*range(1, lesions + 1), *np.repeat(np.arange(1, lesions + 1), 3).tolist()]
    return tuple(
        EmbeddingPoint(i, k >= lesions, float(x), float(y))
        for k, (i, (x, y)) in enumerate(zip(ids, np.concatenate([own, near]), strict=True))
    )


def shown(view: pg.PlotWidget, qtbot: QtBot) -> Paints:
    """The view on the screen with all its points in it."""
    qtbot.addWidget(view)
    view.resize(SIDE, SIDE)
    with qtbot.waitExposed(view):
        view.show()
    view.getPlotItem().autoRange(padding=0.08)
    view.viewport().repaint()
    return Paints(view.viewport())


def own_map(qtbot: QtBot, points: tuple[EmbeddingPoint, ...]) -> tuple[MapView, Paints]:
    """Our map: classes as shapes, augmentations, hollow synthetic ROIs, one ringed, 100 marked."""
    categories = DEFAULT_SCHEME.categories
    lesions = tuple(lesion_of(p.lesion_id) for p in points if not p.augmented)
    said = tuple(
        (one.id, Told(one.category, DEFAULT_SCHEME.category(one.category).color)) for one in lesions
    )
    view = MapView()
    made = tuple(PlacedRoi(k, DEFAULT_SCHEME.codes[k % 3], "") for k in range(1, SYNTHETIC + 1))
    spots = tuple(
        SyntheticPoint(one.id, p.x + 0.7, p.y - 0.7)
        for one, p in zip(made, points[:SYNTHETIC], strict=True)
    )
    network = NetworkMap(run_of(1), EmbeddingRecord(1, points, (), "", spots))
    view.show_map(MapContent(network, categories, lesions, said, (), True, CLASS, made))
    view.ring(1)
    view.mark(tuple(range(1, 101)))
    return view, shown(view, qtbot)


def lesion_of(number: int) -> LesionRecord:
    """A lesion of one of the three classes."""
    return LesionRecord(
        id=number, case_id=number, series_id=1, patient=f"P-{number:04d}", name="L1",
        category=DEFAULT_SCHEME.codes[number % 3], basis="biopsy", diagnosed_by="", extra=False,
        fold=0, key_slice=1, diameter_mm=20.0, contours=1,
    )  # fmt: skip


def run_of(number: int) -> TrainingRunRecord:
    """A classifier that has finished."""
    return TrainingRunRecord(
        id=number, run_hash="h", arm="cnn-aug", kind="classifier", category="", fold=0, seed=7,
        profile="paper", group="D_aug 5000", spec="{}", state="finished", message="",
        accuracy=None, correct=None, n=None, kid=None, seconds=None, device="cpu", started="",
        finished="", folder=Path(), simulated=True,
    )  # fmt: skip


def test_panning_a_large_map(qtbot: QtBot, report: Report) -> None:
    """Beside a plain ScatterPlotItem of the same points: one circle, one colour, no ring."""
    points = map_points()
    view, paints = own_map(qtbot, points)
    plain = pg.PlotWidget()
    plain.addItem(
        pg.ScatterPlotItem(x=[p.x for p in points], y=[p.y for p in points], size=5, pen=None)
    )
    paints_plain = shown(plain, qtbot)
    own, reference = in_turns((panning(view), panning(plain)), PAN_ROUNDS, time.process_time)
    for counted in (paints, paints_plain):
        assert counted.count >= FRAMES * (PAN_ROUNDS + 1)
    rates = [
        Timing(tuple(1000 * FRAMES / one for one in taken.values), "frames/s")
        for taken in (own, reference)
    ]
    found = ratio(reference, own)  # frames a second: ours over the reference
    what = (
        f"panning a map of {len(points):,} points and {SYNTHETIC} synthetic, {SIDE}² px, per CPU-s"
    )
    reached = rates[0].median >= LEAST_FRAMES
    report.row(
        Row(what, PAN_ROUNDS, str(rates[0]), f"pg.ScatterPlotItem {rates[1]}", str(found),
            f"≥ {LEAST_FRAMES} frames/s", reached)
    )  # fmt: skip
    assert found.median > 0.6
    assert rates[0].median > LEAST_FRAMES / 3
