"""An algorithm against readers, as lines for a person."""

from __future__ import annotations

import math

from studies.analysis.against import Against, OneReader
from studies.analysis.wording import (
    FIGURES,
    NOT_SHOWN,
    VOID,
    counted,
    degrees,
    four,
    interval,
    p_words,
    three,
)
from studies.statistics.mrmc import AlgorithmDifference


def against_lines(one: Against) -> list[str]:
    """The comparison under one condition: the mean of the readers, then each by itself.

    Nothing where all of it was declined: the reason stands among the analyses not done.
    """
    if not (one.figures or one.paired):
        return []
    own = f" (the algorithm under {one.own_condition})" if one.own_condition else ""
    readers, cases = counted(len(one.readers), "reader"), counted(one.cases, "case")
    lines = [
        f"{one.algorithm} against {readers}, {one.condition}{own}, {cases} "
        "(algorithm minus readers):"
    ]
    lines += [f"  {_algorithm_words(one, f)}." for f in one.figures]
    return lines + [f"  {_one_reader_words(one, p)}." for p in one.paired]


def _algorithm_words(one: Against, f: AlgorithmDifference) -> str:
    words = (
        f"{FIGURES[f.figure]} {four(f.algorithm)} against the readers' mean {four(f.mean)}: "
        f"difference {four(f.difference)}"
    )
    n = f"n {counted(len(f.readers), 'reader')}, {counted(one.cases, 'case')}"
    if math.isnan(f.se):
        return f"{words}, {n}: {VOID}"
    verdict = NOT_SHOWN
    if f.p < 0.05:
        verdict = f"{one.algorithm} is {'better' if f.difference > 0 else 'worse'} than the mean"
    return (
        f"{words} {interval(f.low, f.high)}, t({degrees(f.df)}) = {three(f.t)}, {p_words(f.p)}, "
        f"{n}: {verdict}; {f.method}, {f.covariance_method} covariance"
    )


def _one_reader_words(one: Against, p: OneReader) -> str:
    words = f"{p.reader}, {FIGURES[p.figure]}: difference {four(p.difference)}"
    limits = "" if math.isnan(p.low) else f" {interval(p.low, p.high)}"
    if math.isnan(p.p):
        return f"{words}{limits}, n {p.n}: {VOID}; {p.method}"
    verdict = NOT_SHOWN
    if p.p_holm < 0.05:
        verdict = f"{one.algorithm} is {'better' if p.difference > 0 else 'worse'} than {p.reader}"
    test = f"{p_words(p.p)} (Holm {p_words(p.p_holm)}), n {p.n}"
    return f"{words}{limits}, {test}: {verdict}; {p.method}"
