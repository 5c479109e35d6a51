"""What Shift and Ctrl do to a gesture."""

from __future__ import annotations

from PySide6.QtCore import Qt


def far(modifiers: Qt.KeyboardModifier) -> int:
    """How many slices a step goes: ten with Shift."""
    return 10 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1


def window_speed(modifiers: Qt.KeyboardModifier) -> float:
    """HU a screen px of the window's drag: Shift x5, Ctrl x0.2."""
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return 5.0
    return 0.2 if modifiers & Qt.KeyboardModifier.ControlModifier else 1.0
