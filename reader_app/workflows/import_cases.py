"""Import CT: the chosen series de-identified and stored; a verdict on each file."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pydicom import Dataset

from engine.jobs import Progress
from reader_app.workflows.decoding import CodecProcess
from reader_app.workflows.import_offer import (
    HELD,
    HELD_IN_PART,
    TELL_EVERY,
    ImportOffer,
    OfferedSeries,
    look_through,
    numbered,
    own_name,
    remarks,
)
from reader_app.workflows.incoming import Incoming, incoming, refuse_read_only
from studies import cases
from studies.cases import NewSeries
from studies.errors import ImportRefusedError, StudyError
from studies.files import write_synced
from studies.imaging.deidentify import Place, deidentified, is_simulated, maker
from studies.imaging.dicom.arrange import SeriesPlan, spacing
from studies.imaging.dicom.codecs import Decode
from studies.imaging.dicom.foreign import guarded
from studies.imaging.dicom.head import SliceHead
from studies.imaging.dicom.pixels import SliceReader
from studies.imaging.dicom.values import soft
from studies.imaging.study_key import StudyKey, open_key
from studies.imaging.volume import slice_name
from studies.records import FileVerdict, ImportReport, SeriesRecord
from studies.store import Store

NOT_CHOSEN = "Its series was not chosen."


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


@dataclass(frozen=True)
class _Way:
    """From an offer into the study: what a series passes on its way in."""

    store: Store
    offer: ImportOffer
    folders: Incoming
    decode: Decode


def import_paths(store: Store, paths: Iterable[Path]) -> Generator[Progress, None, ImportReport]:
    """Import files, folders, zips and DICOMDIRs into the study.

    Every file is listed once: taken, badged or left out, with the reason. A series is stored
    whole or not at all. StudyError where the study cannot take it (read-only, full, gone).
    """
    refuse_read_only(store)
    offer = yield from look_through(store, paths)
    return (yield from take_series(store, offer))


def import_some(
    store: Store, paths: Iterable[Path], series: Iterable[str]
) -> Generator[Progress, None, ImportReport]:
    """As `import_paths`, only the series named: by UID all its parts, by UID#2 the second part.

    StudyError where one of the names is that of none.
    """
    refuse_read_only(store)
    offer = yield from look_through(store, paths)
    chosen: set[int] = set()
    for name in series:
        found = {at for at, one in enumerate(offer.series) if name in (one.uid, one.part_name)}
        if not found:
            offer.close()
            raise StudyError(f"There is no series {name} here. --list prints those that are.")
        chosen |= found
    return (yield from take_series(store, offer, chosen))


def take_series(
    store: Store, offer: ImportOffer, chosen: Iterable[int] | None = None
) -> Generator[Progress, None, ImportReport]:
    """Import the chosen series of an offer, all that can be for None; the offer is closed.

    The files of the others are left out, as are those that have changed or gone since they were
    listed. StudyError as `import_paths`.
    """
    wanted = frozenset(range(len(offer.series)) if chosen is None else chosen)
    total = sum(len(offer.series[at].plan.slices) for at in wanted)
    found = list(offer.verdicts)
    records: list[SeriesRecord] = []
    try:
        refuse_read_only(store)
        with incoming(store) as folders, CodecProcess(offer.workspace.path) as codecs:
            way, done = _Way(store, offer, folders, codecs.decode), 0
            for at, offered in enumerate(offer.series):
                if at not in wanted:
                    found += _all(offered.plan.slices, "left_out", offered.refusal or NOT_CHOSEN)
                    continue
                stored = yield from _series(way, offered, done, total)
                found += stored.verdicts
                records += [stored.series] if stored.series is not None else []
                done += len(offered.plan.slices)
    finally:
        offer.close()
    return ImportReport(_once(found), tuple(records))


def _series(
    way: _Way, offered: OfferedSeries, done: int, total: int
) -> Generator[Progress, None, _Stored]:
    """Write one series and record it; its folder appears whole or not at all."""
    store, plan = way.store, offered.plan
    key = _named(store, offered)
    known = {series.series_uid: series for series in cases.all_series(store)}
    plan, held = numbered(known, plan, key)
    if held:
        return _Stored(
            None, tuple(_known(head, key.uid(head.sop_uid) in held) for head in plan.slices)
        )
    uid = key.uid(own_name(plan))
    key.save()
    token = way.folders.token()
    folder, whole = way.folders.unfinished(token), way.folders.whole(token)
    try:
        written = yield from _write(way, plan, key, folder, done, total)
        if not written.slices:
            return _Stored(None, written.refused)
        folder.rename(whole)
        record = _record(store, plan, written, key, uid, Path(token))
    except BaseException:
        shutil.rmtree(whole, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _Stored(record, _verdicts(written, record))


def _named(store: Store, offered: OfferedSeries) -> StudyKey:
    """The key with the pseudonym that was offered, or the next one where that is taken by now."""
    key, patient = open_key(store.folder), offered.plan.patient
    standing = frozenset(case.patient for case in cases.cases(store))
    used = standing | {name for _, name in key.patients}
    if key.pseudonym(patient) is None and offered.patient not in used:
        return replace(key, patients=(*key.patients, (patient, offered.patient)))
    return key.named(patient, standing)


def _write(
    way: _Way, plan: SeriesPlan, key: StudyKey, folder: Path, done: int, total: int
) -> Generator[Progress, None, _Written]:
    good: list[SliceHead] = []
    refused: list[FileVerdict] = []
    reader, usual, scanner, simulated = SliceReader(way.decode), spacing(plan.slices), "", False
    for at, head in enumerate(plan.slices):
        try:
            if unlike := way.offer.unlike(head):
                raise ImportRefusedError(unlike)
            content = _content(plan, head, len(good) + 1, usual, reader, key)
        except ImportRefusedError as error:
            reason = way.offer.unlike(head) or str(error)
            refused.append(FileVerdict(head.file, "left_out", reason))
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


def _known(head: SliceHead, is_held: bool) -> FileVerdict:
    return FileVerdict(head.file, "left_out", HELD if is_held else HELD_IN_PART)


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
        series_uid=own_name(plan),
        study_uid=head.study_uid,
        frame_uid=frame,
    )


def _record(
    store: Store, plan: SeriesPlan, written: _Written, key: StudyKey, uid: str, folder: Path
) -> SeriesRecord:
    first, usual = written.slices[0], spacing(written.slices)
    simulated = ("simulated",) if written.simulated else ()
    notes = (*simulated, *remarks(replace(plan, slices=written.slices)))
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
