"""Readings as ratings for other programs: iMRMC, RJafroc, MRMCaov, and classes in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studies.errors import ReadOnlyError, StudyError
from studies.exchange import (
    Rating,
    Ratings,
    checked,
    write_imrmc,
    write_mrmcaov,
    write_rjafroc,
    write_tidy,
)
from studies.records import AnswerRecord, ClassScheme
from studies.report.readers import rating
from studies.report.readings import (
    Answers,
    Reading,
    condition_rank,
    condition_words,
    readings,
)

NO_CONFIDENCE = "No confidences were asked, so there are no ratings for ROC programs."
_PROGRAMS: tuple[tuple[str, Callable[[Path, Ratings], None]], ...] = (
    (".imrmc", write_imrmc),
    (".xlsx", write_rjafroc),
    ("_mrmcaov.csv", write_mrmcaov),
)


@dataclass(frozen=True)
class RatingFiles:
    """Files written, and in words what could not be."""

    paths: tuple[Path, ...]
    notes: tuple[str, ...]


def class_ratings(
    answers: Answers, scheme: ClassScheme, planned: Sequence[str] = ()
) -> Ratings | None:
    """Every reading's classes in words, real and synthetic ROIs; None where none was given.

    Hidden repeats are left out. The case is the item's number. Conditions come in the order of
    `planned`, the protocol's, so that whoever reads the file takes the same differences.
    """
    rows = [
        (one, a, scheme.category(a.diagnosis).name, scheme.category(a.truth_category).name)
        for one in _ordered(readings(answers), planned)
        for a in one.asked
    ]
    return _table(rows)


def one_class_ratings(
    answers: Answers, category: str, planned: Sequence[str] = ()
) -> Ratings | None:
    """Ratings of a class against the rest on real ROIs: confidence, else minus confidence.

    Truth 1 is the class, 0 another. None where no confidence was given, or one side has no case.
    Networks are among the readers where all was read under one condition.
    """
    found = _ordered(readings(answers), planned)
    several = len({one.condition for one in found}) > 1
    rows = [
        (one, a, str(rating(a, category)), str(int(a.truth_category == category)))
        for one in found
        if not (several and one.kind == "model")
        for a in one.asked
        if a.truth_origin == "real" and a.confidence is not None
    ]
    both_sides = len({truth for *_, truth in rows}) == 2
    return _table(rows) if both_sides else None


def write_ratings(
    answers: Answers,
    scheme: ClassScheme,
    folder: Path,
    *,
    simulated: bool = False,
    planned: Sequence[str] = (),
) -> RatingFiles:
    """Write classes.csv, and for each class CODE_v_rest as .imrmc, RJafroc .xlsx and MRMCaov CSV.

    Where any of it is simulated the names say so: these formats have no other place for it.

    What a program's format cannot hold (a gap, a name with a comma) is told in `notes` and not
    written. Raises StudyError when the folder cannot be written.
    """
    _make(folder)
    mark = "_simulated" if simulated else ""
    paths: list[Path] = []
    refused: dict[str, list[str]] = {}
    words = class_ratings(answers, scheme, planned)
    if words is not None:
        paths.append(folder / f"classes{mark}.csv")
        write_tidy(paths[-1], words)
    for code in scheme.codes:
        table = one_class_ratings(answers, code, planned)
        if table is None:
            continue
        for ending, write in _PROGRAMS:
            path = folder / f"{code}_v_rest{mark}{ending}"
            try:
                write(path, table)
            except ReadOnlyError:
                raise
            except StudyError as error:  # what the format cannot hold
                refused.setdefault(str(error), []).append(path.name)
            else:
                paths.append(path)
    notes = [f"Not written: {', '.join(names)}. {why}" for why, names in refused.items()]
    if len(paths) < 2 and not notes:
        notes.append(NO_CONFIDENCE)
    return RatingFiles(tuple(paths), tuple(notes))


def _ordered(found: Sequence[Reading], planned: Sequence[str]) -> list[Reading]:
    return sorted(found, key=lambda one: condition_rank(one.condition, planned))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(
            f"The folder {folder} cannot be made: {error.strerror or 'unknown reason'}. Choose "
            "another folder."
        ) from error


def _table(rows: Iterable[tuple[Reading, AnswerRecord, str, str]]) -> Ratings | None:
    made = [
        Rating(line, one.reader, condition_words(one.condition), str(a.item), truth, value)
        for line, (one, a, value, truth) in enumerate(rows, 2)
    ]
    return checked(made) if made else None
