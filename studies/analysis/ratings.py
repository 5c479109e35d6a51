"""Ratings from a long CSV file or FDA's .imrmc; every refusal names the line and the reason."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from studies.errors import StudyError

ONE_CONDITION = "all"
_NAMES = {
    "reader": ("reader", "readerid", "rater", "observer"),
    "condition": ("condition", "treatment", "modality", "modalityid"),
    "case": ("case", "caseid", "item", "patient"),
    "truth": ("truth", "outcome", "reference"),
    "rating": ("rating", "response", "score", "answer", "diagnosis"),
}
_LARGEST = 200_000_000


@dataclass(frozen=True)
class Columns:
    """Column names where the file's own are not found; "" = look by name."""

    reader: str = ""
    condition: str = ""
    case: str = ""
    truth: str = ""
    rating: str = ""


@dataclass(frozen=True)
class Rating:
    """One answer of the file; an empty `value` is a missing answer. `line` counts from 1."""

    line: int
    reader: str
    condition: str
    case: str
    truth: str
    value: str


@dataclass(frozen=True)
class Ratings:
    """All answers, with readers, conditions and cases in the order of the file."""

    rows: tuple[Rating, ...]

    @property
    def readers(self) -> tuple[str, ...]:
        """Readers in order of appearance."""
        return tuple(dict.fromkeys(row.reader for row in self.rows))

    @property
    def conditions(self) -> tuple[str, ...]:
        """Conditions in order of appearance."""
        return tuple(dict.fromkeys(row.condition for row in self.rows))

    @property
    def truth(self) -> dict[str, str]:
        """Each case's truth, cases in order of appearance; empty where there is none."""
        return {row.case: row.truth for row in self.rows}


def read_ratings(path: Path, columns: Columns = Columns()) -> Ratings:
    """Read a file by its name: .imrmc, else CSV with a header.

    Raises StudyError naming the line and the reason; nothing is taken half.
    """
    lines = _lines(path)
    rows = _imrmc(lines) if path.suffix.lower() == ".imrmc" else _csv(lines, columns)
    return _checked(rows)


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > _LARGEST:
            raise StudyError(f"{path.name} is larger than 200 MB. Split it or leave columns out.")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise StudyError(
            f"Line {line}: {path.name} is not UTF-8 text. Save it as CSV (UTF-8)."
        ) from error
    except OSError as error:
        raise StudyError(f"{path.name} cannot be read: {error.strerror}.") from error
    # Not splitlines: it also breaks at signs that may stand inside a cell.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if text else []


def _csv(lines: list[str], columns: Columns) -> Iterator[Rating]:
    reader = csv.reader(lines, strict=True)
    try:
        header = next(reader, None)
        if header is None:
            raise StudyError("The file is empty. It needs a header and a row an answer.")
        places = _places(header, columns)
        for fields in reader:
            if any(field.strip() for field in fields):
                yield _row(fields, header, places, reader.line_num)
    except csv.Error as error:
        raise StudyError(f"Line {reader.line_num}: {error}. Mend it and run again.") from error


def _places(header: list[str], columns: Columns) -> dict[str, int]:
    if len(header) == 1 and any(sign in header[0] for sign in ";\t"):
        sign = "semicolons" if ";" in header[0] else "tabs"
        raise StudyError(f"Line 1: the columns are parted by {sign}. Save the file with commas.")
    plain = [name.strip().casefold() for name in header]
    places = {}
    for role, names in _NAMES.items():
        wanted = getattr(columns, role)
        candidates = (wanted.strip().casefold(),) if wanted else names
        found = next((plain.index(name) for name in candidates if name in plain), None)
        if found is not None:
            places[role] = found
        elif wanted:
            raise StudyError(f"There is no column '{wanted}'. The file has: {', '.join(header)}.")
        elif role in ("reader", "case", "rating"):
            raise StudyError(
                f"Line 1: no column for the {role} (looked for {', '.join(names)}). "
                f"Name it with --{role}."
            )
    return places


def _row(fields: list[str], header: list[str], places: dict[str, int], line: int) -> Rating:
    if len(fields) != len(header):
        raise StudyError(f"Line {line}: {len(fields)} values under {len(header)} columns.")

    def value(role: str, default: str = "") -> str:
        return fields[places[role]].strip() if role in places else default

    row = Rating(
        line,
        value("reader"),
        value("condition", ONE_CONDITION),
        value("case"),
        value("truth"),
        value("rating"),
    )
    for role, text in (("reader", row.reader), ("condition", row.condition), ("case", row.case)):
        if not text:
            raise StudyError(f"Line {line}: the {role} is empty.")
    return row


def _imrmc(lines: list[str]) -> Iterator[Rating]:
    """FDA's list: reader, case, modality, score; the truth stands as reader -1."""
    begun = False
    answers: list[tuple[int, list[str]]] = []
    truth: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not begun:
            begun = line.strip().upper().startswith("BEGIN DATA")
            continue
        fields = [field.strip() for field in line.split(",")]
        if fields == [""]:
            continue
        if len(fields) != 4:
            raise StudyError(f"Line {number}: four values are needed, {len(fields)} were found.")
        if fields[0] == "-1":
            truth[fields[1]] = fields[3]
        else:
            answers.append((number, fields))
    if not begun:
        raise StudyError("There is no line 'BEGIN DATA:', so this is no .imrmc file.")
    for number, (reader, case, condition, score) in answers:
        if case not in truth:
            raise StudyError(f"Line {number}: case {case} has no truth (reader -1).")
        yield Rating(number, reader, condition, case, truth[case], score)


def _checked(rows: Iterable[Rating]) -> Ratings:
    seen: dict[tuple[str, str, str], int] = {}
    truth: dict[str, tuple[str, int]] = {}
    kept = []
    for row in rows:
        key = (row.reader, row.condition, row.case)
        if key in seen:
            raise StudyError(
                f"Line {row.line}: reader {row.reader} has answered case {row.case} already, on "
                f"line {seen[key]}."
            )
        seen[key] = row.line
        said, line = truth.setdefault(row.case, (row.truth, row.line))
        if said != row.truth:
            raise StudyError(
                f"Line {row.line}: the truth of case {row.case} is '{row.truth}', but '{said}' on "
                f"line {line}."
            )
        kept.append(row)
    if not kept:
        raise StudyError("There is no answer below the header.")
    return Ratings(tuple(kept))


def number(text: str) -> float | None:
    """A finite number, else None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
