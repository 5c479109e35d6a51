"""Conditions over readers, networks against readers, times, and the gallery."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studies.analysis import analyse
from studies.exchange import read_ratings
from studies.records import DEFAULT_SCHEME
from studies.report.condition_tables import (
    condition_sentences,
    condition_tables,
    time_sentence,
    time_tables,
)
from studies.report.conditions import assemble_conditions
from studies.report.gallery import ALL_WRONG, DISAGREE, FOOLED, NETWORK_RIGHT, disagreements
from studies.report.gallery_pictures import gallery_sentence, gallery_table
from studies.report.ratings import class_ratings, write_ratings
from studies.report.readers import assemble_readers
from studies.report.times import BLOCK, assemble_times
from studies.statistics.mrmc import CrossedAnswers, CrossedRatings, obuchowski_rockette


def crossed_right(answers, category=""):
    """Right answers (or ratings of a class) as (condition, reader, item), worked out here."""
    names = sorted({a.reader for a in answers})
    table = np.zeros((2, 3, 30))
    for a in answers:
        if a.stage == "A" and a.truth_origin == "real" and not a.repeat:
            value = float(a.diagnosis == a.truth_category)
            if category:
                value = a.confidence if a.diagnosis == category else -a.confidence
            table[("roi", "slice").index(a.condition), names.index(a.reader), a.item] = value
    return table


def test_accuracy_and_areas_are_those_of_the_method_itself(staged_answers):
    found = assemble_conditions(staged_answers, DEFAULT_SCHEME)
    assert (found.conditions, found.items, found.left_out) == (("ROI", "slice"), 30, 0)
    assert [(a.figure, a.category) for a in found.analyses] == [
        ("accuracy", ""), ("auc", "cyst"), ("auc", "metastasis"), ("auc", "hemangioma"),
    ]  # fmt: skip
    right = crossed_right(staged_answers) > 0.5
    assert found.analyses[0].result == obuchowski_rockette(CrossedAnswers(right), "accuracy")
    positive = np.arange(30) % 3 == 0
    ratings = CrossedRatings(crossed_right(staged_answers, "cyst"), positive)
    expected = obuchowski_rockette(ratings, "auc").rrrc
    assert found.analyses[1].result.rrrc.difference == pytest.approx(expected.difference)
    assert found.analyses[1].result.rrrc.p == pytest.approx(expected.p)
    assert found.declined == ()


def test_tables_and_sentences_name_method_interval_and_p(staged_answers):
    found = assemble_conditions(staged_answers, DEFAULT_SCHEME)
    means, differences = condition_tables(found, DEFAULT_SCHEME)
    assert means.columns[-3:] == ("Reader 1", "Reader 2", "Reader 3")
    assert len(means.rows) == 8
    assert {row[1] for row in differences.rows} == {"ROI − slice"}
    assert len(differences.rows) == 12
    told = condition_sentences(found, DEFAULT_SCHEME)
    assert told[0].startswith("Class accuracy: ROI and slice ")
    assert "readers and cases random (Hillis' df)" in told[0]


def test_differences_follow_the_order_that_the_protocol_plans(staged_answers):
    plain = assemble_conditions(staged_answers, DEFAULT_SCHEME).analyses[0].result.rrrc
    planned = ("slice", "roi")
    turned = assemble_conditions(staged_answers, DEFAULT_SCHEME, planned=planned)
    assert turned.conditions == ("slice", "ROI")
    assert turned.analyses[0].result.rrrc.difference == pytest.approx(-plain.difference)
    assert {row[1] for row in condition_tables(turned, DEFAULT_SCHEME)[1].rows} == {"slice − ROI"}
    ratings = class_ratings(staged_answers, DEFAULT_SCHEME, planned)
    assert ratings.conditions == ("slice", "ROI")
    pairs = assemble_readers(staged_answers, DEFAULT_SCHEME, planned=planned).pairs
    assert {(p.first, p.second) for p in pairs if p.within} == {
        (f"Reader {k}, slice", f"Reader {k}") for k in (1, 2, 3)
    }


def test_two_readers_are_declined_as_a_sample_but_compared(staged_answers):
    two = tuple(a for a in staged_answers if a.reader != "Reader 3")
    found = assemble_conditions(two, DEFAULT_SCHEME)
    assert found.analyses[0].result.rrrc is None
    assert found.analyses[0].result.frrc is not None
    assert "two readers cannot show how readers differ" in found.declined[0]
    assert any("these readers, cases random" in one
               for one in condition_sentences(found, DEFAULT_SCHEME))  # fmt: skip


def test_an_item_without_an_answer_is_left_out_for_all(staged_answers):
    gap = tuple(
        a for a in staged_answers
        if not (a.reader == "Reader 2" and a.condition == "slice" and a.item == 4)
    )  # fmt: skip
    found = assemble_conditions(gap, DEFAULT_SCHEME)
    assert (found.items, found.left_out) == (29, 1)
    assert "1 lack an answer" in condition_tables(found, DEFAULT_SCHEME)[0].note


def test_nobody_and_no_confidence_are_said(staged_answers):
    nothing = assemble_conditions((), DEFAULT_SCHEME)
    assert nothing.analyses == ()
    assert "No person has classed" in nothing.declined[0]
    unsure = tuple(replace(a, confidence=None) for a in staged_answers)
    assert [a.figure for a in assemble_conditions(unsure, DEFAULT_SCHEME).analyses] == ["accuracy"]


def test_a_network_is_held_against_the_mean_of_three(staged_answers):
    network = tuple(
        replace(a, reader="CNN", reader_kind="model", stage="both", diagnosis=a.truth_category)
        for a in staged_answers
        if a.reader == "Reader 1" and a.stage == "A" and a.condition == "roi" and not a.repeat
    )
    found = assemble_conditions(staged_answers + network, DEFAULT_SCHEME)
    (one,) = found.networks
    assert one.network == "CNN"
    assert one.difference.algorithm == 1.0
    assert one.difference.mean == pytest.approx(crossed_right(staged_answers)[0].mean())
    told = condition_sentences(found, DEFAULT_SCHEME)
    assert any(line.startswith("CNN ") and "the mean of 3 readers" in line for line in told)
    two = tuple(a for a in staged_answers if a.reader != "Reader 3")
    assert assemble_conditions(two + network, DEFAULT_SCHEME).networks == ()


# --- times


def test_every_reading_has_its_times_and_trends(staged_answers):
    times = assemble_times(staged_answers)
    assert [one.reader for one in times[:2]] == ["Reader 1", "Reader 1, slice"]
    first = times[0]
    assert (first.median.n, len(first.trials)) == (45, 45)
    assert [t.position for t in first.trials] == list(range(1, 46))
    assert [b.position for b in first.blocks] == [(1 + BLOCK) / 2, (26 + 45) / 2]
    assert first.time is None  # 45 trials say nothing of 100
    assert "45 trials are too few for a trend per 100 trials, which takes 60" in first.declined[0]
    assert first.correctness.difference.clusters == 30  # 15 patients and 15 synthetic ROIs
    (table,) = time_tables(times)
    assert [row[1] for row in table.rows] == ["45", "30", "45", "30", "45", "30"]


def test_a_slower_reader_is_said_to_be_slower(paper_answers):
    slower = tuple(replace(a, seconds=a.seconds * 1.004**a.position) for a in paper_answers)
    first = assemble_times(slower)[0]
    assert first.time.low > 0
    assert "more time per 100 trials" in time_sentence(first)


def test_too_few_trials_are_declined_in_words(staged_answers):
    few = tuple(a for a in staged_answers if a.item < 8 and a.reader == "Reader 1")
    one = assemble_times(few)[0]
    assert (one.time, one.accuracy, one.correctness) == (None, None, None)
    assert "too few for a trend" in one.declined[0]
    assert one.median.n == 8
    assert time_tables((one,))[0].rows[0][3] == "–"


# --- the gallery


def answer(base, reader, said, kind="person", **more):
    return replace(base, reader=reader, reader_kind=kind, diagnosis=said, **more)


def test_items_are_shown_for_a_reason(paper_answers):
    base = replace(paper_answers[0], item=1, truth_category="cyst", origin="real")
    answers = (
        answer(base, "A", "cyst"), answer(base, "B", "cyst"),
        answer(base, "A", "cyst", item=2), answer(base, "B", "metastasis", item=2),
        answer(base, "A", "hemangioma", item=3), answer(base, "B", "hemangioma", item=3),
        answer(base, "N", "cyst", "model", item=3, origin=""),
        answer(base, "A", "metastasis", item=4), answer(base, "B", "hemangioma", item=4),
        answer(base, "A", "cyst", item=5, origin="synthetic"),
        answer(base, "B", "cyst", item=5, origin="synthetic"),
    )  # fmt: skip
    found = {one.item: one.kinds for one in disagreements(answers)}
    assert found == {
        2: (DISAGREE,),
        3: (DISAGREE, NETWORK_RIGHT),
        4: (DISAGREE, ALL_WRONG),
        5: (FOOLED,),
    }
    assert [one.item for one in disagreements(answers)] == [3, 4, 2, 5]


def test_the_gallery_counts_as_the_pairs_do(paper_answers):
    found = disagreements(tuple(replace(a, origin="") for a in paper_answers))
    assert sum(DISAGREE in one.kinds for one in found) == 302 - 222
    assert sum(ALL_WRONG in one.kinds for one in found) == 43
    table = gallery_table(found, DEFAULT_SCHEME)
    assert table.columns[-2:] == ("Expert 1", "Expert 2")
    assert len(table.rows) == len(found) == 80 + 37
    assert "117 of 302 ROIs" in gallery_sentence(found, 302)
    assert "none was wrong for all" in gallery_sentence((), 302)


def test_repeats_and_other_conditions_are_not_in_the_gallery(staged_answers):
    once = tuple(
        a for a in staged_answers if not a.repeat and a.condition == "roi"
    )  # fmt: skip
    assert disagreements(staged_answers) == disagreements(once)


@pytest.mark.parametrize("ending", [".imrmc", ".xlsx", "_mrmcaov.csv"])
@pytest.mark.parametrize("planned", [("roi", "slice"), ("slice", "roi")])
def test_whoever_analyses_the_export_gets_the_reports_difference(
    staged_answers, tmp_path, planned, ending
):
    class_only = tuple(a for a in staged_answers if a.stage == "A")
    write_ratings(class_only, DEFAULT_SCHEME, tmp_path, planned=planned)
    again = analyse(read_ratings(tmp_path / f"cyst_v_rest{ending}"))
    ours = assemble_conditions(class_only, DEFAULT_SCHEME, planned=planned)
    assert again.ratings.conditions == ours.conditions
    (cyst,) = [one for one in ours.analyses if one.category == "cyst"]
    assert again.mrmc.rrrc.difference == pytest.approx(cyst.result.rrrc.difference)
    assert again.mrmc.rrrc.difference != 0
