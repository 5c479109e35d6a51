"""Answers as an array over conditions, readers and cases, and the gaps in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.exchange.ratings import Ratings

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Declined = tuple[tuple[str, str], ...]  # analysis, reason


@dataclass(frozen=True)
class Answers:
    """`values` (conditions, readers, cases) with the names of each axis; nan is a missing one."""

    conditions: tuple[str, ...]
    readers: tuple[str, ...]
    cases: tuple[str, ...]
    values: Floats

    @property
    def missing(self) -> Bools:
        """Where no answer was given."""
        return np.asarray(np.isnan(self.values))


def arranged(ratings: Ratings, values: list[float]) -> Answers:
    """One number a row of the table, put in its place."""
    names = (ratings.conditions, ratings.readers, tuple(ratings.truth))
    places = [{name: place for place, name in enumerate(axis)} for axis in names]
    array = np.full([len(axis) for axis in names], np.nan)
    for row, value in zip(ratings.rows, values, strict=True):
        array[places[0][row.condition], places[1][row.reader], places[2][row.case]] = value
    return Answers(*names, array)


def gap_sentence(answers: Answers, positive: Bools | None = None) -> str:
    """What is missing, the first of it by name, and what would be complete without it.

    With `positive` (cases,), two cases of each kind must be left.
    """
    missing = answers.missing
    apart = _nested(~missing)
    if apart:
        return (
            f"every condition has {apart} of its own (a split plot), and what is compared here is "
            "conditions that the same readers read on the same cases; analyse each by itself"
        )
    i, j, k = (int(v) for v in np.argwhere(missing)[0])
    count = f"{missing.sum()} ratings are" if missing.sum() > 1 else "1 rating is"
    return (
        f"{count} missing, the first of case {answers.cases[k]} by reader "
        f"{answers.readers[j]} under {answers.conditions[i]}; every reader must rate every case"
        f"{_complete(answers, missing, positive)}"
    )


def _nested(given: Bools) -> str:
    """What no two conditions share, of answers (conditions, readers, cases); "" where they do."""
    if len(given) < 2:
        return ""
    for axis, what in ((2, "readers"), (1, "cases")):
        if given.any(axis).sum(0).max(initial=0) == 1:
            return what
    return ""


def _complete(answers: Answers, missing: Bools, positive: Bools | None) -> str:
    whole = np.asarray(~missing.any((0, 1)))
    kinds = [whole] if positive is None else [whole & positive, whole & ~positive]
    if min(kind.sum() for kind in kinds) >= 2:
        return f". {whole.sum()} of {len(whole)} cases have every rating: keep only these"
    readers = np.asarray(~missing.any((0, 2)))
    if not readers.any():
        return ""
    names = ", ".join(n for n, there in zip(answers.readers, readers, strict=True) if there)
    return f". The ratings of {names} are complete: keep only these readers"
