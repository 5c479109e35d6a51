"""Every technical word that the readers' results print is explained with its source."""

from __future__ import annotations

import re

import pytest

from studies.records import DEFAULT_SCHEME
from studies.report.condition_tables import condition_sentences, condition_tables, time_tables
from studies.report.conditions import assemble_conditions
from studies.report.glossary import TERMS, explained, terms_in
from studies.report.readers import assemble_readers
from studies.report.sentences import (
    equivalence_text,
    pair_sentence,
    reader_sentences,
    roc_sentences,
)
from studies.report.tables import reader_tables
from studies.report.times import assemble_times

ASKED = (
    "MOVER", "TOST", "criterion c", "d'", "Rao-Scott", "Wilson", "McNemar", "Holm", "Newcombe",
    "Gwet's AC1", "Krippendorff's alpha", "DeLong", "logit", "Obuchowski-Rockette", "jackknife",
    "generalised estimating equations", "RRRC (readers and cases random)",
    "FRRC (these readers, cases random)", "RRFC (readers random, these cases)",
)  # fmt: skip


@pytest.fixture(scope="module")
def printed(staged_answers):
    results = assemble_readers(staged_answers, DEFAULT_SCHEME)
    conditions = assemble_conditions(staged_answers, DEFAULT_SCHEME)
    tables = (
        *reader_tables(results, DEFAULT_SCHEME),
        *condition_tables(conditions, DEFAULT_SCHEME),
        *time_tables(assemble_times(staged_answers)),
    )
    texts = [text for t in tables for text in (t.title, t.note, t.reading, *t.columns)]
    texts += [cell for table in tables for row in table.rows for cell in row]
    texts += reader_sentences(results) + roc_sentences(results, DEFAULT_SCHEME)
    texts += condition_sentences(conditions, DEFAULT_SCHEME)
    texts += [pair_sentence(pair) for pair in results.pairs]
    return [*texts, *(equivalence_text(s.detection) for s in results.scores if s.detection)]


@pytest.mark.parametrize("word", ASKED)
def test_a_word_that_is_printed_is_explained(printed, word):
    found = {term.word for text in printed for term in terms_in(text)}
    assert word in found


def test_each_names_a_year_or_a_book_and_says_one_sentence():
    for term in TERMS:
        assert re.search(r"\b(19|20)\d\d\b", term.source), term.word
        assert re.search(r"\d+:\d+|ch\. \d+|p\. \d+|Theory|alpha|ICPR", term.source), term.word
        assert len(term.sentence) < 140, term.word
        assert not term.sentence.endswith("."), term.word
        assert term in terms_in(term.word), "its own word finds it"
    assert len({term.word for term in TERMS}) == len(TERMS)


def test_plain_words_are_not_explained():
    assert terms_in("Reader 1 and Reader 2 have answered no ROI in common yet.") == ()
    assert terms_in("No answer was changed: first and standing answers are the same.") == ()
    assert explained(["Class, real ROIs, %"]) == ""


def test_one_line_a_word_in_the_order_of_the_glossary():
    lines = explained(["exact McNemar p .50 (12 v 8 discordant)", "95 % Wilson"]).split("\n")
    assert [line.split(":")[0] for line in lines] == ["Wilson", "McNemar", "discordant"]
    assert lines[0].endswith("(Wilson 1927, JASA 22:209).")
