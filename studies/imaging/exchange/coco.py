"""COCO instances (cocodataset.org, format-data): polygons in px from the outer corner.

COCO's x and y count from the picture's outer corner too, so the vertices are ours unchanged.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

from studies.imaging import contour
from studies.imaging.exchange.outgoing import Outgoing, OutgoingMargin, OutgoingSeries, RoundTrip
from studies.imaging.exchange.words import counted
from studies.imaging.window import apply
from studies.records import FloatArray

UNDIAGNOSED = "undiagnosed"


def written(handed: Sequence[Outgoing]) -> bytes:
    """All margins of these series as one COCO file (UTF-8 JSON).

    Images are slices with a margin, categories the study's classes in order (from 1) and
    "undiagnosed" where a lesion has no class. An annotation is one author's margin.
    """
    slices = _slices(handed)
    images = [_image(number, series, at) for (series, at), number in slices.items()]
    annotations = [
        _annotation(number, slices[outgoing.series, margin.slice_index], outgoing, margin)
        for number, (outgoing, margin) in enumerate(_margins(handed), start=1)
    ]
    content = {
        "info": {"description": _title(handed)},
        "images": images,
        "categories": _categories(handed),
        "annotations": annotations,
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False).encode()


def pictures(handed: Sequence[Outgoing]) -> tuple[tuple[str, OutgoingSeries, int], ...]:
    """The pictures the file names, each with its series and slice, in its order."""
    return tuple((picture_name(series, at), series, at) for series, at in _slices(handed))


def picture_name(series: OutgoingSeries, slice_index: int) -> str:
    """The PNG of a slice: pseudonym, number of the series and slice from 1."""
    return f"{series.file_stem}_{slice_index + 1:04d}.png"


def picture(pixels: FloatArray, low: float, high: float) -> bytes:
    """A slice (rows, columns) as 8-bit grey PNG in the window `low` to `high`."""
    from PIL import Image  # here: what reaches this from the window starts without it

    grey = (apply(pixels, low, high) * 255).round().astype("uint8")
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, format="PNG")
    return buffer.getvalue()


def round_trip(data: bytes, handed: Sequence[Outgoing]) -> RoundTrip:
    """Whether a COCO file holds the vertices of every margin; `worst` in px."""
    content = json.loads(data)
    found = [one["segmentation"][0] for one in content["annotations"]]
    wanted = [_flat(margin) for _, margin in _margins(handed)]
    same = found == wanted
    words = f"{counted(len(found), 'margin')} read back" + (
        " exactly." if same else ", not all as written."
    )
    return RoundTrip(same, 0.0 if same else float("inf"), words)


def _slices(handed: Sequence[Outgoing]) -> dict[tuple[OutgoingSeries, int], int]:
    """Slices with a margin, numbered from 1."""
    drawn = dict.fromkeys(
        (outgoing.series, at)
        for outgoing in handed
        for at in sorted({margin.slice_index for margin in outgoing.margins})
    )
    return {one: number for number, one in enumerate(drawn, start=1)}


def _margins(handed: Sequence[Outgoing]) -> list[tuple[Outgoing, OutgoingMargin]]:
    return [(outgoing, margin) for outgoing in handed for margin in outgoing.margins]


def _title(handed: Sequence[Outgoing]) -> str:
    names = sorted({outgoing.study_name for outgoing in handed})
    simulated = any(outgoing.series.simulated for outgoing in handed)
    return ", ".join(names) + (" (SIMULATED, not patients)" if simulated else "")


def _image(number: int, series: OutgoingSeries, at: int) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": picture_name(series, at),
        "width": series.columns,
        "height": series.rows,
        "patient": series.patient,
        "series_uid": series.series_uid,
        "sop_uid": series.frames[at].sop_uid if series.frames else series.series_uid,
        "slice": at + 1,
    }


def _categories(handed: Sequence[Outgoing]) -> list[dict[str, Any]]:
    names = _codes(handed)
    known = {c.code: c.name for outgoing in handed for c in outgoing.scheme.categories}
    return [
        {"id": number, "name": code, "full_name": known.get(code, code), "supercategory": "lesion"}
        for number, code in enumerate(names, start=1)
    ]


def _codes(handed: Sequence[Outgoing]) -> list[str]:
    codes = list(dict.fromkeys(code for outgoing in handed for code in outgoing.scheme.codes))
    missing = any(not margin.category for _, margin in _margins(handed))
    return [*codes, UNDIAGNOSED] if missing else codes


def _annotation(
    number: int, image: int, outgoing: Outgoing, margin: OutgoingMargin
) -> dict[str, Any]:
    xs, ys = zip(*margin.points, strict=True)
    codes = outgoing.scheme.codes
    category = codes.index(margin.category) if margin.category else len(codes)
    return {
        "id": number,
        "image_id": image,
        "category_id": category + 1,
        "segmentation": [_flat(margin)],
        "area": contour.area_mm2(margin.points),
        "bbox": [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)],
        "iscrowd": 0,
        "lesion": margin.lesion,
        "author": margin.author,
        "basis": margin.basis,
    }


def _flat(margin: OutgoingMargin) -> list[float]:
    return [value for point in margin.points for value in point]
