"""Class accuracy on parts of the real ROIs: by size, slice distance, basis of truth, scanner."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studies.records import LesionRecord, SeriesRecord
from studies.report.readings import Answers, Reading, readings
from studies.report.table import Table, with_interval
from studies.statistics.subgroups import band_names, bands, subgroups

SIZE_EDGES, DISTANCE_EDGES = (10.0, 20.0), (3.0, 5.0)  # mm


@dataclass(frozen=True)
class Grouping:
    """A way to part lesions: a label a lesion ("" = not known), and the labels' order."""

    name: str
    labels: Mapping[int, str]
    order: tuple[str, ...]


def groupings(
    lesions: Sequence[LesionRecord], series: Sequence[SeriesRecord]
) -> tuple[Grouping, ...]:
    """The ways that part these lesions in two or more; those that do not are left out."""
    of = {one.id: one for one in series}
    sizes = {
        one.id: one.diameter_mm or math.nan
        for one in lesions
        if one.series_id in of and of[one.series_id].row_spacing > 0
    }
    distances = {
        one.id: of[one.series_id].slice_spacing or math.nan
        for one in lesions
        if one.series_id in of
    }
    words = (
        ("Basis of truth", {one.id: one.basis for one in lesions}),
        ("Scanner", {one.id: of[one.series_id].scanner for one in lesions if one.series_id in of}),
    )
    made = [
        _banded("Largest diameter", sizes, SIZE_EDGES),
        _banded("Distance of slices", distances, DISTANCE_EDGES),
        *(Grouping(name, labels, tuple(sorted(set(labels.values()) - {""})))
          for name, labels in words),
    ]  # fmt: skip
    return tuple(one for one in made if len(set(one.labels.values()) - {""}) > 1)


def _banded(name: str, values: Mapping[int, float], edges: tuple[float, ...]) -> Grouping:
    labels = dict(zip(values, bands(list(values.values()), edges), strict=True))
    return Grouping(name, labels, band_names(edges))


def subgroup_table(
    answers: Answers, found: Sequence[Grouping], *, simulated: bool = False
) -> Table:
    """A row a subgroup, a column a reading; without rows where nothing parts the lesions."""
    shown = [one for one in readings(answers) if _real(one)]
    rows = []
    for grouping in found:
        columns = [_column(one, grouping) for one in shown]
        for place, label in enumerate(grouping.order):
            cells = [column[place] for column in columns]
            if any(cell != "–" for cell in cells):
                rows.append((grouping.name, label, *cells))
    note = (
        "Real ROIs, corrected answers; Wilson's 95 % interval of each subgroup by itself. That one "
        "interval holds a value and another does not is no test of a difference. Lesions whose "
        "label is not known are left out."
    )
    heads = ("Parted by", "Subgroup", *(one.name for one in shown))
    title = "Class accuracy in subgroups, real ROIs, %"
    return Table("subgroups", title, heads, tuple(rows), note, simulated)


def _real(one: Reading) -> Answers:
    return tuple(a for a in one.asked if a.truth_origin == "real" and a.lesion_id is not None)


def _column(one: Reading, grouping: Grouping) -> list[str]:
    own = _real(one)
    right = [a.diagnosis == a.truth_category for a in own]
    labels = [grouping.labels.get(a.lesion_id or 0, "") for a in own]
    groups = subgroups(right, labels, order=grouping.order).groups
    return [with_interval(group.proportion) for group in groups]
