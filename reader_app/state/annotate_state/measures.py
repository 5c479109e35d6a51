"""What is said about a margin: its ROI, sizes, values, warnings. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from studies.imaging import contour, roi, window
from studies.imaging.contour import Caliper, PixelStatistics
from studies.imaging.volume import Slice
from studies.records import FloatArray, Points, SeriesRecord

Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Measures:
    """Sizes of a margin with what a pixel's width may change; mm, or px without spacing."""

    long_axis: Caliper
    short_axis: Caliper
    length_uncertainty: float
    area: float  # mm² or px²
    area_uncertainty: float
    values: PixelStatistics
    has_mm: bool
    has_hu: bool


@dataclass(frozen=True)
class Twin:
    """The ROI of a margin as the CNN will see it, with the margin in the ROI's px."""

    image: FloatArray = field(repr=False, compare=False)
    outline: Points
    side: float  # mm, or px without spacing
    has_mm: bool
    is_beyond: bool
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Look:
    """What is said about a line on a slice."""

    twin: Twin | None
    measures: Measures | None


class Looks:
    """What was said about the lines on show of late: scrolling back over them costs nothing."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Look] = {}
        self._warned: dict[tuple[object, ...], tuple[str, ...]] = {}

    def at(
        self, points: Points, series: SeriesRecord, shown: Slice, low: float, high: float
    ) -> Look:
        """As `look`."""
        asked = (points, series, shown.sop_uid, low, high)
        if asked not in self._known:
            _make_room(self._known)
            self._known[asked] = look(points, series, shown, low, high)
        return self._known[asked]

    def warnings(
        self, points: Points, series: SeriesRecord, shown: Slice, gap_px: float = 0.0
    ) -> tuple[str, ...]:
        """`warnings` of a line."""
        asked = (points, series, shown.sop_uid, gap_px)
        if asked not in self._warned:
            _make_room(self._warned)
            self._warned[asked] = warnings(points, series, shown, gap_px)
        return self._warned[asked]


def look(points: Points, series: SeriesRecord, shown: Slice, low: float, high: float) -> Look:
    """`twin` and `measure` of a line."""
    return Look(twin(points, series, shown, low, high), measure(points, series, shown))


MOST_LOOKS = 200
"""About 4 MB of ROIs."""


def _make_room(known: dict[tuple[object, ...], Kept]) -> None:
    """The one asked for first goes."""
    while len(known) >= MOST_LOOKS:
        del known[next(iter(known))]


def measure(points: Points, series: SeriesRecord, shown: Slice) -> Measures | None:
    """The measures of a closed margin; None for a line without area."""
    spacing = (series.row_spacing, series.column_spacing)
    area = contour.area_mm2(points, *spacing)
    if area <= 0:
        return None
    long = contour.feret(points, *spacing)
    return Measures(
        long,
        contour.short_axis(points, *spacing, long),
        contour.length_uncertainty_mm(*spacing),
        area,
        contour.area_uncertainty_mm2(points, *spacing),
        _values(points, series, shown),
        series.kind == "dicom",
        series.has_hu,
    )


def _values(points: Points, series: SeriesRecord, shown: Slice) -> PixelStatistics:
    """None of a CT whose stored values nobody has said to be HU."""
    if series.kind == "dicom" and not series.has_hu:
        return PixelStatistics(0, *(math.nan,) * 4)
    return contour.statistics(shown.pixels, points, shown.padding)


def twin(
    points: Points, series: SeriesRecord, shown: Slice, low: float, high: float
) -> Twin | None:
    """The ROI around a line, sampled as training samples it; None for a line without extent.

    low..high is the study's ROI window in HU; images without HU take their own 1-99 percentile.
    """
    spacing = (series.row_spacing, series.column_spacing)
    if len(set(points)) < 2:
        return None
    square = roi.geometry(points, *spacing)
    if not series.has_hu:
        low, high = window.auto(shown.pixels, shown.padding)
    left, top, right, bottom = square.box
    scale_x, scale_y = roi.SIZE / (right - left), roi.SIZE / (bottom - top)
    return Twin(
        image=roi.sample(shown.pixels, square, low, high),
        outline=tuple(((x - left) * scale_x, (y - top) * scale_y) for x, y in points),
        side=square.side_mm,
        has_mm=series.kind == "dicom",
        is_beyond=square.is_beyond(shown.pixels.shape[:2]),
        box=square.box,
    )


def body_box(shown: Slice) -> tuple[float, float, float, float] | None:
    """The patient's box on a slice in HU (left, top, right, bottom in px), a little larger."""
    inside = contour.body(shown.pixels)
    if not inside.any() or inside.all():
        return None
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    room = 0.03 * max(rows[-1] - rows[0], columns[-1] - columns[0])
    left, right = columns[0] - room, columns[-1] + 1 + room
    return float(left), float(rows[0] - room), float(right), float(rows[-1] + 1 + room)


def warnings(
    points: Points, series: SeriesRecord, shown: Slice, gap_px: float = 0.0
) -> tuple[str, ...]:
    """The margin contract's sentences; sizes only where there are mm, the body only in HU."""
    known = series.kind == "dicom"
    row, column = (series.row_spacing, series.column_spacing) if known else (0.0, 0.0)
    return contour.warnings(
        points,
        row,
        column,
        (series.rows, series.columns),
        pixels=shown.pixels if series.has_hu else None,
        padding=shown.padding,
        gap_mm=gap_px * column,
    )
