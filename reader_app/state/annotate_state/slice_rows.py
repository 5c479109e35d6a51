"""The chosen lesion's slices: what is drawn, what is proposed, what lies between. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reader_app.state.annotate_state.margins import ShownMargin
from studies.imaging import contour
from studies.imaging.contour import SliceLine
from studies.records import LesionRecord, Points, SeriesRecord


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


Area = Callable[[Points], float]


class RowBook:
    """The rows as they were last asked for: a step to another slice makes none of them anew, and
    after an edit only the area of what was not there before is measured."""

    def __init__(self) -> None:
        self._asked: tuple[object, ...] = ()
        self._rows: tuple[SliceRow, ...] = ()
        self._areas = _Areas(1.0, 1.0)

    def rows(
        self,
        lesion: LesionRecord | None,
        series: SeriesRecord | None,
        margins: Sequence[ShownMargin],
        proposed: Sequence[SliceLine] = (),
        positions: Sequence[float] = (),
        training: str = "",
    ) -> tuple[SliceRow, ...]:
        """As `slice_rows`."""
        asked = (lesion, series, margins, proposed, positions, training)
        if asked != self._asked:
            if series is not None:
                self._areas = self._areas.of(series.row_spacing, series.column_spacing)
            self._rows = slice_rows(*asked, self._areas.area)
            self._asked = asked
        return self._rows


class _Areas:
    """The areas of lines by their points, measured once."""

    def __init__(self, row_spacing: float, column_spacing: float) -> None:
        self._spacing = row_spacing, column_spacing
        self._known: dict[Points, float] = {}
        self._before: dict[Points, float] = {}

    def of(self, row_spacing: float, column_spacing: float) -> _Areas:
        """For lines on a slice with these spacings; what was asked for last is still known."""
        found = _Areas(row_spacing, column_spacing)
        if found._spacing == self._spacing:
            found._before = self._known
        return found

    def area(self, points: Points) -> float:
        """mm², or px² without mm."""
        known = self._before.get(points)
        found = contour.area_mm2(points, *self._spacing) if known is None else known
        self._known[points] = found
        return found


def slice_rows(
    lesion: LesionRecord | None,
    series: SeriesRecord | None,
    margins: Sequence[ShownMargin],
    proposed: Sequence[SliceLine] = (),
    positions: Sequence[float] = (),
    training: str = "",
    area: Area | None = None,
) -> tuple[SliceRow, ...]:
    """The rows of a lesion in z order: margins, proposals, gaps.

    The key slice is that of the author whose margins train. `area` measures a line.
    """
    if lesion is None or series is None:
        return ()
    area = area or _Areas(series.row_spacing, series.column_spacing).area
    rows = _drawn(lesion, series, margins, training, area)
    has_mm = series.kind == "dicom"
    rows += [
        SliceRow(line.slice_index, PROPOSED, "", area(line.points), has_mm) for line in proposed
    ]
    drawn = [row.slice_index for row in rows]
    rows += [SliceRow(first, "", last=last) for first, last in contour.gaps(drawn)]
    rows = [replace(row, place=_place(positions, row.slice_index)) for row in rows]
    return tuple(sorted(rows, key=lambda row: (row.slice_index, not row.is_own, row.author)))


def _drawn(
    lesion: LesionRecord,
    series: SeriesRecord,
    margins: Sequence[ShownMargin],
    training: str,
    area: Area,
) -> list[SliceRow]:
    return [
        SliceRow(
            shown.margin.slice_index,
            shown.margin.tool,
            shown.margin.author,
            area(shown.margin.points),
            series.kind == "dicom",
            (shown.margin.slice_index, shown.margin.author) == (lesion.key_slice, training),
            shown.is_own,
        )
        for shown in margins
        if shown.lesion.id == lesion.id
    ]


def _place(positions: Sequence[float], index: int) -> str:
    return f"{positions[index]:.1f} mm".replace("-", "−") if index < len(positions) else ""
