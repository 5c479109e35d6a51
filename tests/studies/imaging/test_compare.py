"""Two margins of one lesion, beside figures worked by hand and another implementation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.spatial.distance import directed_hausdorff

from studies.imaging import contour
from studies.records import Points


def box(left: float, top: float, width: float, height: float) -> Points:
    right, bottom = left + width, top + height
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def circle(x: float, y: float, radius: float, n: int = 240) -> Points:
    t = np.arange(n) * 2 * np.pi / n
    return tuple((x + radius * math.cos(a), y + radius * math.sin(a)) for a in t)


def test_a_margin_agrees_with_itself() -> None:
    found = contour.compare(circle(20, 20, 8), circle(20, 20, 8))
    assert found.dice == 1.0
    assert found.hausdorff_mm == pytest.approx(0, abs=1e-9)
    assert found.difference_mm2 == 0


def test_a_square_shifted_by_a_fifth_overlaps_by_four_fifths() -> None:
    """Squares of 10 px, one 2 px right of the other: shared 80, Dice 160 / 200, 2 px apart."""
    found = contour.compare(box(5, 5, 10, 10), box(7, 5, 10, 10))
    assert found.dice == pytest.approx(0.8, abs=0.002)
    assert found.shared_mm2 == pytest.approx(80, abs=0.2)
    assert found.hausdorff_mm == pytest.approx(2.0, abs=1e-9)
    assert found.difference_mm2 == pytest.approx(0.0)


def test_spacings_make_mm_of_px() -> None:
    """The shift is along x: 2 px of 0.5 mm are 1 mm; areas are px times 2 x 0.5 mm²."""
    found = contour.compare(box(5, 5, 10, 10), box(7, 5, 10, 10), 2.0, 0.5)
    assert found.hausdorff_mm == pytest.approx(1.0, abs=1e-9)
    assert found.first_mm2 == pytest.approx(100.0)
    assert found.dice == pytest.approx(0.8, abs=0.002)


def test_a_square_within_a_larger_one() -> None:
    """10 in 20 px, same centre: Dice 200 / 500, corners 5 sqrt 2 apart, areas 120 % apart."""
    found = contour.compare(box(5, 5, 10, 10), box(0, 0, 20, 20))
    assert found.dice == pytest.approx(0.4, abs=0.002)
    assert found.hausdorff_mm == pytest.approx(5 * math.sqrt(2))
    assert found.difference_mm2 == pytest.approx(300)
    assert found.difference_percent == pytest.approx(120)


def test_circles_one_within_the_other_are_the_difference_of_radii_apart() -> None:
    found = contour.compare(circle(30, 30, 10), circle(30, 30, 12))
    assert found.hausdorff_mm == pytest.approx(2, abs=0.01)
    assert found.hausdorff95_mm == pytest.approx(2, abs=0.01)
    assert found.dice == pytest.approx(200 / 244, abs=0.001)


def test_a_thorn_counts_for_the_largest_distance_and_not_for_its_95th_percentile() -> None:
    """A spike of 6 px on a square of 40: a few of a hundred places of its line are far off."""
    plain = box(0, 0, 40, 40)
    spiked = ((0, 0), (19.5, 0), (20, -6), (20.5, 0), (40, 0), (40, 40), (0, 40))
    found = contour.compare(plain, spiked)
    assert found.hausdorff_mm == pytest.approx(6)
    assert found.hausdorff95_mm < 3
    assert found == contour.compare(plain, spiked)
    swapped = contour.compare(spiked, plain)
    assert swapped.hausdorff_mm == pytest.approx(found.hausdorff_mm)
    assert swapped.difference_mm2 == pytest.approx(-found.difference_mm2)


@pytest.mark.parametrize("seed", range(8))
def test_the_largest_distance_is_scipys_on_dense_lines(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(2):
        t = np.arange(40) * 2 * np.pi / 40
        radius = 12 + 3 * np.convolve(rng.normal(size=40), np.ones(5) / 2, "same")
        lines.append(tuple(zip(40 + radius * np.cos(t), 40 + radius * np.sin(t), strict=True)))
    dense = [np.asarray(contour.resample(line, 0.05)) for line in lines]
    theirs = max(directed_hausdorff(*dense)[0], directed_hausdorff(*dense[::-1])[0])
    assert contour.compare(*lines).hausdorff_mm == pytest.approx(theirs, abs=0.06)


def test_margins_apart_share_nothing() -> None:
    found = contour.compare(box(0, 0, 4, 4), box(10, 0, 4, 4))
    assert found.dice == 0
    assert found.hausdorff_mm == pytest.approx(10)


def test_a_line_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an area"):
        contour.compare(box(0, 0, 4, 4), ((1.0, 1.0), (2.0, 2.0), (3.0, 3.0)))


def test_percent_of_the_mean_of_nothing_is_no_number() -> None:
    assert contour.percent_of_mean(90, 110) == pytest.approx(20)
    assert math.isnan(contour.percent_of_mean(0, 0))


def test_a_strip_half_a_pixel_wide_has_the_overlap_that_its_corners_say() -> None:
    """200 x .5 px, one .1 px below the other: they share .4 of .5."""
    found = contour.compare(box(0, 0, 200, 0.5), box(0, 0.1, 200, 0.5))
    assert found.dice == pytest.approx(0.8, abs=1e-9)
    assert found.shared_mm2 == pytest.approx(80)


def test_the_95th_percentile_does_not_follow_how_many_corners_a_bump_has() -> None:
    """The same outline told by few corners and by many at its bump."""
    bump = [(18.0, 0.0), (19.0, -5.0), (21.0, -5.0), (22.0, 0.0)]
    many = [
        (a[0] + (b[0] - a[0]) * k / 20, a[1] + (b[1] - a[1]) * k / 20)
        for a, b in itertools.pairwise(bump)
        for k in range(20)
    ]
    rest = ((40.0, 0.0), (40.0, 40.0), (0.0, 40.0))
    few = contour.compare(box(0, 0, 40, 40), ((0.0, 0.0), *bump, *rest))
    told = contour.compare(box(0, 0, 40, 40), ((0.0, 0.0), *many, bump[-1], *rest))
    assert told.hausdorff_mm == pytest.approx(few.hausdorff_mm)
    assert told.hausdorff95_mm == pytest.approx(few.hausdorff95_mm, abs=0.01)


def test_a_figure_of_eight_is_compared_by_what_the_mask_fills() -> None:
    """Its two loops, not their difference; whole within the box around it."""
    eight = ((10.0, 10.0), (90.0, 80.0), (90.0, 10.0), (10.0, 90.0))
    found = contour.compare(eight, box(0, 0, 100, 100))
    pixels = int(contour.mask(eight, (100, 100)).sum())
    assert found.first_mm2 == pytest.approx(pixels, rel=0.01)
    assert found.shared_mm2 == pytest.approx(found.first_mm2)
    assert found.dice == pytest.approx(2 * found.first_mm2 / (found.first_mm2 + 10_000))
