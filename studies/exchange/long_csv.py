"""Ratings as a long CSV file, a row an answer: of any origin, for MRMCaov, or in words."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from studies.errors import StudyError
from studies.exchange.cells import guarded, unguarded
from studies.exchange.ratings import ONE_CONDITION, Rating, Ratings, checked, graded
from studies.exchange.text import lines_of
from studies.files import write_synced

_NAMES = {
    "reader": ("reader", "readerid", "rater", "observer"),
    "condition": ("condition", "treatment", "modality", "modalityid", "test"),
    "case": ("case", "caseid", "item", "patient"),
    "truth": ("truth", "outcome", "reference"),
    "rating": ("rating", "response", "score", "answer", "diagnosis"),
}
_PATIENT = ("patient", "patientid", "subject")
_SEPARATORS = ",;\t"
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
MRMCAOV_HEADER = ("reader", "treatment", "case", "truth", "rating")
TIDY_HEADER = ("reader", "condition", "case", "truth", "answer")


@dataclass(frozen=True)
class Columns:
    """Column names where the file's own are not found; "" = look by name."""

    reader: str = ""
    condition: str = ""
    case: str = ""
    truth: str = ""
    rating: str = ""


def read_csv(path: Path, columns: Columns = Columns()) -> Ratings:
    """Read a long CSV file with a header, parted by commas, semicolons or tabs.

    Where it is not commas, ratings and truth may have a decimal comma, as spreadsheets of many
    countries write; 1,234 between tabs is refused, since it may mean thousands. Raises StudyError
    naming the line and the reason; nothing is taken half.
    """
    return checked(_rows(lines_of(path), columns))


def write_mrmcaov(path: Path, ratings: Ratings) -> None:
    """Write the long CSV that R's MRMCaov reads: reader, treatment, case, truth, rating.

    Raises StudyError where ratings are no numbers, truth has more than two values, or the file
    cannot be written.
    """
    data = graded(ratings, "MRMCaov")
    rows = [(r.reader, r.condition, r.case, r.truth, r.value) for r in data.rows]
    write_synced(path, _text(MRMCAOV_HEADER, rows).encode())


def write_tidy(path: Path, ratings: Ratings) -> None:
    """Write a CSV in words for people and spreadsheets, missing answers as empty cells.

    Raises StudyError when the file cannot be written.
    """
    rows = [(r.reader, r.condition, r.case, r.truth, r.value) for r in ratings.rows]
    write_synced(path, _text(TIDY_HEADER, rows).encode("utf-8-sig"))


def _text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def _rows(lines: list[str], columns: Columns) -> Iterator[Rating]:
    parted_by = _separator(lines, columns)
    reader = csv.reader(lines, delimiter=parted_by, strict=True, skipinitialspace=parted_by != "\t")
    try:
        header = next(reader, None)
        if header is None:
            raise StudyError("The file is empty. It needs a header and a row an answer.")
        places = _places(header, columns)
        for fields in reader:
            if any(field.strip() for field in fields):
                row = _row(fields, header, places, reader.line_num)
                yield _with_points(row, parted_by)
    except csv.Error as error:
        raise StudyError(f"Line {reader.line_num}: {error}. Mend it and run again.") from error


def _separator(lines: list[str], columns: Columns) -> str:
    """The first sign by which the header names what is needed; else the one that parts it most.

    A count alone would be misled by signs inside a name, as in `reader,case,rating (a;b;c;d)`.
    """
    headers = {sign: _header(lines, sign) for sign in _SEPARATORS}
    for sign, header in headers.items():
        with contextlib.suppress(StudyError):
            _places(header, columns)
            return sign
    return max(_SEPARATORS, key=lambda sign: len(headers[sign]))


def _header(lines: list[str], sign: str) -> list[str]:
    try:
        return next(csv.reader(lines, delimiter=sign, strict=True, skipinitialspace=True), [])
    except csv.Error:
        return []


def _places(header: list[str], columns: Columns) -> dict[str, int]:
    plain = [name.strip().casefold() for name in header]
    places = {}
    for role, names in _NAMES.items():
        found = _place(role, names, getattr(columns, role), header, plain)
        if found is not None:
            places[role] = found
    patient = next((plain.index(name) for name in _PATIENT if name in plain), None)
    if patient is not None and patient not in places.values():
        places["patient"] = patient
    return places


def _place(
    role: str, names: Sequence[str], wanted: str, header: list[str], plain: list[str]
) -> int | None:
    candidates = (wanted.strip().casefold(),) if wanted else names
    found = next((name for name in candidates if name in plain), None)
    if found is not None:
        if plain.count(found) > 1:
            raise StudyError(f"Line 1: there are two columns '{found}'. Rename one of them.")
        return plain.index(found)
    if wanted:
        raise StudyError(f"There is no column '{wanted}'. The file has: {', '.join(header)}.")
    if role in ("reader", "case", "rating"):
        raise StudyError(
            f"Line 1: no column for the {role} (looked for {', '.join(names)}). "
            f"Name it with --{role}."
        )
    return None


def _with_points(row: Rating, parted_by: str) -> Rating:
    """Rating and truth with a decimal point; a comma that may mean something else is refused."""
    if parted_by == "," and _DECIMAL_COMMA.fullmatch(row.value):
        raise StudyError(
            f"Line {row.line}: the rating '{row.value}' has a decimal comma. Write a point, or "
            "part the columns by semicolons."
        )
    if parted_by == "\t" and _THOUSANDS.fullmatch(row.value):
        raise StudyError(
            f"Line {row.line}: the comma of the rating '{row.value}' may mark decimals or "
            "thousands. Write a point, or leave it out."
        )
    if parted_by == ",":
        return row
    return replace(row, value=_with_point(row.value), truth=_with_point(row.truth))


def _with_point(text: str) -> str:
    return text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number != 1 else ''}"


def _row(fields: list[str], header: list[str], places: dict[str, int], line: int) -> Rating:
    if len(fields) != len(header):
        sizes = f"{_count(len(fields), 'value')} under {_count(len(header), 'column')}"
        raise StudyError(f"Line {line}: {sizes}.")

    def value(role: str, default: str = "") -> str:
        return unguarded(fields[places[role]].strip()) if role in places else default

    row = Rating(
        line,
        value("reader"),
        value("condition", ONE_CONDITION),
        value("case"),
        value("truth"),
        value("rating"),
        patient=value("patient"),
    )
    for role, text in (("reader", row.reader), ("condition", row.condition), ("case", row.case)):
        if not text:
            raise StudyError(f"Line {line}: the {role} is empty.")
    return row
