"""The PDF: every unit whole where it can be, none over another, no picture cut."""

from __future__ import annotations

import base64

import pytest
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QTextCursor

from reader_app.printing import _writer, print_pages, printing_application
from reader_app.printing_layout import Placed, _pictures_of, lay_out, report_font, units_of
from studies.errors import StudyError
from studies.report.svg import Canvas

PAGE = QSizeF(1000, 600)


def picture(width: float, height: float) -> str:
    canvas = Canvas(width, height)
    canvas.text((5, 20), "drawn")
    coded = base64.b64encode(canvas.svg().encode()).decode()
    return (
        f'<p><img src="data:image/svg+xml;base64,{coded}" width="{width:g}" '
        f'height="{height:g}"></p><p class="note">The note.</p>'
    )


def table(rows: int) -> str:
    body = "".join(f"<tr><td>row {k}</td><td>{k}</td></tr>" for k in range(rows))
    return f"<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>{body}</tbody></table>"


def page_of(*parts: str) -> str:
    style = "<style>body { background: #ffffff; font-size: 13px; }</style>"
    return f"<html><head>{style}</head><body>{''.join(parts)}</body></html>"


@pytest.fixture
def placed(qapp, tmp_path):
    """Lays a page out; the units with where they stand."""
    writer = _writer(tmp_path / "t.pdf")

    def run(html: str) -> list[Placed]:
        found: list[Placed] = []
        place = (0, 0.0)
        for unit in units_of(html):
            place = lay_out(unit, writer, PAGE, place, found)
        return found

    return run


def test_units_hold_every_word_once_and_keep_a_heading_with_what_follows():
    html = page_of(
        "<h1>T</h1><p>one</p>", "<h2>A</h2><p>two</p>", "<h3>B</h3>" + table(2), "<h3>C</h3>three"
    )
    units = units_of(html)
    bodies = [unit.partition("<body>")[2].partition("</body>")[0] for unit in units]
    assert "".join(bodies) == html.partition("<body>")[2].partition("</body>")[0]
    assert [body[:6] for body in bodies] == ["<h1>T<", "<h2>A<", "<h3>C<"]
    assert "<h3>B</h3>" in bodies[1]


@pytest.mark.parametrize("before", range(12))
def test_no_row_and_no_note_is_parted_by_a_page(placed, before):
    words = "many words that wrap in a narrow column " * 4
    rows = "".join(f"<tr><td>row {k}</td><td>{words}</td></tr>" for k in range(30))
    head = "<thead><tr><th>a</th><th>b</th></tr></thead>"
    html = f"{'<p>line</p>' * before}<table width=500>{head}<tbody>{rows}</tbody></table>"
    one = placed(page_of("<h3>Head</h3>", html, f"<p>{'A long note. ' * 60}</p>"))[-1]
    assert one.last > one.first
    layout, block, ends = one.document.documentLayout(), one.document.begin(), 0
    while block.isValid():
        box = layout.blockBoundingRect(block)
        assert box.top() // PAGE.height() == (box.bottom() - 0.1) // PAGE.height(), block.text()
        ends += block.text().startswith(("row", "A long note"))
        block = block.next()
    assert ends == 31


def test_no_unit_lies_over_another(placed):
    parts = [f"<h3>Head {k}</h3>{table(n)}" for k, n in enumerate((3, 40, 5, 14, 2, 60, 1))]
    found = placed(page_of("<h1>T</h1>", *parts))
    ends = (0, 0.0)
    for one in found:
        if one.first == one.last:
            assert (one.first, one.top) >= ends
            assert one.top + one.document.size().height() <= PAGE.height() + 0.5
            ends = (one.first, one.top + one.document.size().height())
        else:
            spacer = one.document.begin()
            space = spacer.blockFormat().lineHeight() if not spacer.text() else 0.0
            assert (one.first, space) >= ends or space == 0.0
            assert one.first >= ends[0]
            ends = (one.last, 0.0)


def test_a_long_table_begins_with_its_heading_and_first_rows_on_one_page(placed):
    found = placed(page_of(f"<h3>First</h3>{table(18)}", f"<h3>Long</h3>{table(50)}"))
    long = found[-1].document
    assert found[-1].last > found[-1].first
    layout, block = long.documentLayout(), long.begin()
    while QTextCursor(block).currentTable() is None:
        block = block.next()
    head = QTextCursor(block).currentTable()
    fourth = head.cellAt(3, 0).lastCursorPosition().block()
    first_page = layout.blockBoundingRect(block).top() // PAGE.height()
    assert layout.blockBoundingRect(fourth).bottom() // PAGE.height() == first_page


def test_a_picture_higher_than_a_page_is_shrunk_to_one_page(placed):
    (one,) = placed(page_of(f"<h3>Tall</h3>{picture(740, 2000)}"))
    assert one.first == one.last
    assert one.document.size().height() <= PAGE.height() + 1


def test_a_figure_that_does_not_fit_goes_to_the_next_page_whole(placed):
    found = placed(page_of(f"<h3>A</h3>{picture(700, 400)}", f"<h3>B</h3>{picture(700, 400)}"))
    assert [(one.first, one.last) for one in found] == [(0, 0), (1, 1)]


def test_a_figure_that_nearly_fits_is_drawn_somewhat_smaller(placed):
    found = placed(page_of(f"<h3>A</h3>{picture(700, 200)}", f"<h3>B</h3>{picture(700, 300)}"))
    assert [(one.first, one.last) for one in found] == [(0, 0), (0, 0)]
    last = found[-1]
    assert last.top + last.document.size().height() <= PAGE.height()
    (form,) = [form for _, form in _pictures_of(last.document.begin().next())]
    assert 0.7 <= form.height() / 300 < 1
    assert form.width() / form.height() == pytest.approx(700 / 300)


def test_rows_on_paper_are_lower_than_the_page_sets_them(placed):
    style = "<style>th, td { padding: 40px 12px 40px 0; line-height: 3; }</style></head>"
    highs = [
        placed(page_of(table(rows)).replace("</head>", style))[0].document.size().height()
        for rows in (10, 20)
    ]
    assert 13 < (highs[1] - highs[0]) / 10 < 26  # the page's own rows would be above 80


def test_units_paint_no_ground_over_each_other(placed):
    (one,) = placed(page_of("<h3>A</h3><p>b</p>"))
    assert not one.document.rootFrame().frameFormat().hasProperty(0x0820)  # BackgroundBrush


def test_text_is_set_without_contextual_forms(qapp):
    font = report_font(9)
    assert {tag.toString() for tag in font.featureTags()} == {b"calt", b"case"} or {
        bytes(tag.toString()) for tag in font.featureTags()
    } == {b"calt", b"case"}


def test_pages_are_told_one_by_one_and_an_unfinished_file_is_removed(qapp, tmp_path):
    assert printing_application() is qapp
    html = page_of(*(f"<h3>Head {k}</h3>{picture(700, 500)}" for k in range(3)))
    printing = print_pages(html, tmp_path / "r.pdf")
    told = list(printing)
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")
    assert [one.message for one in told if one.message.startswith("Printed")] == [
        f"Printed page {k} of 3" for k in (1, 2, 3)
    ]
    stopped = print_pages(html, tmp_path / "other.pdf")
    next(stopped)
    stopped.close()
    assert [path.name for path in tmp_path.iterdir() if "other" in path.name] == []


def test_a_folder_that_is_a_file_is_named(qapp, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StudyError, match="could not be written"):
        next(print_pages("<p>a</p>", blocked / "r.pdf"))


def test_a_figure_with_a_long_note_stays_with_its_heading(placed):
    note = f"<p>{'word ' * 200}</p>"
    found = placed(page_of("<h3>A</h3>" + table(4), f"<h3>Tall</h3>{picture(740, 900)}{note}"))
    assert found[-1].first == found[-1].last == 1
    assert found[-1].document.size().height() <= PAGE.height() + 1
