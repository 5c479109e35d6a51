"""Margins as our own JSON: exact vertices, the slices they lie on, and what was measured.

Beside NIfTI masks it tells which lesion each label is. Points are (x, y) px with the origin at the
outer corner of the first pixel. Numbers are written so that reading gives the same bits back.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

from studies.errors import ImportRefusedError
from studies.imaging.dicom.foreign import guarded
from studies.imaging.exchange.outgoing import Outgoing, OutgoingMargin, RoundTrip
from studies.imaging.exchange.words import counted
from studies.records import Points

FORMAT, VERSION = "blindread-margins", 1
ORIGIN = "x = column, y = row, px from the outer corner of the first pixel (its centre is .5, .5)"
MOST_MARGINS, MOST_POINTS, MOST_SIDE = 200_000, 5_000, 8192


@dataclass(frozen=True)
class Label:
    """What one value of a mask file stands for."""

    value: int
    lesion: str
    author: str


@dataclass(frozen=True)
class LabelledFile:
    """A mask file written beside the JSON, and its labels."""

    file: str
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class WrittenMargin:
    """A margin as the JSON tells it; `points` (x, y) px from the outer corner."""

    lesion: str
    author: str
    slice_index: int
    sop_uid: str
    category: str
    points: Points


@dataclass(frozen=True)
class Document:
    """A JSON of margins, read; `files` are the masks beside it."""

    study_uid: str
    series_uid: str
    frame_of_reference_uid: str
    rows: int
    columns: int
    margins: tuple[WrittenMargin, ...] = field(repr=False)
    files: tuple[LabelledFile, ...] = ()


def written(outgoing: Outgoing, files: tuple[LabelledFile, ...] = ()) -> bytes:
    """All margins of a series as JSON (UTF-8); `files` are the masks it lies beside."""
    series = outgoing.series
    uids = _sop_uids(outgoing)
    content = {
        "format": FORMAT,
        "version": VERSION,
        "origin": ORIGIN,
        "study": outgoing.study_name,
        "simulated": series.simulated,
        "classes": [
            {"code": one.code, "name": one.name, "is_lesion": one.is_lesion}
            for one in outgoing.scheme.categories
        ],
        "series": {
            "patient": series.patient,
            "study_uid": series.study_uid,
            "series_uid": series.series_uid,
            "frame_of_reference_uid": series.frame_of_reference_uid,
            "description": series.description,
            "rows": series.rows,
            "columns": series.columns,
            "row_spacing_mm": series.row_spacing,
            "column_spacing_mm": series.column_spacing,
            "sop_uids": list(uids),
        },
        "files": [
            {"file": one.file, "labels": [dict(label.__dict__) for label in one.labels]}
            for one in files
        ],
        "margins": [_margin(margin, uids) for margin in outgoing.margins],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False).encode()


def round_trip(data: bytes, outgoing: Outgoing) -> RoundTrip:
    """Whether a JSON holds exactly the margins that were put in; `worst` in px."""
    uids = _sop_uids(outgoing)
    wanted = [
        (m.lesion, m.author, m.slice_index, uids[m.slice_index], m.points) for m in outgoing.margins
    ]
    found = [
        (m.lesion, m.author, m.slice_index, m.sop_uid, m.points)
        for m in parsed(data, "the JSON").margins
    ]
    same = wanted == found
    words = f"{counted(len(found), 'margin')} read back" + (
        " exactly." if same else ", not all as written."
    )
    return RoundTrip(same, 0.0 if same else math.inf, words)


def parsed(data: bytes, name: str) -> Document:
    """A JSON of margins; ImportRefusedError where it is none, of a later version, or damaged."""
    content = guarded(
        lambda: json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant),
        f"{name} is no JSON, or is damaged.",
    )
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ImportRefusedError(f"{name} holds no margins written by this program.")
    if content.get("version") != VERSION:
        raise ImportRefusedError(
            f"{name} was written by a later version of this program. Update, then try again."
        )
    return guarded(lambda: _document(content), f"{name} is damaged: a needed value is missing.")


def _sop_uids(outgoing: Outgoing) -> tuple[str, ...]:
    """The slices' UIDs in z order; an image's series UID stands for its slice."""
    frames = outgoing.series.frames
    return tuple(frame.sop_uid for frame in frames) or (outgoing.series.series_uid,)


def _margin(margin: OutgoingMargin, uids: tuple[str, ...]) -> dict[str, Any]:
    return {
        "lesion": margin.lesion,
        "tracking_uid": margin.tracking_uid,
        "author": margin.author,
        "tool": margin.tool,
        "created": margin.created,
        "class": margin.category,
        "class_name": margin.category_name,
        "basis": margin.basis,
        "slice_index": margin.slice_index,
        "sop_uid": uids[margin.slice_index],
        "long_axis_mm": margin.long_axis_mm,
        "short_axis_mm": margin.short_axis_mm,
        "area_mm2": margin.area_mm2,
        "mean_hu": _told(margin.mean_hu),
        "sd_hu": _told(margin.sd_hu),
        "points": [list(point) for point in margin.points],
    }


def _told(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _refuse_constant(word: str) -> float:
    raise ImportRefusedError(f"The JSON holds {word[:16]}, which is no number.")


def _document(content: dict[str, Any]) -> Document:
    series = content["series"]
    items = content["margins"]
    if len(items) > MOST_MARGINS:
        raise ImportRefusedError(f"The JSON claims {len(items)} margins, too many for a series.")
    rows, columns = int(series["rows"]), int(series["columns"])
    if not (0 < rows <= MOST_SIDE and 0 < columns <= MOST_SIDE):
        raise ImportRefusedError("The JSON claims an image of a size that no series has.")
    return Document(
        study_uid=str(series["study_uid"]),
        series_uid=str(series["series_uid"]),
        frame_of_reference_uid=str(series["frame_of_reference_uid"]),
        rows=rows,
        columns=columns,
        margins=tuple(_read(item) for item in items),
        files=tuple(_labelled(item) for item in content.get("files", [])),
    )


def _read(item: dict[str, Any]) -> WrittenMargin:
    points = item["points"]
    if not 3 <= len(points) <= MOST_POINTS:
        raise ImportRefusedError(f"The JSON holds a margin of {len(points)} points.")
    return WrittenMargin(
        lesion=str(item["lesion"]),
        author=str(item["author"]),
        slice_index=int(item["slice_index"]),
        sop_uid=str(item["sop_uid"]),
        category=str(item.get("class", "")),
        points=tuple((_number(x), _number(y)) for x, y in points),
    )


def _number(value: object) -> float:
    """A finite number; a text or a truth value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ImportRefusedError("The JSON holds a margin with a point that is no number.")
    number = float(value)
    if not math.isfinite(number):
        raise ImportRefusedError("The JSON holds a margin with a point that is no number.")
    return number


def _labelled(item: dict[str, Any]) -> LabelledFile:
    labels = tuple(
        Label(int(one["value"]), str(one["lesion"]), str(one["author"])) for one in item["labels"]
    )
    return LabelledFile(str(item["file"]), labels)
