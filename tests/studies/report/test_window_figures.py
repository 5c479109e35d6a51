"""Figures of the window on white: they parse, keep their text inside, and carry their numbers."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from studies.records import DEFAULT_SCHEME
from studies.report.attribution import MapPicture, maps_figure, overlay, strongest
from studies.report.drawing import with_title
from studies.report.lettering import text_width
from studies.report.paper import TABLE_2, TABLE_3
from studies.report.window_figures import Axes, Level, Line, Mark, line_figure, range_of
from studies.report.window_rows import MeasuredRow, NamedMatrix, matrices_figure, measures_figure

SVG = "{http://www.w3.org/2000/svg}"
KID = Line("DCGAN, cyst", (0, 100, 200), (100.0, math.nan, 20.0), "#0072b2", "-", "triangle",
           (90.0, math.nan, 12.0), (110.0, math.nan, 28.0))  # fmt: skip


def live():
    return line_figure(
        "kid", "KID by step", Axes("step", "KID × 1000"), (KID,),
        "n 60 ROIs, unbiased KID, blocks of 50.",
        levels=(Level(0.0, 8.0, "real v real"),), marks=(Mark(150, "best"),), simulated=True,
    )  # fmt: skip


def matrices():
    shown = (NamedMatrix("ours", TABLE_2.counts, TABLE_2), NamedMatrix("paper", TABLE_3.counts))
    return matrices_figure("m", "Matrices", shown, DEFAULT_SCHEME, TABLE_2.classes, "n 182.")


def rows():
    shown = (
        MeasuredRow("Cyst, DCGAN", 0.012, 0.008, 0.02, 0.0, 0.005),
        MeasuredRow("none", math.nan),
    )
    return measures_figure("q", "KID", "KID × 1000", shown, "n 60.", scale=1000)


def maps():
    values = np.zeros((64, 64), np.float32)
    values[10, 20] = -0.5
    return maps_figure("x", "Maps", np.full((64, 64), 0.5), (MapPicture("o", values, 0.5),), "n 1.")


@pytest.mark.parametrize("make", [live, matrices, rows, maps])
def test_a_figure_parses_and_keeps_its_text_inside(make):
    figure = with_title(make())
    root = ElementTree.fromstring(figure.svg)
    texts = [e for e in root.iter(f"{SVG}text") if "transform" not in e.attrib]
    assert figure.title in [e.text for e in texts]
    assert any((e.text or "").startswith("n ") for e in texts)
    for e in texts:
        wide, x = text_width(e.text or "", float(e.attrib["font-size"])), float(e.attrib["x"])
        left = {"start": x, "middle": x - wide / 2, "end": x - wide}[e.attrib["text-anchor"]]
        assert left > -1, e.text
        assert left + wide < figure.width + 1, e.text


def test_the_same_data_give_the_same_bytes():
    assert live().svg == live().svg
    assert ">simulated<" in with_title(live()).svg


def test_the_numbers_go_along_with_a_line_plot():
    figure = live()
    assert figure.columns == ("Series", "step", "KID × 1000", "Low", "High", "Event")
    assert figure.rows[0] == ("DCGAN, cyst", "0", "100", "90", "110", "")
    assert figure.rows[1] == ("DCGAN, cyst", "100", "", "", "", "")  # not measured: no number
    assert figure.rows[3] == ("real v real", "", "", "0", "8", "")
    assert figure.rows[4] == ("", "150", "", "", "", "best")


def test_a_gap_in_a_line_is_not_bridged():
    whole = Line("w", (0, 1, 2), (1.0, 2.0, 3.0), "#000000")
    broken = Line("w", (0, 1, 2, 3), (1.0, math.nan, 3.0, 4.0), "#000000")
    lines = {one: line_figure("k", "t", Axes("x", "y"), (one,), "n").svg for one in (whole, broken)}
    assert lines[whole].count("<polyline") == lines[broken].count("<polyline") == 1
    drawn = [svg.split('<polyline points="')[1].split('"')[0] for svg in lines.values()]
    assert [len(points.split()) for points in drawn] == [3, 2]


def test_lines_without_a_name_stand_in_no_legend():
    named = line_figure("k", "t", Axes("x", "y"), (KID,), "n")
    nameless = Line("", KID.x, KID.y, KID.color)
    other = line_figure("k", "t", Axes("x", "y"), (nameless,), "n")
    assert named.height > other.height


def test_an_axis_holds_all_values_and_none_that_is_no_number():
    low, high = range_of([3.0, math.nan, 5.0, math.inf])
    assert low < 3.0 < 5.0 < high < 6.0
    assert range_of([math.nan]) == (0.0, 1.0)
    assert range_of([2.0, 2.0]) == (1.0, 3.0)


def test_matrices_carry_counts_and_exact_rates():
    figure = matrices()
    assert "68.75" in figure.svg  # 44 of 64: the paper prints 68.7
    assert len(figure.rows) == 18
    assert ("ours", "Metastasis", "Hemangioma", "18") in figure.rows


def test_measures_are_listed_in_the_unit_that_is_drawn():
    assert rows().rows[0] == ("Cyst, DCGAN", "12", "8", "20", "0", "5")
    assert rows().rows[1] == ("none", "", "", "", "", "")


def test_a_map_covers_the_roi_as_far_as_it_is_strong():
    grey = np.full((64, 64), 0.5, np.float32)
    values = np.zeros((64, 64), np.float32)
    values[0, 0], values[0, 1], values[0, 2] = 1.0, -1.0, 0.1
    shown = overlay(grey, values, 1.0)
    assert shown[5, 5].tolist() == [0.5, 0.5, 0.5]
    assert shown[0, 0, 0] > shown[0, 0, 2]  # for the class: warm
    assert shown[0, 1, 0] < shown[0, 1, 2]  # against it: cold
    assert 0.5 < shown[0, 2, 0] < shown[0, 0, 0]
    with pytest.raises(ValueError, match="above 0"):
        overlay(grey, values, 0.0)


def test_one_outlier_does_not_dim_a_map():
    values = np.full((64, 64), 0.2, np.float32)
    values[3, 3] = 9.0
    assert strongest(values) == pytest.approx(0.2)
    assert strongest(np.zeros((64, 64), np.float32)) > 0
