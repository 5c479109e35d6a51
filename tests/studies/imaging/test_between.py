"""Margins between drawn slices, beside shapes whose sections are known."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pydicom
import pytest
from shared_data import shared_path

from studies.imaging import contour
from studies.imaging.contour import SliceLine
from studies.records import Points

Section = Callable[[float], Points | None]


def ellipse(
    x: float, y: float, across: float, down: float, turn: float = 0.0, start: float = 0.0
) -> Points:
    t = np.arange(96) * 2 * np.pi / 96 + start
    u, v = across * np.cos(t), down * np.sin(t)
    c, s = math.cos(turn), math.sin(turn)
    return tuple(zip((x + u * c - v * s).tolist(), (y + u * s + v * c).tolist(), strict=True))


def sphere(z: float) -> Points | None:
    """Radius 15 px, each section's first vertex elsewhere."""
    return ellipse(40, 40, *2 * (math.sqrt(225 - z * z),), start=z) if abs(z) < 14.5 else None


def ellipsoid(z: float) -> Points | None:
    size = math.sqrt(1 - (z / 16) ** 2) if abs(z) < 15 else 0
    return ellipse(40, 40, 18 * size, 10 * size, 0.5) if size else None


def tilted_tube(z: float) -> Points:
    """It wanders 4 px a slice, more than its radius in two: unaligned sections do not meet."""
    return ellipse(80 + 4 * z, 40, 6, 6)


def twisted(z: float) -> Points:
    return ellipse(40, 40, 16, 8, z * 0.08)


@pytest.mark.parametrize(
    ("section", "least", "most_area"),
    [
        (sphere, 0.99, 0.015),
        (ellipsoid, 0.99, 0.015),
        (tilted_tube, 0.999, 0.002),
        (twisted, 0.99, 0.002),
    ],
)
def test_every_second_slice_gives_the_others(
    section: Section, least: float, most_area: float
) -> None:
    for z in range(-12, 12, 2):
        ends, truth = (section(z), section(z + 2)), section(z + 1)
        if ends[0] is None or ends[1] is None or truth is None:
            continue
        line = contour.between(ends[0], ends[1], 0.5)
        found = contour.compare(line, truth)
        assert found.dice > least
        assert abs(found.difference_mm2) / found.second_mm2 < most_area
        assert contour.is_simple(line)


def test_the_ends_are_the_lines_themselves() -> None:
    first, second = ellipse(30, 30, 9, 5), ellipse(34, 31, 6, 8)
    for share, line in ((0.0, first), (1.0, second)):
        assert contour.compare(contour.between(first, second, share), line).dice > 0.998


def test_a_long_gap_is_filled_by_the_same_lines_as_one_slice_at_a_time() -> None:
    first, second = ellipse(30, 30, 9, 5, 0.3), ellipse(44, 31, 6, 8)
    drawn = (SliceLine(2, first), SliceLine(302, second))
    found = contour.fill_between(drawn, [float(at) for at in range(303)], 2.0, 0.5)
    assert [line.slice_index for line in found] == list(range(3, 302))
    for line in found[::60]:
        share = (line.slice_index - 2) / 300
        assert line.points == contour.between(first, second, share, 2.0, 0.5)
        area = (1 - share) * contour.area_mm2(first) + share * contour.area_mm2(second)
        assert contour.area_mm2(line.points) == pytest.approx(area, rel=0.01)


def test_a_line_drawn_the_other_way_round_gives_the_same() -> None:
    first, second = ellipse(30, 30, 9, 5), ellipse(34, 31, 6, 8)
    line = contour.between(first, second[::-1], 0.5)
    assert contour.compare(line, contour.between(first, second, 0.5)).dice > 0.998


def test_uneven_slices_count_by_their_mm() -> None:
    """Slices at 0, 1, 5, 6 mm: the two between stand at a sixth and five sixths of the way."""
    drawn = (SliceLine(3, ellipse(90, 40, 8, 8)), SliceLine(0, ellipse(30, 40, 8, 8)))
    found = contour.fill_between(drawn, (0.0, 1.0, 5.0, 6.0))
    assert [line.slice_index for line in found] == [1, 2]
    places = [contour.centroid(line.points)[0] for line in found]
    assert places == pytest.approx([40, 80], abs=0.01)


def test_spacings_of_row_and_column_do_not_bend_the_line() -> None:
    """The same discs in mm, told in pixels of 2 x 0.5 mm."""

    def told(x: float) -> Points:
        return tuple((u / 0.5, v / 2.0) for u, v in ellipse(x, 40, 10, 10))

    line = contour.between(told(30), told(50), 0.5, 2.0, 0.5)
    assert contour.compare(line, told(40), 2.0, 0.5).dice > 0.998


def test_gaps_are_the_runs_between_drawn_slices() -> None:
    assert contour.gaps([8, 4, 12, 5]) == ((6, 7), (9, 11))
    assert contour.gaps([3]) == contour.gaps([]) == ()


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_only_what_lies_between_can_be_asked_for(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        contour.between(ellipse(30, 30, 5, 5), ellipse(30, 30, 5, 5), share)


def test_a_line_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an area"):
        contour.between(ellipse(30, 30, 5, 5), ((1.0, 1.0), (2.0, 2.0), (3.0, 3.0)), 0.5)


def test_a_real_tumour_drawn_on_every_second_slice() -> None:
    """A published RTSTRUCT: each slice's line rebuilt from its two neighbours."""
    folder = shared_path("data/ct_sts_003_rtstruct")
    lines = _tumour(folder)
    found = []
    for below, here, above in zip(lines, lines[1:], lines[2:], strict=False):
        share = (here[0] - below[0]) / (above[0] - below[0])
        line = contour.between(below[1], above[1], share)
        found.append(contour.compare(line, here[1]).dice)
    assert len(found) > 5
    assert np.median(found) > 0.97


def _tumour(folder) -> list[tuple[float, Points]]:
    """(z, line in mm) of the structure with the most slices of one line each."""
    (path,) = (folder / "CT" / "mask").glob("*.dcm")
    best: list[tuple[float, Points]] = []
    for structure in pydicom.dcmread(path).ROIContourSequence:
        by_z: dict[float, list[Points]] = {}
        for each in structure.get("ContourSequence", ()):
            xyz = np.asarray(each.ContourData, dtype=float).reshape(-1, 3)
            line = tuple((float(x), float(y)) for x, y in xyz[:, :2])
            by_z.setdefault(float(xyz[0, 2]), []).append(line)
        single = [(z, lines[0]) for z, lines in sorted(by_z.items()) if len(lines) == 1]
        best = max(best, single, key=len)
    return best
