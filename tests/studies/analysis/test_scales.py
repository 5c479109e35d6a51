"""An algorithm's own scale, its own condition, and figures that rest on some of the cases."""

from __future__ import annotations

import json
import math

import pytest

from reader_app.cli import program
from studies.analysis import analyse, as_json, as_text, read_ratings
from studies.errors import StudyError

READERS = ("A", "B", "C")


@pytest.fixture
def written(tmp_path):
    def write(rows):
        path = tmp_path / "r.csv"
        path.write_text("\n".join(["reader,condition,case,truth,rating", *rows]) + "\n")
        return path

    return write


@pytest.fixture
def told(written):
    def tell(rows, **options):
        return json.loads(as_json(analyse(read_ratings(written(rows)), **options)))

    return tell


def yes(reader, k):
    """Which cases this reader calls positive: mostly the odd ones."""
    return int((k % 2) != (k in {"A": (0, 5), "B": (3,), "C": (2, 7, 9)}.get(reader, (4,))))


def people(rating=yes, condition="roi", truth=lambda k: k % 2):
    return [f"{r},{condition},k{k},{truth(k)},{rating(r, k)}" for r in READERS for k in range(16)]


def net(rating, condition="roi", truth=lambda k: k % 2):
    return [f"net,{condition},k{k},{truth(k)},{rating(k)}" for k in range(16)]


def reasons(got):
    return {d["analysis"]: d["reason"] for d in got["declined"]}


THRESHOLD = "algorithm against readers, accuracy, sensitivity, specificity"


def test_the_readers_cut_is_no_cut_for_probabilities(told):
    """Readers answer 1 and 0; the algorithm's probabilities never reach 1."""
    rows = people() + net(lambda k: 0.3 + 0.04 * k)
    got = told(rows, against="net")
    assert set(got["against"]["figures"]) == {"auc"}
    assert set(got["against"]["paired"]["A"]) == {"auc"}
    assert "net answers 0.3 to 0.9 where the readers answer 0 or 1" in reasons(got)[THRESHOLD]
    assert set(got["accuracy"]["roi"]["net"]) == {"auc"}, "no accuracy at a cut that is not its own"
    assert got["accuracy"]["roi"]["A"]["correct"] == 14


@pytest.mark.parametrize(("scale", "words"), [
    (lambda k: 1 + k % 3, "net answers 1 to 3"),
    (lambda k: 0, "net answers 0 where"),
    (lambda k: 2 * (k % 2), "net answers 0 or 2"),
])  # fmt: skip
def test_other_values_than_the_readers_two_decline_the_threshold(told, scale, words):
    got = told(people() + net(scale), against="net")
    assert set(got["against"]["figures"]) == {"auc"}
    assert words in reasons(got)[THRESHOLD]
    assert "correct" not in got["accuracy"]["roi"]["net"]


def test_accuracy_is_tested_or_declined_and_never_the_area(told):
    rows = people() + net(lambda k: 0.3 + 0.04 * k)
    got = told(rows, against="net", figure="accuracy")
    assert "difference" not in got["against"]
    assert "figures" not in got["against"]
    assert got["against"]["paired"] == {}
    assert "--positive-at" in reasons(got)["algorithm against readers, accuracy"]
    given = told(rows, against="net", figure="accuracy", positive_at=0.5)["against"]
    assert given["figure_of_merit"] == "accuracy"
    right = sum((0.3 + 0.04 * k >= 0.5) == (k % 2) for k in range(16))
    assert given["algorithm_value"] == pytest.approx(right / 16)


def test_the_same_two_values_share_the_cut(told):
    got = told(people() + net(lambda k: yes("net", k)), against="net", figure="accuracy")
    assert got["against"]["algorithm_value"] == pytest.approx(15 / 16)
    assert got["accuracy"]["roi"]["net"]["correct"] == 15


def test_a_given_threshold_that_the_algorithm_never_crosses_is_declined(told):
    rows = people(lambda r, k: 1 + 4 * yes(r, k)) + net(lambda k: 0.04 * k)
    got = told(rows, against="net", positive_at=3)
    assert set(got["against"]["figures"]) == {"auc"}
    assert reasons(got)[THRESHOLD] == "the answers of net, 0 to 0.6, lie on one side of 3"
    assert "correct" not in got["accuracy"]["roi"]["net"]
    assert got["accuracy"]["roi"]["A"]["correct"] == 14


def test_yes_and_no_mean_the_same_whoever_says_them(told):
    words = [row[:-1] + ("yes" if row[-1] == "1" else "no") for row in people()]
    got = told(words + net(lambda k: "no"), against="net", figure="accuracy")
    assert got["against"]["algorithm_value"] == 0.5
    assert got["accuracy"]["roi"]["net"]["classes"]["1"]["sensitivity"]["value"] == 0.0


def test_classes_have_an_accuracy_and_no_sensitivity_against_an_algorithm(told):
    truth = lambda k: "abc"[k % 3]  # noqa: E731
    rows = people(lambda r, k: "abc"[k % 3], truth=truth) + net(lambda k: "a", truth=truth)
    got = told(rows, against="net", figure="sensitivity")
    assert "difference" not in got["against"]
    assert "no sensitivity" in reasons(got)["algorithm against readers, sensitivity"]


def test_readers_may_use_words_where_the_algorithm_gives_probabilities(told):
    words = [row[:-1] + ("yes" if row[-1] == "1" else "no") for row in people()]
    rows = words + net(lambda k: 30 + 4 * k)
    got = told(rows, against="net")
    assert set(got["against"]["figures"]) == {"auc"}
    assert got["accuracy"]["roi"]["A"]["correct"] == 14
    cut = told(rows, against="net", positive_at=50, figure="accuracy")
    right = sum((30 + 4 * k >= 50) == (k % 2) for k in range(16))
    assert cut["against"]["algorithm_value"] == pytest.approx(right / 16)
    assert cut["mrmc"]["auc"]["roi"]["A"] == pytest.approx(14 / 16), "yes stays yes at any cut"
    assert cut["accuracy"]["roi"]["net"]["correct"] == right
    assert cut["accuracy"]["roi"]["A"]["correct"] == 14
    assert cut["agreement"] == told(people())["agreement"]


def test_grades_that_happen_to_be_0_and_1_get_no_accuracy_without_a_cut(told):
    rows = people(lambda r, k: 1 if r == "A" else (k * k) % 5, truth=lambda k: k % 2)
    assert set(told(rows)["accuracy"]["roi"]["A"]) == {"auc"}


def test_an_answer_that_is_neither_yes_nor_no_is_a_wrong_one(told):
    rows = people(lambda r, k: ("benign", "malignant", "uncertain")[2 if k == 4 else yes(r, k)],
                  truth=lambda k: ("benign", "malignant")[k % 2])  # fmt: skip
    got = told(rows)["accuracy"]["roi"]["A"]
    assert (got["correct"], got["n"]) == (13, 16)
    assert got["confusion"]["classes"] == ["benign", "malignant", "uncertain"]


# --- conditions -----------------------------------------------------------------------------


def test_an_algorithm_under_its_own_condition_meets_the_readers_of_every_other(written, told):
    alone = net(lambda k: yes("net", k), condition="software")
    rows = people() + people(condition="slice") + alone
    got = told(rows, against="net")["against"]
    assert set(got["by_condition"]) == {"roi", "slice"}
    assert (got["condition"], got["algorithm_condition"]) == ("roi", "software")
    same = told(people() + net(lambda k: yes("net", k)), against="net")["against"]
    assert got["difference"] == same["difference"]
    assert got["paired"] == same["paired"]
    text = as_text(analyse(read_ratings(written(rows)), against="net"))
    assert "net against 3 readers, slice (the algorithm under software), 16 cases" in text


def test_a_condition_that_nobody_else_read_is_said(told):
    def rate(k):
        return yes("net", k)

    rows = people() + net(rate) + net(rate, condition="software")
    got = told(rows, against="net")
    assert got["against"]["condition"] == "roi"
    assert "by_condition" not in got["against"]
    assert reasons(got)["algorithm against readers, software"] == "nobody else read under it"


def test_one_reader_and_one_case_are_singular(written):
    rows = [row for row in people() if row[0] == "A"][:-1] + net(lambda k: yes("net", k))
    text = as_text(analyse(read_ratings(written(rows)), against="net"))
    assert "net against 1 reader, roi, 15 cases" in text
    gap = [row for row in people() if row != "B,roi,k3,1,0"] + net(lambda k: yes("net", k))
    text = as_text(analyse(read_ratings(written(gap)), against="net"))
    assert "1 rating is missing, the first by B" in text


# --- cases of one kind, and thresholds ------------------------------------------------------


@pytest.mark.parametrize(("figure", "kind"), [("sensitivity", 1), ("specificity", 0)])
def test_a_figure_is_told_where_only_its_cases_are_there(told, figure, kind):
    rows = people(lambda r, k: yes(r, 2 * k + kind), truth=lambda k: kind)
    got = told(rows, figure=figure)
    values = got["mrmc"]["auc"]["roi"]
    assert got["mrmc"]["figure_of_merit"] == figure
    right = sum(yes("A", 2 * k + kind) == kind for k in range(16))
    assert values["A"] == pytest.approx(right / 16)
    assert told(rows, figure="accuracy")["mrmc"]["auc"] == got["mrmc"]["auc"]
    other = {"sensitivity": "negative", "specificity": "positive"}[figure]
    missing = told(rows, figure={"negative": "specificity", "positive": "sensitivity"}[other])
    assert reasons(missing)["MRMC"] == f"at least two {other} cases are needed"
    assert f"{other} cases are needed too" in reasons(told(rows))["MRMC"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_threshold_that_is_no_number_is_refused(told, value):
    with pytest.raises(StudyError, match="is a number, not"):
        told(people(), positive_at=value)


def test_the_command_refuses_it_too(written, capsys):
    def no_window(*_):
        raise AssertionError("a window was asked for")

    words = ["analyse", str(written(people())), "--positive-at", "nan"]
    assert program(no_window, no_window, words) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "--positive-at" in printed.err
