"""How wide a text is drawn, so that none leaves its figure or runs into another."""

from __future__ import annotations

FONTS = "Inter, 'DejaVu Sans', Arial, sans-serif"

_ASCII = (
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75,
    79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35,
    63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
)  # fmt: skip
"""Advance widths of DejaVu Sans from space to ~, hundredths of the size (its table hmtx).

The widest of the families that the figures name, so that the others fit as well.
"""
_OTHER, _WIDE = 84, 100
_BOLD = 1.11  # DejaVu Sans Bold against the plain one, mean over the letters
_LATIN = range(0xA0, 0x2000)


def text_width(words: str, size: float, *, bold: bool = False) -> float:
    """Width in px of a text of `size` px: of DejaVu Sans, an upper bound for narrower families.

    Example: text_width("Cyst", 10) -> 22.0.
    """
    total = sum(_advance(letter) for letter in words) * size / 100
    return total * _BOLD if bold else total


def _advance(letter: str) -> int:
    place = ord(letter) - 32
    if 0 <= place < len(_ASCII):
        return _ASCII[place]
    return _OTHER if ord(letter) in _LATIN else _WIDE


def shortened(words: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, or its beginning with an ellipsis, no wider than `room` px; "" where none fits."""
    if text_width(words, size, bold=bold) <= room:
        return words
    for end in range(len(words) - 1, 0, -1):
        part = words[:end].rstrip() + "…"
        if text_width(part, size, bold=bold) <= room:
            return part
    return ""


def wrapped(words: str, size: float, room: float) -> tuple[str, ...]:
    """The text in lines no wider than `room` px; a word that is wider is shortened."""
    lines: list[str] = []
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(shortened(word, size, room))
    return tuple(lines)
