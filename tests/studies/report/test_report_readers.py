"""Reader results: the paper's own study must print the paper's Table 4."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studies.records import DEFAULT_SCHEME, StudyRecord
from studies.report.document import methods
from studies.report.readers import assemble_readers
from studies.report.sentences import equivalence_text, lean, p_text, pair_sentence, reader_sentences
from studies.report.tables import reader_tables
from studies.statistics.roc import auc


@pytest.fixture
def results(paper_answers):
    return assemble_readers(paper_answers, DEFAULT_SCHEME)


def test_the_papers_study_prints_table_4(results, table_4):
    table = reader_tables(results, DEFAULT_SCHEME)[0]
    assert table.rows[0] == (
        "Expert 1",
        "142/182 = 78.0 [71.5, 83.4]",
        "93/120 = 77.5 [69.2, 84.1]",
        "235/302 = 77.8 [72.8, 82.1]",
        "189/302 = 62.6 [57.0, 67.9]",
    )
    assert table.rows[1] == (
        "Expert 2",
        "126/182 = 69.2 [62.2, 75.5]",
        "83/120 = 69.2 [60.4, 76.7]",
        "209/302 = 69.2 [63.8, 74.1]",
        "177/302 = 58.6 [53.0, 64.0]",
    )
    assert [row[1:] for row in table.rows[2:]] == [row[1:] for row in table.rows[:2]]
    assert "182/302 = 60.3" in table.note
    assert results.always_real.estimate == pytest.approx(table_4["always_say_real_score"])


def test_the_experts_agree_as_printed(results, table_4):
    (pair,) = results.pairs
    derived = table_4["derived"]
    assert pair.outcomes.agreement.percent == "73.5"
    assert pair.outcomes.agree == table_4["agree_on_class"]
    assert pair.outcomes.both_correct == table_4["both_correct"]
    assert pair.outcomes.only_first == derived["only_expert1_correct"]
    assert pair.outcomes.only_second == derived["only_expert2_correct"]
    assert pair.outcomes.agree_wrong == derived["agree_but_both_wrong"]
    assert p_text(pair.mcnemar.p) == ".0034"
    brennan = next(c for c in pair.coefficients if c.name == "Brennan-Prediger")
    assert brennan.value == pytest.approx(derived["brennan_prediger_q3"])
    assert sum(map(sum, pair.table)) == 302


def test_the_one_line_reading_names_prevalence_method_and_counts(results):
    prevalence, pair = reader_sentences(results)
    assert prevalence == (
        "Always saying “real” scores 60.3 %. Expert 1 and Expert 2 are not shown to differ from "
        "it: exact binomial p .44 and .56."
    )
    assert pair == (
        "Expert 1 classed more items right than Expert 2: 77.8 v 69.2 % of 302, exact McNemar p "
        ".0034 (50 v 24 discordant)."
    )
    assert "random sample is not done: two readers" in results.declined[0]


def test_of_several_pairs_holms_p_stands_beside_and_decides(results):
    (pair,) = results.pairs
    one = replace(pair, mcnemar=replace(pair.mcnemar, p=0.027), p_holm=0.08)
    assert pair_sentence(one) == (
        "Expert 1 and Expert 2 are not shown to differ in class: 77.8 v 69.2 % of 302, exact "
        "McNemar p .027, Holm .080 (50 v 24 discordant)."
    )
    assert "classed more items right" in pair_sentence(replace(one, p_holm=0.04))


def test_the_order_of_a_pair_changes_the_words_only(results):
    (pair,) = results.pairs
    table = pair.outcomes
    turned = replace(
        pair,
        first=pair.second,
        second=pair.first,
        outcomes=replace(table, only_first=table.only_second, only_second=table.only_first),
    )
    assert pair_sentence(turned) == pair_sentence(pair)


def test_detection_has_its_counts_and_its_lean(results):
    first, second = (score.detection for score in results.scores)
    assert (first.counts.correct_rejections, first.counts.false_alarms) == (118, 64)
    assert (first.counts.misses, first.counts.hits) == (49, 71)
    assert first.d_prime.value == pytest.approx(0.61, abs=0.01)
    assert lean(first) == "leans to neither"
    assert lean(second) == "leans to “real”"
    assert first.auc is None  # the confidence is that of the class
    assert equivalence_text(first).startswith(
        "Equivalence to guessing within 10 points is not shown: p .79"
    )


def test_roc_takes_real_rois_only(results):
    assert {roc.auc.positives + roc.auc.negatives for roc in results.rocs} == {182}
    assert len(results.rocs) == 6


def test_repeats_models_and_gaps_stay_apart(paper_answers):
    first = paper_answers[0]
    more = (
        replace(first, repeat=True, position=303, diagnosis="hemangioma"),
        replace(paper_answers[1], repeat=True, position=304),
        *(
            replace(a, reader="CNN-AUG", reader_kind="model", origin="", confidence=None)
            for a in paper_answers[:302]
        ),
    )
    blank = tuple(
        replace(a, diagnosis="", first_diagnosis="") if a.item == 5 and a.reader == "Expert 2"
        else a
        for a in paper_answers
    )  # fmt: skip
    results = assemble_readers(blank + more, DEFAULT_SCHEME)
    assert [s.reader for s in results.scores] == ["Expert 1", "Expert 2", "CNN-AUG"]
    one, two, network = results.scores
    assert (one.repeats.successes, one.repeats.n) == (1, 2)
    assert one.class_total.n == 302
    assert (two.class_total.n, two.matrix.unanswered) == (301, 1)
    assert network.detection is None
    assert network.origin_total is None
    assert results.pair("Expert 2", "Expert 1").outcomes.n == 301
    assert len(results.pairs) == 3
    assert {roc.reader for roc in results.rocs} == {"Expert 1", "Expert 2"}


def test_simulated_readers_are_labelled_wherever_they_stand(paper_answers):
    answers = tuple(
        replace(a, reader_kind="simulated") if a.reader == "Expert 2" else a for a in paper_answers
    )
    results = assemble_readers(answers, DEFAULT_SCHEME)
    assert results.simulated
    assert results.simulated_readers == ("Expert 2",)
    assert [s.simulated for s in results.scores] == [False, True]
    assert results.pairs[0].simulated
    assert all(table.simulated for table in reader_tables(results, DEFAULT_SCHEME))
    study = assemble_readers(paper_answers, DEFAULT_SCHEME, simulated_study=True)
    assert all(score.simulated for score in study.scores)


def test_nobody_has_read(paper_answers):
    results = assemble_readers((), DEFAULT_SCHEME)
    assert results.scores == ()
    assert reader_tables(results, DEFAULT_SCHEME) == ()
    assert reader_sentences(results) == ()


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.00337, ".0034"), (0.44471, ".44"), (0.0234, ".023"), (1.0, "1.00"), (3e-6, "< .0001")],
)
def test_p_values_have_two_figures(p, text):
    assert p_text(p) == text


def test_the_methods_say_which_network_read_what(paper_answers):
    study = StudyRecord("T", "ct", False, DEFAULT_SCHEME, -100.0, 250.0, Path(), "")
    network = tuple(
        replace(a, reader="CNN-AUG", reader_kind="model", origin="")
        for a in paper_answers
        if a.reader == "Expert 1"
    )
    alone = methods(study, None, assemble_readers(paper_answers, DEFAULT_SCHEME), None)
    both = methods(study, None, assemble_readers(paper_answers + network, DEFAULT_SCHEME), None)
    words = "trained on no draw of its generator"
    assert not any(words in paragraph for paragraph in alone)
    assert any(words in paragraph for paragraph in both)
    assert "-100 to 250 HU" in both[0]
    assert "numpy" in both[-1]


def test_confidence_counts_for_the_origin_only_where_it_was_asked_of_it(paper_answers):
    alone = tuple(replace(a, diagnosis="", first_diagnosis="") for a in paper_answers)
    scores = assemble_readers(alone, DEFAULT_SCHEME).scores
    for score in scores:
        area = score.detection.auc
        assert area is not None
        assert (area.positives, area.negatives) == (120, 182)
        assert area.value > 0.5


def test_no_difference_names_each_reader_beside_its_own_share(results):
    pair = results.pairs[0]
    same = replace(
        pair,
        outcomes=replace(pair.outcomes, only_first=24, only_second=30, both_correct=185),
        mcnemar=replace(pair.mcnemar, p=0.5),
    )
    n = same.outcomes.table.n
    assert pair_sentence(same).startswith(
        f"Expert 2 and Expert 1 are not shown to differ in class: "
        f"{100 * 215 / n:.1f} v {100 * 209 / n:.1f} % of {n}"
    )


def test_an_unfinished_reader_is_named_and_prevalence_is_of_all_items(paper_answers):
    part = tuple(a for a in paper_answers if a.reader == "Expert 1" or a.position <= 10)
    results = assemble_readers(part, DEFAULT_SCHEME, sealed=(182, 120))
    assert results.unfinished == (("Expert 2", 10),)
    assert results.items == 302
    alone = assemble_readers(part[-10:], DEFAULT_SCHEME, sealed=(182, 120))
    assert alone.always_real.percent == "60.3"
    note = reader_tables(alone, DEFAULT_SCHEME)[0].note
    assert "Expert 2 has answered 10 of 302 ROIs" in note
    assert "Expert 2 has answered 10 of 302 ROIs" in reader_sentences(alone)[-1]


def test_an_area_of_one_has_no_delong_interval_beside_wilsons(results):
    whole = replace(results.rocs[0], auc=auc([2.0, 3.0, 4.0], [0.0, 1.0]))
    usual = replace(results.rocs[1], auc=auc([1.0, 2.0, 4.0], [0.0, 1.0, 3.0]))
    changed = replace(results, rocs=(whole, usual))
    (table,) = (one for one in reader_tables(changed, DEFAULT_SCHEME) if one.key == "roc")
    first, second = table.rows
    assert first[2:4] == ("1.000 [.342, 1.000]", "–")
    assert "Wilson" in first[5]
    assert second[3].startswith("[.")


def test_where_most_items_are_synthetic_the_guess_is_synthetic(paper_answers):
    turned = {"real": "synthetic", "synthetic": "real"}
    answers = tuple(
        replace(a, truth_origin=turned[a.truth_origin], origin=turned.get(a.origin, ""))
        for a in paper_answers
    )
    results = assemble_readers(answers, DEFAULT_SCHEME)
    told = " ".join(reader_sentences(results))
    assert "Always saying “synthetic” scores 60.3 %." in told
    assert "“real” scores" not in told
    assert results.scores[0].detection.prevalence.null == pytest.approx(182 / 302)
