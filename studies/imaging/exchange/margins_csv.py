"""Margins as two CSV tables: a row a margin with its measures, and a row a vertex."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence

from studies.exchange.cells import guarded, unguarded
from studies.imaging.exchange.outgoing import Outgoing, OutgoingMargin, RoundTrip
from studies.imaging.exchange.words import counted

MARGINS = (
    "patient", "series", "series_uid", "slice", "sop_uid", "lesion", "author", "tool", "drawn",
    "class", "class_name", "basis", "long_axis_mm", "short_axis_mm", "area_mm2", "mean_hu",
    "sd_hu", "vertices",
)  # fmt: skip
VERTICES = ("patient", "series", "slice", "sop_uid", "lesion", "author", "vertex", "x_px", "y_px")


def margins(handed: Sequence[Outgoing]) -> bytes:
    """A row a margin with its measures (UTF-8 with mark); slices count from 1, "" = not known."""
    rows = (
        (
            *_place(outgoing, margin),
            margin.tool,
            margin.created,
            margin.category,
            margin.category_name,
            margin.basis,
            _number(margin.long_axis_mm),
            _number(margin.short_axis_mm),
            _number(margin.area_mm2),
            _number(margin.mean_hu),
            _number(margin.sd_hu),
            str(len(margin.points)),
        )
        for outgoing, margin in _all(handed)
    )
    return _text(MARGINS, rows)


def vertices(handed: Sequence[Outgoing]) -> bytes:
    """A row a vertex: x (column) and y (row) px from the outer corner of the first pixel."""
    rows = (
        (patient, series, at, sop, lesion, author, str(number), repr(float(x)), repr(float(y)))
        for outgoing, margin in _all(handed)
        for patient, series, _, at, sop, lesion, author in [_place(outgoing, margin)]
        for number, (x, y) in enumerate(margin.points, start=1)
    )
    return _text(VERTICES, rows)


def round_trip(tables: Sequence[bytes], handed: Sequence[Outgoing]) -> RoundTrip:
    """Whether both tables, `margins` and `vertices`, hold what was put in; `worst` in px."""
    measures, corners = (_rows(table) for table in tables)
    found = [
        (unguarded(row[4]), unguarded(row[5]), float(row[7]), float(row[8])) for row in corners
    ]
    wanted = [
        (_flat(margin.lesion), _flat(margin.author), x, y)
        for _, margin in _all(handed)
        for x, y in margin.points
    ]
    same = found == wanted and [_measured(row) for row in measures] == [
        (_flat(m.lesion), _flat(m.author), m.slice_index + 1, _number(m.area_mm2), len(m.points))
        for _, m in _all(handed)
    ]
    words = f"{counted(len(measures), 'margin')} with {counted(len(found), 'point')} read back"
    words += " exactly." if same else ", not all as written."
    return RoundTrip(same, 0.0 if same else math.inf, words)


def _rows(table: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))[1:]


def _measured(row: list[str]) -> tuple[str, str, int, str, int]:
    """What a row of `margins` tells that a row of `vertices` does not, and whose it is."""
    at = {name: row[place] for place, name in enumerate(MARGINS)}
    whose = unguarded(at["lesion"]), unguarded(at["author"])
    return (*whose, int(at["slice"]), at["area_mm2"], int(at["vertices"]))


def _flat(text: str) -> str:
    return unguarded(guarded(text))


def _all(handed: Sequence[Outgoing]) -> list[tuple[Outgoing, OutgoingMargin]]:
    return [(outgoing, margin) for outgoing in handed for margin in outgoing.margins]


def _place(outgoing: Outgoing, margin: OutgoingMargin) -> tuple[str, ...]:
    series = outgoing.series
    frames = series.frames
    sop = frames[margin.slice_index].sop_uid if frames else series.series_uid
    return (
        series.patient,
        str(series.number),
        series.series_uid,
        str(margin.slice_index + 1),
        sop,
        margin.lesion,
        margin.author,
    )


def _number(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.6g}"


def _text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")
