"""A lesion's margin: a sub-pixel polygon on one slice.

x = column, y = row, the origin at the outer corner of the first pixel, so pixel centres lie at
+.5 (as DICOM SCOORD, COCO and QPainter). A polygon's last vertex is not its first repeated.
"""

from studies.imaging.contour.between import SliceLine, between, fill_between, gaps
from studies.imaging.contour.compare import Agreement, compare, percent_of_mean
from studies.imaging.contour.fill import PixelStatistics, mask, statistics
from studies.imaging.contour.line import close, gap, resample, simplify, smooth, spline
from studies.imaging.contour.shape import (
    Caliper,
    Circle,
    area_mm2,
    area_uncertainty_mm2,
    centroid,
    feret,
    is_simple,
    length_uncertainty_mm,
    perimeter_mm,
    short_axis,
    smallest_circle,
)
from studies.imaging.contour.warnings import LARGEST_MM, SMALLEST_MM, body, warnings

__all__ = [
    "LARGEST_MM",
    "SMALLEST_MM",
    "Agreement",
    "Caliper",
    "Circle",
    "PixelStatistics",
    "SliceLine",
    "area_mm2",
    "area_uncertainty_mm2",
    "between",
    "body",
    "centroid",
    "close",
    "compare",
    "feret",
    "fill_between",
    "gap",
    "gaps",
    "is_simple",
    "length_uncertainty_mm",
    "mask",
    "percent_of_mean",
    "perimeter_mm",
    "resample",
    "short_axis",
    "simplify",
    "smallest_circle",
    "smooth",
    "spline",
    "statistics",
    "warnings",
]
