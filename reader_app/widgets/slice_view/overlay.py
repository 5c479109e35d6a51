"""What lies over the picture in screen px: corner texts, letters, scale bar, magnifier."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QTransform,
)

from reader_app.widgets.slice_view.items import HALO, halo_stroke
from reader_app.widgets.slice_view.lettering import Lettering, Line, Text
from reader_app.widgets.slice_view.orientation import Letters
from reader_app.widgets.slice_view.picture import Tag
from reader_app.widgets.theme import PALETTE, font, mixed

EDGE = 14.0
LINE = 18.0
LENS = 190.0
LENS_ZOOM = 2.5
NICE_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500)
TAG_HEIGHT, TAG_STEP = 20, 24
GROUND = QColor(0, 0, 0, 150)
"""Behind a line of text: what is bright there, a table or a bone, shines through and no more."""

SIDE, ASCENT, DESCENT = 4.0, 13.0, 5.0
"""Px that it reaches beyond the text, above and below its base line."""

_TAG_COLORS = {
    "simulated": (PALETTE.simulated, PALETTE.simulated_ground),
    "warning": (PALETTE.warning, PALETTE.warning_ground),
    "error": (PALETTE.error_text, PALETTE.error_ground),
    "neutral": (PALETTE.text_2, PALETTE.line),
}


class Overlay:
    """Paints the texts and the marks beside them."""

    def __init__(self) -> None:
        self._lettering = Lettering()
        self._tags: dict[tuple[Tag, float], QPixmap] = {}

    def corner(
        self, painter: QPainter, view: QSizeF, corner: Qt.Corner, lines: Sequence[Line]
    ) -> float:
        """Lines in one corner; returns the y below (or above) them."""
        at_top = corner in (Qt.Corner.TopLeftCorner, Qt.Corner.TopRightCorner)
        at_right = corner in (Qt.Corner.TopRightCorner, Qt.Corner.BottomRightCorner)
        y = EDGE + 11 if at_top else view.height() - EDGE - LINE * (len(lines) - 1)
        for line in lines:
            x = view.width() - EDGE - self._width(painter, line) if at_right else EDGE
            self._write(painter, line, QPointF(x, y))
            y += LINE
        return y

    def _write(self, painter: QPainter, line: Line, at: QPointF) -> None:
        """A line of text on its ground."""
        width = self._width(painter, line)
        if width:
            box = QRectF(at.x() - SIDE, at.y() - ASCENT, width + 2 * SIDE, ASCENT + DESCENT)
            painter.fillRect(box, GROUND)
            self._lettering.paint(painter, line, at)

    def letters(self, painter: QPainter, view: QSizeF, letters: Letters) -> None:
        """The patient's directions, in the middle of each edge."""
        middle_y, middle_x = view.height() / 2 + 5, view.width() / 2
        for text, share, x, y in (
            (letters.left, 0.0, EDGE, middle_y),
            (letters.right, 1.0, view.width() - EDGE, middle_y),
            (letters.top, 0.5, middle_x, EDGE + 11),
            (letters.bottom, 0.5, middle_x, view.height() - EDGE),
        ):
            if text:
                line = (Text(text, True),)
                left = x - share * self._width(painter, line)
                self._write(painter, line, QPointF(left, y))

    def tags(self, painter: QPainter, top: float, tags: Sequence[Tag]) -> None:
        """Badges below the upper left corner's lines."""
        y = top - 11
        for tag in tags:
            key = (tag, painter.device().devicePixelRatioF())
            if key not in self._tags:
                self._tags[key] = _drawn_tag(*key)
            painter.drawPixmap(QPointF(EDGE - 1, y - 1), self._tags[key])
            y += TAG_STEP

    def label(self, painter: QPainter, at: QPointF, text: str) -> None:
        """A name beside its margin."""
        self._lettering.paint(painter, (Text(text, True),), at)

    def scale_bar(self, painter: QPainter, view: QSizeF, zoom: float) -> None:
        """A bar of a round length in mm, about a sixth of the view."""
        length = max((mm for mm in NICE_MM if mm * zoom <= view.width() / 5), default=NICE_MM[0])
        width, left = length * zoom, view.width() * 0.68 - length * zoom / 2
        y = view.height() - EDGE - 1
        bars = (
            QRectF(left - 0.75, y - 0.75, width + 1.5, 1.5),
            QRectF(left - 0.75, y - 6, 1.5, 6),
            QRectF(left + width - 0.75, y - 6, 1.5, 6),
        )
        for bar in bars:
            painter.fillRect(bar.adjusted(-1.25, -1.25, 1.25, 1.25), HALO)
        for bar in bars:
            painter.fillRect(bar, QColor(PALETTE.strong))
        label = (Text(f"{length} mm"),)
        middle = left + width / 2 - self._width(painter, label) / 2
        self._write(painter, label, QPointF(middle, y - 6))

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

    def _width(self, painter: QPainter, line: Line) -> float:
        return self._lettering.width(painter, line)


def _drawn_tag(tag: Tag, ratio: float) -> QPixmap:
    """A badge as a picture, with one px around it."""
    small = font("badge")
    width = QFontMetricsF(small).horizontalAdvance(tag.text) + 14
    picture = QPixmap(math.ceil((width + 2) * ratio), math.ceil((TAG_HEIGHT + 2) * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    ink, ground = _TAG_COLORS.get(tag.role, _TAG_COLORS["neutral"])
    box = QRectF(1, 1, width, TAG_HEIGHT)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(mixed(ground, ink, 0.3), 1))
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(ink))
    painter.setFont(small)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, tag.text)
    painter.end()
    return picture
