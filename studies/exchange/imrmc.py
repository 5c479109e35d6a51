"""FDA's .imrmc list: reader, case, modality, score; the truth stands as reader -1.

Format: iMRMC user manual, "input file"; lines above BEGIN DATA: describe the study.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from studies.errors import StudyError
from studies.exchange.ratings import Rating, Ratings, checked, graded, sign
from studies.exchange.text import lines_of
from studies.files import write_synced

_TRUTH = ("-1", "truth")


def read_imrmc(path: Path) -> Ratings:
    """Read a .imrmc file.

    Raises StudyError naming the line and the reason; nothing is taken half.
    """
    return checked(_rows(lines_of(path)))


def write_imrmc(path: Path, ratings: Ratings, title: str = "") -> None:
    """Write a .imrmc file; missing answers have no line, as iMRMC expects.

    `title` is the file's first line, by default the file's name. Raises StudyError where ratings
    are no numbers, truth has more than two values, a name would break a line, or the file cannot
    be written.
    """
    data = graded(ratings, "iMRMC")
    names = [("reader", r) for r in ratings.readers] + [("case", c) for c in ratings.truth]
    for kind, name in [*names, *(("condition", c) for c in ratings.conditions)]:
        _check(kind, name)
    positives = sum(data.positive.values())
    lines = [
        " ".join((title or path.stem).split()),
        f"NR: {len(ratings.readers)}",
        f"N0: {len(data.positive) - positives}",
        f"N1: {positives}",
        f"NM: {len(ratings.conditions)}",
        "BEGIN DATA:",
        *(f"-1,{case},0,{int(is_positive)}" for case, is_positive in data.positive.items()),
        *(f"{row.reader},{row.case},{row.condition},{row.value}" for row in data.rows),
    ]
    write_synced(path, ("\n".join(lines) + "\n").encode())


def _check(kind: str, name: str) -> None:
    if any(character in name for character in ",\n\r") or name != name.strip():
        raise StudyError(f"iMRMC cannot hold the {kind} '{name}': leave commas and line ends out.")
    if kind == "reader" and name.casefold() in _TRUTH:
        raise StudyError(f"iMRMC means the truth by reader '{name}'. Give the reader another name.")


def _rows(lines: list[str]) -> Iterator[Rating]:
    truth: dict[str, str] = {}
    answers = []
    for number, fields in _data(lines):
        if fields[0].casefold() in _TRUTH:
            _add_truth(truth, number, fields)
        else:
            answers.append((number, fields))
    for number, (reader, case, condition, score) in answers:
        if case not in truth:
            raise StudyError(f"Line {number}: case {case} has no truth (reader -1).")
        for kind, name in (("reader", reader), ("case", case), ("modality", condition)):
            if not name:
                raise StudyError(f"Line {number}: the {kind} is empty.")
        yield Rating(number, reader, condition, case, truth[case], score)


def _data(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and the four fields below BEGIN DATA."""
    begun = False
    for number, line in enumerate(lines, 1):
        if not begun:
            begun = line.strip().upper().startswith("BEGIN DATA")
        elif line.strip():
            fields = [field.strip() for field in line.split(",")]
            if len(fields) != 4:
                raise StudyError(
                    f"Line {number}: four values are needed, {len(fields)} were found."
                )
            yield number, fields
    if not begun:
        raise StudyError("There is no line 'BEGIN DATA:', so this is no .imrmc file.")


def _add_truth(truth: dict[str, str], number: int, fields: list[str]) -> None:
    case, value = fields[1], fields[3]
    if sign(value) is None:
        raise StudyError(f"Line {number}: the truth of case {case} is '{value}', not 0 or 1.")
    if truth.setdefault(case, value) != value:
        raise StudyError(f"Line {number}: case {case} has another truth above: {truth[case]}.")
