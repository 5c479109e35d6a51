"""What Shift and Ctrl do to a gesture."""

from __future__ import annotations

from PySide6.QtCore import Qt

from reader_app.widgets.slice_view.orientation import Turn


def far(modifiers: Qt.KeyboardModifier) -> int:
    """How many slices a step goes: ten with Shift."""
    return 10 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1


def window_speed(modifiers: Qt.KeyboardModifier) -> float:
    """HU a screen px of the window's drag: Shift x5, Ctrl x0.2."""
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return 5.0
    return 0.2 if modifiers & Qt.KeyboardModifier.ControlModifier else 1.0


def turned(now: Turn, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> Turn | None:
    """How the picture lies after Ctrl R or Ctrl H (Shift: the other way); None for other keys."""
    back = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
    if not modifiers & Qt.KeyboardModifier.ControlModifier:
        return None
    if key == Qt.Key.Key_R:
        return now.turned(-1 if back else 1)
    if key == Qt.Key.Key_H:
        return now.upended() if back else now.mirrored()
    return None
