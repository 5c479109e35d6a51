"""What a workbook from elsewhere may be, looked at before any of it is taken for a table.

A table of ratings needs text and numbers in order. What unpacks without end, declares entities,
computes, or stands far from any table is refused here, since openpyxl would follow it or, where
rows are out of order, leave them out.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import PurePosixPath
from typing import NoReturn
from xml.parsers import expat

from studies.errors import ImportRefusedError

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LONG = (f"{_MAIN} worksheet", f"{_MAIN} sst")  # kinds of part that may be long
_ROW, _CELL, _FORMULA, _LISTED = (f"{_MAIN} {name}" for name in ("row", "c", "f", "sheet"))
_PLACE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_LARGEST_WHOLE, _LARGEST_PART = 64_000_000, 4_000_000  # bytes unpacked: all; neither cells nor text
_MOST_MEMBERS, _MOST_SHEETS, _WIDEST, _LONGEST = 1000, 20, 64, 1_048_576
_CHUNK = 65_536


def check_bounds(name: str, archive: zipfile.ZipFile) -> None:
    """Unpack every member once and look at its elements; nothing is kept.

    Raises ImportRefusedError for more than 1000 members, 64 MB unpacked, 20 sheets, 64 columns or
    1,048,576 rows, for a part beside sheets and shared text above 4 MB, a declaration of entities,
    a formula, and rows or cells out of order.
    """
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS:
        raise ImportRefusedError(
            f"{name} has {len(members)} parts, more than a table needs. Save the ratings as CSV."
        )
    left = _LARGEST_WHOLE
    for member in members:
        left -= _unpacked(name, archive, member, left)


def _unpacked(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> int:
    """Bytes that the member really unpacks to, whatever its header claims."""
    part, size = _Part(name, PurePosixPath(member.filename).name), 0
    with archive.open(member) as file:
        while data := file.read(_CHUNK):
            size += len(data)
            if size > left:
                _refuse_size(name, _LARGEST_WHOLE)
            part.feed(data)
            if size > _LARGEST_PART and part.root not in _LONG:
                _refuse_size(name, _LARGEST_PART)
    return size


def _refuse_size(name: str, most: int) -> NoReturn:
    raise ImportRefusedError(
        f"{name} unpacks to more than {most // 1_000_000} MB. Save the ratings as CSV."
    )


class _Part:
    """One member under the parser that openpyxl uses too; what is no XML passes.

    Whatever the member is called: openpyxl takes for a sheet what the workbook says is one.
    """

    def __init__(self, file: str, name: str) -> None:
        self.root = ""
        self._file, self._name = file, name
        self._row, self._column, self._listed = 0, 0, 0
        self._is_xml = True
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._refuse_entities
        self._parser.StartElementHandler = self._start

    def feed(self, data: bytes) -> None:
        """Look at the next bytes. Raises ImportRefusedError."""
        if not self._is_xml:
            return
        try:
            self._parser.Parse(data)
        except expat.ExpatError:  # openpyxl will say so if it needs this part
            self._is_xml = False

    def _refuse_entities(self, *_: object) -> None:
        raise ImportRefusedError(f"{self._file} declares entities, which no spreadsheet writes.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.root = self.root or tag
        if tag == _LISTED:
            self._list()
        elif tag == _ROW:
            self._begin_row(attributes.get("r", str(self._row + 1)))
        elif tag == _CELL and self._row:  # elsewhere c is an entry of the chain of formulas
            self._take_cell(attributes.get("r", ""))
        elif tag == _FORMULA:
            raise ImportRefusedError(
                f"{self._file}, {self._name}, cell {_letters(self._column)}{self._row} holds a "
                "formula. Save the values only."
            )

    def _list(self) -> None:
        self._listed += 1
        if self._listed > _MOST_SHEETS:
            raise ImportRefusedError(
                f"{self._file} has more than {_MOST_SHEETS} sheets. Keep FP, TP and TRUTH."
            )

    def _begin_row(self, number: str) -> None:
        row = int(number)
        self._check_order(row > self._row, f"row {row}")
        if row > _LONGEST:
            self._refuse_far(f"row {row}")
        self._row, self._column = row, 0

    def _take_cell(self, place: str) -> None:
        found = _PLACE.fullmatch(place)
        if place and found is None:
            raise ValueError(place)
        column = _column(found[1]) if found else self._column + 1
        if column > _WIDEST or (found is not None and int(found[2]) > _LONGEST):
            self._refuse_far(place or f"{_letters(column)}{self._row}")
        in_row = found is None or int(found[2]) == self._row
        self._check_order(in_row and column > self._column, f"cell {place}")
        self._column = column

    def _check_order(self, is_ordered: bool, what: str) -> None:
        if not is_ordered:
            raise ImportRefusedError(
                f"{self._file}, {self._name}: {what} is out of order. Open it in a spreadsheet "
                "and save it again."
            )

    def _refuse_far(self, place: str) -> NoReturn:
        raise ImportRefusedError(
            f"{self._file}, {self._name}: a cell stands at {place}, far from any table."
        )


def _column(letters: str) -> int:
    """A column's number: A is 1, AA 27."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _letters(column: int) -> str:
    """A column's letters: 1 is A, 27 AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
