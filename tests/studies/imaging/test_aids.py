"""Aids for drawing: proposals and edge-keeping lines on lesions with known margins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from studies.imaging import aids, contour
from studies.records import Points


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


def dice(points: Points, truth: np.ndarray) -> float:
    found = contour.mask(points, truth.shape)
    return 2 * float((found & truth).sum()) / float(found.sum() + truth.sum())


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
