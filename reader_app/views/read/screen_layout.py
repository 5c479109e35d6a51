"""Where the parts of the reading screen stand: by the window's size alone, never by the trial.

An ROI is enlarged by a whole factor of its 64 px, the largest for which the answers have room too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPoint, QRect, QSize

from reader_app.views.read.answer_rows import ROW_HEIGHT
from reader_app.views.read.side_panel import NARROWEST, WIDTH
from reader_app.views.read.trial_picture import ROI_SIZE

TOP, EDGE = 48, 24
LEAST = QSize(940, 500)
"""The least window, logical px: a screen of 1920x1080 px at 200 % holds it."""

ROI_SIDES = (ROI_SIZE, 448, 384, 320, 256)
"""Sides of an ROI on the screen, logical px; the first wherever it has room."""

NOTE_HEIGHT = 54
"""Room of a clinical note below the picture, logical px: three lines."""

_LARGEST, _ROW_WIDTH, _FOOT = 1024, 792, 64
_LEAST_SPARE = 20


@dataclass(frozen=True)
class ScreenLayout:
    """Places in logical px of the window. `rows` are the left upper corners of the answers."""

    picture: QRect
    rows: tuple[QPoint, ...]
    problem: QRect
    next: QRect
    leave: QRect
    back: QRect
    panel: QRect
    hints: QRect
    note: QRect | None = None  # only where there are clinical notes


def roi_side(height: int, rows: int) -> int:
    """The side of an ROI in a window of this height, with so many rows of answers below it.

    Example: 512 px in a window 720 px high with three rows, 320 px in one of 540 px.
    """
    room = height - (TOP - 4) - 8 - rows * (ROW_HEIGHT + 4)
    return next((side for side in ROI_SIDES if side <= room), ROI_SIDES[-1])


def layout(
    width: int, height: int, rows: int, *, roi: int, slices: bool, notes: bool = False
) -> ScreenLayout:
    """Places for so many rows of answers and an ROI of `roi` px.

    `slices`: pictures as large as the window allows. `notes`: with room for a clinical note below
    every picture. In a low window Next and Undo stand beside the picture.
    """
    if notes:
        places = layout(width, height - NOTE_HEIGHT, rows, roi=roi, slices=slices)
        return _with_note(places, width)
    side = _side(width, height, rows, roi) if slices else roi
    spare = height - TOP - side - rows * ROW_HEIGHT - _FOOT
    if spare < _LEAST_SPARE:
        return _compact(width, side, rows)
    return _roomy(width, height, side, rows)


def _with_note(places: ScreenLayout, width: int) -> ScreenLayout:
    """The same places with a note's room below the picture; what stands beside it stays."""
    bottom = places.picture.bottom() + 1

    def lowered(place: QRect) -> QRect:
        return place.translated(0, NOTE_HEIGHT) if place.top() >= bottom else place

    return replace(
        places,
        rows=tuple(corner + QPoint(0, NOTE_HEIGHT) for corner in places.rows),
        problem=lowered(places.problem),
        next=lowered(places.next),
        back=lowered(places.back),
        hints=lowered(places.hints),
        note=QRect((width - _ROW_WIDTH) // 2, bottom + 2, _ROW_WIDTH, NOTE_HEIGHT - 2),
    )


def _side(width: int, height: int, rows: int, least: int) -> int:
    """The largest square with room for the answers below and a panel beside it."""
    high = height - TOP - rows * (ROW_HEIGHT + 6) - _FOOT - _LEAST_SPARE - 16
    wide = width - 2 * (NARROWEST + 2 * EDGE)
    return max(least, min(high, wide, _LARGEST) // 2 * 2)


def _roomy(width: int, height: int, side: int, rows: int) -> ScreenLayout:
    middle = width // 2
    spare = height - TOP - side - rows * ROW_HEIGHT - _FOOT
    top = TOP + max(0, min(20, spare // 6))
    gap = max(4, min(10, spare // 8))
    first = top + side + max(8, min(24, spare // 5))
    end = first + rows * (ROW_HEIGHT + gap)
    foot = height - (58 if spare > 90 else 46)
    right = middle + 110 + EDGE
    return ScreenLayout(
        picture=QRect(middle - side // 2, top, side, side),
        rows=tuple(_row(middle, first + k * (ROW_HEIGHT + gap)) for k in range(rows)),
        problem=QRect(EDGE, end, width - 2 * EDGE, max(18, foot - end)),
        next=QRect(middle - 110, foot, 220, 40),
        leave=QRect(middle - 110, top + side // 2 + 24, 220, 40),
        back=QRect(EDGE, foot, middle - 110 - 2 * EDGE, 40),
        panel=_panel(width, side, top, top + side),
        hints=QRect(right, foot, width - EDGE - right, 40),
    )


def _compact(width: int, side: int, rows: int) -> ScreenLayout:
    middle, top = width // 2, TOP - 4
    foot, beside = top + side - 40, middle - side // 2 - 2 * EDGE
    first, right = top + side + 8, middle + side // 2 + EDGE
    return ScreenLayout(
        picture=QRect(middle - side // 2, top, side, side),
        rows=tuple(_row(middle, first + k * (ROW_HEIGHT + 4)) for k in range(rows)),
        problem=QRect(EDGE, top + 40, beside, foot - top - 60),
        next=QRect(right, foot, min(200, beside), 40),
        leave=QRect(middle - 110, top + side // 2 + 24, 220, 40),
        back=QRect(EDGE, foot, beside, 40),
        panel=_panel(width, side, top, foot - 120),
        hints=QRect(right, foot - 112, beside, 104),
    )


def _row(middle: int, top: int) -> QPoint:
    return QPoint(middle - _ROW_WIDTH // 2, top)


def _panel(width: int, side: int, top: int, bottom: int) -> QRect:
    left = width // 2 + side // 2 + EDGE
    return QRect(left, top, min(WIDTH, width - EDGE - left), bottom - top)
