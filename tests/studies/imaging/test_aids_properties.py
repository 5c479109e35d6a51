"""Whatever the picture and wherever the hand: aids end, stay finite and stay inside the image."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from studies.imaging import aids, contour
from studies.records import Points

SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)
FLOATS = arrays.arrays(np.float64, SHAPES, elements=st.floats(width=64))
WORDS = arrays.arrays(np.int16, SHAPES)
BYTES = arrays.arrays(np.uint8, SHAPES)
PICTURES = st.one_of(FLOATS, WORDS, BYTES)
SHARE = st.floats(0, 1, exclude_max=True)


def inside(points: Points, shape: tuple[int, ...]) -> bool:
    """Whether every vertex is finite and on the image, up to rounding."""
    return all(
        math.isfinite(x) and math.isfinite(y)
        and -1e-6 <= x <= shape[1] + 1e-6 and -1e-6 <= y <= shape[0] + 1e-6
        for x, y in points
    )  # fmt: skip


def place(shape: tuple[int, ...], x: float, y: float) -> tuple[float, float]:
    return x * shape[1], y * shape[0]


@settings(max_examples=120)
@given(PICTURES, SHARE, SHARE, st.booleans())
def test_a_proposal_is_a_simple_polygon_inside_the_image_or_none(
    pixels: np.ndarray, x: float, y: float, magnified: bool
) -> None:
    points = aids.proposal(pixels, place(pixels.shape, x, y), magnified)
    assert points == () or len(points) >= 3
    assert inside(points, pixels.shape)
    assert contour.is_simple(points) or not points


@settings(max_examples=200)
@given(PICTURES, SHARE, SHARE, SHARE, SHARE)
def test_a_live_wire_joins_its_ends_step_by_step_inside_the_image(
    pixels: np.ndarray, x1: float, y1: float, x2: float, y2: float
) -> None:
    start, end = place(pixels.shape, x1, y1), place(pixels.shape, x2, y2)
    line = aids.live_wire(pixels, start, end)
    assert (line[0], line[-1]) == (start, end)
    assert inside(line, pixels.shape)
    assert all(math.dist(a, b) <= 2 * math.sqrt(2) for a, b in pairwise(line))


@settings(max_examples=100)
@given(st.tuples(*[st.floats(-1e6, 1e6)] * 4))
def test_a_live_wire_with_any_ends_keeps_them(ends: tuple[float, float, float, float]) -> None:
    pixels = np.random.default_rng(1).normal(100, 10, (60, 60))
    line = aids.live_wire(pixels, ends[:2], ends[2:])
    assert (line[0], line[-1]) == (ends[:2], ends[2:])
    assert len(line) == 2 or inside(line, pixels.shape)


@pytest.mark.parametrize("value", [0.0, math.nan, math.inf, 1e300, -1e300])
def test_nothing_stands_out_of_one_value(value: float) -> None:
    pixels = np.full((64, 64), value)
    assert aids.proposal(pixels, (30.0, 30.0)) == ()
    line = aids.live_wire(pixels, (5.0, 5.0), (50.0, 40.0))
    assert inside(line, pixels.shape)


def test_numbers_missing_in_the_picture_hide_no_lesion_beside_them() -> None:
    y, x = np.mgrid[:128, :128] + 0.5
    truth = np.hypot(x - 60, y - 64) < 12
    pixels = np.where(truth, 20.0, 110.0) + np.random.default_rng(2).normal(0, 6, (128, 128))
    pixels[:, 100:] = np.nan
    found = contour.mask(aids.proposal(pixels, (62.0, 63.0)), truth.shape)
    assert 2 * (found & truth).sum() > 0.95 * (found.sum() + truth.sum())
