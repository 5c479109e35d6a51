"""Maps of what a network used, laid over the ROI: pixels for a class warm, against it cold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.report.drawing import Figure, drawn, png_of
from studies.report.svg import GREY, INK, LINE, Canvas

FloatArray = npt.NDArray[np.float32]
FOR, AGAINST = "#ff9d4d", "#58c4dd"
_STRENGTH = 0.8  # how far the strongest pixel covers the ROI
_SIDE, _APART, _LEFT, _TOP = 200.0, 14.0, 8.0, 34.0


@dataclass(frozen=True)
class MapPicture:
    """A map (64, 64) with its caption, in lines; `limit` is the value drawn strongest, > 0."""

    caption: str
    values: FloatArray
    limit: float


def strongest(values: FloatArray) -> float:
    """The value to be drawn strongest: the 99th percentile of all, without sign; never 0.

    Example: strongest(numpy.ones((64, 64))) -> 1.0.
    """
    return max(float(np.percentile(np.abs(values), 99)), 1e-12)


def overlay(image: FloatArray, values: FloatArray, limit: float) -> FloatArray:
    """(h, w, 3) colours 0..1: the ROI (h, w) in grey, each pixel covered as far as its value is.

    Raises ValueError for shapes that differ or a limit that is not above 0.
    """
    if image.shape != values.shape or limit <= 0:
        raise ValueError("a map has the shape of its picture, and its limit is above 0")
    grey = np.repeat(np.clip(image, 0.0, 1.0)[:, :, None], 3, axis=2)
    share = np.clip(np.abs(values) / limit, 0.0, 1.0)[:, :, None] * _STRENGTH
    color = np.where(values[:, :, None] >= 0, _rgb(FOR), _rgb(AGAINST))
    return (grey * (1 - share) + color * share).astype(np.float32)


def _rgb(color: str) -> FloatArray:
    return np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)], dtype=np.float32)


def maps_figure(
    key: str,
    title: str,
    image: FloatArray,
    maps: tuple[MapPicture, ...],
    note: str,
    *,
    simulated: bool = False,
) -> Figure:
    """The ROI (64, 64) and its maps side by side; the maps' values go along for CSV."""
    pictures = [("ROI", np.asarray(image))]
    pictures += [(one.caption, overlay(image, one.values, one.limit)) for one in maps]
    canvas = Canvas(2 * _LEFT + len(pictures) * (_SIDE + _APART) - _APART, _TOP + _SIDE + 36)
    for k, (caption, picture) in enumerate(pictures):
        left = _LEFT + k * (_SIDE + _APART)
        for row, words in enumerate(caption.split("\n")):
            canvas.text((left, 14 + 12 * row), words, 9.5, bold=row == 0, room=_SIDE)
        canvas.image((left, _TOP), (_SIDE, _SIDE), png_of(picture))
        canvas.rect((left, _TOP), (_SIDE, _SIDE), edge=LINE)
    x, y = _LEFT, _TOP + _SIDE + 22
    for color, words in ((FOR, "speaks for the class"), (AGAINST, "speaks against it")):
        canvas.rect((x, y - 9), (12, 12), color, edge=GREY)
        canvas.text((x + 18, y + 1), words, 9, color=INK)
        x += 150
    rows = tuple(
        (one.caption.split("\n")[0], str(row), str(column), f"{one.values[row, column]:.6g}")
        for one in maps
        for row in range(one.values.shape[0])
        for column in range(one.values.shape[1])
    )
    return drawn(canvas, key, title, note, simulated=simulated,
                 columns=("Map", "Row", "Column", "Value"), rows=rows)  # fmt: skip
