"""A figure of the report: SVG, caption and the data it shows; looks of arms and classes."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace

from studies.report.lettering import wrapped
from studies.report.svg import BLUE, GREY, INK, LINE, Canvas

__all__ = [
    "BLUE", "GREY", "INK", "LINE", "Figure", "arm_look", "drawn", "png_of", "with_title",
]  # fmt: skip

_VIOLET = "#6a63a8"
_ARM_LOOKS = (  # dash and marker as in the window
    ("cnn-aug", ("#59636e", "-", "circle")),
    ("cnn-aug-gan", ("#0072b2", "-", "triangle")),
    ("cnn-extra", ("#8a6d00", "--", "square")),
    ("cnn-aug-acgan", ("#b04a00", "-.", "star")),
    ("cnn-aug-cda", ("#b0428a", ":", "diamond")),
    ("cnn-equal", ("#00705a", ":", "cross")),
    ("cnn-aug-equal", ("#00705a", ":", "cross")),
    ("cnn-fly", ("#00705a", "-", "diamond")),
)
_OTHER_LOOKS = (
    ("#6a63a8", "--", "down"),
    ("#1b1f23", ":", "plus"),
    ("#59636e", "-.", "square"),
)


def arm_look(arm: str, place: int) -> tuple[str, str, str]:
    """Colour, dash and marker of an arm, the same in every figure; others by their place."""
    return dict(_ARM_LOOKS).get(arm, _OTHER_LOOKS[place % len(_OTHER_LOOKS)])


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption: `svg` the file's text, `key` the file's name, size in CSS px.

    `note` says n, method and what bars and bands are. `columns` and `rows` are its data, for CSV.
    """

    key: str
    title: str
    svg: str
    width: int
    height: int
    note: str
    simulated: bool = False
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def source(self) -> str:
        """The drawing as a data address for an HTML page."""
        coded = base64.b64encode(self.svg.encode("utf-8")).decode("ascii")
        return f"data:image/svg+xml;base64,{coded}"


def drawn(
    canvas: Canvas,
    key: str,
    title: str,
    note: str,
    *,
    simulated: bool = False,
    columns: tuple[str, ...] = (),
    rows: tuple[tuple[str, ...], ...] = (),
) -> Figure:
    """The canvas as a figure; pages mark simulated ones beside the title."""
    width, height = round(canvas.width), round(canvas.height)
    return Figure(key, title, canvas.svg(), width, height, note, simulated, columns, rows)


def with_title(figure: Figure) -> Figure:
    """The figure as a file of its own: title above, note below, in the drawing."""
    room = figure.width - 16
    heads, notes = wrapped(figure.title, 12, 0.8 * room), wrapped(figure.note, 9, room)
    above, below = 10 + 16 * len(heads), 10 + 12 * len(notes)
    canvas = Canvas(figure.width, figure.height + above + below)
    for k, words in enumerate(heads):
        canvas.text((8, 17 + 16 * k), words, 12, bold=True)
    if figure.simulated:
        canvas.text((figure.width - 8, 17), "simulated", 10, color=_VIOLET, anchor="end")
    for k, words in enumerate(notes):
        canvas.text((8, above + figure.height + 12 + 12 * k), words, 9, color=GREY)
    canvas.inner(_body(figure.svg), (0, above))
    return replace(figure, svg=canvas.svg(), height=round(canvas.height))


def _body(svg: str) -> str:
    """What stands inside the root element."""
    found = re.search(r"<svg\b[^>]*>(.*)</svg>", svg, re.DOTALL)
    return found.group(1) if found else ""


def png_of(image: object) -> bytes:
    """(h, w) grey values 0..1, or (h, w, 3) colours 0..1, as the bytes of a PNG."""
    import io

    import numpy as np
    from PIL import Image

    levels = np.rint(np.clip(np.asarray(image, dtype=np.float64), 0.0, 1.0) * 255.0)
    buffer = io.BytesIO()
    Image.fromarray(levels.astype(np.uint8)).save(buffer, format="PNG")
    return buffer.getvalue()
