"""A JSON object in the making."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Named:
    """Fields in order; absent (None) parts are left out, numbers that do not exist are null."""

    fields: tuple[tuple[str, Any], ...]

    @staticmethod
    def of(*fields: tuple[str, Any]) -> Named:
        """An object of these fields."""
        return Named(fields)

    def plain(self) -> Any:
        """Standard types for the encoder."""
        return {name: _plain(value) for name, value in self.fields if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Named):
        return value.plain()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
