"""One algorithm against the readers of a file: the command's `--against`."""

from __future__ import annotations

import csv
import json

import pytest
from shared_data import shared_path

from reader_app.cli import program
from studies.analysis import analyse, as_json, as_text, read_ratings
from studies.errors import StudyError
from studies.statistics.holm import holm


@pytest.fixture
def csv_file(tmp_path):
    def write(rows, name="r.csv"):
        path = tmp_path / name
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def algorithm_file(csv_file):
    """Van Dyke's first condition; its first reader is called CNN."""
    with shared_path("reference/reader/data/vandyke.csv").open(newline="") as file:
        found = [row for row in csv.DictReader(file) if row["treatment"] == "1"]
    rows = [
        f"{'CNN' if r['reader'] == '1' else r['reader']},{r['case']},{r['truth']},{r['rating']}"
        for r in found
    ]
    return csv_file(["reader,case,truth,rating", *rows])


def told(path, **options):
    return json.loads(as_json(analyse(read_ratings(path), **options)))


def test_the_algorithm_is_compared_and_is_no_reader(algorithm_file):
    got = told(algorithm_file, against="CNN")
    assert got["n"]["readers"] == 4
    assert set(got["mrmc"]["auc"]["all"]) == {"2", "3", "4", "5", "mean"}
    against = got["against"]
    assert against["algorithm_value"] == pytest.approx(0.91964573, abs=5e-9)
    mean = (0.85877617 + 0.90386473 + 0.97310789 + 0.82979066) / 4
    assert against["readers_mean"] == pytest.approx(mean, abs=5e-9)
    assert against["difference"] == pytest.approx(0.91964573 - mean, abs=1e-8)
    assert against["t"] == pytest.approx(against["difference"] / against["se"])
    assert against["figures"]["auc"]["p"] == against["p"]
    assert set(against["paired"]) == {"2", "3", "4", "5"}
    assert against["paired"]["2"]["auc"]["method"] == "paired DeLong"
    assert set(got["accuracy"]["all"]["2"]) == {"auc"}, "the file has grades and no threshold"
    assert got["accuracy"]["all"]["CNN"]["auc"]["value"] == against["algorithm_value"]


def test_a_threshold_gives_every_figure_and_mcnemar(algorithm_file):
    got = told(algorithm_file, against="CNN", positive_at=3, figure="sensitivity")["against"]
    assert list(got["figures"]) == ["sensitivity", "auc", "accuracy", "specificity"]
    assert got["figure_of_merit"] == "sensitivity"
    assert got["algorithm_value"] == pytest.approx(40 / 45)
    paired = got["paired"]["5"]["sensitivity"]
    assert paired["p"] == pytest.approx(2 * 0.5**9), "nine discordant, all for the algorithm"
    assert paired["n"] == 45
    values = [got["paired"][reader]["sensitivity"] for reader in "2345"]
    assert [v["p_holm"] for v in values] == pytest.approx(holm([v["p"] for v in values]))


def test_delongs_covariance_serves_the_area_and_the_jackknife_the_rest(algorithm_file):
    got = told(algorithm_file, against="CNN", positive_at=3, covariance="delong")["against"]
    assert got["figures"]["auc"]["covariance"] == "delong"
    assert got["figures"]["accuracy"]["covariance"] == "jackknife"


def test_two_readers_get_paired_tests_only(csv_file, algorithm_file):
    kept = [
        line
        for line in algorithm_file.read_text().splitlines()
        if line.split(",")[0] in ("reader", "CNN", "2", "3")
    ]
    got = told(csv_file(kept, "two.csv"), against="CNN")
    assert "difference" not in got["against"]
    assert set(got["against"]["paired"]) == {"2", "3"}
    reasons = {d["analysis"]: d["reason"] for d in got["declined"]}
    assert "three or more readers" in reasons["CNN against readers as a random sample, all"]


def test_a_gap_costs_the_joint_test_and_keeps_the_paired_ones(csv_file, algorithm_file):
    lines = algorithm_file.read_text().splitlines()
    got = told(csv_file(lines[:-1], "gap.csv"), against="CNN")
    assert "difference" not in got["against"]
    assert got["against"]["paired"]["5"]["auc"]["n"] == 113
    assert got["against"]["paired"]["4"]["auc"]["n"] == 114


def nominal(readers):
    truth = "abc" * 6
    wrong = {"A": (0, 4), "B": (1, 2, 8), "C": (5,), "net": ()}
    return ["reader,case,truth,answer"] + [
        f"{r},{k},{t},{'abc'['abc'.index(t) - 1] if k in wrong[r] else t}"
        for r in readers
        for k, t in enumerate(truth)
    ]


def test_classes_are_compared_by_right_answers(csv_file):
    got = told(csv_file(nominal(("A", "B", "C", "net"))), against="net", figure="accuracy")
    assert list(got["against"]["figures"]) == ["accuracy"]
    assert got["against"]["algorithm_value"] == 1.0
    assert got["against"]["readers_mean"] == pytest.approx(1 - 6 / 54)
    assert got["against"]["paired"]["B"]["accuracy"]["p"] == pytest.approx(0.25)
    assert got["mrmc"]["figure_of_merit"] == "accuracy"
    assert got["mrmc"]["auc"]["all"]["A"] == pytest.approx(16 / 18)
    assert got["accuracy"]["all"]["net"]["correct"] == 18
    assert "net" not in got["mrmc"]["auc"]["all"]


def test_classes_without_that_choice_are_told_of_it(csv_file):
    got = told(csv_file(nominal(("A", "B", "C"))))
    assert "--figure-of-merit accuracy" in got["declined"][0]["reason"]


def test_several_conditions_are_compared_one_by_one(csv_file, algorithm_file):
    lines = algorithm_file.read_text().splitlines()
    both = [f"{line},roi" for line in lines[1:]] + [f"{line},slice" for line in lines[1:]]
    got = told(csv_file([f"{lines[0]},condition", *both], "both.csv"), against="CNN")["against"]
    assert set(got["by_condition"]) == {"roi", "slice"}
    assert got["condition"] == "roi"
    assert got["by_condition"]["slice"]["p"] == got["p"]


def test_an_unknown_algorithm_is_refused_with_the_names(algorithm_file):
    with pytest.raises(StudyError, match=r"no reader 'AI'\. The file has: CNN, 2, 3, 4, 5"):
        analyse(read_ratings(algorithm_file), against="AI")


def test_an_algorithm_alone_has_nobody_to_be_compared_with(csv_file):
    path = csv_file(["reader,case,truth,rating", "AI,1,1,3", "AI,2,0,1"])
    got = told(path, against="AI")
    assert "mrmc" not in got
    assert "no reader beside the algorithm" in got["declined"][0]["reason"]


def test_the_text_says_who_is_better_and_how_that_is_known(algorithm_file):
    text = as_text(analyse(read_ratings(algorithm_file), against="CNN"))
    assert "CNN against 4 readers, all, 114 cases (algorithm minus readers):" in text
    assert "AUC .9196 against the readers' mean .8914: difference .0283" in text
    assert "no difference is shown, which does not show that there is none" in text
    assert "algorithm fixed (1T-RRRC), jackknife covariance." in text


def test_the_command_takes_the_name(algorithm_file, capsys):
    def no_window(*_):
        raise AssertionError("a window was asked for")

    words = ["analyse", str(algorithm_file), "--against", "CNN", "--json", "--details"]
    assert program(no_window, no_window, words) == 0
    got = json.loads(capsys.readouterr().out)
    assert got["against"]["algorithm"] == "CNN"
    assert "u_statistics" in got["details"]
    assert program(no_window, no_window, [*words[:3], "nobody"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no reader 'nobody'" in printed.err
