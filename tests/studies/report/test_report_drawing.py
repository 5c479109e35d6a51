"""The report's own SVG: text that fits, round ticks, data to px, the paper's tables."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.records import DEFAULT_SCHEME
from studies.report.classifier import ClassifierResults, GroupResult, SeedResult
from studies.report.drawing import Figure, drawn, png_of, with_title
from studies.report.lettering import shortened, text_width, wrapped
from studies.report.paper import TABLE_2, TABLE_3
from studies.report.paper_tables import class_table, matrix_tables, method_tables
from studies.report.plotting import Panel, Span, number, ticks
from studies.report.svg import Canvas


def test_width_is_that_of_dejavu_sans():
    assert text_width("Cyst", 10) == 22.0
    assert text_width("Cyst", 10, bold=True) > 22.0


@given(st.text(max_size=40), st.floats(6, 20), st.floats(0, 200))
def test_a_shortened_text_fits_and_a_short_one_stays(words, size, room):
    found = shortened(words, size, room)
    assert text_width(found, size) <= room or not found
    if text_width(words, size) <= room:
        assert found == words


def test_lines_break_at_spaces_and_not_at_fixed_ones():
    assert wrapped("one two three", 10, text_width("one two", 10)) == ("one two", "three")
    assert wrapped("a [1,\u00a02]", 10, text_width("[1,\u00a02]", 10)) == ("a", "[1,\u00a02]")


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0, 8000, (0, 2000, 4000, 6000, 8000)), (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        (50, 92, (50, 60, 70, 80, 90)), (-1.3, 2.2, (-1, 0, 1, 2)), (3, 3, (3,)),
    ],
)  # fmt: skip
def test_ticks_are_round_and_few(low, high, wanted):
    assert ticks(low, high) == wanted


def test_ticks_are_printed_with_commas_and_a_true_minus():
    assert [number(v) for v in (15000, -0.5, 0.2)] == ["15,000", "−0.5", "0.2"]


def test_foreign_text_in_a_drawing_is_text():
    canvas = Canvas(400, 40)
    canvas.text((5, 20), '</text><script>x</script>"&')
    root = ElementTree.fromstring(canvas.svg())
    (text,) = [one for one in root.iter() if one.tag.endswith("text")]
    assert text.text == '</text><script>x</script>"&'
    assert not [one for one in root.iter() if one.tag.endswith("script")]


def test_text_at_the_edge_is_shortened_to_the_drawing():
    canvas = Canvas(60, 40)
    canvas.text((30, 20), "a long name that cannot stand here", 10, anchor="middle")
    root = ElementTree.fromstring(canvas.svg())
    (text,) = [one for one in root.iter() if one.tag.endswith("text")]
    assert text.text is not None
    assert text.text.endswith("…")
    assert text_width(text.text, 10) <= 60


def test_a_panel_puts_data_where_its_axes_say():
    panel = Panel(Canvas(200, 200), 50, 10, 100, 100, Span(0, 10), Span(-1, 1))
    assert panel.at(0, -1) == (50, 110)
    assert panel.at(10, 1) == (150, 10)
    assert panel.at(5, 0) == (100, 60)


def test_a_figure_as_a_file_carries_title_note_and_mark():
    canvas = Canvas(300, 50)
    canvas.image((0, 0), (10, 10), png_of([[0.0, 1.0], [0.5, 0.2]]))
    figure = drawn(canvas, "k", "Title & more", "n 3, Wilson.", simulated=True)
    whole = with_title(figure)
    root = ElementTree.fromstring(whole.svg)
    texts = [one.text for one in root.iter() if one.tag.endswith("text")]
    assert texts == ["Title & more", "simulated", "n 3, Wilson."]
    assert whole.height > figure.height
    assert root.attrib["height"] == str(whole.height)
    assert "simulated" not in figure.svg


def test_the_same_drawing_has_the_same_bytes():
    def make() -> Figure:
        canvas = Canvas(100, 100)
        canvas.marker((50, 50), "star", "#d55e00", hollow=True)
        canvas.image((0, 0), (9, 9), png_of([[0.1, 0.9]]))
        return drawn(canvas, "k", "t", "n")

    assert make() == make()


# --- the paper's own counts through our tables


def _group(arm, matrix):
    seed = SeedResult(1, (0, 1, 2), (1, 2, 3), matrix, ())
    return GroupResult(arm, "D_aug 5,000", "paper", 5000, 0, (seed,), False)


@pytest.fixture
def paper_results():
    groups = (_group("cnn-aug", TABLE_2), _group("cnn-aug-gan", TABLE_3))
    return ClassifierResults(DEFAULT_SCHEME.codes, groups, groups, (), 3, False)


def test_tables_2_and_3_print_counts_and_exact_shares_beside_the_papers(paper_results):
    second, third = matrix_tables(paper_results, DEFAULT_SCHEME)
    assert second.title.startswith("Table 2. ")
    assert second.rows[1] == (
        "Metastasis", "2", "44", "18", "44/64 = 68.75 [56.6, 78.8]",
        "2", "44", "18", "44/64 = 68.75 [56.6, 78.8]",
    )  # fmt: skip
    assert third.rows[3][3] == "107/117 = 91.45 [85.0, 95.3]"
    assert "156/182 = 85.71" in third.note


def test_table_7_has_weighted_averages(paper_results):
    rows = {row[:2]: row[2:] for row in class_table(paper_results, DEFAULT_SCHEME).rows}
    assert rows["CNN-AUG", "Weighted average"] == (
        "143/182 = 78.57 [72.1, 83.9]",
        "88.39 [84.9, 91.1]",
        "78.57",
        "88.39",
    )
    assert rows["CNN-AUG-GAN", "Weighted average"][1].startswith("92.40 [")
    assert rows["CNN-AUG-GAN", "Metastasis"][2] == "81.25"


def test_tables_5_and_6_leave_no_method_of_the_paper_out(paper_results):
    fifth, sixth = method_tables(paper_results)
    assert [row[0] for row in fifth.rows] == [
        "CNN-AUG-GAN (DCGAN)", "CNN-AUG-GAN (ACGAN)", "ACGAN discriminator",
    ]  # fmt: skip
    assert [row[-2:] for row in sixth.rows] == [
        ("85.7", "92.4"), ("78.6", "88.4"), ("82.9", "90.8"), ("78.0", "88.3"),
        ("74.2", "86.5"), ("71.4", "84.9"),
    ]  # fmt: skip
    assert sixth.rows[1][2] == "143/182 = 78.57 [72.1, 83.9]"
    assert fifth.rows[1][1] == "not run in this study"
