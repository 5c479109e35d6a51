"""A p value in print."""

from __future__ import annotations

import math

from studies.statistics.agreement.coefficient import without_zero


def p_text(p: float) -> str:
    """A p value as `.0034`, `.44` or `< .0001`: two figures, no leading zero."""
    if math.isnan(p):
        return "–"
    if p < 0.0001:
        return "< .0001"
    decimals = 2 if p >= 0.1 else 3 if p >= 0.01 else 4
    return without_zero(p, decimals)
