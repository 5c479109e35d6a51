"""Words for files of margins: numbers with their nouns, and how exactly lines were read back."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """ "1 margin", "2 margins", "1,204 points"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def off(worst: float) -> str:
    """How far lines read back lie from those written, px: "exactly", "within 0.0003 px"."""
    return "exactly" if worst == 0 else f"within {worst:.1g} px"
