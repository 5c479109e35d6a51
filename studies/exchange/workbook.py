"""Tables in an .xlsx file, as far as ratings need it: text and numbers, no formulas, no macros.

Read and written by openpyxl, after `workbook_bounds` has looked at what came from elsewhere.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studies.errors import ImportRefusedError, ReadOnlyError, StudyError
from studies.exchange.ratings import number
from studies.exchange.workbook_bounds import check_bounds
from studies.files import write_synced
from studies.imaging.dicom.foreign import guarded

if TYPE_CHECKING:
    from openpyxl import Workbook

Rows = tuple[tuple[str, ...], ...]
_ILLEGAL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LARGEST_FILE = 50_000_000
_DATE = datetime(1980, 1, 1)  # the earliest that a zip can hold
_UNREADABLE = (
    "is no readable .xlsx workbook. Open it in a spreadsheet and save it again, without a password."
)


@dataclass(frozen=True)
class Sheet:
    """A sheet's name and rows of cells as text; row 1 of the sheet is `rows[0]`."""

    name: str
    rows: Rows


def number_text(value: float) -> str:
    """A number as it comes back from a workbook: `7`, `-2.5`, `1e-05`."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def write_workbook(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write sheets. A text becomes a number where it comes back the same; no text is ever run.

    Raises StudyError when the file cannot be written.
    """
    try:
        data = workbook_bytes(tuple(sheets))
    except OSError as error:  # openpyxl keeps each sheet in a temporary file first
        raise ReadOnlyError(
            f"{path.name} cannot be written ({error.strerror}). Free some space, then try again."
        ) from error
    write_synced(path, data)


def workbook_bytes(sheets: tuple[Sheet, ...]) -> bytes:
    """The file's bytes, the same for the same sheets and the same openpyxl."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "Blindread"
    for sheet in sheets:
        _add(book, sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return _undated(book, buffer)


def _add(book: Workbook, sheet: Sheet) -> None:
    from openpyxl.cell import WriteOnlyCell

    def cell(text: str) -> Any:
        made = WriteOnlyCell(page, _ILLEGAL.sub(" ", text))
        value = number(text)
        # By hand: a text that begins with = would become a formula.
        made.data_type = "n" if value is not None and number_text(value) == text else "s"
        return made

    page = book.create_sheet(sheet.name)
    for row in sheet.rows:
        page.append([cell(text) if text else None for text in row])


def _undated(book: Workbook, saved: io.BytesIO) -> bytes:
    """The saved file without the time of saving, so that the same table gives the same bytes."""
    from openpyxl.xml.constants import ARC_CORE
    from openpyxl.xml.functions import tostring

    book.properties.created = book.properties.modified = _DATE
    core = tostring(book.properties.to_tree())
    buffer = io.BytesIO()
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, _DATE.timetuple()[:6])
            info.create_system = 3  # the same bytes on every system
            data = core if name == ARC_CORE else source.read(name)
            target.writestr(info, data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def read_workbook(path: Path) -> tuple[Sheet, ...]:
    """Read every sheet as text.

    Raises StudyError for what is no workbook, holds formulas, faults or more than a table of
    ratings can need (50 MB packed, 64 MB unpacked, 64 columns, 20 sheets); nothing in it is run.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise StudyError(f"{path.name} is larger than 50 MB. Save the ratings as CSV.")
        data = path.read_bytes()
    except OSError as error:
        raise StudyError(f"{path.name} cannot be read: {error.strerror}.") from error
    return guarded(lambda: _sheets(path.name, data), f"{path.name} {_UNREADABLE}")


def _sheets(name: str, data: bytes) -> tuple[Sheet, ...]:
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        check_bounds(name, archive)
    book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    try:
        return tuple(
            Sheet(page.title, tuple(_rows(f"{name}, sheet {page.title}", page)))
            for page in book.worksheets
        )
    finally:
        book.close()


def _rows(place: str, page: Any) -> Iterator[tuple[str, ...]]:
    """Rows without empty cells at their end."""
    page.reset_dimensions()  # what the file says of its own size need not be so
    for row in page.iter_rows():
        texts = [_text(place, cell) for cell in row]
        while texts and not texts[-1]:
            texts.pop()
        yield tuple(texts)


def _text(place: str, cell: Any) -> str:
    value = cell.value
    if cell.data_type == "e":
        raise ImportRefusedError(
            f"{place}, cell {cell.coordinate} holds the fault {value}. Mend it."
        )
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return number_text(value) if isinstance(value, float) else str(value).strip()
