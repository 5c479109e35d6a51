"""The ROI rule: centre, side, one sampling, crop large enough."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from studies.imaging import contour, roi
from studies.records import Points


def disc(x: float, y: float, radius: float, n: int = 72) -> Points:
    t = np.arange(n) * 2 * np.pi / n
    xs, ys = x + radius * np.cos(t), y + radius * np.sin(t)
    return tuple(zip(xs.tolist(), ys.tolist(), strict=True))


def wave(rows: int, columns: int, period: float) -> np.ndarray:
    y, x = np.mgrid[:rows, :columns] + 0.5
    return (50 * np.sin(2 * np.pi * x / period) + 30 * np.cos(2 * np.pi * y / period)).astype("f4")


@given(st.floats(0.4, 2.0), st.floats(0.4, 2.0), st.floats(5, 40), st.floats(0.1, 0.4))
def test_geometry_is_d_times_one_and_two_margins_and_square_in_mm(
    row: float, column: float, radius_mm: float, margin: float
) -> None:
    points = tuple((x / column, y / row) for x, y in disc(100, 90, radius_mm))
    square = roi.geometry(points, row, column, margin)
    assert square.diameter_mm == pytest.approx(2 * radius_mm, rel=1e-3)
    assert square.side_mm == pytest.approx(square.diameter_mm * (1 + 2 * margin))
    assert square.center == pytest.approx((100 / column, 90 / row))
    left, top, right, bottom = square.box
    assert (right - left) * column == pytest.approx((bottom - top) * row)


def test_geometry_centres_on_the_smallest_circle_and_so_holds_a_pointed_lesion() -> None:
    drop = (*disc(50, 50, 8)[9:63], (80.0, 50.0))
    square = roi.geometry(drop, 1, 1)
    left, top, right, bottom = square.box
    assert all(left < x < right and top < y < bottom for x, y in drop)
    assert abs(square.center[0] - contour.centroid(drop)[0]) > 3
    with pytest.raises(ValueError, match="without extent"):
        roi.geometry(((1.0, 1.0), (1.0, 1.0)), 1, 1)


@settings(max_examples=40)
@given(st.floats(20, 44), st.floats(20, 44), st.sampled_from((32, 64)))
def test_enlarged_sampling_is_the_function_at_the_pixel_centres(
    x: float, y: float, side_px: int
) -> None:
    """A slow wave sampled at up to 2x: bicubic gives the wave's own values, half a pixel right."""
    pixels = wave(100, 96, 24)
    square = roi.Geometry((x + 14, y + 16), float(side_px), side_px / 1.5, 1.0, 1.0)
    image = roi.sample(pixels, square, -100, 100)
    at = (np.arange(64) + 0.5 - 32) * side_px / 64
    xs, ys = square.center[0] + at[None, :], square.center[1] + at[:, None]
    truth = 50 * np.sin(2 * np.pi * xs / 24) + 30 * np.cos(2 * np.pi * ys / 24)
    inside = (xs > 2) & (xs < 94) & (ys > 2) & (ys < 98)
    assert np.abs(image * 200 - 100 - truth)[inside].max() < 2.0


def test_one_to_one_sampling_is_a_copy() -> None:
    rng = np.random.default_rng(1)
    pixels = rng.uniform(-100, 250, (120, 130)).astype(np.float32)
    square = roi.Geometry((60.0, 52.0), 64.0, 40.0, 1.0, 1.0)
    image = roi.sample(pixels, square, -100, 250)
    assert np.allclose(image, (pixels[20:84, 28:92] + 100) / 350, atol=1e-6)


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (1.0, 3.0), (2.5, 1.0)])
def test_shrinking_is_the_written_rule_on_the_whole_slice(spacing: tuple[float, float]) -> None:
    """Against scipy's Gaussian and spline-free arithmetic on the whole slice, per axis."""
    row, column = spacing
    rng = np.random.default_rng(2)
    pixels = ndimage.gaussian_filter(rng.normal(0, 400, (300, 300)), 1.5).astype(np.float32)
    square = roi.Geometry((150.2, 149.7), 160.0, 106.7, row, column)
    steps = (160 / row / 64, 160 / column / 64)
    sigma = [0.5 * math.sqrt(s * s - 1) if s > 1 else 0.0 for s in steps]
    blurred = ndimage.gaussian_filter(pixels, sigma, mode="nearest", truncate=4)
    ys = 149.7 + (np.arange(64) + 0.5 - 32) * steps[0] - 0.5
    xs = 150.2 + (np.arange(64) + 0.5 - 32) * steps[1] - 0.5
    grid = np.meshgrid(ys, xs, indexing="ij")
    expected = ndimage.map_coordinates(blurred, grid, order=3, mode="nearest")
    image = roi.sample(pixels, square, -300, 300) * 600 - 300
    assert np.abs(image - np.clip(expected, -300, 300)).mean() < 3
    assert np.corrcoef(image.ravel(), expected.ravel())[0, 1] > 0.998


def test_shrinking_does_not_alias() -> None:
    """A 2-px checkerboard shrunk 4x is flat grey, not a moiré."""
    y, x = np.mgrid[:400, :400]
    pixels = np.where((x + y) % 2 == 0, 100.0, -100.0).astype(np.float32)
    square = roi.Geometry((200.3, 199.6), 256.0, 170.0, 1.0, 1.0)
    assert roi.sample(pixels, square, -100, 100).std() < 0.01


@settings(max_examples=30)
@given(st.floats(-20, 140), st.floats(-20, 140), st.floats(10, 120))
def test_sampling_a_window_of_the_slice_equals_sampling_all_of_it(
    x: float, y: float, side: float
) -> None:
    """Only the part the square can see is read; a far larger edge-padded slice gives the same."""
    pixels = wave(120, 120, 17)
    square = roi.Geometry((x, y), side, side / 1.5, 1.0, 1.0)
    padded = np.pad(pixels, 150, mode="edge")
    moved = roi.Geometry((x + 150, y + 150), side, side / 1.5, 1.0, 1.0)
    ours, theirs = roi.sample(pixels, square, -90, 90), roi.sample(padded, moved, -90, 90)
    assert ours.shape == (64, 64)
    assert ours.dtype == np.float32
    assert np.abs(ours - theirs).max() < 1e-3


@settings(max_examples=40)
@given(
    st.floats(-5, 130), st.floats(-5, 130), st.floats(8, 70), st.floats(0.5, 1.5), st.floats(0.5, 2)
)
def test_native_crop_gives_the_same_roi_and_room_for_every_augmentation(
    x: float, y: float, diameter: float, row: float, column: float
) -> None:
    pixels = wave(128, 125, 19)
    square = roi.Geometry((x, y), diameter * 1.5, diameter, row, column)
    crop = roi.native_crop(pixels, square, -90, 90)
    again = roi.Geometry(crop.center, square.side_mm, diameter, row, column)
    ours, theirs = roi.sample(crop.pixels, again, -90, 90), roi.sample(pixels, square, -90, 90)
    assert np.abs(ours - theirs).max() < 1e-3
    half_mm = diameter * 1.8 / 2 * math.sqrt(2)
    shift = min(4.0, 0.1 * diameter / min(row, column))
    height, width = crop.pixels.shape
    for center, spacing, length in (
        (crop.center[0], column, width),
        (crop.center[1], row, height),
    ):
        assert center - half_mm / spacing - shift >= 2
        assert center + half_mm / spacing + shift <= length - 2


def test_beyond_the_image_is_flagged_and_repeats_the_edge() -> None:
    pixels = np.tile(np.linspace(0, 100, 80, dtype=np.float32), (80, 1))
    square = roi.Geometry((2.0, 40.0), 30.0, 20.0, 1.0, 1.0)
    assert square.is_beyond((80, 80))
    assert not roi.Geometry((40.0, 40.0), 30.0, 20.0, 1.0, 1.0).is_beyond((80, 80))
    image = roi.sample(pixels, square, -100, 100)
    assert np.allclose(image[:, 0], 0.5, atol=1e-3)
