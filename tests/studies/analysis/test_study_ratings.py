"""A study's ratings, written and read again, have the areas that its report prints."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from studies.analysis import analyse
from studies.exchange import read_ratings
from studies.records import DEFAULT_SCHEME, AnswerRecord
from studies.report.ratings import one_class_ratings, write_ratings
from studies.report.readers import assemble_readers
from studies.statistics.roc import auc, one_versus_rest

READERS = ("Reader 1", "Reader 2", "Reader 3")
ENDINGS = (".imrmc", ".xlsx", "_mrmcaov.csv")
CONDITIONS = (("before aid", "aided", 1), ("slice", "slice", 1), ("aided", "aided", 2))


def answer(draw, reader, item, **changes):
    truth = DEFAULT_SCHEME.codes[item % 3]
    said = truth if draw.random() < 0.6 else draw.choice(DEFAULT_SCHEME.codes)
    is_real = item < 24
    made = AnswerRecord(
        reader=reader,
        reader_kind="person",
        position=item + 1,
        item=item,
        repeat=False,
        truth_category=truth,
        truth_origin="real" if is_real else "synthetic",
        lesion_id=item + 1 if is_real else None,
        synthetic_id=None if is_real else item,
        diagnosis=said,
        origin="real",
        confidence=draw.randint(1, 5),
        seconds=5.0,
        corrected=False,
        first_diagnosis=said,
        first_origin="real",
    )
    return replace(made, **changes)


def one_condition():
    """24 real and 9 synthetic items, four hidden repeats, three people and a network."""
    draw = random.Random(4)
    given = [answer(draw, reader, item) for reader in READERS for item in range(33)]
    given += [answer(draw, r, item, repeat=True) for r in READERS for item in range(4)]
    given += [answer(draw, "CNN", item, reader_kind="model") for item in range(33)]
    return tuple(given)


def three_conditions():
    """The same 24 real items before aid, on the slice and after aid."""
    draw = random.Random(5)
    return tuple(
        answer(draw, reader, item, condition=condition, step=step)
        for _, condition, step in CONDITIONS
        for reader in READERS
        for item in range(24)
    )


def areas(path):
    """AUC by reader and condition, as the analysis of the file has it."""
    found = analyse(read_ratings(path))
    assert found.mrmc is not None
    return {
        (reader, condition): value
        for condition, row in zip(found.ratings.conditions, found.mrmc.merits, strict=True)
        for reader, value in zip(found.ratings.readers, row, strict=True)
    }


def area(ratings, reader):
    """One reader's AUC by the Mann-Whitney count of the file's rows."""
    own = [row for row in ratings.rows if row.reader == reader]
    sides = [[float(row.value) for row in own if row.truth == truth] for truth in "10"]
    return auc(*sides).value


def reported(answers, category, words):
    """AUC by reader and condition, as the report has it."""
    results = assemble_readers(answers, DEFAULT_SCHEME)
    return {
        (one.reader.split(",")[0], words[one.condition]): one.auc.value
        for one in results.rocs
        if one.category == category
    }


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("category", DEFAULT_SCHEME.codes)
def test_areas_of_people_and_a_network_are_those_of_the_report(tmp_path, category, ending):
    answers = one_condition()
    files = write_ratings(answers, DEFAULT_SCHEME, tmp_path)
    assert files.notes == ()
    want = reported(answers, category, {"roi": "ROI"})
    assert len(want) == 4
    assert areas(tmp_path / f"{category}_v_rest{ending}") == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize("ending", ENDINGS)
def test_areas_of_three_conditions_are_those_of_the_report(tmp_path, ending):
    answers = three_conditions()
    write_ratings(answers, DEFAULT_SCHEME, tmp_path)
    want = reported(answers, "cyst", {"own": "before aid", "slice": "slice", "aided": "aided"})
    assert len(want) == 9
    assert areas(tmp_path / f"cyst_v_rest{ending}") == pytest.approx(want, abs=1e-12)


def test_ratings_are_one_class_against_the_rest_on_real_items_without_repeats():
    answers = one_condition()
    table = one_class_ratings(answers, "cyst")
    assert table is not None
    assert len(table.rows) == 4 * 24
    first = [a for a in answers if a.reader == "Reader 1" and a.item < 24 and not a.repeat]
    want = one_versus_rest([a.diagnosis for a in first], [a.confidence for a in first], "cyst")
    assert [float(r.value) for r in table.rows if r.reader == "Reader 1"] == want.tolist()


def test_an_answer_that_is_missing_keeps_all_but_rjafroc(tmp_path):
    answers = one_condition()[1:]  # Reader 1 has not seen item 0, a cyst
    files = write_ratings(answers, DEFAULT_SCHEME, tmp_path)
    assert not list(tmp_path.glob("*.xlsx"))
    assert "RJafroc needs every answer; case 0 has none" in files.notes[0]
    read = read_ratings(tmp_path / "cyst_v_rest.imrmc")
    got = {(reader, "ROI"): area(read, reader) for reader in read.readers}
    assert got == pytest.approx(reported(answers, "cyst", {"roi": "ROI"}), abs=1e-12)
