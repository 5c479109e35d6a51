"""RJafroc's Excel file of the ROC paradigm: sheets FP (or NL), TP (or LL) and TRUTH.

Format: Chakraborty, RJafroc quick start, "JAFROC ROC data format" (2021, six columns in TRUTH).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studies.errors import StudyError
from studies.exchange.cells import guarded, unguarded
from studies.exchange.ratings import ONE_CONDITION, Graded, Rating, Ratings, checked, graded, number
from studies.exchange.workbook import Sheet, number_text, read_workbook, write_workbook

_TRUTH_HEADER = ("CaseID", "LesionID", "Weight", "ReaderID", "ModalityID", "Paradigm")
_FP_HEADER = ("ReaderID", "ModalityID", "CaseID", "FP_Rating")
_TP_HEADER = ("ReaderID", "ModalityID", "CaseID", "LesionID", "TP_Rating")
_WORDS_HEADER = ("Kind", "ID", "Name")
_NAMES = {"FP": ("FP", "NL"), "TP": ("TP", "LL"), "TRUTH": ("TRUTH",)}
_WORDS = "WORDS"  # RJafroc takes the first three sheets by the alphabet; this one comes last


def write_rjafroc(path: Path, ratings: Ratings) -> None:
    """Write RJafroc's file. Cases get numbers, as RJafroc wants; sheet WORDS keeps the names.

    Raises StudyError where ratings are no numbers, truth has more than two values, an answer is
    missing (RJafroc would take it for the lowest rating) or the file cannot be written.
    """
    data = graded(ratings, "RJafroc")
    _check_crossed(ratings, data)
    names = _Names.of(ratings)
    truth: list[tuple[str, ...]] = [_TRUTH_HEADER]
    readers, conditions = ", ".join(names.readers.values()), ", ".join(names.conditions.values())
    for case, positive in data.positive.items():
        kind = "1" if positive else "0"
        paradigm = {1: "ROC", 2: "FCTRL"}.get(len(truth), "")
        truth.append((names.cases[case], kind, kind, readers, conditions, paradigm))
    false: list[tuple[str, ...]] = [_FP_HEADER]
    true: list[tuple[str, ...]] = [_TP_HEADER]
    for row in data.rows:
        who = (names.readers[row.reader], names.conditions[row.condition], names.cases[row.case])
        value = number_text(float(row.value))  # 1.50 as a number, not as a text
        if data.positive[row.case]:
            true.append((*who, "1", value))
        else:
            false.append((*who, value))
    tables = {"FP": false, "TP": true, "TRUTH": truth}
    sheets = [Sheet(name, tuple(rows)) for name, rows in tables.items()]
    write_workbook(path, [*sheets, *names.sheet()])


def _check_crossed(ratings: Ratings, data: Graded) -> None:
    given = {(row.reader, row.condition, row.case) for row in data.rows}
    for case in ratings.truth:
        for reader in ratings.readers:
            for condition in ratings.conditions:
                if (reader, condition, case) not in given:
                    raise StudyError(
                        f"RJafroc needs every answer; case {case} has none by reader {reader} "
                        f"under {condition}. Export .imrmc, which may have gaps."
                    )


@dataclass(frozen=True)
class _Names:
    """The ids that stand for readers, conditions and cases; numbers where a name cannot stand."""

    readers: dict[str, str]
    conditions: dict[str, str]
    cases: dict[str, str]

    @staticmethod
    def of(ratings: Ratings) -> _Names:
        """Ids for every name of the table."""
        plain = all(case.isdigit() and len(case) < 9 for case in ratings.truth)
        return _Names(
            _ids(ratings.readers, _can_stand(ratings.readers)),
            _ids(ratings.conditions, _can_stand(ratings.conditions)),
            _ids(tuple(ratings.truth), plain and _can_stand(tuple(ratings.truth))),
        )

    def sheet(self) -> tuple[Sheet, ...]:
        """A sheet of names, where any id is not the name itself."""
        kinds = (("reader", self.readers), ("modality", self.conditions), ("case", self.cases))
        rows = [
            (kind, code, guarded(name))
            for kind, codes in kinds
            for name, code in codes.items()
            if name != code
        ]
        return (Sheet(_WORDS, (_WORDS_HEADER, *rows)),) if rows else ()


def _can_stand(names: Sequence[str]) -> bool:
    """RJafroc parts a list of ids at commas; numbers must be as a spreadsheet writes them."""
    return all(name.isascii() and name.isalnum() and _whole(name) == name for name in names)


def _ids(names: Sequence[str], as_they_are: bool) -> dict[str, str]:
    return {name: name if as_they_are else str(n) for n, name in enumerate(names, 1)}


def read_rjafroc(path: Path) -> Ratings:
    """Read an RJafroc workbook of the ROC paradigm, with three or six columns in TRUTH.

    Raises StudyError naming sheet, line and reason; nothing is taken half.
    """
    sheets = {sheet.name.upper(): sheet for sheet in read_workbook(path)}
    found = {}
    for name, either in _NAMES.items():
        present = [sheets[one] for one in either if one in sheets]
        if len(present) != 1:
            raise StudyError(
                f"{path.name} has no sheet {' or '.join(either)}. RJafroc's file has FP (or NL), "
                "TP (or LL) and TRUTH."
            )
        found[name] = present[0]
    words = _Words.of(sheets.get(_WORDS))
    truth = _truth(found["TRUTH"])
    rows = [*_marks(found["FP"], truth, "0"), *_marks(found["TP"], truth, "1")]
    order = {case: place for place, case in enumerate(truth)}
    seats = {name: n for n, name in enumerate(dict.fromkeys((r.condition, r.reader) for r in rows))}
    rows.sort(key=lambda row: (seats[row.condition, row.reader], order[row.case]))
    return checked(words.named(row) for row in rows)


@dataclass(frozen=True)
class _Words:
    """Names by kind and id."""

    names: dict[tuple[str, str], str]

    @staticmethod
    def of(sheet: Sheet | None) -> _Words:
        """The names that our own file keeps beside RJafroc's numbers."""
        rows = sheet.rows[1:] if sheet is not None else ()
        return _Words({(r[0], _whole(r[1])): unguarded(r[2]) for r in rows if len(r) >= 3})

    def named(self, row: Rating) -> Rating:
        """The row with its names."""

        def name(kind: str, code: str) -> str:
            return self.names.get((kind, code), code)

        return Rating(
            row.line,
            name("reader", row.reader),
            name("modality", row.condition),
            name("case", row.case),
            row.truth,
            row.value,
            row.sheet,
        )


def _truth(sheet: Sheet) -> dict[str, str]:
    """Each case's truth, cases in the order of the sheet."""
    paradigms = {row[5].upper() for row in sheet.rows[1:] if len(row) > 5 and row[5]}
    if paradigms & {"FROC", "LROC", "ROI"}:
        raise StudyError(
            f"Sheet {sheet.name}: the paradigm is {', '.join(sorted(paradigms))}. Only ROC ratings "
            "(one a case) are analysed here."
        )
    found: dict[str, str] = {}
    for line, row in _filled(sheet, 2):
        case, lesion = _whole(row[0]), number(row[1])
        if not case or lesion is None:
            raise StudyError(f"Line {line} of sheet {sheet.name}: case or lesion is missing.")
        if case in found:
            raise StudyError(
                f"Line {line} of sheet {sheet.name}: case {case} has a second lesion. Only ROC "
                "ratings (one a case) are analysed here."
            )
        found[case] = "1" if lesion > 0 else "0"
    return found


def _marks(sheet: Sheet, truth: dict[str, str], kind: str) -> Iterator[Rating]:
    """The answers of FP (negative cases) or TP (positive ones, a lesion column more)."""
    width = 4 if kind == "0" else 5
    for line, row in _filled(sheet, width):
        place = f"Line {line} of sheet {sheet.name}"
        reader, condition, case, value = _whole(row[0]), _whole(row[1]), _whole(row[2]), row[-1]
        if case not in truth:
            raise StudyError(f"{place}: case {case or '?'} is not on sheet TRUTH.")
        if truth[case] != kind:
            wrong = "positive" if truth[case] == "1" else "negative"
            raise StudyError(f"{place}: case {case} is {wrong} on sheet TRUTH.")
        if number(value) is None or not reader:
            raise StudyError(f"{place}: the reader or the rating is missing or no number.")
        yield Rating(line, reader, condition or ONE_CONDITION, case, kind, value, sheet.name)


def _filled(sheet: Sheet, width: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line numbers and the first `width` cells of the rows that are not empty."""
    for line, row in enumerate(sheet.rows[1:], 2):
        if any(row):
            yield line, (*row[:width], *[""] * (width - len(row)))


def _whole(text: str) -> str:
    """An id as written: a spreadsheet may make 7 into 7.0."""
    value = number(text)
    return str(int(value)) if value is not None and value == int(value) else text
