"""Margins: exact fill, area, calipers, circle, lines, warnings."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from shapely.geometry import LineString, Polygon

from studies.imaging import contour
from studies.records import Points

QUARTERS = st.integers(-8, 88).map(lambda v: v / 4)
POLYGONS = st.lists(st.tuples(QUARTERS, QUARTERS), min_size=3, max_size=9).map(tuple)
SPACINGS = st.floats(0.3, 2.5)


def ellipse(x: float, y: float, a: float, b: float, turn: float = 0.0, n: int = 90) -> Points:
    t = np.arange(n) * 2 * np.pi / n
    u, v = a * np.cos(t), b * np.sin(t)
    px = x + u * math.cos(turn) - v * math.sin(turn)
    py = y + u * math.sin(turn) + v * math.cos(turn)
    return tuple(zip(px.tolist(), py.tolist(), strict=True))


def star(seed: int, n: int = 24, radius: float = 8.0, center: float = 16.0) -> Points:
    """A simple polygon: one vertex per direction."""
    rng = np.random.default_rng(seed)
    t = np.arange(n) * 2 * np.pi / n
    r = radius * rng.uniform(0.3, 1.0, n)
    x, y = center + r * np.cos(t), center + r * np.sin(t)
    return tuple(zip(x.tolist(), y.tolist(), strict=True))


def exact_crossings(points: Points, x: Fraction, y: Fraction) -> tuple[int, bool]:
    """Sides crossed by the ray from (x, y) to the left, and whether the centre lies on a side."""
    exact = [(Fraction(a), Fraction(b)) for a, b in points]
    crossed, on_side = 0, False
    for (x1, y1), (x2, y2) in zip(exact, exact[1:] + exact[:1], strict=True):
        side = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        if side == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            on_side = True
        if (y1 <= y) != (y2 <= y) and x1 + (y - y1) * (x2 - x1) / (y2 - y1) <= x:
            crossed += 1
    return crossed, on_side


@settings(max_examples=60)
@given(POLYGONS)
def test_mask_is_the_exact_pixel_centre_fill(points: Points) -> None:
    filled = contour.mask(points, (20, 22))
    for row, column in itertools.product(range(20), range(22)):
        x, y = Fraction(2 * column + 1, 2), Fraction(2 * row + 1, 2)
        crossed, on_side = exact_crossings(points, x, y)
        assert on_side or filled[row, column] == (crossed % 2 == 1)


@settings(max_examples=60)
@given(POLYGONS, st.tuples(QUARTERS, QUARTERS))
def test_two_parts_of_a_cut_polygon_share_no_pixel_and_lose_none(
    points: Points, cut: tuple[float, float]
) -> None:
    """A triangle fan over any corner: even-odd sums to the whole, centres on a side included."""
    whole = contour.mask(points, (20, 22))
    parts = np.zeros((20, 22), dtype=int)
    for first, second in zip(points, points[1:] + points[:1], strict=True):
        parts += contour.mask((cut, first, second), (20, 22))
    assert np.array_equal(parts % 2 == 1, whole)


def test_mask_of_one_pixel_and_of_a_half_open_square() -> None:
    one = contour.mask(((2.0, 3.0), (3.0, 3.0), (3.0, 4.0), (2.0, 4.0)), (6, 6))
    assert one.sum() == 1
    assert one[3, 2]
    centres = contour.mask(((0.5, 0.5), (2.5, 0.5), (2.5, 2.5), (0.5, 2.5)), (4, 4))
    assert np.argwhere(centres).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_mask_area_is_unbiased_on_small_discs() -> None:
    """A 5 px disc over 400 places: the mean pixel count is the polygon's area within 1 %."""
    rng = np.random.default_rng(5)
    places = rng.uniform(8, 9, (400, 2))
    counts = [contour.mask(ellipse(x, y, 2.5, 2.5), (18, 18)).sum() for x, y in places]
    assert np.mean(counts) == pytest.approx(contour.area_mm2(ellipse(0, 0, 2.5, 2.5)), rel=0.01)


@given(st.integers(0, 10_000), SPACINGS, SPACINGS)
def test_area_is_shapelys_and_no_order_or_shift_changes_it(
    seed: int, row: float, column: float
) -> None:
    points = star(seed)
    scaled = Polygon([(x * column, y * row) for x, y in points])
    assert contour.area_mm2(points, row, column) == pytest.approx(scaled.area)
    assert contour.perimeter_mm(points, row, column) == pytest.approx(scaled.length)
    assert contour.area_mm2(points[::-1], row, column) == pytest.approx(scaled.area)
    turned = points[5:] + points[:5]
    assert contour.area_mm2(turned, row, column) == pytest.approx(scaled.area)
    center = Polygon(points).centroid
    assert contour.centroid(points) == pytest.approx((center.x, center.y))


@given(st.integers(0, 10_000), SPACINGS, SPACINGS)
def test_feret_is_the_largest_of_all_distances(seed: int, row: float, column: float) -> None:
    points = star(seed)
    pairs = itertools.combinations([(x * column, y * row) for x, y in points], 2)
    long = contour.feret(points, row, column)
    assert long.length_mm == pytest.approx(max(math.dist(a, b) for a, b in pairs))
    ends = [(p[0] * column, p[1] * row) for p in (long.start, long.end)]
    assert math.dist(*ends) == pytest.approx(long.length_mm)


@given(st.integers(0, 10_000), SPACINGS, SPACINGS)
def test_short_axis_is_square_to_the_long_and_no_line_across_is_longer(
    seed: int, row: float, column: float
) -> None:
    points = star(seed)
    long, short = contour.feret(points, row, column), contour.short_axis(points, row, column)
    scale = np.array((column, row))
    along = (np.array(long.end) - long.start) * scale / long.length_mm
    across = (np.array(short.end) - short.start) * scale
    assert float(along @ across) == pytest.approx(0.0, abs=1e-9)
    assert float(np.linalg.norm(across)) == pytest.approx(short.length_mm)
    inside = Polygon(np.array(points) * scale)
    normal = np.array((-along[1], along[0])) * 100
    for share in np.linspace(0.01, 0.99, 40):
        middle = (np.array(long.start) + share * (np.array(long.end) - long.start)) * scale
        cut = inside.intersection(LineString((middle - normal, middle + normal)))
        longest = max(piece.length for piece in getattr(cut, "geoms", [cut]))
        assert longest <= short.length_mm + 1e-9
    whole = LineString(np.array((short.start, short.end)) * scale)
    assert inside.buffer(1e-6).covers(whole)


def test_the_short_axis_of_a_horseshoe_lies_in_one_of_its_arms() -> None:
    """Arms of 6 px along a base of 10 px, 40 px high, 30 px apart."""
    shoe = ((0, 0), (6, 0), (6, 30), (36, 30), (36, 0), (42, 0), (42, 40), (0, 40))
    inside = Polygon(shoe)
    short = contour.short_axis(shoe)
    assert inside.buffer(1e-6).covers(LineString((short.start, short.end)))
    assert short.length_mm < 30


def test_axes_of_a_turned_ellipse_with_anisotropic_pixels() -> None:
    row, column = 0.5, 1.0
    round_in_mm = ellipse(0, 0, 17, 9, turn=0.6, n=360)
    points = tuple((x / column + 40, y / row + 60) for x, y in round_in_mm)
    assert contour.feret(points, row, column).length_mm == pytest.approx(34, rel=1e-3)
    assert contour.short_axis(points, row, column).length_mm == pytest.approx(18, rel=2e-3)
    assert contour.area_mm2(points, row, column) == pytest.approx(math.pi * 17 * 9, rel=1e-3)


@given(st.integers(0, 10_000), SPACINGS, SPACINGS)
def test_smallest_circle_holds_all_and_two_or_three_points_pin_it(
    seed: int, row: float, column: float
) -> None:
    points = star(seed)
    circle = contour.smallest_circle(points, row, column)
    center = np.array(circle.center) * (column, row)
    distance = np.linalg.norm(np.array(points) * (column, row) - center, axis=1)
    assert distance.max() <= circle.radius_mm * (1 + 1e-9)
    on = np.array(points)[distance > circle.radius_mm * (1 - 1e-7)] * (column, row) - center
    assert len(on) >= 2
    angles = np.sort(np.arctan2(on[:, 1], on[:, 0]))
    widest = np.diff(np.concatenate((angles, angles[:1] + 2 * np.pi))).max()
    assert widest <= np.pi + 1e-5  # no open half turn: the circle cannot shrink by moving


@pytest.mark.parametrize(
    ("points", "center", "radius"),
    [
        (((3.0, 4.0),), (3.0, 4.0), 0.0),
        (((0.0, 0.0), (4.0, 0.0), (2.0, 0.0)), (2.0, 0.0), 2.0),
        (((1.0, 1.0),) * 5, (1.0, 1.0), 0.0),
        (((0.0, 0.0), (4.0, 0.0), (0.0, 3.0)), (2.0, 1.5), 2.5),
    ],
)
def test_smallest_circle_of_few_points(
    points: Points, center: tuple[float, float], radius: float
) -> None:
    circle = contour.smallest_circle(points)
    assert circle.center == pytest.approx(center)
    assert circle.radius_mm == pytest.approx(radius)


def test_statistics_are_of_the_pixels_under_the_margin() -> None:
    pixels = np.arange(100, dtype=np.int16).reshape(10, 10)
    square = ((2.0, 3.0), (5.0, 3.0), (5.0, 5.0), (2.0, 5.0))
    found = contour.statistics(pixels, square)
    expected = np.array([32, 33, 34, 42, 43, 44])
    assert (found.n, found.minimum, found.maximum) == (6, 32, 44)
    assert found.mean == pytest.approx(expected.mean())
    assert found.sd == pytest.approx(expected.std(ddof=1))
    padding = pixels >= 43
    assert contour.statistics(pixels, square, padding).n == 4
    assert math.isnan(contour.statistics(pixels, ((0.0, 0.0), (0.1, 0.0), (0.0, 0.1))).mean)


@given(st.integers(0, 10_000))
def test_is_simple_agrees_with_shapely(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = tuple((float(x), float(y)) for x, y in rng.uniform(0, 10, (6, 2)))
    assert contour.is_simple(points) == Polygon(points).is_valid


def test_a_margin_that_folds_back_or_touches_itself_is_not_simple() -> None:
    assert not contour.is_simple(((0.0, 0.0), (4.0, 0.0), (2.0, 0.0), (2.0, 3.0)))
    assert not contour.is_simple(((0.0, 0.0), (2.0, 2.0), (4.0, 0.0), (4.0, 4.0), (2.0, 2.0)))
    assert contour.is_simple(((0.0, 0.0), (4.0, 0.0), (4.0, 0.0), (4.0, 3.0)))


EIGHT = ((10.0, 10.0), (90.0, 80.0), (90.0, 10.0), (10.0, 90.0))
PENTAGRAM = tuple(
    (50 + 40 * math.cos(a), 50 + 40 * math.sin(a)) for a in np.arange(5) * 4 * np.pi / 5
)


@pytest.mark.parametrize("points", [EIGHT, PENTAGRAM])
def test_a_line_that_crosses_itself_has_the_area_that_the_mask_fills(points: Points) -> None:
    pixels = int(contour.mask(points, (100, 100)).sum())
    assert contour.area_mm2(points) == pytest.approx(pixels, rel=0.02)
    assert contour.area_mm2(points[::-1], 2.0, 0.5) == pytest.approx(contour.area_mm2(points))
    assert "The margin crosses itself." in contour.warnings(points, 1, 1, (100, 100))


@given(POLYGONS)
def test_any_polygon_has_the_area_of_its_mask_on_a_fine_grid(points: Points) -> None:
    """Corners at quarters of a pixel; an eighth of a pixel a grid step."""
    moved = tuple((8 * (x + 2), 8 * (y + 2)) for x, y in points)
    pixels = int(contour.mask(moved, (200, 200)).sum()) / 64
    reach = contour.perimeter_mm(points) / 8
    assert abs(contour.area_mm2(points) - pixels) <= reach + 1e-9


@given(st.integers(0, 10_000))
def test_smoothing_keeps_the_area_and_stays_near(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wobbly = np.array(ellipse(30, 30, 14, 9, n=200)) + rng.normal(0, 0.3, (200, 2))
    points = tuple(map(tuple, wobbly.tolist()))
    smoothed = contour.smooth(points)
    assert abs(Polygon(smoothed).area) == pytest.approx(abs(Polygon(points).area), rel=1e-6)
    assert Polygon(smoothed).hausdorff_distance(Polygon(points)) < 2.0
    assert contour.perimeter_mm(smoothed) < contour.perimeter_mm(points)


@given(st.integers(0, 10_000), st.floats(0.02, 1.0))
def test_simplify_stays_within_its_tolerance(seed: int, tolerance: float) -> None:
    points = contour.resample(star(seed), 0.5)
    fewer = contour.simplify(points, tolerance)
    assert set(fewer) <= set(points)
    outline = LineString([*fewer, fewer[0]])
    reach = outline.buffer(tolerance * 1.01 + 1e-6)
    assert all(reach.covers(LineString((p, p))) for p in points)


@given(st.integers(0, 10_000))
def test_spline_passes_through_every_anchor(seed: int) -> None:
    anchors = star(seed, n=7)
    for closed in (True, False):
        line = np.array(contour.spline(anchors, 10, closed))
        for anchor in anchors:
            assert np.linalg.norm(line - anchor, axis=1).min() < 1e-9


def test_resample_and_close() -> None:
    square = ((0.0, 0.0), (0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0))
    assert contour.close(square) == ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
    assert len(contour.resample(square, 0.5)) == 32
    assert contour.close(()) == ()
    assert contour.gap(((0.0, 0.0), (9.0, 9.0), (3.0, 4.0))) == 5.0


def _body_slice() -> np.ndarray:
    y, x = np.mgrid[:200, :200] + 0.5
    pixels = np.full((200, 200), -1000, dtype=np.int16)
    pixels[((x - 100) / 80) ** 2 + ((y - 100) / 60) ** 2 < 1] = 60
    pixels[(x - 100) ** 2 + (y - 100) ** 2 < 15**2] = -900  # bowel gas lies within the body
    return pixels


@pytest.mark.parametrize(
    ("points", "part"),
    [
        (ellipse(70, 100, 10, 8), ""),
        (ellipse(100, 100, 10, 8), ""),
        (ellipse(70, 100, 4, 3), "less than 10 mm"),
        (ellipse(100, 100, 60, 40), "more than 102 mm"),
        (ellipse(20, 100, 10, 8), "outside the body"),
        (ellipse(3, 100, 10, 8), "outside the image"),
        (((60.0, 90.0), (80.0, 110.0), (80.0, 90.0), (60.0, 110.0)), "crosses itself"),
        (((60.0, 90.0), (80.0, 110.0)), "fewer than three"),
    ],
)
def test_warnings_name_what_is_odd(points: Points, part: str) -> None:
    found = contour.warnings(points, 1.0, 1.0, (200, 200), pixels=_body_slice())
    assert any(part in sentence for sentence in found) if part else found == ()


def test_warnings_on_padding_open_lines_and_images_without_spacing() -> None:
    padding = np.zeros((200, 200), dtype=bool)
    padding[:, :62] = True
    line = ellipse(70, 100, 10, 8)
    assert "padding" in contour.warnings(line, 1, 1, (200, 200), padding=padding)[0]
    assert "open by 7 mm" in contour.warnings(line, 1, 1, (200, 200), gap_mm=7.2)[0]
    assert contour.warnings(ellipse(70, 100, 2, 2), 0, 0, (200, 200)) == ()


def test_the_body_is_scipys_largest_part_with_holes_filled() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        pixels = ndimage.gaussian_filter(rng.normal(0, 1, (60, 70)), 3) * 20000 - 300
        parts, _ = ndimage.label(pixels > -300)
        largest = parts == 1 + np.bincount(parts.ravel())[1:].argmax()
        expected = ndimage.binary_fill_holes(largest)
        assert np.array_equal(contour.body(pixels), expected)
    assert contour.body(np.full((5, 6), -1000)).all()
