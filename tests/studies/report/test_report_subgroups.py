"""Accuracy in subgroups: each lesion in one, those without a label in none."""

from __future__ import annotations

from pathlib import Path

import pytest

from studies.records import LesionRecord, SeriesRecord
from studies.report.readings import readings
from studies.report.subgroup_tables import groupings, subgroup_table
from studies.statistics.proportions import wilson


def lesion(number, diameter, basis="biopsy", series=1):
    return LesionRecord(
        id=number, case_id=1, series_id=series, patient="P", name="L1", category="cyst",
        basis=basis, diagnosed_by="x", extra=False, fold=0, key_slice=1, diameter_mm=diameter,
        contours=1,
    )  # fmt: skip


def series(number, scanner, distance, spacing=0.8):
    return SeriesRecord(
        number, 1, "P", "1.2", "dicom", "", 9, 64, 64, spacing, spacing, distance, scanner, True,
        False, (), Path(),
    )  # fmt: skip


@pytest.fixture
def parted():
    sizes = [5.0, 10.0, 19.9, 20.0, None] * 6
    lesions = [lesion(i + 1, size, series=1 + i % 2) for i, size in enumerate(sizes)]
    return groupings(lesions, [series(1, "A", 2.5), series(2, "B", 5.0)])


def test_lesions_are_parted_by_what_differs(parted):
    assert [one.name for one in parted] == ["Largest diameter", "Distance of slices", "Scanner"]
    size = parted[0]
    assert [size.labels[i] for i in (1, 2, 3, 4, 5)] == [
        "< 10 mm", "10–20 mm", "10–20 mm", "≥ 20 mm", "",
    ]  # fmt: skip
    assert {parted[1].labels[1], parted[1].labels[2]} == {"< 3 mm", "≥ 5 mm"}


def test_sizes_in_px_are_no_sizes():
    pictures = [series(1, "", 0.0, 0.0)]
    assert groupings([lesion(1, 5.0), lesion(2, 50.0)], pictures) == ()


def test_the_table_counts_each_readers_right_answers(parted, staged_answers):
    table = subgroup_table(staged_answers, parted)
    assert table.columns[2:] == tuple(one.name for one in readings(staged_answers))
    own = [
        a for a in staged_answers
        if (a.reader, a.condition) == ("Reader 2", "slice")
        and parted[2].labels[a.lesion_id] == "B"
    ]  # fmt: skip
    right = wilson(sum(a.diagnosis == a.truth_category for a in own), len(own))
    row = next(row for row in table.rows if row[:2] == ("Scanner", "B"))
    cell = row[table.columns.index("Reader 2, slice")]
    assert cell == f"{right.successes}/15 = {right.percent} {right.interval}"
    small = [row for row in table.rows if row[0] == "Largest diameter"]
    assert [row[1] for row in small] == ["< 10 mm", "10–20 mm", "≥ 20 mm"]
    assert [row[2].split("/")[1].split(" ")[0] for row in small] == ["6", "12", "6"]


def test_nothing_to_part_gives_no_rows(staged_answers):
    assert subgroup_table(staged_answers, ()).rows == ()
