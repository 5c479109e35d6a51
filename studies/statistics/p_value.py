"""A p value in print."""

from __future__ import annotations

import math

from studies.statistics.agreement.coefficient import without_zero


def p_text(p: float) -> str:
    """A p value with two figures and no leading zero, or a dash for nan.

    Example: p_text(.00337) -> '.0034'; p_text(.441) -> '.44'; p_text(.00001) -> '< .0001'.
    """
    if math.isnan(p):
        return "–"
    if p < 0.0001:
        return "< .0001"
    decimals = 2 if p >= 0.1 else 3 if p >= 0.01 else 4
    return without_zero(p, decimals)
