"""Words for what was taken in: slices as the window numbers them (from 1)."""

from __future__ import annotations

from collections.abc import Sequence

_MOST = 6


def on_slices(indices: Sequence[int]) -> str:
    """Where something is: "on slice 7", "on slices 3, 4 and 9 more"."""
    numbers = [str(index + 1) for index in sorted(set(indices))]
    if len(numbers) == 1:
        return f"on slice {numbers[0]}"
    if len(numbers) > _MOST:
        return f"on slices {', '.join(numbers[:_MOST])} and {len(numbers) - _MOST} more"
    return f"on slices {', '.join(numbers[:-1])} and {numbers[-1]}"


def plain(text: object, limit: int = 64) -> str:
    """Text of a foreign file on one line, without control signs, at most `limit` characters."""
    visible = "".join(c if c.isprintable() else " " for c in str(text or ""))
    return " ".join(visible.split())[:limit].strip()
