"""Answers in classes: spelling, numbers as classes, and who is right about which."""

from __future__ import annotations

import json

import pytest

from studies.analysis import analyse, as_json, as_text, read_ratings
from studies.errors import StudyError
from studies.statistics.cochran import cochran_q
from studies.statistics.proportions import wilson

HEADER = "reader,condition,case,truth,answer"


@pytest.fixture
def written(tmp_path):
    def write(rows):
        path = tmp_path / "r.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        return read_ratings(path)

    return write


@pytest.fixture
def told(written):
    return lambda rows, **options: json.loads(as_json(analyse(written(rows), **options)))


def answers(said, truth=lambda k: "abc"[k % 3], readers="ABC", cases=18, conditions=("all",)):
    return [
        f"{r},{c},{k},{truth(k)},{said(r, k)}"
        for c in conditions
        for r in readers
        for k in range(cases)
    ]


def plain(reader, k):
    """Wrong on a few cases of its own, one class too low."""
    wrong = {"A": (0, 4), "B": (1, 2, 8, 9, 13), "C": (5,)}[reader]
    return "abc"["abc".index("abc"[k % 3]) - (k in wrong)]


def reasons(got):
    return {d["analysis"]: d["reason"] for d in got["declined"]}


# --- the unit -------------------------------------------------------------------------------


@pytest.mark.parametrize("readers", ["AB", "ABC"])
def test_a_condition_that_copies_another_makes_no_interval_narrower(told, readers):
    one = told(answers(plain, readers=readers))["agreement"]
    both = told(answers(plain, readers=readers, conditions=("x", "y")))["agreement"]
    assert set(both) == set(one)
    for key in set(one) - {"krippendorff_alpha"}:
        assert both[key]["se"] == pytest.approx(one[key]["se"]), key
        assert both[key]["ci"] == pytest.approx(one[key]["ci"]), key
    alpha, single = both["krippendorff_alpha"], one["krippendorff_alpha"]
    assert alpha["se"] == pytest.approx(single["se"], rel=0.1)
    assert (both["fleiss"]["n"], both["fleiss"]["items"]) == (18, 36)
    assert "items" not in one["fleiss"]


def test_the_text_counts_cases_and_items(written):
    text = as_text(analyse(written(answers(plain, conditions=("x", "y")))))
    assert "n 18 cases, 36 items: more agreement than chance gives" in text


# --- spelling -------------------------------------------------------------------------------


def test_case_and_blanks_make_no_other_class(told):
    shouted = answers(lambda r, k: plain(r, k).upper() if k % 2 else f" {plain(r, k)}")
    one, other = told(answers(plain)), told(shouted)
    assert other["agreement"] == one["agreement"]
    assert other["accuracy"] == one["accuracy"]
    spaced = ["A,all,1,Simple  Cyst,simple cyst", "A,all,2,met,MET", "A,all,3,met,Simple Cyst"]
    got = told(spaced)["accuracy"]["all"]["A"]
    assert got["correct"] == 2
    assert got["confusion"]["classes"] == ["Simple  Cyst", "met"], "as first spelt"


def test_the_truth_of_a_case_may_be_spelt_in_two_ways(told):
    got = told(["A,all,1,Cyst,cyst", "B,all,1,cyst ,met", "A,all,2,met,met", "B,all,2,MET,met"])
    assert got["accuracy"]["all"]["A"]["correct"] == 2


@pytest.mark.parametrize("word", ["NA", "nan", ".", "n/a", ""])
def test_a_truth_that_is_missing_is_no_class(told, word):
    rows = answers(plain, truth=lambda k: word if k == 3 else "abc"[k % 3])
    got = told(rows)
    assert got["accuracy"]["all"]["A"]["n"] == 17
    assert got["accuracy"]["all"]["A"]["confusion"]["classes"] == ["a", "b", "c"]


def test_whole_numbers_are_one_class_however_written(told):
    numbers = {"a": "1", "b": "2.0", "c": "3"}
    rows = answers(
        lambda r, k: numbers[plain(r, k)].removesuffix(".0"), lambda k: numbers["abc"[k % 3]]
    )
    got = told(rows)
    assert got["accuracy"]["all"]["A"]["correct"] == 16
    assert got["accuracy"]["all"]["A"]["confusion"]["classes"] == ["1", "2.0", "3"]
    assert got["agreement"]["fleiss"] == told(answers(plain))["agreement"]["fleiss"]


def test_numbers_are_classes_where_the_truth_has_more_than_two(told):
    """An answer that is no case's truth is a wrong class, and does not make grades of them all."""
    code = {"a": 1, "b": 2, "c": 3}
    rows = answers(
        lambda r, k: 4 if (r, k) == ("C", 0) else code[plain(r, k)], lambda k: code["abc"[k % 3]]
    )
    got = told(rows)
    assert got["accuracy"]["all"]["C"]["correct"] == 16
    assert got["accuracy"]["all"]["C"]["confusion"]["classes"] == ["1", "2", "3", "4"]
    assert got["accuracy"]["all"]["C"]["classes"]["4"]["sensitivity"]["value"] is None
    assert "agreement" in got
    grades = answers(lambda r, k: 10 + k, truth=lambda k: "abc"[k % 3])
    assert "agreement" not in told(grades), "none of these numbers is a class of the truth"


def test_yes_and_no_are_two_classes_beside_a_truth_of_1_and_0(told):
    def said(reader, k):
        return "yes" if (k + (k == "ABC".index(reader))) % 2 else "no"

    rows = answers(said, truth=lambda k: k % 2)
    numbers = answers(lambda r, k: int(said(r, k) == "yes"), truth=lambda k: k % 2)
    assert told(rows)["agreement"] == told(numbers)["agreement"]


# --- reasons --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["A,all,1,,cyst", "B,all,1,,cyst", "B,all,2,,Cyst"], "every answer is 'cyst'"),
        (["A,all,1,,cyst", "B,all,1,,"], "there is a single answer"),
        (["A,all,1,x,", "B,all,1,x,NA"], "there is no answer"),
        (answers(lambda r, k: f"w{k}", cases=21), "there are 24 different answers"),
        (["A,all,1,,3", "A,all,2,,4"], "there is only one reader"),
    ],
)
def test_why_there_is_no_agreement_is_said(told, rows, words):
    assert words in reasons(told(rows))["agreement"]


def test_no_answer_at_all_declines_everything(told):
    got = told(["A,all,1,1,", "B,all,1,1,", "A,all,2,0,", "B,all,2,0,"])
    assert reasons(got)["MRMC"] == "there is no answer"
    assert "mrmc" not in got


# --- who is right ---------------------------------------------------------------------------


def test_every_reader_has_each_class_with_wilson_and_the_matrix(told):
    got = told(answers(plain))["accuracy"]["all"]["B"]
    assert got["confusion"] == {
        "classes": ["a", "b", "c"], "counts": [[5, 0, 1], [2, 4, 0], [0, 2, 4]], "unanswered": 0,
    }  # fmt: skip
    found = got["classes"]["b"]["sensitivity"]
    want = wilson(4, 6)
    assert (found["correct"], found["n"], found["method"]) == (4, 6, "Wilson")
    assert found["ci"] == pytest.approx([want.low, want.high])
    assert got["classes"]["b"]["specificity"]["correct"] == 10
    assert got["weighted_sensitivity"] == pytest.approx(13 / 18) == pytest.approx(got["value"])
    assert got["weighted_specificity"] == pytest.approx((10 + 10 + 11) / 36)


def test_readers_are_compared_in_pairs_and_by_cochrans_q(told):
    got = told(answers(plain))["accuracy"]["comparisons"]["all"]
    assert [(p["first"], p["second"]) for p in got["pairs"]] == [
        ("A", "B"), ("A", "C"), ("B", "C"),
    ]  # fmt: skip
    pair = got["pairs"][2]
    assert (pair["only_first"], pair["only_second"], pair["n"]) == (1, 5, 18)
    assert pair["p"] == pytest.approx(2 * 7 / 64)
    assert pair["p_holm"] == pytest.approx(3 * 2 * 7 / 64)
    right = [[plain(r, k) == "abc"[k % 3] for r in "ABC"] for k in range(18)]
    assert got["cochran_q"]["q"] == pytest.approx(cochran_q(right).q)
    two = told(answers(plain, readers="AB"))["accuracy"]["comparisons"]["all"]
    assert "cochran_q" not in two


def test_readers_without_a_case_in_common_are_not_compared(told):
    rows = ["A,all,1,a,a", "A,all,2,b,b", "B,all,3,a,a", "B,all,4,b,a"]
    got = told(rows)
    assert "comparisons" not in got["accuracy"]
    assert "no item was answered by both" in reasons(got)["readers compared, all"]


def test_grades_have_each_readers_area_with_delongs_interval(told):
    rows = answers(lambda r, k: 1 + k % 5 + "ABC".index(r) % 2, truth=lambda k: k % 2)
    got = told(rows)["accuracy"]["all"]["A"]
    assert set(got) == {"auc"}
    assert got["auc"]["method"] == "empirical, DeLong"
    assert got["auc"]["n"] == {"positive": 9, "negative": 9}
    cut = told(rows, positive_at=3)["accuracy"]["all"]["A"]
    assert cut["auc"] == got["auc"]
    hits = sum(1 + k % 5 >= 3 for k in range(18) if k % 2)
    assert cut["classes"]["1"]["sensitivity"]["correct"] == hits


def test_every_line_of_the_text_has_its_n_and_a_reading(written):
    for said, truth, options in (
        (plain, lambda k: "abc"[k % 3], {"figure": "accuracy"}),
        (lambda r, k: 1 + (k * k + "ABC".index(r)) % 5, lambda k: k % 2, {"positive_at": 3}),
    ):
        rows = answers(said, truth=truth, conditions=("x", "y", "z"))
        text = as_text(analyse(written(rows), **options))
        lines = [line for line in text.splitlines()[1:] if not line.rstrip().endswith(":")]
        lines = [line for line in lines if not line.startswith(("Not done", "Areas by"))]
        assert len(lines) > 30
        for line in lines:
            assert " n " in line, line
            assert ": " in line.split(" n ", 1)[1], line


def test_a_name_that_the_json_needs_is_refused_there(written):
    rows = [row.replace("A,", "mean,", 1) for row in answers(plain)]
    analysis = analyse(written(rows), figure="accuracy")
    assert "mean, B minus" not in as_text(analysis)
    with pytest.raises(StudyError, match="A reader is called 'mean'"):
        as_json(analysis)
    conditions = written(answers(plain, conditions=("comparisons",)))
    with pytest.raises(StudyError, match="A condition is called 'comparisons'"):
        as_json(analyse(conditions))
