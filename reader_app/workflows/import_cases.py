"""Import CT: headers read, series arranged, de-identified and stored; a verdict on each file."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pydicom import Dataset

from engine.jobs import Progress
from reader_app.workflows.decoding import CodecProcess
from reader_app.workflows.incoming import (
    INCOMING,
    import_workspace,
    refuse_read_only,
    remove_unfinished,
)
from studies import cases
from studies.cases import NewSeries
from studies.errors import ImportRefusedError, StudyError
from studies.files import write_synced
from studies.imaging.deidentify import Place, deidentified, is_simulated, maker
from studies.imaging.dicom.arrange import SeriesPlan, arrange, badges, spacing
from studies.imaging.dicom.codecs import Decode
from studies.imaging.dicom.foreign import guarded
from studies.imaging.dicom.head import SliceHead, read_heads
from studies.imaging.dicom.pixels import SliceReader
from studies.imaging.dicom.sources import sources
from studies.imaging.dicom.values import soft
from studies.imaging.study_key import StudyKey, open_key
from studies.imaging.volume import slice_name, slice_uids
from studies.records import FileVerdict, ImportReport, SeriesRecord
from studies.store import Store

TELL_EVERY = 10


@dataclass(frozen=True)
class _Stored:
    """A series that came in, and the verdicts on its files."""

    series: SeriesRecord | None
    verdicts: tuple[FileVerdict, ...]


@dataclass(frozen=True)
class _Written:
    """The slices of a series that could be written, and verdicts on those that could not."""

    slices: tuple[SliceHead, ...]
    refused: tuple[FileVerdict, ...]
    scanner: str
    simulated: bool


def import_paths(store: Store, paths: Iterable[Path]) -> Generator[Progress, None, ImportReport]:
    """Import files, folders, zips and DICOMDIRs into the study.

    Every file is listed once: taken, badged or left out, with the reason. A series is stored
    whole or not at all. StudyError where the study cannot take it (read-only, full, gone).
    """
    refuse_read_only(store)
    remove_unfinished(store)
    with (
        import_workspace() as workspace,
        CodecProcess(workspace) as codecs,
    ):
        heads, verdicts = yield from _headers(tuple(paths), workspace)
        arranged = arrange(heads, SliceReader(codecs.decode).fingerprint)
        verdicts += list(arranged.left_out)
        total = sum(len(plan.slices) for plan in arranged.series)
        stored: list[_Stored] = []
        for plan in arranged.series:
            done = sum(len(one.verdicts) for one in stored)
            stored.append((yield from _series(store, plan, codecs.decode, min(done, total), total)))
    found = [verdict for one in stored for verdict in one.verdicts]
    records = tuple(one.series for one in stored if one.series is not None)
    return ImportReport(_once(verdicts + found), records)


def _headers(
    paths: tuple[Path, ...], workspace: Path
) -> Generator[Progress, None, tuple[list[SliceHead], list[FileVerdict]]]:
    heads: list[SliceHead] = []
    verdicts: list[FileVerdict] = []
    for number, found in enumerate(sources(paths, workspace)):
        if isinstance(found, FileVerdict):
            verdicts.append(found)
        else:
            try:
                heads += read_heads(found)
            except ImportRefusedError as error:
                verdicts.append(FileVerdict(found.name, "left_out", str(error)))
        if number % TELL_EVERY == 0:
            yield Progress(0, 0, f"Reading headers: {number + 1} files")
    return heads, verdicts


def _series(
    store: Store, plan: SeriesPlan, decode: Decode, done: int, total: int
) -> Generator[Progress, None, _Stored]:
    """Write one series and record it; its folder appears whole or not at all."""
    standing = frozenset(case.patient for case in cases.cases(store))
    key = open_key(store.folder).named(plan.patient, standing)
    plan, held = _numbered(store, plan, key)
    if held:
        return _Stored(
            None, tuple(_known(head, key.uid(head.sop_uid) in held) for head in plan.slices)
        )
    uid = key.uid(_own_name(plan))
    key.save()
    token = secrets.token_hex(8)
    folder = store.series_folder / f"{INCOMING}{token}"
    try:
        written = yield from _write(plan, key, folder, decode, done, total)
        if not written.slices:
            return _Stored(None, written.refused)
        folder.rename(store.series_folder / token)
        record = _record(store, plan, written, key, uid, Path(token))
    except BaseException:
        shutil.rmtree(store.series_folder / token, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _Stored(record, _verdicts(written, record))


def _write(
    plan: SeriesPlan, key: StudyKey, folder: Path, decode: Decode, done: int, total: int
) -> Generator[Progress, None, _Written]:
    good: list[SliceHead] = []
    refused: list[FileVerdict] = []
    reader, usual, scanner, simulated = SliceReader(decode), spacing(plan.slices), "", False
    for at, head in enumerate(plan.slices):
        try:
            content = _content(plan, head, len(good) + 1, usual, reader, key)
        except ImportRefusedError as error:
            refused.append(FileVerdict(head.file, "left_out", str(error)))
        else:
            write_synced(folder / slice_name(len(good)), content)
            source = reader.header(head)  # read by `_content` too
            scanner, simulated = maker(source), is_simulated(source)
            good.append(head)
        if at % TELL_EVERY == 0:
            yield Progress(done + at, total, f"Importing {key.pseudonym(plan.patient)}")
    return _Written(tuple(good), tuple(refused), scanner, simulated)


def _content(
    plan: SeriesPlan, head: SliceHead, number: int, usual: float, reader: SliceReader, key: StudyKey
) -> bytes:
    hu, source = reader.read(head), reader.header(head)

    def written() -> bytes:
        place = _place(plan, head, number, usual, source)
        lossy, has_hu = head.lossy, head.has_hu
        return deidentified(source, hu, place, plan.patient, key, lossy=lossy, has_hu=has_hu)

    return guarded(written, "The header holds values that cannot be written again.")


def _numbered(store: Store, plan: SeriesPlan, key: StudyKey) -> tuple[SeriesPlan, frozenset[str]]:
    """The plan as the first part of its series that is free, or the slices the study has of it.

    A series' parts may come one by one, each as the first of its own import.
    """
    known = {series.series_uid: series for series in cases.all_series(store)}
    parts = [replace(plan, part=part) for part in range(len(known) + 1)]
    own = frozenset(key.uid(head.sop_uid) for head in plan.slices)
    for part in parts:
        standing = known.get(key.uid(_own_name(part)))
        if standing is not None and (held := _held(standing, own)):
            return part, held
    return next(part for part in parts if key.uid(_own_name(part)) not in known), frozenset()


def _held(standing: SeriesRecord, own: frozenset[str]) -> frozenset[str]:
    """Which of these slices a stored series has; all, where its files cannot tell."""
    try:
        return own.intersection(slice_uids(standing))
    except StudyError:
        return own


def _known(head: SliceHead, is_held: bool) -> FileVerdict:
    reason = (
        "This series is in the study already."
        if is_held
        else "Its series came into the study without this slice, and a series is stored once. "
        "Import all its files together into a new study."
    )
    return FileVerdict(head.file, "left_out", reason)


def _own_name(plan: SeriesPlan) -> str:
    """What tells series apart: careless anonymisers give all patients one SeriesInstanceUID."""
    return f"{plan.patient}\0{plan.series}#{plan.part}"


def _place(plan: SeriesPlan, head: SliceHead, number: int, usual: float, source: Dataset) -> Place:
    frame = str(soft((source,), "FrameOfReferenceUID") or f"frame of {plan.series}")
    return Place(
        number=number,
        position=head.position,
        orientation=head.orientation,
        row_spacing=head.row_spacing,
        column_spacing=head.column_spacing,
        slice_spacing=usual,
        sop_uid=head.sop_uid,
        series_uid=_own_name(plan),
        study_uid=head.study_uid,
        frame_uid=frame,
    )


def _record(
    store: Store, plan: SeriesPlan, written: _Written, key: StudyKey, uid: str, folder: Path
) -> SeriesRecord:
    first, usual = written.slices[0], spacing(written.slices)
    notes = (("simulated",) if written.simulated else ()) + badges(written.slices)
    if plan.part:
        notes = (*notes, f"phase {plan.part + 1} of a series")
    name = key.pseudonym(plan.patient) or ""
    case = cases.add_case(store, name, simulated=written.simulated)
    new = NewSeries(
        series_uid=uid,
        kind="dicom",
        description=f"CT, {usual or first.thickness:.3g} mm",
        slices=len(written.slices),
        rows=first.rows,
        columns=first.columns,
        row_spacing=first.row_spacing,
        column_spacing=first.column_spacing,
        slice_spacing=usual,
        scanner=written.scanner,
        has_hu=all(head.has_hu for head in written.slices),
        simulated=written.simulated,
        badges=notes,
        folder=folder,
    )
    return cases.add_series(store, case.id, new)


def _verdicts(written: _Written, record: SeriesRecord) -> tuple[FileVerdict, ...]:
    """A file is badged for what its series must tell; being simulated is no fault of a file."""
    remarks = [badge for badge in record.badges if badge != "simulated"]
    kind = "badged" if remarks else "taken"
    return (*_all(written.slices, kind, "; ".join(remarks)), *written.refused)


def _all(slices: Iterable[SliceHead], verdict: str, reason: str) -> tuple[FileVerdict, ...]:
    return tuple(FileVerdict(head.file, verdict, reason) for head in slices)


def _once(verdicts: list[FileVerdict]) -> tuple[FileVerdict, ...]:
    """Each file once: of a file's several frames the best verdict counts, with all reasons."""
    rank = {"taken": 0, "badged": 1, "left_out": 2}
    found: dict[str, FileVerdict] = {}
    for verdict in verdicts:
        standing = found.get(verdict.file)
        if standing is None:
            found[verdict.file] = verdict
        elif standing != verdict:
            best = min((standing, verdict), key=lambda one: rank[one.verdict])
            kind = "badged" if standing.verdict != verdict.verdict else best.verdict
            reasons = dict.fromkeys(r for r in (standing.reason, verdict.reason) if r)
            found[verdict.file] = replace(best, verdict=kind, reason="; ".join(reasons))
    return tuple(found[name] for name in sorted(found))
