"""What the slice view is asked to show, as records."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from studies.imaging.contour import Caliper
from studies.records import Points

Pixels = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Picture:
    """One slice. `series` tells pictures of different series apart: a new one is fitted."""

    pixels: Pixels = field(repr=False, compare=False)
    row_spacing: float
    column_spacing: float
    orientation: tuple[float, ...]
    series: object
    unit: str  # HU, grey
    has_mm: bool = True
    extent: tuple[float, float, float, float] | None = None
    """What fills the view at first (left, top, right, bottom in px); None: the whole slice."""


@dataclass(frozen=True)
class MarginLine:
    """A margin drawn on the slice; the chosen one is stronger and can be edited.

    `anchors` are those that a polygon was drawn through: it re-opens with exactly these. `key`
    is what a click on the line tells (`SliceView.margin_clicked`); 0: it cannot be chosen so.
    """

    points: Points
    color: str
    label: str
    is_chosen: bool = False
    anchors: Points = ()
    tool: str = ""
    is_dashed: bool = False
    key: int = 0


@dataclass(frozen=True)
class Tag:
    """A badge in the upper left corner; role as `Badge` has it."""

    text: str
    role: str


@dataclass(frozen=True)
class Corners:
    """The texts in the corners; the view adds what it knows itself (W/L, zoom, cursor)."""

    title: str = ""
    subtitle: str = ""
    tags: tuple[Tag, ...] = ()
    number: str = "1"  # of the slice, from 1
    count: int = 1
    position: str = ""  # z −255.0 mm


@dataclass(frozen=True)
class Aids:
    """What is drawn about the chosen margin: the ROI's box (left, top, right, bottom), axes."""

    box: tuple[float, float, float, float] | None = None
    axes: tuple[Caliper, ...] = ()


def to_rgb(pixels: Pixels, low: float, high: float) -> npt.NDArray[np.uint32]:
    """The slice in a window as opaque grey 0xffRRGGBB; int16 goes through a table of its values."""
    if pixels.dtype == np.int16:
        index = np.ascontiguousarray(pixels).view(np.uint16)
        return np.take(_table(low, high), index, mode="clip")  # clip: nothing can lie outside
    return _grey(np.asarray(pixels, dtype=np.float32), low, high)


@lru_cache(maxsize=4)
def _table(low: float, high: float) -> npt.NDArray[np.uint32]:
    values = np.arange(2**16, dtype=np.uint16).view(np.int16).astype(np.float32)
    return _grey(values, low, high)


def _grey(values: npt.NDArray[np.float32], low: float, high: float) -> npt.NDArray[np.uint32]:
    scaled = (values - np.float32(low)) * np.float32(255 / max(high - low, 1e-6))
    level = np.nan_to_num(np.clip(scaled + 0.5, 0, 255)).astype(np.uint32)
    return np.asarray(level * np.uint32(0x010101) | np.uint32(0xFF000000), dtype=np.uint32)
