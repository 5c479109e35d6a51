"""Gaps, empty classes, binary and word ratings, more than two conditions: said, never guessed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from shared_data import shared_path

from studies.analysis import analyse, as_json, as_text, read_ratings
from studies.errors import StudyError


@pytest.fixture
def told(tmp_path):
    def tell(rows, details=False, **options):
        path = tmp_path / "r.csv"
        path.write_text("\n".join(["reader,condition,case,truth,rating", *rows]) + "\n")
        return json.loads(as_json(analyse(read_ratings(path), **options), details=details))

    return tell


def rows(rating, readers=3, conditions=2, cases=12, truth=lambda k: k % 2):
    return [
        f"r{r},c{c},k{k},{truth(k)},{rating(r, c, k)}"
        for r in range(readers)
        for c in range(conditions)
        for k in range(cases)
    ]


def mixed(r, c, k):
    return (3 * k + 2 * r + (k + c) * (r + 2 * c)) % 5 + k % 2


def reason(got, analysis="MRMC"):
    return {d["analysis"]: d["reason"] for d in got["declined"]}[analysis]


def test_a_gap_names_the_first_and_what_would_be_complete(told):
    found = rows(lambda r, c, k: "" if (r, c, k) in ((1, 1, 3), (2, 0, 4)) else mixed(r, c, k))
    got = told(found, details=True)
    assert "2 ratings are missing, the first of case k4 by reader r2 under c0" in reason(got)
    assert "10 of 12 cases have every rating: keep only these" in reason(got)
    assert got["details"]["u_statistics"]["differences"][0]["variance"] > 0


def test_a_reader_with_half_the_cases_leaves_the_others_complete(told):
    found = rows(lambda r, c, k: "" if r == 1 and k < 11 else mixed(r, c, k))
    assert "The ratings of r0, r2 are complete" in reason(told(found))


@pytest.mark.parametrize("word", ["NA", "NaN", "n/a", "."])
def test_the_usual_words_for_missing_are_missing(told, word):
    found = rows(lambda r, c, k: word if (r, c, k) == (0, 0, 5) else mixed(r, c, k))
    assert "1 rating is missing, the first of case k5" in reason(told(found))


@pytest.mark.parametrize(
    ("truth", "words"),
    [
        (lambda k: 1, "every case is positive; negative cases are needed too"),
        (lambda k: 0, "every case is negative; positive cases are needed too"),
        (lambda k: int(k == 0), "at least two positive and two negative cases"),
        (lambda k: "", "there is no truth"),
        (lambda k: "" if k == 7 else k % 2, "that of case k7 is ''"),
        (lambda k: ("normal", "benign", "malignant")[k % 3], "more than one word"),
    ],
)
def test_truth_that_allows_no_curve_is_declined_in_words(told, truth, words):
    got = told(rows(mixed, truth=truth))
    assert "mrmc" not in got
    assert words in reason(got)


def test_one_reader_is_compared_for_these_cases_only(told):
    got = told(rows(mixed, readers=1))["mrmc"]
    assert "rrrc" not in got
    assert got["frrc"]["df"] == 1
    assert "variance_components" not in got


def test_two_readers_are_declined_as_a_sample(told):
    got = told(rows(mixed, readers=2))
    assert "two readers cannot show" in reason(got, "readers as a random sample")
    assert "single" not in got["mrmc"]
    assert "three or more" in reason(got, "areas by U-statistics (BDG)")


def test_all_ratings_tied_give_areas_of_one_half_and_nulls(told):
    got = told(rows(lambda r, c, k: 3))["mrmc"]
    assert got["auc"]["c0"]["mean"] == 0.5
    assert got["rrrc"]["f"] is None
    assert got["rrrc"]["p"] is None
    assert got["single"]["c0"]["ci"] == [None, None]
    assert got["single"]["c0"]["se"] is None


def test_one_perfect_reader_leaves_the_others_their_interval(told):
    got = told(rows(lambda r, c, k: 9 * (k % 2) if r == 0 else mixed(r, c, k)))["mrmc"]
    assert got["auc"]["c0"]["r0"] == 1.0
    assert 0 < got["rrrc"]["p"] <= 1
    assert got["single"]["c0"]["ci"][1] <= 1.0


def test_yes_and_no_need_no_threshold(told):
    numbers = rows(lambda r, c, k: int(mixed(r, c, k) > 2))
    words = rows(lambda r, c, k: "yes" if mixed(r, c, k) > 2 else "no")
    one, other = (told(found, figure="sensitivity") for found in (numbers, words))
    assert one["mrmc"] == other["mrmc"]
    assert one["accuracy"]["c0"]["r0"]["correct"] == other["accuracy"]["c0"]["r0"]["correct"]
    assert told(numbers, figure="sensitivity", positive_at=1)["mrmc"] == one["mrmc"]


def test_grades_need_a_threshold_and_the_sentence_says_which_option(told):
    with pytest.raises(StudyError, match=r"Specificity needs .* --positive-at"):
        told(rows(mixed), figure="specificity")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"figure": "kappa"}, "The figure of merit is auc, accuracy"),
        ({"covariance": "bootstrap"}, "The covariance is jackknife, delong, unbiased"),
        ({"figure": "accuracy", "covariance": "delong", "positive_at": 3}, "AUC only"),
    ],
)
def test_a_choice_that_cannot_be_carried_out_is_refused_for_any_file(told, options, words):
    for found in (rows(mixed), rows(lambda r, c, k: "ab"[k % 2], truth=lambda k: "ab"[k % 2])):
        with pytest.raises(StudyError, match=words):
            told(found, **options)


def test_three_conditions_are_compared_by_pairs(told):
    got = told(rows(mixed, conditions=3))["mrmc"]
    assert got["rrrc"]["ndf"] == 2
    pairs = got["rrrc"]["pairwise"]
    assert [(p["first"], p["second"]) for p in pairs] == [("c0", "c1"), ("c0", "c2"), ("c1", "c2")]
    assert set(got["rrrc"]) == {"f", "ndf", "df", "p", "pairwise"}
    assert set(got["frrc"]) == {"x2", "df", "p", "pairwise"}
    assert set(got["rrfc"]) == {"f", "df", "p", "pairwise"}
    assert {"z", "p", "ci"} < set(got["frrc"]["pairwise"][0])
    assert "pairwise" not in told(rows(mixed))["mrmc"]["rrrc"]


def test_three_conditions_are_told_by_pairs(tmp_path):
    path = tmp_path / "r.csv"
    found = rows(mixed, conditions=3)
    path.write_text("\n".join(["reader,condition,case,truth,rating", *found]))
    text = as_text(analyse(read_ratings(path)))
    assert "readers and cases random, all conditions equal: F(2, " in text
    assert text.count("c1 minus c2: ") == 3 + 3 + 1, "three tests, three readers, BDG"


def test_details_are_what_the_programs_print():
    path = shared_path("reference/reader/data/vandyke.csv")
    got = json.loads(as_json(analyse(read_ratings(path)), details=True))["details"]
    want = json.loads(
        shared_path("reference/reader/expected/mrmc_or_vandyke_jackknife.json").read_text()
    )
    assert got["cases"] == {"positive": 45, "negative": 69}
    assert got["mean_squares"]["tr"] == pytest.approx(want["MS"]["TR"], abs=5e-9)
    assert got["dbm"]["TC"] == pytest.approx(want["dbm_var"]["TC"], abs=5e-8)
    assert got["by_reader"][4]["z"] == pytest.approx(-2.27, abs=5e-3)
    assert got["u_statistics"]["differences"][0]["p"] == pytest.approx(0.0556466643, abs=5e-11)
    assert np.isclose(got["se"]["2"]["4"], 0.0007213348, atol=5e-11), "as MRMCaov prints"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("BEGIN DATA:\n-1,a,0,2\n1,a,m,3\n", "Line 2: the truth of case a is '2', not 0 or 1"),
        ("BEGIN DATA:\n-1,a,0,1\n-1,a,0,0\n", "Line 3: case a has another truth above"),
        ("BEGIN DATA:\n-1,a,0,1\n,a,m,3\n", "Line 3: the reader is empty"),
        ("BEGIN DATA:\n-1,a,0,1\n1,a,m,3\n1,a,m,4\n", "Line 4: reader 1 has answered case a"),
    ],
)
def test_a_bad_imrmc_is_named_by_its_line(tmp_path, text, words):
    path = tmp_path / "r.imrmc"
    path.write_text(text)
    with pytest.raises(StudyError, match=words):
        read_ratings(path)


def test_the_truth_may_be_a_reader_called_truth(tmp_path):
    path = tmp_path / "r.imrmc"
    path.write_text("BEGIN DATA:\ntruth,a,truth,1\nr1,a,m,3\n")
    assert read_ratings(path).truth == {"a": "1"}


def test_two_columns_of_one_name_are_refused(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("reader,case,rating,Rating\nA,1,2,3\n")
    with pytest.raises(StudyError, match="two columns 'rating'"):
        read_ratings(path)
