"""What the slice view is told of the state: picture, corner texts, margins, marks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from reader_app.state.annotate_state import ShownMargin
from reader_app.state.cases_rows import short
from reader_app.widgets.slice_view import Corners, MarginLine, Mark, Picture, Tag
from reader_app.widgets.theme import PALETTE
from studies.imaging.volume import Slice
from studies.records import SeriesRecord

GAP_FACTOR = 1.5
"""Of the usual step between slices; the import's badge is given by the same rule."""

Box = tuple[float, float, float, float]


def picture(series: SeriesRecord, shown: Slice, extent: Box | None) -> Picture:
    """A slice; `extent` is what fills the view at first."""
    is_ct = series.kind == "dicom"
    return Picture(
        shown.pixels,
        series.row_spacing,
        series.column_spacing,
        shown.orientation if is_ct else (),
        series.id,
        "HU" if series.has_hu else "stored" if is_ct else "grey",
        is_ct,
        extent,
    )


def corners(series: SeriesRecord, index: int, position: float) -> Corners:
    """The texts in the picture's corners."""
    described = series.description if series.description != series.patient else ""
    if series.slice_spacing and " mm" not in described:
        described = f"{described}, {series.slice_spacing:.1f} mm".removeprefix(", ")
    has_mm = series.kind == "dicom"
    z = f"z {position:.1f} mm".replace("-", "−") if has_mm else ""
    tags = tuple(Tag(short(badge), _tag_role(badge)) for badge in series.badges)
    if series.simulated and "simulated" not in series.badges:
        tags = (Tag("simulated", "simulated"), *tags)
    return Corners(
        title=series.patient,
        subtitle=described,
        tags=tags,
        number=str(index + 1),
        count=series.slices,
        position=z,
    )


def _tag_role(badge: str) -> str:
    return "simulated" if "simulated" in badge.lower() else "warning"


def margin_line(shown: ShownMargin) -> MarginLine:
    """A margin in its class's colour; another person's is dashed and names who drew it."""
    name = shown.lesion.name
    if shown.is_other:
        name = f"{name} · {shown.margin.author}"
    elif shown.is_chosen and shown.category:
        name = f"{name} · {shown.category.name}"
    return MarginLine(
        shown.margin.points,
        _color(shown),
        name,
        shown.is_chosen,
        anchors=shown.margin.anchors,
        tool=shown.margin.tool,
        is_dashed=shown.is_other,
        key=shown.lesion.id,
    )


def mark(shown: ShownMargin) -> Mark:
    """A margin's place on the slice bar."""
    margin, lesion = shown.margin, shown.lesion
    return Mark(
        margin.slice_index,
        _color(shown),
        lesion.name,
        shown.is_chosen,
        shown.category.marker if shown.category else "",
        margin.slice_index == lesion.key_slice,
    )


def missing_behind(positions: Sequence[float]) -> tuple[int, ...]:
    """Behind which slices others are missing: steps (mm) much larger than the usual one."""
    steps = [after - before for before, after in pairwise(positions)]
    usual = median(steps) if steps else 0.0
    return tuple(index for index, step in enumerate(steps) if step > GAP_FACTOR * usual)


def _color(shown: ShownMargin) -> str:
    return shown.category.color if shown.category else PALETTE.strong
