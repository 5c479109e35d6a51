"""Aids for drawing: proposals and edge-keeping lines on lesions with known margins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from lesions_to_draw import Known, deep_lesions, dice, phantom_lesions
from scipy import ndimage
from skimage.segmentation import flood

from studies.imaging import aids, contour


def lesion(seed: int, contrast: float, noise: float) -> tuple[np.ndarray, np.ndarray, float, float]:
    """A liver with an elliptic lesion near its edge: HU, true mask, a click near the middle."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:256, :256] + 0.5
    a, b, turn = rng.uniform(8, 22), rng.uniform(7, 16), rng.uniform(0, math.pi)
    u = (x - 128) * math.cos(turn) + (y - 128) * math.sin(turn)
    v = -(x - 128) * math.sin(turn) + (y - 128) * math.cos(turn)
    inside = (u / a) ** 2 + (v / b) ** 2 < 1
    pixels = ndimage.gaussian_filter(110.0 + contrast * inside, 1.0)
    pixels += ndimage.gaussian_filter(rng.normal(0, 2 * noise, pixels.shape), 0.7)
    pixels[:, 170:] = -100
    click = 128 + rng.uniform(-3, 3, 2)
    return pixels.astype(np.float32), inside, float(click[0]), float(click[1])


@pytest.mark.parametrize(("contrast", "noise"), [(-80, 12), (-50, 15), (60, 15)])
def test_proposals_find_lesions_darker_and_brighter_than_the_liver(
    contrast: float, noise: float
) -> None:
    scores = []
    for seed in range(20):
        pixels, truth, x, y = lesion(seed, contrast, noise)
        points = aids.proposal(pixels, (x, y))
        assert contour.is_simple(points)
        scores.append(dice(points, truth))
    assert np.mean(scores) > 0.95
    assert min(scores) > 0.88


def test_nothing_is_proposed_where_nothing_is() -> None:
    assert aids.proposal(np.full((100, 100), 60, dtype=np.int16), (50, 50)) == ()
    assert aids.proposal(np.zeros((100, 100), dtype=np.int16), (-3, 50)) == ()


def test_nothing_is_proposed_in_most_places_of_an_even_liver() -> None:
    """Noise of 12 HU as in the lesions above, and no lesion."""
    rng = np.random.default_rng(8)
    pixels = 110.0 + ndimage.gaussian_filter(rng.normal(0, 24, (256, 256)), 0.7)
    places = rng.uniform(60, 196, (30, 2)).tolist()
    assert sum(aids.proposal(pixels, (x, y)) != () for x, y in places) < 15


def test_a_proposal_at_the_image_edge_is_finite() -> None:
    pixels, _, _, _ = lesion(3, -60, 10)
    for at in ((0.2, 0.2), (255.5, 128.0), (128.0, 255.9)):
        points = aids.proposal(pixels, at)
        assert all(math.isfinite(v) for p in points for v in p)


def test_the_live_wire_keeps_to_the_edge_and_to_its_ends() -> None:
    y, x = np.mgrid[:200, :200] + 0.5
    pixels = np.where(np.hypot(x - 100, y - 100) < 20, 20.0, 110.0)
    pixels += np.random.default_rng(0).normal(0, 8, pixels.shape)
    start, end = (120.0, 100.0), (100.0, 120.0)
    line = aids.live_wire(pixels, start, end)
    assert (line[0], line[-1]) == (start, end)
    assert all(abs(math.dist(p, (100, 100)) - 20) < 1.5 for p in line)
    assert len(line) > 10


def test_the_live_wire_joins_far_points_straight() -> None:
    pixels = np.zeros((400, 400), dtype=np.int16)
    assert aids.live_wire(pixels, (10, 10), (300, 10)) == ((10, 10), (300, 10))
    outside = aids.live_wire(pixels, (-20.0, -5.0), (8.0, 3.0))
    assert (outside[0], outside[-1]) == ((-20.0, -5.0), (8.0, 3.0))


@pytest.fixture(scope="module")
def simulated() -> tuple[Known, ...]:
    """The lesions of 24 simulated patients."""
    return tuple(phantom_lesions(2027, 24))


def proposed(members: list[Known]) -> list[float]:
    return [dice(aids.proposal(known.pixels, known.click), known.truth) for known in members]


@pytest.mark.parametrize(
    ("kind", "mean"), [("cyst", 0.975), ("metastasis", 0.91), ("hemangioma", 0.925)]
)
def test_one_click_finds_the_simulated_lesions(
    simulated: tuple[Known, ...], kind: str, mean: float
) -> None:
    scores = proposed([known for known in simulated if known.kind == kind])
    assert len(scores) >= 8
    assert np.mean(scores) > mean


def test_one_click_beats_region_growing_on_real_ct_masks() -> None:
    """Lymph nodes and masses with muscle and vessels at their side; none lies in the liver."""
    known = list(deep_lesions())
    ours = np.mean(proposed(known))
    assert ours > 0.79
    assert ours > np.mean([_grown(one) for one in known]) + 0.12


def _grown(known: Known) -> float:
    """scikit-image's flood fill within 15 grey values of the click, on the smoothed slice."""
    x, y = (int(value) for value in known.click)
    smooth = ndimage.gaussian_filter(known.pixels.astype(np.float32), 1.0)
    found = flood(smooth, (y, x), tolerance=15)
    return 2 * float((found & known.truth).sum()) / float(found.sum() + known.truth.sum())


def test_magnetic_lines_through_eight_clicks_follow_a_cyst_better_than_straight_ones(
    simulated: tuple[Known, ...],
) -> None:
    cysts = [known for known in simulated if known.kind == "cyst"]
    gains = []
    for known in cysts:
        anchors = known.margin_clicks(8)
        pairs = zip(anchors, anchors[1:] + anchors[:1], strict=True)
        line = tuple(p for a, b in pairs for p in aids.live_wire(known.pixels, a, b)[:-1])
        gains.append(dice(line, known.truth) - dice(anchors, known.truth))
    assert np.mean(gains) > 0.01
