"""The sealed primary analysis in one line, readings of real items alone, and absurd intervals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reader_app.views.read.form_rules import ANALYSES
from studies.reading.deviations import Remark
from studies.records import DEFAULT_SCHEME, ProtocolDraft, ProtocolRecord
from studies.report.conditions import assemble_conditions
from studies.report.conduct import Conduct, conduct_tables
from studies.report.primary import (
    AGAINST_NETWORK,
    CLASS_ACCURACY,
    CONDITIONS,
    EQUIVALENCE,
    NAMES,
    primary_sentence,
)
from studies.report.reader_tables import accuracy_tables
from studies.report.readers import assemble_readers
from studies.report.table import coefficient, limits


def said(name, answers):
    draft = replace(ProtocolDraft("x", (), ()), primary_analysis=name)
    results = assemble_readers(answers, DEFAULT_SCHEME)
    return primary_sentence(draft, results, assemble_conditions(answers, DEFAULT_SCHEME))


def test_every_analysis_that_the_form_offers_is_picked_out():
    assert set(ANALYSES) == set(NAMES)


def test_class_accuracy_is_that_of_table_4(paper_answers):
    words = said(CLASS_ACCURACY, paper_answers)
    assert words.startswith("Primary analysis, as sealed: Class accuracy, Wilson: Expert 1 77.8 %")
    assert "Expert 1 77.8 % [72.8, 82.1], n 302" in words
    assert words.count("Wilson") == 1  # the method stands once
    assert "Expert 2 69.2 %" in words


def test_a_network_is_set_against_each_reader(paper_answers):
    network = tuple(
        replace(a, reader="CNN", reader_kind="model", origin="", diagnosis=a.truth_category)
        for a in paper_answers
        if a.reader == "Expert 1"
    )
    words = said(AGAINST_NETWORK, paper_answers + network)
    assert "Expert 1 minus CNN −22.2 [" in words
    assert "Expert 2 minus CNN −30.8 [" in words
    assert "n 302, p < .0001" in words
    assert "Expert 1 minus Expert 2" not in words
    alone = said(AGAINST_NETWORK, paper_answers)
    assert "not computed. No person and network have classed the same ROIs." in alone


def test_equivalence_and_conditions_name_margin_n_and_method(paper_answers, staged_answers):
    assert "n 302, margin 10 points, p of equivalence" in said(EQUIVALENCE, paper_answers)
    words = said(CONDITIONS, staged_answers)
    assert "class accuracy, ROI − slice " in words
    assert "n 30 real ROIs by 3 readers, p " in words
    assert "not computed. All was read under one condition" in said(
        CONDITIONS, tuple(a for a in staged_answers if a.condition == "roi" and a.stage == "A")
    )


def test_free_words_are_said_to_be_free(paper_answers):
    words = said("Our own", paper_answers)
    assert words.startswith("Primary analysis, as sealed: Our own. It was sealed in free words")


def test_a_reading_of_real_items_has_no_total_over_all(staged_answers):
    results = assemble_readers(staged_answers, DEFAULT_SCHEME)
    totals = {row[0]: row[3] for row in accuracy_tables(results, DEFAULT_SCHEME)[0].rows}
    assert totals["Reader 1, slice"] == "– (real items only)"
    assert "/45 = " in totals["Reader 1"]


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(-8.64, 1.0, ".50 [–]"), (-0.5, 1.0, ".50 [−.50, 1.00]"), (-1.0, 1.0, ".50 [−1.00, 1.00]")],
)
def test_an_interval_wider_than_the_scale_is_a_dash(low, high, shown):
    assert coefficient(0.5, low, high) == shown
    assert "[–]" not in limits(0.5, low, high)


def test_remarks_count_readers_and_not_answers():
    remarks = (
        Remark("A", 1, False, ""), Remark("A", 2, True, "x"), Remark("A", 3, True, "y"),
        Remark("B", 1, False, ""),
    )  # fmt: skip
    protocol = ProtocolRecord(1, 1, ProtocolDraft("x", (), ()), "", "", 0, 0, 0, "", "")
    found = Conduct(protocol, None, (), (), (), (), remarks)
    (table,) = [one for one in conduct_tables(found) if one.key == "remarks"]
    assert table.reading.startswith("1 of 2 readers noticed")
