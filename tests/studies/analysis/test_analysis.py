"""Ratings from files: the published figures come out, and bad input is named by its line."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from shared_data import shared_path

from reader_app.cli import program
from reader_app.workflows.plan_study import plan_study
from studies.analysis import Columns, analyse, as_json, as_text, read_ratings
from studies.errors import StudyError


def data(name):
    return shared_path(f"reference/reader/data/{name}")


def told(path, **options):
    return json.loads(as_json(analyse(read_ratings(path), **options)))


@pytest.fixture
def csv_file(tmp_path):
    def write(text, name="r.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_van_dyke_in_the_published_schema():
    got = told(data("vandyke.csv"))
    assert (got["schema"], got["n"]) == (1, {"readers": 5, "cases": 114, "conditions": 2})
    mrmc = got["mrmc"]
    assert mrmc["auc"]["1"]["1"] == pytest.approx(0.91964573, abs=5e-9)
    assert mrmc["auc"]["2"]["mean"] == pytest.approx(0.94083736, abs=5e-9)
    assert round(mrmc["rrrc"]["p"], 4) == 0.0517
    assert round(mrmc["rrrc"]["t"], 2) == -2.11
    assert mrmc["rrrc"]["ci"] == pytest.approx([-0.08796, 0.00036], abs=5e-6)
    assert mrmc["frrc"]["x2"] == pytest.approx(5.475953, abs=5e-7)
    assert mrmc["rrfc"]["df"] == 4
    assert mrmc["single"]["1"]["se"] == pytest.approx(0.0331736, abs=5e-8)
    assert set(mrmc["variance_components"]) == {
        "reader", "condition_reader", "error", "cov1", "cov2", "cov3",
    }  # fmt: skip
    assert "agreement" not in got
    assert {"analysis": "agreement", "reason": "the ratings are grades, not classes"} in got[
        "declined"
    ]


def test_imrmc_is_the_same_data():
    one, other = told(data("vandyke.csv")), told(data("vandyke.imrmc"))
    assert one["mrmc"]["rrrc"]["p"] == pytest.approx(other["mrmc"]["rrrc"]["p"], abs=1e-12)
    assert one["n"] == other["n"]


def test_sensitivity_at_a_threshold():
    got = told(data("vandyke.csv"), figure="sensitivity", positive_at=3)
    assert got["mrmc"]["rrrc"]["p"] == pytest.approx(0.02008822, abs=5e-9)
    assert got["accuracy"]["1"]["1"]["n"] == 114


def test_classes_give_agreement_and_accuracy(csv_file):
    rows = ["reader,case,truth,response"]
    said = (
        ("cyst", "cyst", "cyst"),
        ("met", "met", "cyst"),
        ("hem", "hem", "hem"),
        ("met", "met", ""),
    )
    for case, (truth, a, b) in enumerate(said):
        rows += [f"A,{case},{truth},{a}", f"B,{case},{truth},{b}"]
    got = told(csv_file("\n".join(rows)))
    assert "mrmc" not in got
    assert got["agreement"]["percent"]["value"] == pytest.approx(2 / 3)
    assert set(got["agreement"]) == {
        "percent", "cohen", "fleiss", "conger", "gwet_ac1", "brennan_prediger",
        "krippendorff_alpha",
    }  # fmt: skip
    assert got["accuracy"]["all"]["A"]["correct"] == 4
    assert (got["accuracy"]["all"]["B"]["correct"], got["accuracy"]["all"]["B"]["n"]) == (2, 3)


def test_fleiss_from_a_long_file(csv_file, expected_kappa):
    wide = data("fleiss1971_ratings.csv").read_text().splitlines()[1:]
    rows = ["rater,item,score"]
    for item, line in enumerate(wide):
        rows += [f"r{i},{item},{value}" for i, value in enumerate(line.split(","))]
    got = told(csv_file("\n".join(rows)))
    assert got["agreement"]["fleiss"]["value"] == pytest.approx(expected_kappa, abs=5e-8)
    assert "accuracy" not in got


@pytest.fixture
def expected_kappa():
    path = shared_path("reference/reader/expected/agreement.json")
    return json.loads(path.read_text())["fleiss1971"]["kappa"]


def test_a_gap_declines_mrmc_in_words():
    ratings = read_ratings(data("vandyke.csv"))
    holed = type(ratings)(ratings.rows[1:])
    got = json.loads(as_json(analyse(holed)))
    assert "mrmc" not in got
    assert "1 rating is missing, the first of case 1 by reader 1" in got["declined"][0]["reason"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("reader,case,truth,rating\n", "no answer below"),
        ("case,truth,rating\n1,1,2\n", "Line 1: no column for the reader"),
        ("reader,case,truth,rating\nA,1,1\n", "Line 2: 3 values under 4 columns"),
        ("reader,case,truth,rating\nA,1,1,2\nA,1,1,3\n", "Line 3: reader A has answered"),
        ("reader,case,truth,rating\nA,1,1,2\nB,1,0,3\n", "Line 3: the truth of case 1"),
        ("reader,case,truth,rating\nA,1,1,2\nA,2,0,x\n", "Line 3: the rating 'x'"),
        ("reader,case,truth,rating\n,1,1,2\n", "Line 2: the reader is empty"),
        ('reader,case,truth,rating\nA,1,1,"2\n', "Line"),
        ('reader,case,rating\nA,1,"2,5"\n', "Line 2: the rating '2,5' has a decimal comma"),
        ("reader;case;rating\nA;1\n", "Line 2: 2 values under 3 columns"),
    ],
)
def test_bad_input_is_named_by_its_line(csv_file, text, words):
    with pytest.raises(StudyError, match=words):
        analyse(read_ratings(csv_file(text)))


def test_bytes_that_are_no_text_are_named_by_their_line(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(b"\xef\xbb\xbfreader,case,rating\nA,1,2\nA,2,\xe9\n")
    with pytest.raises(StudyError, match=r"Line 3: .* is not UTF-8"):
        read_ratings(path)


def graded(ratings, cases=6):
    """Three readers, two conditions; `ratings(reader, case)` is the same under both."""
    rows = [
        f"r{r},c{c},k{k},{k % 2},{ratings(r, k)}"
        for r in range(3)
        for c in range(2)
        for k in range(cases)
    ]
    return "\n".join(["reader,condition,case,truth,rating", *rows]) + "\n"


@pytest.mark.parametrize("ratings", [lambda r, k: 3, lambda r, k: 1 + 4 * (k % 2)])
@pytest.mark.parametrize("covariance", ["jackknife", "delong"])
def test_what_does_not_vary_gets_no_interval_and_no_test(csv_file, ratings, covariance):
    words = as_text(analyse(read_ratings(csv_file(graded(ratings))), covariance=covariance))
    assert "nan" not in words
    assert "inf" not in words
    assert words.count("no interval and no test") == 3
    assert "p 1.00" not in words.split("\nc0, r0: ")[0], "no p where there is no test"


def test_a_pilot_that_does_not_vary_plans_nothing(csv_file):
    path = csv_file(graded(lambda r, k: 3))
    with pytest.raises(StudyError, match="gives no plan: the pilot's variance is estimated as 0"):
        plan_study(path, readers=5, items=100, effect=0.05)


def test_two_readers_of_a_pilot_stand_for_themselves_only(csv_file):
    rows = "".join(
        f"r{r},c{c},k{k},{k % 2},{(3 * k + 2 * r + (k + c) * (r + 2 * c)) % 5}\n"
        for r in range(2)
        for c in range(2)
        for k in range(12)
    )
    path = csv_file(f"reader,condition,case,truth,rating\n{rows}")
    ((name, power),) = plan_study(path, readers=5, items=100, effect=0.05)
    assert "cannot stand for others" in name
    assert 0 < power.power < 1


def test_a_reader_without_an_answer_costs_only_congers_kappa(csv_file):
    text = "reader,case,truth,rating\n" + "".join(
        f"{reader},{case},{'ab'[case % 2]},{said}\n"
        for reader, said in (("A", "a"), ("B", "b"), ("C", ""))
        for case in range(4)
    )
    got = analyse(read_ratings(csv_file(text)))
    assert {key for key, _ in got.agreement} == {
        "percent", "fleiss", "gwet_ac1", "brennan_prediger", "krippendorff_alpha",
    }  # fmt: skip
    assert ("Conger's kappa", "reader C has answered no case") in got.declined
    assert "all, C: no answer." in as_text(got)


def test_full_agreement_claims_no_certainty(csv_file):
    text = "reader,case,truth,rating\nA,1,a,a\nB,1,a,a\nA,2,b,b\nB,2,b,b\n"
    for _, coefficient in analyse(read_ratings(csv_file(text))).agreement:
        assert coefficient.value == 1.0
        assert np.isnan([coefficient.se, coefficient.low, coefficient.high]).all()


def test_a_threshold_does_not_turn_words_of_truth_into_errors(csv_file):
    text = "reader,case,truth,rating\nA,1,cyst,1\nA,2,met,5\nB,1,cyst,2\nB,2,met,4\n"
    assert analyse(read_ratings(csv_file(text)), positive_at=3.0).accuracy == ()


def test_columns_may_have_other_names(csv_file):
    path = csv_file("who,what,gold,said\nA,1,1,4\nA,2,0,2\n")
    columns = Columns("who", "", "what", "gold", "said")
    assert read_ratings(path, columns).truth == {"1": "1", "2": "0"}
    with pytest.raises(StudyError, match="no column 'nobody'"):
        read_ratings(path, Columns(reader="nobody"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A\n", "BEGIN DATA"),
        ("BEGIN DATA:\n1,case1,1,3\n", "has no truth"),
        ("BEGIN DATA:\n1,case1\n", "Line 2: four values"),
    ],
)
def test_a_bad_imrmc_is_named(csv_file, text, words):
    with pytest.raises(StudyError, match=words):
        read_ratings(csv_file(text, "r.imrmc"))


def test_the_text_names_method_and_interval():
    text = as_text(analyse(read_ratings(data("vandyke.csv"))))
    assert "readers and cases random: difference −.0438 [−.0880, .0004]" in text
    assert "F(1, 15.26) = 4.456, p .052" in text


def test_the_command_prints_json_only(capsys):
    def no_window(*_):
        raise AssertionError("a window was asked for")

    code = program(no_window, no_window, ["analyse", str(data("vandyke.csv")), "--json"])
    assert code == 0
    assert json.loads(capsys.readouterr().out)["schema"] == 1


def test_twenty_readers_and_a_thousand_cases_are_quick(csv_file):
    rng = np.random.default_rng(1)
    truth = np.arange(1000) % 2
    rows = ["reader,condition,case,truth,rating"]
    for reader in range(20):
        for condition in "ab":
            scores = np.clip(np.rint(3 + truth + rng.normal(0, 1, 1000)), 1, 6)
            rows += [
                f"{reader},{condition},{case},{truth[case]},{score:.0f}"
                for case, score in enumerate(scores)
            ]
    path = csv_file("\n".join(rows))
    began = time.process_time()
    got = told(path)
    assert time.process_time() - began < 5
    assert got["n"] == {"readers": 20, "cases": 1000, "conditions": 2}
