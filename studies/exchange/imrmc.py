"""FDA's .imrmc list: reader, case, modality, score; the truth stands as reader -1.

Format: iMRMC user manual, "input file"; lines above BEGIN DATA: describe the study. iMRMC drops
the blanks inside ids; a name with blanks stands in a line of that description, which only this
program reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from studies.errors import StudyError
from studies.exchange.ratings import Rating, Ratings, checked, graded, sign
from studies.exchange.text import lines_of
from studies.files import write_synced

_TRUTH = ("-1", "truth")
_NAME = re.compile(r"Name of (reader|case|condition) (\S+) = (.+)")
_COUNT = re.compile(r"N[R01M]\s*:", re.IGNORECASE)  # what iMRMC looks for above the data


def read_imrmc(path: Path) -> Ratings:
    """Read a .imrmc file: ids without blanks, as iMRMC takes them.

    Where `write_imrmc` has written it, names get their blanks back.

    Raises StudyError naming the line and the reason; nothing is taken half.
    """
    return checked(_rows(lines_of(path)))


def write_imrmc(path: Path, ratings: Ratings, title: str = "") -> None:
    """Write a .imrmc file; missing answers have no line, as iMRMC expects.

    `title` is the file's first line, by default the file's name. iMRMC drops the blanks inside
    names; they stand above the data. Raises StudyError where ratings are no numbers, truth has
    more than two values, a name would break a line, two names differ in blanks only, or the
    file cannot be written.
    """
    data = graded(ratings, "iMRMC")
    names = [("reader", r) for r in ratings.readers] + [("case", c) for c in ratings.truth]
    names += [("condition", c) for c in ratings.conditions]
    for kind, name in names:
        _check(kind, name)
    _check_apart(names)
    positives = sum(data.positive.values())
    lines = [
        " ".join((title or path.stem).split()),
        f"NR: {len(ratings.readers)}",
        f"N0: {len(data.positive) - positives}",
        f"N1: {positives}",
        f"NM: {len(ratings.conditions)}",
        *_name_lines(names),
        "BEGIN DATA:",
        *(f"-1,{case},0,{int(is_positive)}" for case, is_positive in data.positive.items()),
        *(f"{row.reader},{row.case},{row.condition},{row.value}" for row in data.rows),
    ]
    write_synced(path, ("\n".join(lines) + "\n").encode())


def _check(kind: str, name: str) -> None:
    if any(character in name for character in ",\n\r") or name != name.strip():
        raise StudyError(f"iMRMC cannot hold the {kind} '{name}': leave commas and line ends out.")
    if kind == "reader" and _id(name).casefold() in _TRUTH:
        raise StudyError(f"iMRMC means the truth by reader '{name}'. Give the reader another name.")


def _check_apart(names: list[tuple[str, str]]) -> None:
    """Two names that iMRMC would take for one."""
    seen: dict[tuple[str, str], str] = {}
    for kind, name in names:
        first = seen.setdefault((kind, _id(name)), name)
        if first != name:
            raise StudyError(
                f"iMRMC drops blanks and would take the {kind}s '{first}' and '{name}' for one. "
                "Rename one of them."
            )


def _name_lines(names: list[tuple[str, str]]) -> list[str]:
    """The names that lose their blanks, where the line does not look like one of iMRMC's own."""
    lines = [f"Name of {kind} {_id(name)} = {name}" for kind, name in names if _id(name) != name]
    return [line for line in lines if not _COUNT.search(line)]


def _names(lines: list[str]) -> dict[tuple[str, str], str]:
    """Names with their blanks by kind and id, from the lines above the data."""
    found: dict[tuple[str, str], str] = {}
    for line in lines:
        if line.strip().upper().startswith("BEGIN DATA"):
            break
        match = _NAME.fullmatch(line.strip())
        if match and _id(match[3]) == match[2]:
            found[match[1], match[2]] = match[3]
    return found


def _id(text: str) -> str:
    """An id as iMRMC knows it: without any blank."""
    return "".join(text.split())


def _rows(lines: list[str]) -> Iterator[Rating]:
    truth: dict[str, str] = {}
    answers = []
    names = _names(lines)
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
        yield Rating(
            number,
            names.get(("reader", reader), reader),
            names.get(("condition", condition), condition),
            names.get(("case", case), case),
            truth[case],
            score,
        )


def _data(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and the four fields below BEGIN DATA."""
    begun = False
    for number, line in enumerate(lines, 1):
        if not begun:
            begun = line.strip().upper().startswith("BEGIN DATA")
        elif line.strip():
            fields = [_id(field) for field in line.split(",")]
            if len(fields) != 4:
                found = "1 was" if len(fields) == 1 else f"{len(fields)} were"
                raise StudyError(f"Line {number}: four values are needed, {found} found.")
            yield number, fields
    if not begun:
        raise StudyError("There is no line 'BEGIN DATA:', so this is no .imrmc file.")


def _add_truth(truth: dict[str, str], number: int, fields: list[str]) -> None:
    case, value = fields[1], fields[3]
    if sign(value) is None:
        raise StudyError(f"Line {number}: the truth of case {case} is '{value}', not 0 or 1.")
    if sign(truth.setdefault(case, value)) != sign(value):
        raise StudyError(f"Line {number}: case {case} has another truth above: {truth[case]}.")
