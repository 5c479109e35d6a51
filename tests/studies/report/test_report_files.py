"""CSV and HTML run nothing, whatever text a study holds."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.errors import StudyError
from studies.records import DEFAULT_SCHEME
from studies.report.csv_file import csv_text, guarded, write_table
from studies.report.document import Document, Section
from studies.report.figures import interval_figure, roc_figure
from studies.report.page import html
from studies.report.readers import assemble_readers
from studies.report.tables import Table, reader_tables

FORMULA_STARTS = "=+-@\t\r＝＋－＠"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1+A1",
        "－1+A1", "＠A1", " =1", "\u200b=1", "\ufeff=1", "\n=1", "|x", "%0A=1",
    ],
)  # fmt: skip
def test_formulas_are_shown_not_run(text):
    cell = guarded(text)
    assert cell.startswith("'")
    assert not set("\t\r\n") & set(cell)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("78.0", "78.0"), ("-0.25", "-0.25"), ("−.25", "-.25"), ("", ""), ("Expert 1", "Expert 1"),
        ("–", "–"), (".61 [.32, .90]", ".61 [.32, .90]"), ("a\nb", "a b"), ("1e-5", "1e-5"),
    ],
)  # fmt: skip
def test_numbers_and_words_stay(text, cell):
    assert guarded(text) == cell


@given(st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=2), max_size=4))
def test_no_cell_read_back_starts_a_formula(rows):
    read = list(csv.reader(io.StringIO(csv_text(("a", "b"), rows), newline="")))
    assert len(read) == len(rows) + 1
    for cell in (cell for row in read for cell in row):
        number = cell.replace(".", "").replace("e", "").replace("-", "").replace("+", "")
        assert cell[:1] not in set(FORMULA_STARTS) or number.isdigit()


def test_simulated_tables_say_so_in_each_row(tmp_path):
    table = Table("t", "T", ("Reader", "n"), (("=evil", "3"),), simulated=True)
    read = list(csv.reader(write_table(tmp_path, table).open(encoding="utf-8-sig", newline="")))
    assert read == [["Reader", "n", "Data"], ["'=evil", "3", "simulated"]]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StudyError, match=str(blocked)):
        write_table(blocked, Table("t", "T", ("a",), ()))
    assert list(tmp_path.iterdir()) == [blocked]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href")]
        assert not [k for k, _ in attrs if k.startswith("on")]


def test_foreign_text_in_the_page_is_text(paper_answers):
    evil = "<script>alert(1)</script><img src=x onerror=y>"
    answers = tuple(
        replace(a, reader=evil, reader_kind="simulated") if a.reader == "Expert 2" else a
        for a in paper_answers
    )
    results = assemble_readers(answers, DEFAULT_SCHEME)
    figures = (interval_figure(results), roc_figure(results, DEFAULT_SCHEME))
    section = Section(evil, (evil,), reader_tables(results, DEFAULT_SCHEME), figures)
    page = html(Document(evil, evil, (evil,), (section,), evil))
    tags = _Tags()
    tags.feed(page)
    assert "script" not in tags.tags
    assert tags.tags.count("img") == 2
    assert all(address.startswith("data:image/svg+xml;base64,") for address in tags.addresses)
    assert "&lt;script&gt;" in page
    assert "62.6 [57.0, 67.9]" in page
    assert "simulated" in page


def test_an_unknown_name_in_the_template_is_an_error():
    page = html(Document("T", "S", (), (), "M"))
    assert "<h1>T</h1>" in page
    assert "http" not in page.replace("http-equiv", "")
