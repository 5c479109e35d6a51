"""Ratings leave and come back unchanged, and every file gives the same numbers."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from shared_data import shared_path

from studies.analysis import analyse, as_json
from studies.errors import ReadOnlyError, StudyError
from studies.exchange import (
    Rating,
    Ratings,
    read_ratings,
    write_imrmc,
    write_mrmcaov,
    write_rjafroc,
    write_tidy,
)

WRITERS = {
    "v.csv": write_mrmcaov, "t.csv": write_tidy, "v.imrmc": write_imrmc, "v.xlsx": write_rjafroc,
}  # fmt: skip


def vandyke(kind):
    return shared_path(f"reference/reader/data/vandyke.{kind}")


def answers(ratings):
    return {(r.reader, r.condition, r.case): (r.truth, r.value) for r in ratings.rows}


def numbers(ratings):
    return {(r.reader, r.condition, r.case): (r.truth, float(r.value)) for r in ratings.rows}


def table(*rows):
    return Ratings(tuple(Rating(n, *row) for n, row in enumerate(rows, 2)))


def test_van_dyke_leaves_as_csv_byte_for_byte(tmp_path):
    write_mrmcaov(tmp_path / "v.csv", read_ratings(vandyke("csv")))
    assert (tmp_path / "v.csv").read_bytes() == vandyke("csv").read_bytes()


def test_van_dyke_leaves_as_imrmc_byte_for_byte(tmp_path):
    write_imrmc(tmp_path / "v.imrmc", read_ratings(vandyke("imrmc")), "VanDyke")
    assert (tmp_path / "v.imrmc").read_bytes() == vandyke("imrmc").read_bytes()


def test_van_dyke_leaves_as_a_workbook_and_comes_back_byte_for_byte(tmp_path):
    first, second = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    write_rjafroc(first, read_ratings(vandyke("imrmc")))
    write_rjafroc(second, read_ratings(first))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("origin", ["csv", "imrmc"])
@pytest.mark.parametrize("name", WRITERS)
def test_every_file_gives_the_same_analysis(tmp_path, origin, name):
    ratings = read_ratings(vandyke(origin))
    WRITERS[name](tmp_path / name, ratings)
    back = read_ratings(tmp_path / name)
    assert answers(back) == answers(ratings)
    assert list(back.truth) == list(ratings.truth)
    one, other = (json.loads(as_json(analyse(r), details=True)) for r in (ratings, back))
    assert other == one


LETTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cf"), exclude_characters="'"
)
TEXT = st.text(LETTERS, min_size=1, max_size=6).filter(
    lambda text: text.casefold() not in ("-1", "truth")
)
NUMBERS = st.one_of(
    st.integers(-9, 9).map(str), st.floats(-1e3, 1e3, allow_nan=False).map(lambda v: f"{v:.3f}")
)


@st.composite
def studies(draw):
    names = [draw(st.lists(TEXT, min_size=1, max_size=3, unique=True)) for _ in range(2)]
    cases = draw(st.lists(TEXT, min_size=2, max_size=4, unique=True))
    rows = [
        (reader, condition, case, str(n % 2), draw(NUMBERS))
        for condition in names[0]
        for reader in names[1]
        for n, case in enumerate(cases)
    ]
    return table(*rows)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(studies(), st.sampled_from(sorted(WRITERS)))
def test_any_names_come_back(tmp_path, ratings, name):
    if name == "v.imrmc":
        names = [*ratings.readers, *ratings.conditions, *ratings.truth]
        if any("," in text for text in names):
            with pytest.raises(StudyError, match="leave commas"):
                write_imrmc(tmp_path / name, ratings)
            return
    WRITERS[name](tmp_path / name, ratings)
    # A workbook holds numbers, so 1.500 comes back as 1.5.
    same = numbers if name == "v.xlsx" else answers
    assert same(read_ratings(tmp_path / name)) == same(ratings)


@pytest.mark.parametrize("value", ["1.50", "1e-05", "0.30000000000000004", "12345678901234567890"])
def test_every_rating_of_a_workbook_is_a_number(tmp_path, value):
    ratings = table(("A", "c", "1", "1", value), ("A", "c", "2", "0", "1"))
    write_rjafroc(tmp_path / "v.xlsx", ratings)
    cell = load_workbook(tmp_path / "v.xlsx")["TP"]["E2"]
    assert (cell.data_type, cell.value) == ("n", float(value))
    assert numbers(read_ratings(tmp_path / "v.xlsx")) == numbers(ratings)


def test_words_and_gaps_come_back_from_the_tidy_file(tmp_path):
    ratings = table(("A", "roi", "1", "cyst", "met"), ("B", "roi", "1", "cyst", ""))
    write_tidy(tmp_path / "t.csv", ratings)
    assert answers(read_ratings(tmp_path / "t.csv")) == answers(ratings)
    lines = (tmp_path / "t.csv").read_text("utf-8-sig").splitlines()
    assert lines == ["reader,condition,case,truth,answer", "A,roi,1,cyst,met", "B,roi,1,cyst,"]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd", "-x", "＝1", "%0"])
def test_what_a_spreadsheet_would_run_is_escaped_and_read_back_plain(tmp_path, text):
    ratings = table((text, "c", "1", "1", "5"), (text, "c", "2", "0", "1"))
    for name, write in (("t.csv", write_tidy), ("v.csv", write_mrmcaov)):
        write(tmp_path / name, ratings)
        assert f"\n'{text},c," in (tmp_path / name).read_text("utf-8-sig")
        assert read_ratings(tmp_path / name).readers == (text,)
    write_rjafroc(tmp_path / "v.xlsx", ratings)
    assert read_ratings(tmp_path / "v.xlsx").readers == (text,)


def test_gaps_leave_imrmc_but_not_rjafroc(tmp_path):
    ratings = table(("A", "c", "1", "1", "5"), ("A", "c", "2", "0", ""), ("B", "c", "2", "0", "1"))
    write_imrmc(tmp_path / "v.imrmc", ratings)
    assert len(read_ratings(tmp_path / "v.imrmc").rows) == 2
    with pytest.raises(StudyError, match="case 1 has none by reader B under c"):
        write_rjafroc(tmp_path / "v.xlsx", ratings)
    assert not (tmp_path / "v.xlsx").exists()


@pytest.mark.parametrize("name", ["v.csv", "v.imrmc", "v.xlsx"])
def test_what_a_program_cannot_hold_is_said(tmp_path, name):
    with pytest.raises(StudyError, match="the truth of case 1 is 'cyst'"):
        WRITERS[name](tmp_path / name, table(("A", "c", "1", "cyst", "5")))
    with pytest.raises(StudyError, match="answered 'met' on case 1"):
        WRITERS[name](tmp_path / name, table(("A", "c", "1", "1", "met")))
    assert not list(tmp_path.iterdir())


def test_a_reader_who_would_be_the_truth_is_refused(tmp_path):
    with pytest.raises(StudyError, match="means the truth by reader '-1'"):
        write_imrmc(tmp_path / "v.imrmc", table(("-1", "c", "1", "1", "5")))


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_that_cannot_be_made_is_named(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReadOnlyError, match="file"):
        WRITERS[name](tmp_path / "file" / name, table(("A", "c", "1", "1", "5")))


def test_blanks_before_a_quoted_cell_are_no_part_of_it(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text('reader, "case", "truth", "rating"\nA, "1, left", 1, 5\n')
    assert answers(read_ratings(path)) == {("A", "all", "1, left"): ("1", "5")}


@pytest.mark.parametrize("word", ["NA", "NaN", ".", "n/a"])
def test_a_truth_that_is_missing_reads_as_none(tmp_path, word):
    path = tmp_path / "r.csv"
    path.write_text(f"reader,case,truth,rating\nA,1,{word},5\nB,1,,4\n")
    assert read_ratings(path).truth == {"1": ""}


def test_blanks_inside_the_ids_of_imrmc_are_dropped_as_by_imrmc(tmp_path):
    path = tmp_path / "v.imrmc"
    path.write_text("BEGIN DATA:\n-1, case 1,0,1\nReader 1,case1,mod A , 3\nReader1, case 2,m,1\n")
    with pytest.raises(StudyError, match="Line 4: case case2 has no truth"):
        read_ratings(path)
    path.write_text("BEGIN DATA:\n-1, case 1,0,1\nReader 1,case1,mod A , 3\n")
    assert answers(read_ratings(path)) == {("Reader1", "modA", "case1"): ("1", "3")}


def test_names_with_blanks_come_back_from_imrmc_though_it_sees_none(tmp_path):
    ratings = table(("Dr A", "ROI only", "c 1", "1", "5"), ("Dr A", "ROI only", "c 2", "0", "1"))
    write_imrmc(tmp_path / "v.imrmc", ratings)
    assert answers(read_ratings(tmp_path / "v.imrmc")) == answers(ratings)
    above = (tmp_path / "v.imrmc").read_text().split("BEGIN DATA")[0]
    assert "Name of reader DrA = Dr A\n" in above


def test_two_names_that_imrmc_takes_for_one_are_refused(tmp_path):
    ratings = table(("Dr A", "c", "1", "1", "5"), ("DrA", "c", "1", "1", "4"))
    with pytest.raises(StudyError, match="readers 'Dr A' and 'DrA' for one"):
        write_imrmc(tmp_path / "v.imrmc", ratings)
