"""Take in margins that other programs drew: the series found, lines and masks laid on it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.jobs import Progress, passed_on
from reader_app.workflows.decoding import CodecProcess
from reader_app.workflows.incoming import ImportWorkspace, refuse_read_only
from studies import cases
from studies.cases.taking_over import TakenLesion, take_over
from studies.errors import ImportRefusedError, StudyError
from studies.imaging.dicom.codecs import Decode
from studies.imaging.exchange.frames import frames_of, references_of
from studies.imaging.exchange.incoming.grid import Grid, unchanged
from studies.imaging.exchange.incoming.label_volume import LabelVolume
from studies.imaging.exchange.incoming.opening import opened
from studies.imaging.exchange.incoming.taken import FileReferences, Incoming, MarginFile
from studies.imaging.study_key import NAME_FILE, open_key
from studies.imaging.volume import slice_name, slice_uids
from studies.records import SeriesRecord
from studies.store import Store

Rename = Callable[[str], str]


@dataclass(frozen=True)
class MarginsTaken:
    """What became of one file: its lesions on a series, or `refused`, the reason in words.

    `notes` say what was left out, joined or renamed.
    """

    file: str
    kind: str = ""
    series_id: int | None = None
    patient: str = ""
    lesions: tuple[TakenLesion, ...] = ()
    notes: tuple[str, ...] = ()
    refused: str = ""


def import_margins(
    store: Store,
    paths: Iterable[Path],
    author: str = "",
    *,
    series_id: int | None = None,
    apart: bool = False,
) -> Generator[Progress, None, tuple[MarginsTaken, ...]]:
    """Take SEG, RTSTRUCT, NIfTI masks and our JSON into the study, each file whole or not at all.

    `author` is who drew them; empty: whom the file names. The series is the one a file refers to,
    by the UIDs stored here or by the original ones where the study's key is at hand; `series_id`
    names it where the file does not. `apart` makes each part of a mask a lesion of its own.
    StudyError where the study cannot take anything (read-only, gone).
    """
    refuse_read_only(store)
    files = tuple(paths)
    way = _Way(store, author, _rename(store), series_id, apart)
    taken = []
    workspace = ImportWorkspace()
    try:
        with CodecProcess(workspace.path) as codecs:
            for done, path in enumerate(files):
                yield Progress(done, len(files), f"Reading {path.name}")
                try:
                    taken.append((yield from _one(way, path, codecs.decode)))
                except (ImportRefusedError, StudyError) as error:
                    taken.append(MarginsTaken(path.name, refused=str(error)))
    finally:
        workspace.close()
    fine = sum(not one.refused for one in taken)
    yield Progress(len(files), len(files), f"Files taken in: {fine}")
    return tuple(taken)


@dataclass(frozen=True)
class _Way:
    """Where margins go, and what the person said of them."""

    store: Store
    author: str
    rename: Rename
    series_id: int | None
    apart: bool


def _one(way: _Way, path: Path, decode: Decode) -> Generator[Progress, None, MarginsTaken]:
    file = opened(path, decode)
    found = yield from _series(way.store, file, path.name, way.rename, way.series_id)
    grid = _grid(found.series, way.rename)
    incoming = yield from _read(file, grid, way.apart)
    result = take_over(way.store, found.series.id, incoming, way.author)
    notes = (*found.notes, *result.notes, *_remarks(result.lesions))
    return MarginsTaken(
        path.name, file.kind, found.series.id, found.series.patient, result.lesions, notes
    )


def _read(file: MarginFile, grid: Grid, apart: bool) -> Generator[Progress, None, Incoming]:
    reading = file.read(grid, apart=apart)
    return (yield from passed_on(reading, lambda what: Progress(0, 0, f"Reading {what}")))


def _remarks(lesions: tuple[TakenLesion, ...]) -> tuple[str, ...]:
    """What is to be told of each lesion, with its name before it."""
    told = []
    for lesion in lesions:
        told += [f"{lesion.name}: {note}" for note in lesion.notes]
        if lesion.name != lesion.name_in_file:
            told.append(f"{lesion.name_in_file} of the file is {lesion.name} here.")
        if not lesion.is_new:
            told.append(f"{lesion.name} was there; {lesion.author}'s margins were added to it.")
    return tuple(told)


@dataclass(frozen=True)
class _Found:
    series: SeriesRecord
    notes: tuple[str, ...] = ()


def _series(
    store: Store, file: MarginFile, name: str, rename: Rename, series_id: int | None
) -> Generator[Progress, None, _Found]:
    """The series a file was drawn on; StudyError where that cannot be told."""
    if series_id is not None:
        return _Found(cases.series(store, series_id))
    known = cases.all_series(store)
    named = [one for one in known if one.series_uid in file.references.series_uids]
    if len(named) == 1:
        return _Found(named[0])
    volumes = [one for one in known if one.kind == "dicom"]
    if isinstance(file, LabelVolume):
        return (yield from _by_grid(volumes, file, name, rename))
    return (yield from _by_uids(volumes, file.references, name, rename))


def _by_uids(
    volumes: list[SeriesRecord], references: FileReferences, name: str, rename: Rename
) -> Generator[Progress, None, _Found]:
    """By the slices it names; where it names none of ours, by the frame of reference alone."""
    near: list[SeriesRecord] = []
    same_space: list[SeriesRecord] = []
    for number, one in enumerate(volumes):
        yield Progress(number, len(volumes), f"Looking for the series of {name}")
        told = references_of(one.folder / slice_name(0))
        if _holds(references.frame_of_reference_uids, told.frame_of_reference_uid, rename):
            same_space.append(one)
        if one in same_space or _holds(references.study_uids, told.study_uid, rename):
            near.append(one)
    for candidates in (near, [one for one in volumes if one not in near]):
        best = yield from _by_slices(candidates, references, name, rename)
        if best:
            return _only(best, name)
    if same_space:
        found = _only(same_space, name)
        note = "The file names no slice of this series; its positions alone say where it lies."
        return _Found(found.series, (note,))
    raise StudyError(
        f"{name} refers to no series of this study. Import the CT it was drawn on first, or choose "
        "the series."
    )


def _by_slices(
    candidates: list[SeriesRecord], references: FileReferences, name: str, rename: Rename
) -> Generator[Progress, None, list[SeriesRecord]]:
    """Those that have most of the slices that the file names; none where none has any."""
    wanted = _names(references.sop_uids, rename)
    counted: list[tuple[int, SeriesRecord]] = []
    for number, one in enumerate(candidates if wanted else ()):
        yield Progress(number, len(candidates), f"Looking for the series of {name}")
        counted.append((len(wanted & set(slice_uids(one))), one))
    most = max((count for count, _ in counted), default=0)
    return [one for count, one in counted if count == most and most]


def _by_grid(
    volumes: list[SeriesRecord], file: LabelVolume, name: str, rename: Rename
) -> Generator[Progress, None, _Found]:
    """A mask without UIDs: the one series on whose grid it lies."""
    fitting = []
    for number, one in enumerate(volumes):
        yield Progress(number, len(volumes), f"Looking for the series of {name}")
        if {one.rows, one.columns} <= set(file.shape) and file.fits(_grid(one, rename)):
            fitting.append(one)
    if not fitting:
        raise StudyError(
            f"{name} lies on the grid of no series of this study. Save the mask on the grid of the "
            "CT: the same pixels, the same slices."
        )
    return _Found(_only(fitting, name).series, ("The series was found by the grid of the mask.",))


def _only(found: list[SeriesRecord], name: str) -> _Found:
    if len(found) > 1:
        listed = ", ".join(f"{one.patient} (series {one.id})" for one in found[:5])
        raise StudyError(f"{name} fits several series: {listed}. Choose the series.")
    return _Found(found[0])


def _holds(uids: frozenset[str], stored: str, rename: Rename) -> bool:
    return stored in _names(uids, rename)


def _names(uids: frozenset[str], rename: Rename) -> frozenset[str]:
    """The UIDs as they stand in the study: some files name stored ones, others the originals."""
    return uids | frozenset(rename(uid) for uid in uids)


def _rename(store: Store) -> Rename:
    """From original UIDs to stored ones; unchanged where the study's key is not at hand."""
    if not (store.folder / NAME_FILE).exists():
        return unchanged
    try:
        return open_key(store.folder).uid
    except StudyError:  # another computer imported the CT: files that name stored UIDs still fit
        return unchanged


def _grid(series: SeriesRecord, rename: Rename) -> Grid:
    frames = frames_of(series.folder) if series.kind == "dicom" else ()
    return Grid(
        series_uid=series.series_uid,
        rows=series.rows,
        columns=series.columns,
        sop_uids=tuple(frame.sop_uid for frame in frames) or (series.series_uid,),
        frames=frames,
        rename=rename,
    )
