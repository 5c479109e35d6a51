"""What lies over the picture in screen px: corner texts, letters, scale bar, magnifier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QTransform,
)

from reader_app.widgets.slice_view.items import HALO, halo_stroke
from reader_app.widgets.slice_view.orientation import Letters
from reader_app.widgets.slice_view.picture import Tag
from reader_app.widgets.theme import PALETTE, font, mixed

EDGE = 14.0
LINE = 18.0
LENS = 190.0
MOST_RUNS = 400
LENS_ZOOM = 2.5
NICE_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500)

_TAG_COLORS = {
    "simulated": (PALETTE.simulated, PALETTE.simulated_ground),
    "warning": (PALETTE.warning, PALETTE.warning_ground),
    "error": (PALETTE.error_text, PALETTE.error_ground),
    "neutral": (PALETTE.text_2, PALETTE.line),
}


@dataclass(frozen=True)
class Text:
    """A run of text: `strong` ones are the figures to be found at a glance."""

    text: str
    strong: bool = False


Line = tuple[Text, ...]


class Overlay:
    """Paints the texts; drawn strings are kept, since the same ones come every frame."""

    def __init__(self) -> None:
        self._runs: dict[tuple[Text, float], _Run] = {}

    def corner(
        self, painter: QPainter, view: QSizeF, corner: Qt.Corner, lines: Sequence[Line]
    ) -> float:
        """Lines in one corner; returns the y below (or above) them."""
        at_top = corner in (Qt.Corner.TopLeftCorner, Qt.Corner.TopRightCorner)
        at_right = corner in (Qt.Corner.TopRightCorner, Qt.Corner.BottomRightCorner)
        y = EDGE + 11 if at_top else view.height() - EDGE - LINE * (len(lines) - 1)
        for line in lines:
            x = view.width() - EDGE - self._width(line) if at_right else EDGE
            for part in line:
                x = self._run(painter, part, QPointF(x, y))
            y += LINE
        return y

    def letters(self, painter: QPainter, view: QSizeF, letters: Letters) -> None:
        """The patient's directions, in the middle of each edge."""
        middle_y, middle_x = view.height() / 2 + 5, view.width() / 2
        for text, x, y in (
            (letters.left, EDGE, middle_y),
            (
                letters.right,
                view.width() - EDGE - self._width((Text(letters.right, True),)),
                middle_y,
            ),
            (letters.top, middle_x - self._width((Text(letters.top, True),)) / 2, EDGE + 11),
            (
                letters.bottom,
                middle_x - self._width((Text(letters.bottom, True),)) / 2,
                view.height() - EDGE,
            ),
        ):
            if text:
                self._run(painter, Text(text, True), QPointF(x, y))

    def tags(self, painter: QPainter, top: float, tags: Sequence[Tag]) -> None:
        """Badges below the upper left corner's lines."""
        small = font("badge")
        metrics = QFontMetricsF(small)
        y = top - 11
        for tag in tags:
            ink, ground = _TAG_COLORS.get(tag.role, _TAG_COLORS["neutral"])
            box = QRectF(EDGE, y, metrics.horizontalAdvance(tag.text) + 14, 20)
            painter.setPen(QPen(mixed(ground, ink, 0.3), 1))
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(QColor(ink))
            painter.setFont(small)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, tag.text)
            y += 24

    def label(self, painter: QPainter, at: QPointF, text: str) -> None:
        """A name beside its margin."""
        self._run(painter, Text(text, True), at)

    def scale_bar(self, painter: QPainter, view: QSizeF, zoom: float) -> None:
        """A bar of a round length in mm, about a sixth of the view."""
        length = max((mm for mm in NICE_MM if mm * zoom <= view.width() / 5), default=NICE_MM[0])
        half = length * zoom / 2
        center, y = view.width() * 0.68, view.height() - EDGE - 1
        path = QPainterPath(QPointF(center - half, y - 6))
        for x, yy in ((center - half, y), (center + half, y), (center + half, y - 6)):
            path.lineTo(x, yy)
        for color, width in ((HALO, 4.0), (QColor(PALETTE.strong), 1.5)):
            painter.strokePath(path, QPen(color, width))
        label = Text(f"{length} mm")
        self._run(painter, label, QPointF(center - self._width((label,)) / 2, y - 6))

    def lens(
        self,
        painter: QPainter,
        image: QImage,
        to_lens: QTransform,
        lines: Sequence[tuple[QPainterPath, QColor]],
        at: QPointF,
    ) -> None:
        """A round piece of the picture around a screen point, with its lines; `to_lens` carries
        image px to screen px."""
        circle = QPainterPath()
        circle.addEllipse(at, LENS / 2, LENS / 2)
        painter.save()
        painter.setClipPath(circle)
        painter.fillPath(circle, QColor(PALETTE.image))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setTransform(to_lens, True)
        painter.drawImage(QPointF(0, 0), image)
        for path, color in lines:
            halo_stroke(painter, path, color)
        painter.restore()
        painter.strokePath(circle, QPen(QColor(PALETTE.text_2), 1.5))

    def _run(self, painter: QPainter, part: Text, at: QPointF) -> float:
        """Paint a run with its base line's start at `at`; returns where the next one starts."""
        run = self._drawn(part, painter.device().devicePixelRatioF())
        painter.drawPixmap(at - run.start, run.picture)
        return at.x() + run.width

    def _width(self, line: Line) -> float:
        return sum(QFontMetricsF(_font(part)).horizontalAdvance(part.text) for part in line)

    def _drawn(self, part: Text, ratio: float) -> _Run:
        known = self._runs.get((part, ratio))
        if known is None:
            if len(self._runs) > MOST_RUNS:
                self._runs.clear()
            known = self._runs[part, ratio] = _draw(part, ratio)
        return known


@dataclass(frozen=True)
class _Run:
    """A run of text as a picture: where its base line starts in it, how far it reaches."""

    picture: QPixmap
    start: QPointF
    width: float


def _font(part: Text) -> QFont:
    return font("panel" if part.strong else "body")


def _draw(part: Text, ratio: float) -> _Run:
    """Outlining glyphs costs 1 ms a line: done once a string, not once a frame."""
    chosen = _font(part)
    metrics = QFontMetricsF(chosen)
    start = QPointF(4, metrics.ascent() + 4)
    width = metrics.horizontalAdvance(part.text)
    size = QSizeF(width + 8, metrics.height() + 8) * ratio
    picture = QPixmap(math.ceil(size.width()), math.ceil(size.height()))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    outline = QPainterPath()
    outline.addText(start, chosen, part.text)
    halo = QPen(HALO, 4.5)
    halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.strokePath(outline, halo)
    painter.fillPath(outline, QColor(PALETTE.strong if part.strong else PALETTE.text))
    painter.end()
    return _Run(picture, start, width)
