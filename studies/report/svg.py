"""A small writer of SVG: what the report's figures are drawn with; the same bytes every time."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from math import cos, pi, sin
from xml.sax.saxutils import escape, quoteattr

from studies.report.lettering import FONTS, shortened

Point = tuple[float, float]
INK, GREY, LINE, BLUE = "#1b1f23", "#59636e", "#d7dce1", "#0072b2"
DASHES = {"-": "", "--": "7 4", ":": "2 3", "-.": "7 3 2 3"}
_KINDS = {"start", "middle", "end"}


class Canvas:
    """A drawing of `width` x `height` px on white; y runs downwards, (0, 0) is the upper left."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []

    def text(
        self,
        at: Point,
        words: str,
        size: float = 10,
        *,
        color: str = INK,
        anchor: str = "start",
        bold: bool = False,
        room: float | None = None,
        upright: bool = False,
    ) -> None:
        """A line of text with its base line at y, shortened to `room` px and to the drawing.

        `anchor` start | middle | end; `upright` reads from below (an axis title).
        """
        if anchor not in _KINDS:
            raise ValueError("an anchor is start, middle or end")
        own = self._room(at, anchor, upright)
        words = shortened(words, size, own if room is None else min(room, own), bold=bold)
        if not words:
            return
        x, y = at
        turned = f' transform="rotate(-90 {_n(x)} {_n(y)})"' if upright else ""
        weight = ' font-weight="600"' if bold else ""
        self._add(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{color}" '
            f'text-anchor="{anchor}"{weight}{turned}>{escape(words)}</text>'
        )

    def _room(self, at: Point, anchor: str, upright: bool) -> float:
        """Px from this place to the nearer edge of the drawing along the text."""
        place, whole = (self.height - at[1], self.height) if upright else (at[0], self.width)
        before, after = place, whole - place
        return {"start": after, "end": before, "middle": 2 * min(before, after)}[anchor]

    def line(
        self, start: Point, end: Point, color: str = GREY, width: float = 1, dash: str = "-"
    ) -> None:
        """A straight line."""
        (x1, y1), (x2, y2) = start, end
        self._add(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{color}" '
            f'stroke-width="{_n(width)}"{_dash(dash)}/>'
        )

    def polyline(
        self, points: Iterable[Point], color: str, width: float = 1.5, dash: str = "-"
    ) -> None:
        """A line through points."""
        self._add(
            f'<polyline points="{_points(points)}" fill="none" stroke="{color}" '
            f'stroke-width="{_n(width)}" stroke-linejoin="round"{_dash(dash)}/>'
        )

    def polygon(
        self,
        points: Iterable[Point],
        fill: str,
        *,
        opacity: float = 1.0,
        edge: str = "none",
        width: float = 1,
    ) -> None:
        """A filled shape."""
        self._add(
            f'<polygon points="{_points(points)}" fill="{fill}"{_opacity(opacity)} '
            f'stroke="{edge}" stroke-width="{_n(width)}"/>'
        )

    def rect(
        self,
        corner: Point,
        size: Point,
        fill: str = "none",
        *,
        edge: str = GREY,
        width: float = 1,
        opacity: float = 1.0,
        dash: str = "-",
        round_px: float = 0,
    ) -> None:
        """A rectangle from its upper left corner."""
        (x, y), (w, h) = corner, size
        rounded = f' rx="{_n(round_px)}"' if round_px else ""
        self._add(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"{rounded} '
            f'fill="{fill}"{_opacity(opacity)} stroke="{edge}" stroke-width="{_n(width)}"'
            f"{_dash(dash)}/>"
        )

    def marker(
        self,
        at: Point,
        shape: str,
        color: str,
        size: float = 7,
        *,
        hollow: bool = False,
        opacity: float = 1.0,
    ) -> None:
        """A mark `size` px across: circle, triangle, square, diamond, down, star, cross, plus."""
        fill, edge = ("#ffffff", color) if hollow else (color, "none")
        if shape == "circle":
            self._add(
                f'<circle cx="{_n(at[0])}" cy="{_n(at[1])}" r="{_n(size / 2)}" fill="{fill}"'
                f'{_opacity(opacity)} stroke="{edge}" stroke-width="1.2"/>'
            )
        elif shape in ("cross", "plus"):
            self._strokes(at, shape, color, size)
        else:
            points = _shape(at, shape, size)
            self.polygon(points, fill, opacity=opacity, edge=edge, width=1.2)

    def _strokes(self, at: Point, shape: str, color: str, size: float) -> None:
        (x, y), r = at, size / 2
        ends: tuple[tuple[Point, Point], ...] = (
            (((x - r, y - r), (x + r, y + r)), ((x - r, y + r), (x + r, y - r)))
            if shape == "cross"
            else (((x - r, y), (x + r, y)), ((x, y - r), (x, y + r)))
        )
        for start, end in ends:
            self.line(start, end, color, 1.4)

    def arrow(self, start: Point, end: Point, color: str = GREY, width: float = 1) -> None:
        """A line with a head at its end."""
        (x1, y1), (x2, y2) = start, end
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1.0
        ux, uy = (x2 - x1) / length, (y2 - y1) / length
        base = (x2 - 6 * ux, y2 - 6 * uy)
        self.line(start, base, color, width)
        sides = ((base[0] - 3 * uy, base[1] + 3 * ux), (base[0] + 3 * uy, base[1] - 3 * ux))
        self.polygon((end, *sides), color)

    def image(self, corner: Point, size: Point, png: bytes) -> None:
        """A PNG stretched over a rectangle, held in the drawing itself."""
        (x, y), (w, h) = corner, size
        address = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
        self._add(
            f'<image x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}" '
            f'preserveAspectRatio="none" xlink:href="{address}"/>'
        )

    def inner(self, parts: str, at: Point) -> None:
        """What another drawing holds inside its root element, its corner at `at`."""
        x, y = at
        self._add(f'<g transform="translate({_n(x)} {_n(y)})">{parts}</g>')

    def svg(self) -> str:
        """The drawing as the text of an SVG file."""
        w, h = _n(self.width), _n(self.height)
        head = (
            '<svg xmlns="http://www.w3.org/2000/svg" '
            'xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" '
            f'width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
            f"font-family={quoteattr(FONTS)}>"
        )
        ground = f'<rect x="0" y="0" width="{w}" height="{h}" fill="#ffffff"/>'
        return f"{head}{ground}{''.join(self._parts)}</svg>\n"

    def _add(self, part: str) -> None:
        self._parts.append(part)


def _shape(at: Point, shape: str, size: float) -> Sequence[Point]:
    (x, y), r = at, size / 2
    shapes: dict[str, Sequence[Point]] = {
        "square": ((x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)),
        "triangle": ((x, y - 1.1 * r), (x + 1.1 * r, y + r), (x - 1.1 * r, y + r)),
        "down": ((x, y + 1.1 * r), (x + 1.1 * r, y - r), (x - 1.1 * r, y - r)),
        "diamond": ((x, y - 1.25 * r), (x + 1.25 * r, y), (x, y + 1.25 * r), (x - 1.25 * r, y)),
        "star": _star(at, 1.3 * r),
    }
    return shapes[shape] if shape in shapes else shapes["square"]


def _star(at: Point, radius: float) -> Sequence[Point]:
    turns = ((k * pi / 5 - pi / 2, radius if k % 2 == 0 else 0.45 * radius) for k in range(10))
    return [(at[0] + r * cos(turn), at[1] + r * sin(turn)) for turn, r in turns]


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _dash(dash: str) -> str:
    pattern = DASHES.get(dash, "")
    return f' stroke-dasharray="{pattern}"' if pattern else ""


def _opacity(value: float) -> str:
    return f' fill-opacity="{_n(value)}"' if value < 1 else ""


def _n(value: float) -> str:
    """A length with at most two decimals and no trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
