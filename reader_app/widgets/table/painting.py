"""How a cell is drawn: picture, icon, bar, class marks, badges, text in one or two lines."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from reader_app.widgets import icons
from reader_app.widgets.badge import badge_size, paint_badge
from reader_app.widgets.class_mark import paint_mark
from reader_app.widgets.table.model import alignment
from reader_app.widgets.table.rows import Cell, Mark
from reader_app.widgets.theme import PALETTE, font

PADDING, GAP = 12, 8
_ROUNDED = 2  # px; a text whose width was rounded down would be cut


def cell_width(cell: Cell) -> int:
    """Px a cell needs, padding included."""
    words = QFontMetrics(font("panel" if cell.strong else "body")).horizontalAdvance(cell.text)
    words = max(words, QFontMetrics(font("hint")).horizontalAdvance(cell.below))
    if cell.badge:
        words = badge_size(cell.text, cell.badge).width()
    words += sum(badge_size(text, role).width() + 6 for text, role in cell.badges)
    for mark in cell.marks:
        words += 24 + QFontMetrics(font("body")).horizontalAdvance(mark.text)
    return words + 2 * PADDING + (24 if cell.icon else 0) + _ROUNDED


def paint_cell(painter: QPainter, rect: QRect, cell: Cell, align: str, chosen: bool) -> None:
    """Draw a cell's picture, icon, marks, badges, then its text."""
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    x = rect.x()
    if cell.image is not None:
        side = rect.height() - 8
        square = QRect(x, rect.y() + 4, side, side)
        size = cell.image.size().scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(square.topLeft(), size)
        place.moveCenter(square.center())
        painter.drawImage(place, cell.image)
        x += side + 16
    if cell.icon:
        mark = icons.pixmap(cell.icon, PALETTE.text_2, 16)
        painter.drawPixmap(x, rect.y() + (rect.height() - 16) // 2, mark)
        x += 24
    rest = QRect(x, rect.y(), rect.right() - x + 1, rect.height())
    if cell.progress is not None:
        rest = _paint_bar(painter, rest, cell)
    if cell.marks:
        rest = _paint_marks(painter, rest, cell.marks)
    if cell.badge and cell.text:
        paint_badge(
            painter, _aligned(rest, badge_size(cell.text, cell.badge), align), cell.text, cell.badge
        )
        rest = rest.adjusted(badge_size(cell.text, cell.badge).width() + 6, 0, 0, 0)
    for text, role in cell.badges:
        paint_badge(painter, rest, text, role)
        rest = rest.adjusted(badge_size(text, role).width() + 6, 0, 0, 0)
    if not cell.badge:
        _paint_text(painter, rest, cell, align, chosen)


def _aligned(rect: QRect, size: QSize, align: str) -> QRect:
    spare = max(0, rect.width() - size.width())
    shift = {"left": 0, "right": spare, "center": spare // 2}[align]
    return rect.adjusted(shift, 0, 0, 0)


def _paint_bar(painter: QPainter, rect: QRect, cell: Cell) -> QRect:
    """A bar that leaves room for the cell's text."""
    share = cell.progress or 0.0
    words = QFontMetrics(font("body")).horizontalAdvance(cell.text)
    width = min(80, rect.width() - words - GAP - _ROUNDED if cell.text else rect.width())
    bar = QRect(rect.x(), rect.y() + rect.height() // 2 - 3, width, 6)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.line))
    painter.drawRoundedRect(bar, 3, 3)
    painter.setBrush(QColor(PALETTE.accent))
    painter.drawRoundedRect(QRect(bar.x(), bar.y(), round(width * min(max(share, 0), 1)), 6), 3, 3)
    return rect.adjusted(width + GAP, 0, 0, 0)


def _paint_marks(painter: QPainter, rect: QRect, marks: tuple[Mark, ...]) -> QRect:
    metrics = QFontMetrics(font("body"))
    x = rect.x()
    for mark in marks:
        paint_mark(painter, QPointF(x + 6, rect.center().y() + 1), mark.marker, QColor(mark.color))
        width = metrics.horizontalAdvance(mark.text)
        painter.setFont(font("body"))
        painter.setPen(QColor(PALETTE.text))
        box = QRect(x + 18, rect.y(), width + 2, rect.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, mark.text)
        x += 18 + width + 14
    return QRect(x, rect.y(), max(0, rect.right() - x), rect.height())


def _paint_text(painter: QPainter, rect: QRect, cell: Cell, align: str, chosen: bool) -> None:
    quiet = PALETTE.hint_selected if chosen else PALETTE.text_3
    color = quiet if cell.quiet else PALETTE.strong if cell.strong else PALETTE.text
    role = "panel" if cell.strong else "body"
    if not cell.below:
        _draw_elided(painter, rect, cell.text, role, color, alignment(align))
        return
    upper, lower = QFontMetrics(font(role)).height(), QFontMetrics(font("hint")).height()
    top = rect.y() + (rect.height() - upper - lower) // 2
    _draw_elided(
        painter,
        QRect(rect.x(), top, rect.width(), upper),
        cell.text,
        role,
        color,
        alignment(align),
    )
    below = QRect(rect.x(), top + upper, rect.width(), lower)
    _draw_elided(painter, below, cell.below, "hint", quiet, alignment(align))


def _draw_elided(
    painter: QPainter, rect: QRect, text: str, role: str, color: str, flags: Qt.AlignmentFlag
) -> None:
    painter.setFont(font(role))
    painter.setPen(QColor(color))
    shown = QFontMetrics(font(role)).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, flags, shown)
