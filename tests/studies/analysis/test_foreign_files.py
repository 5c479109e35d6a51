"""Files as other programs and countries write them, and designs that are not crossed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from studies.analysis import analyse, as_json, as_text, read_ratings
from studies.errors import StudyError

HEADER = ("reader", "condition", "case", "truth", "rating")


def rows(step=1.0):
    """Four readers, two conditions, 24 cases; ratings with one decimal."""
    rng = np.random.default_rng(3)
    return [
        (f"R{r}", f"T{c}", f"k{k}", str(k % 2), f"{step * round(rng.normal(k % 2, 1), 1):.1f}")
        for c in range(2)
        for r in range(4)
        for k in range(24)
    ]


def written(path, table, header=HEADER, sign=",", ending="\n"):
    lines = [sign.join(line) for line in (header, *table)]
    path.write_text(ending.join(lines) + ending, encoding="utf-8", newline="")
    return path


def told(path):
    return json.loads(as_json(analyse(read_ratings(path))))


@pytest.fixture
def plain(tmp_path):
    return told(written(tmp_path / "plain.csv", rows()))


@pytest.mark.parametrize("sign", [";", "\t"])
def test_semicolons_and_tabs_with_decimal_commas_give_the_same_answer(tmp_path, plain, sign):
    comma = [(*row[:4], row[4].replace(".", ",")) for row in rows()]
    assert told(written(tmp_path / "comma.csv", comma, sign=sign)) == plain
    assert told(written(tmp_path / "point.csv", rows(), sign=sign, ending="\r\n")) == plain


def test_a_byte_order_mark_changes_nothing(tmp_path, plain):
    path = written(tmp_path / "bom.csv", rows())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert told(path) == plain


def test_a_turned_scale_turns_areas_and_differences(tmp_path, plain):
    turned = told(written(tmp_path / "turned.csv", rows(step=-1.0)))
    one, other = plain["mrmc"], turned["mrmc"]
    assert other["auc"]["T0"]["mean"] == pytest.approx(1 - one["auc"]["T0"]["mean"])
    assert other["rrrc"]["difference"] == pytest.approx(-one["rrrc"]["difference"])
    assert other["rrrc"]["p"] == pytest.approx(one["rrrc"]["p"])
    own, reverse = (x["accuracy"]["T0"]["R1"]["auc"]["ci_logit"] for x in (plain, turned))
    assert reverse == pytest.approx([1 - own[1], 1 - own[0]])


def test_both_intervals_of_an_area_are_named(tmp_path, plain):
    area = plain["accuracy"]["T1"]["R2"]["auc"]
    assert area["ci"][0] < area["ci_logit"][0] + 0.1
    assert area["ci"] != area["ci_logit"]
    words = as_text(analyse(read_ratings(written(tmp_path / "r.csv", rows()))))
    assert "on the logit scale" in words
    assert "by DeLong" in words


def test_several_cases_of_a_patient_are_said_to_be_taken_as_unrelated(tmp_path, plain):
    header = ("reader", "condition", "case", "patient", "truth", "rating")
    shared = [(*row[:3], f"P{int(row[2][1:]) // 2}", *row[3:]) for row in rows()]
    (said,) = [
        one["reason"]
        for one in told(written(tmp_path / "shared.csv", shared, header))["declined"]
        if one["analysis"] == "patients as clusters"
    ]
    assert said.startswith("12 patients have several cases")
    own = [(*row[:3], f"P{row[2]}", *row[3:]) for row in rows()]
    assert told(written(tmp_path / "own.csv", own, header)) == plain


@pytest.mark.parametrize(("place", "what"), [(0, "readers"), (2, "cases")])
def test_a_split_plot_is_declined_in_words(tmp_path, place, what):
    apart = [(*row[:place], row[place] + row[1], *row[place + 1 :]) for row in rows()]
    got = told(written(tmp_path / "apart.csv", apart))
    assert "mrmc" not in got
    assert f"every condition has {what} of its own" in got["declined"][0]["reason"]


def test_words_for_ratings_are_shown(tmp_path):
    percent = [(*row[:4], f"{row[4]}%") for row in rows()]
    words = as_text(analyse(read_ratings(written(tmp_path / "percent.csv", percent))))
    assert f"the ratings are words, such as '{rows()[0][4]}%'" in words


def test_signs_inside_a_name_do_not_part_the_columns(tmp_path, plain):
    named = [(*row, "x") for row in rows()]
    header = (*HEADER, "note (a;b;c;d;e;f)")
    assert told(written(tmp_path / "signs.csv", named, header)) == plain
    within = (*HEADER, "a, b: c, d: e, f: g, h")
    assert told(written(tmp_path / "within.csv", named, within, sign=";")) == plain


def test_a_truth_with_a_decimal_comma_is_the_same_class_as_with_a_point(tmp_path):
    def classes(sign, comma):
        table = [(*row[:3], f"{row[3]}.5", f"{row[3]}.5") for row in rows()]
        table = [(*row[:3], *(x.replace(".", comma) for x in row[3:])) for row in table]
        return told(written(tmp_path / "classes.csv", table, sign=sign))["accuracy"]

    assert classes(";", ",") == classes(",", ".")


def test_a_comma_between_tabs_that_may_mean_thousands_is_refused(tmp_path):
    table = [(*row[:4], "1,250") for row in rows()]
    with pytest.raises(StudyError, match=r"Line 2: .*'1,250' may mark decimals or thousands"):
        read_ratings(written(tmp_path / "tabs.csv", table, sign="\t"))
    read = read_ratings(written(tmp_path / "semicolons.csv", table, sign=";"))
    assert {row.value for row in read.rows} == {"1.250"}
