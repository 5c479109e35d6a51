"""Where the names of margins stand: beside their line and inside no other margin.

Names keep their size on the screen, so places are sought in screen px and hold until the zoom or
the turn changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainterPath, QTransform

from reader_app.widgets.slice_view.items import path_of
from reader_app.widgets.slice_view.picture import Aids, MarginLine
from reader_app.widgets.theme import font

BESIDE = 8.0
"""Screen px between a line and its name."""

ABOVE_BOX = QPointF(4, -7)
"""From the upper left corner of the ROI's box to the start of the name above it."""


@dataclass(frozen=True)
class Name:
    """A name to be painted: its base line starts `offset` screen px from `at`, image px."""

    at: QPointF
    offset: QPointF
    text: str


@dataclass(frozen=True)
class _Spot:
    """A place for a name: where it hangs on the margin, and the base line's start; screen px."""

    at: QPointF
    start: QPointF


def names(margins: tuple[MarginLine, ...], aids: Aids, to_screen: QTransform) -> tuple[Name, ...]:
    """A name for the chosen margin always, for the others where one finds room.

    Each tries right, left, above and below its line, then the corners; the chosen one first
    above its ROI's box.
    """
    shown = sorted((m for m in margins if m.points and m.label), key=_is_other)
    areas = [_Area.of(to_screen.map(path_of(m.points, True))) for m in shown]
    to_image, _ = to_screen.inverted()
    found: list[Name] = []
    taken: list[QRectF] = []
    for number, margin in enumerate(shown):
        size = _Size(margin.label)
        others = (*areas[:number], *areas[number + 1 :])
        first: _Spot | None = None
        for spot in _spots(margin, aids, areas[number].box, to_screen, size):
            first = first or spot
            if _is_free(size.box(spot.start), others, taken):
                break
        else:
            if not margin.is_chosen or first is None:
                continue
            spot = first
        taken.append(size.box(spot.start))
        found.append(Name(to_image.map(spot.at), spot.start - spot.at, margin.label))
    return tuple(found)


def _is_other(margin: MarginLine) -> bool:
    return not margin.is_chosen


@dataclass(frozen=True)
class _Area:
    """What a margin covers on the screen."""

    path: QPainterPath
    box: QRectF

    @classmethod
    def of(cls, path: QPainterPath) -> _Area:
        """With its upright box, which is asked first."""
        return cls(path, path.boundingRect())

    def meets(self, box: QRectF) -> bool:
        """Whether a box lies in it or over its line."""
        return self.box.intersects(box) and self.path.intersects(box)


class _Size:
    """How much room a name needs."""

    def __init__(self, text: str) -> None:
        metrics = QFontMetricsF(font("panel"))
        self.width = metrics.horizontalAdvance(text)
        self.ascent, self.descent = metrics.ascent(), metrics.descent()

    def box(self, start: QPointF) -> QRectF:
        """What it covers when its base line starts here."""
        return QRectF(start.x(), start.y() - self.ascent, self.width, self.ascent + self.descent)


def _spots(
    margin: MarginLine, aids: Aids, box: QRectF, to_screen: QTransform, size: _Size
) -> Iterator[_Spot]:
    """The places tried, best first. `box`: around the margin, screen px."""
    if margin.is_chosen and aids.box is not None:
        left, top, right, bottom = aids.box
        corner = to_screen.mapRect(QRectF(left, top, right - left, bottom - top)).topLeft()
        yield _Spot(corner, corner + ABOVE_BOX)
    m11, m21 = to_screen.m11(), to_screen.m21()
    across = sorted(margin.points, key=lambda point: m11 * point[0] + m21 * point[1])
    west, east = (to_screen.map(QPointF(*across[end])) for end in (0, -1))
    yield _Spot(east, east + QPointF(BESIDE, -BESIDE - 2))
    yield _Spot(west, west + QPointF(-BESIDE - size.width, -BESIDE - 2))
    middle = box.center().x() - size.width / 2
    yield _Spot(box.topLeft(), QPointF(middle, box.top() - BESIDE))
    yield _Spot(box.bottomLeft(), QPointF(middle, box.bottom() + BESIDE + size.ascent))
    before, under = QPointF(-size.width, 0), QPointF(0, size.ascent)
    yield _Spot(box.topRight(), box.topRight())  # a round margin leaves its box's corners free
    yield _Spot(box.topLeft(), box.topLeft() + before)
    yield _Spot(box.bottomRight(), box.bottomRight() + under)
    yield _Spot(box.bottomLeft(), box.bottomLeft() + before + under)


def _is_free(box: QRectF, others: Iterable[_Area], taken: Iterable[QRectF]) -> bool:
    """Whether a name here covers no other margin and no other name."""
    return not any(map(box.intersects, taken)) and not any(area.meets(box) for area in others)
