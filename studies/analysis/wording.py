"""Numbers and counts as the text of an analysis prints them."""

from __future__ import annotations

import math

from studies.statistics.agreement.coefficient import without_zero
from studies.statistics.p_value import p_text

FIGURES = {"auc": "AUC", "accuracy": "accuracy", "sensitivity": "sensitivity",
           "specificity": "specificity"}  # fmt: skip
VOID = "no interval and no test: its variance is estimated as 0 or less"
NOT_SHOWN = "no difference is shown, which does not show that there is none"


def four(value: float) -> str:
    """Four decimals without a leading zero; a dash for nan."""
    return without_zero(value, 4)


def three(value: float) -> str:
    """Three decimals, for a statistic."""
    return f"{value:.3f}".replace("-", "−")


def degrees(df: float) -> str:
    """Degrees of freedom; infinite ones as a sign."""
    return f"{df:.2f}" if math.isfinite(df) else "∞"


def counted(number: int, word: str) -> str:
    """A number with its noun: 1 reader, 2 readers."""
    return f"{number} {word}{'s' if number != 1 else ''}"


def interval(low: float, high: float) -> str:
    """An interval in brackets."""
    return f"[{four(low)}, {four(high)}]"


def p_words(p: float) -> str:
    """A p value with its letter, so that `p < .0001` reads well."""
    return f"p {p_text(p)}"
