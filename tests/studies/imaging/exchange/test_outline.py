"""A mask's outline gives back the mask, exactly, and is smooth where it can be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from studies.imaging import contour
from studies.imaging.exchange.outline import MOST_RINGS, joined, outline

MASKS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=11))
SQUARE = ((2.0, 2.0), (9.0, 2.0), (9.0, 9.0), (2.0, 9.0))


def _disc(radius: float, x: float = 30.3, y: float = 29.8, side: int = 60) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side] + 0.5
    return np.asarray(np.hypot(columns - x, rows - y) < radius)


@given(MASKS)
@settings(max_examples=150)
def test_the_outline_of_any_mask_fills_to_the_same_mask(pixels: np.ndarray):
    if not pixels.any():
        with pytest.raises(ValueError, match="holds no pixel"):
            outline(pixels)
        return
    line = outline(pixels)
    assert (contour.mask(line.points, pixels.shape) == pixels).all()
    if (line.parts, line.holes) == (1, 0):
        assert contour.is_simple(line.points)


@given(
    st.lists(
        st.tuples(st.floats(5, 35), st.floats(5, 35), st.floats(1, 12)), min_size=1, max_size=4
    )
)
@settings(max_examples=50)
def test_blobs_holes_and_parts_are_all_kept(discs: list[tuple[float, float, float]]):
    pixels = np.zeros((40, 40), dtype=np.bool_)
    for x, y, radius in discs:
        pixels ^= _disc(radius, x, y, 40)
    if pixels.any():
        assert (contour.mask(outline(pixels).points, pixels.shape) == pixels).all()


@pytest.mark.parametrize("radius", [3.0, 6.0, 12.0, 25.0])
def test_a_disc_gets_a_smooth_line_of_its_own_area(radius: float):
    pixels = _disc(radius)
    line = outline(pixels)
    away = np.hypot(*(np.asarray(line.points) - (30.3, 29.8)).T) - radius
    assert np.abs(away).max() < 0.6
    assert contour.area_mm2(line.points) == pytest.approx(pixels.sum(), rel=0.005)
    # the stairs of the pixels' sides are 4 / pi times as long as the circle
    assert contour.perimeter_mm(line.points) < 1.06 * 2 * math.pi * radius


def test_vertices_are_few():
    assert len(outline(_disc(25.0)).points) < 160


def test_parts_and_holes_are_counted():
    ring = _disc(20) & ~_disc(12)
    assert (outline(ring).parts, outline(ring).holes) == (1, 1)
    island = ring | _disc(5)
    assert (outline(island).parts, outline(island).holes) == (2, 1)
    touching = np.eye(5, dtype=np.bool_)
    assert (outline(touching).parts, outline(touching).holes) == (1, 0)


def test_the_area_of_a_ring_leaves_its_hole_out():
    ring = _disc(20) & ~_disc(12)
    assert contour.area_mm2(outline(ring).points) == pytest.approx(ring.sum(), rel=0.01)


def test_noise_is_refused():
    noise = np.zeros((60, 60), dtype=np.bool_)
    noise[::2, ::4] = True
    with pytest.raises(ValueError, match=f"{(noise.sum())} pieces"):
        outline(noise)
    assert noise.sum() > MOST_RINGS


@given(st.permutations(range(3)), st.lists(st.booleans(), min_size=3, max_size=3))
def test_lines_are_joined_by_even_odd_in_any_order_and_turn(order: list[int], turned: list[bool]):
    inner = ((4.0, 4.0), (6.0, 4.0), (6.0, 7.0), (4.0, 7.0))
    beside = ((12.0, 3.0), (15.0, 5.0), (13.0, 8.0))
    rings = [SQUARE, inner, beside]
    given_rings = [rings[i][::-1] if turned[i] else rings[i] for i in order]
    line = joined(given_rings)
    wanted = np.logical_xor.reduce([contour.mask(ring, (12, 18)) for ring in rings])
    assert (contour.mask(line, (12, 18)) == wanted).all()
    areas = [contour.area_mm2(ring) for ring in rings]
    assert contour.area_mm2(line) == pytest.approx(areas[0] - areas[1] + areas[2])


def test_one_line_stays_as_it_is():
    assert joined([SQUARE]) == SQUARE
    with pytest.raises(ValueError, match="no line"):
        joined([])
