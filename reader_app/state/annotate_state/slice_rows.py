"""The chosen lesion's slices: what is drawn, what is proposed, what lies between. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reader_app.state.annotate_state.margins import ShownMargin
from studies.imaging import contour
from studies.imaging.contour import SliceLine
from studies.records import LesionRecord, SeriesRecord


@dataclass(frozen=True)
class SliceRow:
    """A slice of the lesion. `area` in mm² (px² without mm); `tool` "proposed" is not saved yet.

    `place` says the slice's mm where they are known. A gap: nothing is drawn from `slice_index` to
    `last`.
    """

    slice_index: int
    tool: str
    author: str = ""
    area: float = 0.0
    has_mm: bool = True
    is_key: bool = False
    is_own: bool = False
    last: int = -1
    place: str = ""

    @property
    def is_gap(self) -> bool:
        """Nothing is drawn or proposed here."""
        return self.tool == ""

    @property
    def is_proposed(self) -> bool:
        """Not saved yet."""
        return self.tool == PROPOSED


PROPOSED = "proposed"


def slice_rows(
    lesion: LesionRecord | None,
    series: SeriesRecord | None,
    margins: Sequence[ShownMargin],
    proposed: Sequence[SliceLine] = (),
    positions: Sequence[float] = (),
    training: str = "",
) -> tuple[SliceRow, ...]:
    """The rows of a lesion in z order: margins, proposals, gaps.

    The key slice is that of the author whose margins train.
    """
    if lesion is None or series is None:
        return ()
    spacing, has_mm = (series.row_spacing, series.column_spacing), series.kind == "dicom"
    rows = [
        SliceRow(
            shown.margin.slice_index,
            shown.margin.tool,
            shown.margin.author,
            contour.area_mm2(shown.margin.points, *spacing),
            has_mm,
            (shown.margin.slice_index, shown.margin.author) == (lesion.key_slice, training),
            shown.is_own,
        )
        for shown in margins
        if shown.lesion.id == lesion.id
    ]
    rows += [
        SliceRow(line.slice_index, PROPOSED, "", contour.area_mm2(line.points, *spacing), has_mm)
        for line in proposed
    ]
    drawn = [row.slice_index for row in rows]
    rows += [SliceRow(first, "", last=last) for first, last in contour.gaps(drawn)]
    rows = [replace(row, place=_place(positions, row.slice_index)) for row in rows]
    return tuple(sorted(rows, key=lambda row: (row.slice_index, not row.is_own, row.author)))


def _place(positions: Sequence[float], index: int) -> str:
    return f"{positions[index]:.1f} mm".replace("-", "−") if index < len(positions) else ""
