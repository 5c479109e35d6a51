"""Words over the picture: light letters with a dark halo, kept as pictures once drawn.

Outlining glyphs costs 1 ms a line, so figures are put together from digits drawn once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

from reader_app.widgets.slice_view.items import HALO
from reader_app.widgets.theme import PALETTE, font

MOST_RUNS = 400
ROOM = 4.0
"""Px around a run for its halo."""


@dataclass(frozen=True)
class Text:
    """A run of text: `strong` ones are the figures to be found at a glance."""

    text: str
    strong: bool = False


Line = tuple[Text, ...]


@dataclass(frozen=True)
class _Piece:
    """A digit or the words between figures: halo and ink apart, so that none dims a neighbour."""

    halo: QPixmap
    ink: QPixmap
    width: float
    ascent: float
    height: float


@dataclass(frozen=True)
class _Run:
    """A run of text as a picture: where its base line starts in it, how far it reaches."""

    picture: QPixmap
    start: QPointF
    width: float


class Lettering:
    """Paints runs of text at the screen's own resolution."""

    def __init__(self) -> None:
        self._runs: dict[tuple[Text, float], _Run] = {}
        self._pieces: dict[tuple[Text, float], _Piece] = {}

    def paint(self, painter: QPainter, line: Iterable[Text], at: QPointF) -> float:
        """Runs from `at`, the start of their base line; returns the x where they end."""
        ratio = painter.device().devicePixelRatioF()
        x = at.x()
        for part in line:
            run = self._run(part, ratio)
            painter.drawPixmap(QPointF(x, at.y()) - run.start, run.picture)
            x += run.width
        return x

    def width(self, painter: QPainter, line: Line) -> float:
        """How wide the runs are together."""
        ratio = painter.device().devicePixelRatioF()
        return sum(self._run(part, ratio).width for part in line)

    def _run(self, part: Text, ratio: float) -> _Run:
        known = self._runs.get((part, ratio))
        if known is None:
            if len(self._runs) > MOST_RUNS:
                self._runs.clear()
            known = self._runs[part, ratio] = self._composed(part, ratio)
        return known

    def _composed(self, part: Text, ratio: float) -> _Run:
        texts = re.findall(r"\d|\D+", part.text) or [""]
        pieces = [self._piece(Text(text, part.strong), ratio) for text in texts]
        width = sum(piece.width for piece in pieces)
        picture = _clear(QSizeF(width + 2 * ROOM, pieces[0].height + 2 * ROOM), ratio)
        painter = QPainter(picture)
        for pictures in ([piece.halo for piece in pieces], [piece.ink for piece in pieces]):
            x = 0.0
            for piece, one in zip(pieces, pictures, strict=True):
                painter.drawPixmap(QPointF(x, 0), one)
                x += piece.width
        painter.end()
        return _Run(picture, QPointF(ROOM, pieces[0].ascent + ROOM), width)

    def _piece(self, part: Text, ratio: float) -> _Piece:
        known = self._pieces.get((part, ratio))
        if known is None:
            if len(self._pieces) > MOST_RUNS:
                self._pieces.clear()
            known = self._pieces[part, ratio] = _drawn(part, ratio)
        return known


def _drawn(part: Text, ratio: float) -> _Piece:
    chosen = font("panel" if part.strong else "body")
    metrics = QFontMetricsF(chosen)
    width = metrics.horizontalAdvance(part.text)
    outline = QPainterPath()
    outline.addText(QPointF(ROOM, metrics.ascent() + ROOM), chosen, part.text)
    size = QSizeF(width + 2 * ROOM, metrics.height() + 2 * ROOM)
    halo, ink = _clear(size, ratio), _clear(size, ratio)
    pen = QPen(HALO, 4.5)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    for picture, is_ink in ((halo, False), (ink, True)):
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_ink:
            painter.fillPath(outline, QColor(PALETTE.strong if part.strong else PALETTE.text))
        else:
            painter.strokePath(outline, pen)
        painter.end()
    return _Piece(halo, ink, width, metrics.ascent(), metrics.height())


def _clear(size: QSizeF, ratio: float) -> QPixmap:
    picture = QPixmap(math.ceil(size.width() * ratio), math.ceil(size.height() * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture
