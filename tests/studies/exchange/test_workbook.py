"""Workbooks from elsewhere: what RJafroc wants is read, all else is refused in words."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from datetime import datetime

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from studies.errors import ReadOnlyError, StudyError
from studies.exchange import read_ratings
from studies.exchange.workbook import Sheet, read_workbook, workbook_bytes, write_workbook

FP = Sheet("FP", (("ReaderID", "ModalityID", "CaseID", "FP_Rating"), ("1", "1", "1", "2")))
TP = Sheet("TP", (("ReaderID", "ModalityID", "CaseID", "LesionID", "TP_Rating"),
                  ("1", "1", "70", "1", "5")))  # fmt: skip
TRUTH = Sheet("TRUTH", (("CaseID", "LesionID", "Weight"), ("1", "0", "0"), ("70", "1", "0")))


def book(tmp_path, *sheets, change=None):
    path = tmp_path / "r.xlsx"
    data = workbook_bytes(sheets)
    if change is not None:
        name, old, new = change
        data = changed(data, name, old, new)
    path.write_bytes(data)
    return path


def changed(data, part, old, new):
    """The workbook with the text of one part replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for info in source.infolist():
            text = source.read(info)
            if info.filename == part:
                assert old in text
                text = text.replace(old, new)
            target.writestr(info.filename, text)
    return buffer.getvalue()


def test_the_old_format_of_three_columns_is_read(tmp_path):
    got = read_ratings(book(tmp_path, FP, TP, TRUTH))
    assert [(r.reader, r.case, r.truth, r.value) for r in got.rows] == [
        ("1", "1", "0", "2"), ("1", "70", "1", "5"),
    ]  # fmt: skip


def test_sheets_may_be_called_nl_and_ll_in_any_order(tmp_path):
    sheets = (TRUTH, Sheet("ll", TP.rows), Sheet("nl", FP.rows))
    assert len(read_ratings(book(tmp_path, *sheets)).rows) == 2


def with_rows(sheet, *rows):
    return Sheet(sheet.name, (*sheet.rows, *rows))


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ((FP, TRUTH), "no sheet TP or LL"),
        ((FP, TP), "no sheet TRUTH"),
        ((FP, TP, with_rows(TRUTH, ("70", "2", "0"))), "Line 4 of sheet TRUTH: case 70 has a sec"),
        ((with_rows(FP, ("1", "1", "9", "2")), TP, TRUTH), "Line 3 of sheet FP: case 9 is not on"),
        ((with_rows(FP, ("1", "1", "70", "2")), TP, TRUTH), "Line 3 of sheet FP: case 70 is posi"),
        ((with_rows(FP, ("1", "1", "1", "x")), TP, TRUTH), "Line 3 of sheet FP: the reader or the"),
        ((with_rows(FP, ("1", "1", "1", "3")), TP, TRUTH), "Line 3 of sheet FP: reader 1 has ans"),
        ((FP, TP, with_rows(TRUTH, ("3", "0", "0", "1", "1", "FROC"))), "paradigm is FROC"),
        ((FP, TP, with_rows(TRUTH, ("", "0", "0"))), "Line 4 of sheet TRUTH: case or lesion"),
    ],
)
def test_bad_tables_are_named_by_sheet_and_line(tmp_path, sheets, words):
    with pytest.raises(StudyError, match=words):
        read_ratings(book(tmp_path, *sheets))


SHEET1, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
D2 = b'<c r="D2" t="n"><v>2</v>'
DECLARED = b'<!DOCTYPE x [<!ENTITY a "b">]>'
UTF_16 = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((SHEET1, D2, b'<c r="D2"><f>1+1</f><v>2</v>'), "D2 holds a formula"),
        ((SHEET1, D2, b'<c r="D2" t="e"><v>#REF!</v>'), "D2 holds the fault"),
        ((SHEET1, b'r="D2"', b'r="D9999999"'), "far from any table"),
        ((SHEET1, b'r="D2"', b'r="ZZ2"'), "far from any table"),
        ((SHEET1, b'<row r="2">', b'<row r="2000000">'), "far from any table"),
        ((SHEET1, b'r="D2"', b'r="D7"'), "cell D7 is out of order"),
        ((SHEET1, b'r="D2"', b'r="A2"'), "cell A2 is out of order"),
        ((SHEET1, b'<row r="2">', b'<row r="1">'), "row 1 is out of order"),
        ((SHEET1, b'r="D2"', b'r="oops"'), "no readable .xlsx"),
        ((SHEET1, b"<sheetData>", b"<sheetData"), "no readable .xlsx"),
        ((SHEET1, b"<worksheet", DECLARED + b"<worksheet"), "declares entities"),
        ((SHEET1, b"<worksheet", UTF_16), "declares entities"),
        (("xl/styles.xml", b"<styleSheet", DECLARED + b"<styleSheet"), "declares entities"),
        ((SHEET1, b"<v>2</v>", b"<v>2</v><v/>"), None),
        ((SHEET1, D2, b'<c r="D2" t="b"><v>1</v>'), None),
        ((BOOK, b'r:id="rId1"', b'r:id="rId77"'), "no readable .xlsx"),
        ((BOOK, b"<sheet name", b"<sheet />" * 21 + b"<sheet name"), "more than 20 sheets"),
        ((BOOK, b"<sheets>", b" " * 4_000_000 + b"<sheets>"), "unpacks to more than 4 MB"),
    ],
)  # fmt: skip
def test_hostile_parts_are_refused(tmp_path, change, words):
    path = book(tmp_path, FP, TP, TRUTH, change=change)
    if words is None:
        assert len(read_ratings(path).rows) == 2
        return
    with pytest.raises(StudyError, match=words):
        read_ratings(path)


def test_a_shared_string_out_of_range_is_refused(tmp_path):
    change = (SHEET1, D2, b'<c r="D2" t="s"><v>-1</v>')
    with pytest.raises(StudyError, match=r"no readable \.xlsx"):
        read_ratings(book(tmp_path, FP, TP, TRUTH, change=change))


def test_a_sheet_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("studies.exchange.workbook_bounds._LARGEST_WHOLE", 100_000)
    path = tmp_path / "bomb.xlsx"
    write_workbook(path, [with_rows(FP, *[("1", "1", "1", "2")] * 10_000), TP, TRUTH])
    assert path.stat().st_size < 1_000_000
    with pytest.raises(StudyError, match="unpacks to more than"):
        read_ratings(path)


def test_a_large_file_is_refused_unopened(tmp_path, monkeypatch):
    monkeypatch.setattr("studies.exchange.workbook._LARGEST_FILE", 100)
    with pytest.raises(StudyError, match="larger than 50 MB"):
        read_ratings(book(tmp_path, FP, TP, TRUTH))


def test_very_many_sheets_are_refused(tmp_path):
    sheets = [Sheet(f"s{n}", ()) for n in range(21)]
    with pytest.raises(StudyError, match="more than 20 sheets"):
        read_workbook(book(tmp_path, *sheets))


def test_very_many_parts_are_refused(tmp_path):
    path = book(tmp_path, FP, TP, TRUTH)
    with zipfile.ZipFile(path, "a") as archive:
        for n in range(1000):
            archive.writestr(f"x{n}", b"")
    with pytest.raises(StudyError, match="parts, more than a table needs"):
        read_ratings(path)


def test_a_size_that_the_zip_denies_is_found_out(tmp_path):
    path = book(tmp_path, with_rows(FP, *[("1", "1", "1", "2")] * 5_000), TP, TRUTH)
    data = bytearray(path.read_bytes())
    for info in zipfile.ZipFile(path).infolist():
        claim = info.file_size.to_bytes(4, "little")
        if info.filename == SHEET1:
            while (place := data.find(claim)) >= 0:
                data[place : place + 4] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(StudyError, match=r"no readable \.xlsx"):
        read_ratings(path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"reader,case,rating\n", bytes(1000)])
def test_what_is_no_workbook_is_said(tmp_path, data):
    path = tmp_path / "r.xlsx"
    path.write_bytes(data)
    with pytest.raises(StudyError, match=r"no readable \.xlsx"):
        read_ratings(path)


STEP = 23


def test_a_damaged_byte_ends_in_a_sentence_or_a_table(tmp_path):
    data = bytearray(workbook_bytes((FP, TP, TRUTH)))
    path = tmp_path / "r.xlsx"
    refused = 0
    for place in range(0, len(data), STEP):
        damaged = bytearray(data)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            read_ratings(path)
        except StudyError:
            refused += 1
    assert refused > len(data) / STEP / 4


def test_text_and_numbers_come_back_as_written(tmp_path):
    rows = (
        ("a<b>&\"'", "1", "-2.5", "007", "1e3", " x ", "ü\u2009", "1e-05", "1.50", "=1+1", "#N/A"),
        ("0.30000000000000004", "", "after a gap"),
        (),
        ("below a gap",),
    )  # fmt: skip
    path = tmp_path / "r.xlsx"
    write_workbook(path, [Sheet("T & co", rows)])
    (sheet,) = read_workbook(path)
    assert sheet.name == "T & co"
    assert sheet.rows == tuple(tuple(text.strip() for text in row) for row in rows)


def test_only_what_comes_back_the_same_is_written_as_a_number(tmp_path):
    path = tmp_path / "r.xlsx"
    write_workbook(path, [Sheet("T", (("7", "-2.5", "007", "1.50", "=1", "1_0", "#N/A"),))])
    (row,) = load_workbook(path)["T"].iter_rows()
    assert [cell.data_type for cell in row] == ["n", "n", "s", "s", "s", "s", "s"]


def test_no_room_for_the_temporary_sheets_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(ReadOnlyError, match=r"r\.xlsx cannot be written"):
        write_workbook(tmp_path / "r.xlsx", [FP])
    assert not list(tmp_path.iterdir())


def test_text_of_a_spreadsheet_in_pieces_and_its_dates_are_read(tmp_path):
    path = tmp_path / "r.xlsx"
    made = Workbook()
    made.active["A1"] = CellRichText("bold ", TextBlock(InlineFont(b=True), "and plain"))
    made.active["B1"] = datetime(2026, 1, 2)
    made.active["C1"] = 0.1
    made.save(path)
    assert read_workbook(path)[0].rows == (("bold and plain", "2026-01-02 00:00:00", "0.1"),)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StudyError, match=r"gone\.xlsx cannot be read"):
        read_ratings(tmp_path / "gone.xlsx")


def test_analysing_imports_neither_openpyxl_nor_the_store():
    code = (
        "import sys, studies.analysis; print({'openpyxl', 'sqlalchemy', 'studies.report'} "
        "& set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
