"""An import as a job, and its report as the Cases page tells it: three lists with reasons."""

from __future__ import annotations

import csv
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.jobs import Progress
from reader_app.state.cases_reasons import titled
from reader_app.state.cases_rows import counted, explained, short
from reader_app.workflows.import_cases import take_series
from reader_app.workflows.import_offer import ImportOffer, look_through
from reader_app.workflows.import_rois import import_rois
from reader_app.workflows.incoming import refuse_read_only
from studies.imaging.manifest import NEEDED
from studies.records import FileVerdict, ImportReport, SeriesRecord
from studies.store import Store

PICTURES = (".png", ".jpg", ".jpeg", ".npy", ".npz", ".tif", ".tiff", ".bmp")
TITLES = {"taken": "Taken", "badged": "Taken with a badge", "left_out": "Left out"}


@dataclass(frozen=True)
class Imported:
    """A finished import: its report, where from, how long."""

    report: ImportReport
    source: str
    seconds: float
    of_rois: bool


@dataclass(frozen=True)
class Reason:
    """Files of one reason: `line` is the quiet second line, `files` all their names."""

    title: str
    line: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """One of the three lists; `kind` taken | badged | left_out.

    `by_file`: each reason is one file's own, so that nothing is to be counted.
    """

    kind: str
    title: str
    count: int
    reasons: tuple[Reason, ...]
    by_file: bool = False


@dataclass(frozen=True)
class ImportSummary:
    """What the panel says of an import, or of margins handed on or taken in.

    The sections' counts add up to all files; `folder` is where an export lies.
    """

    files: int
    line: str
    source: str
    sections: tuple[Section, ...]
    text: str  # the whole list, a line a file
    title: str = "Last import"
    folder: Path | None = None


def begun(
    store: Store, paths: tuple[Path, ...], *, asks: bool
) -> Generator[Progress, None, Imported | ImportOffer]:
    """The ROIs of a manifest imported where the paths are one; else the series that were found.

    They are imported at once where nobody is to be asked (`asks` False) or none can be taken.
    StudyError as those do.
    """
    start = time.monotonic()
    manifest = manifest_of(paths)
    if manifest is not None:
        report = yield from import_rois(store, manifest)
        source = str(paths[0]) if len(paths) == 1 else str(paths[0].parent)
        return Imported(report, source, time.monotonic() - start, of_rois=True)
    refuse_read_only(store)
    offer = yield from look_through(store, paths)
    if asks and offer.takeable:
        return offer
    return (yield from taken(store, offer, offer.takeable))


def taken(
    store: Store, offer: ImportOffer, chosen: Iterable[int]
) -> Generator[Progress, None, Imported]:
    """The chosen series of an offer imported; StudyError as `take_series`."""
    start = time.monotonic()
    report = yield from take_series(store, offer, chosen)
    seconds = offer.seconds + time.monotonic() - start
    return Imported(report, offer.source, seconds, of_rois=False)


def manifest_of(paths: tuple[Path, ...]) -> Path | None:
    """The CSV that lists pictures: alone, among pictures only, or the one CSV of a folder."""
    if len(paths) == 1 and paths[0].is_dir():
        found = [path for path in paths[0].iterdir() if path.suffix.lower() == ".csv"]
        return found[0] if len(found) == 1 and _is_manifest(found[0]) else None
    tables = [path for path in paths if path.suffix.lower() == ".csv"]
    rest = [path for path in paths if path not in tables]
    alone = len(tables) == 1 and all(path.suffix.lower() in PICTURES for path in rest)
    return tables[0] if alone else None


def _is_manifest(path: Path) -> bool:
    """Whether the first line names a manifest's columns."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            head = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return False
    return set(NEEDED) <= {name.strip().casefold() for name in head}


def summary(done: Imported) -> ImportSummary:
    """The report in words, its reasons grouped and counted."""
    report = done.report
    series = len(report.series)
    what = counted(series, "ROI") if done.of_rois else f"{series:,} series"
    line = f"{counted(len(report.files), 'file')} in {what}, read in {_seconds(done.seconds)} from"
    sections = (
        _section("taken", report.taken, _taken(done)),
        _section("badged", report.badged, _badged(report)),
        _section("left_out", report.left_out, _left_out(report.left_out)),
    )
    return ImportSummary(len(report.files), line, done.source, sections, _text(report, done.source))


def sentence(done: Imported) -> str:
    """How an import went, in a sentence."""
    stored, left = len(done.report.series), len(done.report.left_out)
    what = counted(stored, "ROI") if done.of_rois else f"{stored:,} series"
    return f"{what} imported" + (f"; {counted(left, 'file')} left out." if left else ".")


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"


def _section(kind: str, files: tuple[FileVerdict, ...], reasons: tuple[Reason, ...]) -> Section:
    return Section(kind, TITLES[kind], len(files), reasons)


def _taken(done: Imported) -> tuple[Reason, ...]:
    plain = tuple(one for one in done.report.series if done.of_rois or not _remarks(one))
    patients = counted(len({one.patient for one in plain}), "patient")
    what = counted(len(plain), "ROI") if done.of_rois else f"{len(plain):,} series"
    below = "De-identified; new UIDs, dates shifted per patient"
    if done.of_rois:
        below = "Diagnosis and fold from the manifest; grey values, no HU"
    groups = _grouped(done.report.taken)
    return tuple(
        Reason("Index files" if said else f"{what} of {patients}", said or below, files)
        for said, files in groups
    )


def _remarks(series: SeriesRecord) -> tuple[str, ...]:
    return tuple(badge for badge in series.badges if badge != "simulated")


def _badged(report: ImportReport) -> tuple[Reason, ...]:
    patients: dict[str, list[str]] = {}
    for series in report.series:
        patients.setdefault("; ".join(_remarks(series)), []).append(series.patient)
    found = []
    for reason, files in _grouped(report.badged):
        title = ", ".join(short(part) for part in reason.split("; "))
        own = ", ".join(dict.fromkeys(patients.get(reason, ())))
        line = " ".join(f"{explained(part)}." for part in reason.split("; "))
        found.append(Reason(title, f"{line} {own}".strip(), files))
    return tuple(found)


def _left_out(files: tuple[FileVerdict, ...]) -> tuple[Reason, ...]:
    merged: dict[tuple[str, str], list[str]] = {}
    for reason, names in _grouped(files):
        merged.setdefault(titled(reason), []).extend(names)
    ordered = sorted(merged.items(), key=lambda one: -len(one[1]))
    return tuple(
        Reason(title, f"{_sentence(line)} {_example(names)}".strip(), tuple(names))
        for (title, line), names in ordered
    )


def _example(names: list[str]) -> str:
    """A file named where it is the only one: that is what one looks for."""
    return f"File {Path(names[0]).name}" if len(names) == 1 else ""


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(".") + "."


def _grouped(files: tuple[FileVerdict, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, list[str]] = {}
    for verdict in files:
        found.setdefault(verdict.reason, []).append(verdict.file)
    return tuple((reason, tuple(names)) for reason, names in found.items())


def _text(report: ImportReport, source: str) -> str:
    """One line a file, to be pasted into a table."""
    lines = [f"Import from {source}", "verdict\tfile\treason"]
    lines += [f"{TITLES[one.verdict]}\t{one.file}\t{one.reason}" for one in report.files]
    return "\n".join(lines) + "\n"
