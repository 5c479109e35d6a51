"""Stages, conditions and repeats come together as readings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studies.records import DEFAULT_SCHEME
from studies.report.readers import assemble_readers
from studies.report.readings import main_readings, readings
from studies.report.sentences import reader_sentences
from studies.report.tables import reader_tables
from studies.statistics.proportions import wilson


@pytest.fixture(scope="module")
def results(staged_answers):
    return assemble_readers(staged_answers, DEFAULT_SCHEME)


def test_a_reader_in_two_stages_is_one_row_and_each_condition_another(results):
    assert [s.reader for s in results.scores] == [
        "Reader 1", "Reader 1, slice", "Reader 2", "Reader 2, slice", "Reader 3",
        "Reader 3, slice",
    ]  # fmt: skip
    first, wide = results.scores[:2]
    assert (first.class_total.n, first.origin_total.n) == (45, 45)
    assert (wide.class_real.n, wide.class_synthetic.n, wide.origin_total) == (30, 0, None)
    assert results.conditions == ("roi", "slice")
    assert results.gaps == ()


def test_class_comes_from_stage_a_and_origin_from_stage_b_of_the_same_items(staged_answers):
    one = main_readings(readings(staged_answers))[0]
    assert one.is_staged
    assert {a.stage for a in one.asked} == {"A"}
    assert {a.stage for a in one.asked_origin} == {"B"}
    assert [a.item for a in one.asked] == [a.item for a in one.asked_origin]


def test_confidence_of_stage_b_gives_an_area_of_the_origin(results):
    area = results.scores[0].detection.auc
    assert (area.positives, area.negatives) == (15, 30)
    assert results.scores[0].detection.counts.signal == 15


def test_a_condition_is_compared_with_the_same_readers_own_rois(results, staged_answers):
    within = [pair for pair in results.pairs if pair.within]
    assert [(p.first, p.second) for p in within] == [
        (f"Reader {k}", f"Reader {k}, slice") for k in (1, 2, 3)
    ]
    own = [a for a in staged_answers if a.reader == "Reader 1" and not a.repeat and a.stage == "A"]
    roi = {a.item: a.diagnosis == a.truth_category for a in own if a.condition == "roi"}
    wide = {a.item: a.diagnosis == a.truth_category for a in own if a.condition == "slice"}
    table = within[0].outcomes.table
    assert table.n == 30
    assert table.only_second == sum(wide[i] and not roi[i] for i in wide)
    assert table.only_first == sum(roi[i] and not wide[i] for i in wide)
    rows = {t.key: t for t in reader_tables(results, DEFAULT_SCHEME)}["conditions_paired"].rows
    assert rows[0][0] == "Reader 1 and Reader 1, slice"
    assert len(rows) == 3


def test_pairs_of_readers_are_of_their_rois_and_adjusted_by_holm(results):
    between = [pair for pair in results.pairs if not pair.within]
    assert len(between) == 3
    assert all(pair.outcomes.n == 45 for pair in between)
    smallest = min(between, key=lambda pair: pair.mcnemar.p)
    assert smallest.p_holm == pytest.approx(min(1, 3 * smallest.mcnemar.p))
    assert results.cochran.n == 45
    assert results.cochran.df == 2


def test_lesions_of_one_patient_widen_interval_and_test(results):
    score = results.scores[0]
    assert (score.clustered_real.n, score.clustered_real.patients) == (30, 15)
    pair = results.pairs[0]
    assert pair.clustered.patients == 15 + 15  # patients, and synthetic ROIs on their own
    assert pair.clustered.n == 45


def test_a_patient_a_lesion_needs_no_clusters(staged_answers):
    alone = tuple(replace(a, patient=f"P-{a.item}" if a.patient else "") for a in staged_answers)
    results = assemble_readers(alone, DEFAULT_SCHEME)
    assert {score.clustered_real for score in results.scores} == {None}
    assert {pair.clustered for pair in results.pairs} == {None}


def test_hidden_repeats_are_compared_within_their_part(results, staged_answers):
    score = results.scores[0]
    own = [a for a in staged_answers if a.reader == "Reader 1" and a.part == 1]
    first = {a.item: a.diagnosis for a in own if not a.repeat}
    same = sum(a.diagnosis == first[a.item] for a in own if a.repeat)
    assert score.intra.same == wilson(same, 6)
    assert score.repeats == score.intra.same
    assert score.intra_origin.n == 6
    assert results.scores[1].intra is None


def test_answers_changed_are_counted_and_first_answers_stand_beside(results):
    score = results.scores[0]
    assert score.changed == 1
    assert abs(score.class_total.successes - score.first_total.successes) == 1
    table = {t.key: t for t in reader_tables(results, DEFAULT_SCHEME)}["reading"]
    assert "1 answer was changed" in table.reading
    assert [row[4] for row in table.rows] == ["1", "0", "0", "0", "0", "0"]


def test_an_unfinished_stage_b_is_told_apart_from_stage_a(staged_answers):
    short = tuple(
        a for a in staged_answers
        if not (a.reader == "Reader 2" and a.stage == "B" and a.position >= 10)
    )  # fmt: skip
    results = assemble_readers(short, DEFAULT_SCHEME, sealed=(30, 15))
    assert [(g.reader, g.stage, g.answered, g.planned) for g in results.gaps] == [
        ("Reader 2", "B", 10, 45)
    ]
    assert "Reader 2 has answered 10 of 45 ROIs in stage B" in reader_sentences(results)[-1]


def test_an_aided_trial_is_read_twice(staged_answers):
    slices = [a for a in staged_answers if a.condition == "slice" and a.reader == "Reader 1"]
    own = [replace(a, condition="aided", step=1) for a in slices]
    after = [replace(a, condition="aided", step=2, diagnosis=a.truth_category) for a in slices]
    results = assemble_readers((*own, *after), DEFAULT_SCHEME)
    assert [s.reader for s in results.scores] == ["Reader 1, before aid", "Reader 1, aided"]
    assert results.scores[1].class_total.estimate == 1.0
    (pair,) = results.pairs
    assert pair.within
    assert (pair.first, pair.second) == ("Reader 1, before aid", "Reader 1, aided")
    assert pair.outcomes.only_first == 0
