"""What an import would bring: headers read, series arranged; nothing is taken yet."""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from engine.jobs import Progress
from reader_app.workflows.decoding import CodecProcess
from reader_app.workflows.incoming import ImportWorkspace
from studies import cases
from studies.errors import ImportRefusedError, StudyError
from studies.imaging.dicom.arrange import SeriesPlan, arrange, badges, spacing
from studies.imaging.dicom.head import KindRefusedError, SliceHead, read_heads
from studies.imaging.dicom.listing import Stamp, stamp
from studies.imaging.dicom.pixels import PADDED, SliceReader
from studies.imaging.dicom.sources import sources
from studies.imaging.exchange.words import counted
from studies.imaging.study_key import NAME_FILE, StudyKey, open_key
from studies.imaging.volume import slice_uids
from studies.records import FileVerdict, FloatArray, SeriesRecord
from studies.store import Store

TELL_EVERY = 10
HELD = "This series is in the study already."
HELD_IN_PART = (
    "Its series came into the study without this slice, and a series is stored once. "
    "Import all its files together into a new study."
)
_GONE = "The file is not there any more. It was when the series were listed."
_CHANGED = "The file has changed since the series were listed. Import it again."


@dataclass(frozen=True)
class OfferedSeries:
    """A series that was found. Lengths in mm; `patient` is the pseudonym it would get.

    `refusal`: why it cannot be taken, "" where it can. `description` and `date` (YYYYMMDD) are
    the file's own; they help to choose and are not stored.
    """

    plan: SeriesPlan
    patient: str
    badges: tuple[str, ...]
    slice_spacing: float
    refusal: str = ""

    @property
    def uid(self) -> str:
        """SeriesInstanceUID as the files have it, or its stand-in."""
        return self.plan.series

    @property
    def first(self) -> SliceHead:
        """The lowest slice: it tells what all share."""
        return self.plan.slices[0]

    @property
    def description(self) -> str:
        """The files' own words, "CT" where they have none."""
        return self.first.description or "CT"

    @property
    def folder(self) -> str:
        """Where the files lie, as it is listed."""
        return self.first.source.place

    @property
    def part_name(self) -> str:
        """The UID with #1, #2, … for the parts that phases and geometries split a series into."""
        return f"{self.uid}#{self.plan.part + 1}"


@dataclass(frozen=True)
class PassedOver:
    """Files that make no series here, with the reason; `description` their series' own or ""."""

    description: str
    reason: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class ImportOffer:
    """Everything found below some paths; `verdicts` on files that no choice can bring in.

    It keeps what was unpacked until `close`, and how each file looked when it was read.
    """

    series: tuple[OfferedSeries, ...]
    verdicts: tuple[FileVerdict, ...]
    passed_over: tuple[PassedOver, ...]
    source: str
    seconds: float
    stamps: MappingProxyType[Path, Stamp] = field(repr=False, compare=False)
    workspace: ImportWorkspace = field(repr=False, compare=False)

    @property
    def takeable(self) -> tuple[int, ...]:
        """Which series may be chosen, as places in `series`."""
        return tuple(at for at, one in enumerate(self.series) if not one.refusal)

    @property
    def files(self) -> int:
        """How many files were looked at."""
        own = {head.file for one in self.series for head in one.plan.slices}
        return len(own | {verdict.file for verdict in self.verdicts})

    def unlike(self, head: SliceHead) -> str:
        """Why a slice's file is not the one that was listed, "" where it is."""
        now = stamp(head.source.path)
        if now is None:
            return _GONE
        return "" if now == self.stamps.get(head.source.path) else _CHANGED

    def close(self) -> None:
        """Remove what was unpacked; harmless when done before."""
        self.workspace.close()


def look_through(
    store: Store | None, paths: Iterable[Path]
) -> Generator[Progress, None, ImportOffer]:
    """Read the headers below some paths and tell what could be taken; the caller closes the offer.

    Without a store as for a new study. Nothing is written but what zips unpack to, into a private
    temporary folder. StudyError where there is no room for it, or the study's key is lost.
    """
    listed, began = tuple(paths), time.monotonic()
    workspace = ImportWorkspace()
    try:
        with CodecProcess(workspace.path) as codecs:
            read = yield from _read(listed, workspace.path)
            yield Progress(0, 0, "Sorting slices into series")
            arranged = arrange(read.heads, SliceReader(codecs.decode).fingerprint)
        return ImportOffer(
            series=tuple(_offered(store, arranged.series)),
            verdicts=(*read.verdicts, *arranged.left_out),
            passed_over=_grouped(read, arranged.left_out),
            source=_source(listed),
            seconds=time.monotonic() - began,
            stamps=MappingProxyType(read.stamps),
            workspace=workspace,
        )
    except BaseException:
        workspace.close()
        raise


def _source(paths: tuple[Path, ...]) -> str:
    """Where they come from: the one path, else the folder they lie in, and how many more."""
    if len(paths) == 1:
        return str(paths[0])
    folders = tuple(dict.fromkeys(path.parent for path in paths))
    more = f" and {counted(len(folders) - 1, 'other folder')}" if len(folders) > 1 else ""
    return f"{folders[0]}{more}"


def middle_slices(
    offer: ImportOffer, wanted: tuple[int, ...]
) -> tuple[tuple[int, FloatArray | None], ...]:
    """The middle slice of each wanted series, (rows, columns) HU or stored values.

    None where it cannot be read: taking the series says why. For a thread of its own.
    """
    folder = offer.workspace.path / "pictures"
    with CodecProcess(folder) as codecs:
        with suppress(OSError):  # answered meanwhile: the workspace is gone
            folder.mkdir(exist_ok=True)
        reader = SliceReader(codecs.decode)
        return tuple((at, _middle(offer.series[at].plan, reader)) for at in wanted)


def _middle(plan: SeriesPlan, reader: SliceReader) -> FloatArray | None:
    try:
        pixels = reader.read(plan.slices[len(plan.slices) // 2])
    except StudyError:
        return None
    return np.where(pixels == PADDED, pixels[pixels != PADDED].min(initial=0), pixels).astype(
        np.float32
    )


@dataclass
class _Read:
    """What the headers told: slices, verdicts on the rest, and of what kind the rest is."""

    heads: list[SliceHead] = field(default_factory=list)
    verdicts: list[FileVerdict] = field(default_factory=list)
    kinds: dict[str, tuple[str, str]] = field(default_factory=dict)
    stamps: dict[Path, Stamp] = field(default_factory=dict)


def _read(paths: tuple[Path, ...], workspace: Path) -> Generator[Progress, None, _Read]:
    read = _Read()
    for number, found in enumerate(sources(paths, workspace)):
        if isinstance(found, FileVerdict):
            read.verdicts.append(found)
        else:
            seen = stamp(found.path)
            try:
                read.heads += read_heads(found)
            except ImportRefusedError as error:
                read.verdicts.append(FileVerdict(found.name, "left_out", str(error)))
                if isinstance(error, KindRefusedError):
                    read.kinds[found.name] = (error.series, error.description)
            if seen is not None:
                read.stamps[found.path] = seen
        if number % TELL_EVERY == 0:
            yield Progress(0, 0, f"Reading headers: {number + 1:,} files")
    return read


def _grouped(read: _Read, copies: tuple[FileVerdict, ...]) -> tuple[PassedOver, ...]:
    """Left-out files by series and reason; those of no series by reason alone."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for verdict in (*read.verdicts, *copies):
        if verdict.verdict == "left_out":
            series, description = read.kinds.get(verdict.file, ("", ""))
            found.setdefault((series, description, _kind(verdict.reason)), []).append(verdict.file)
    return tuple(
        PassedOver(description, reason, tuple(files))
        for (_, description, reason), files in found.items()
    )


def _kind(reason: str) -> str:
    """Copies name the file they are copies of: one reason for all of them."""
    if reason.startswith("A copy of "):
        return "A copy of a file that is listed here: one is enough."
    return reason


def _offered(store: Store | None, plans: tuple[SeriesPlan, ...]) -> Iterator[OfferedSeries]:
    """Each series with the pseudonym it has or, if all are taken, would get."""
    key = peeked_key(store)
    known = {} if store is None else {one.series_uid: one for one in cases.all_series(store)}
    names = frozenset() if store is None else frozenset(one.patient for one in cases.cases(store))
    for plan in plans:
        key = key.named(plan.patient, names)
        _, held = numbered(known, plan, key)
        whole = all(key.uid(head.sop_uid) in held for head in plan.slices)
        yield OfferedSeries(
            plan=plan,
            patient=key.pseudonym(plan.patient) or "",
            badges=remarks(plan),
            slice_spacing=spacing(plan.slices),
            refusal="" if not held else HELD if whole else HELD_IN_PART,
        )


def remarks(plan: SeriesPlan) -> tuple[str, ...]:
    """What a reader of the series must know, as it will be stored."""
    part = (f"phase {plan.part + 1} of a series",) if plan.part else ()
    return (*badges(plan.slices), *part)


def peeked_key(store: Store | None) -> StudyKey:
    """The study's key; one for this moment where the study has none: looking makes none."""
    if store is None or not (store.folder / NAME_FILE).exists():
        return StudyKey(Path(), secrets.token_bytes(32))
    return open_key(store.folder)


def numbered(
    known: dict[str, SeriesRecord], plan: SeriesPlan, key: StudyKey
) -> tuple[SeriesPlan, frozenset[str]]:
    """The plan as the first part of its series that is free, or the slices the study has of it.

    `known` are the study's series by UID. A series' parts may come one by one, each as the first
    of its own import.
    """
    own = frozenset(key.uid(head.sop_uid) for head in plan.slices)
    free: SeriesPlan | None = None
    for number in range(len(known) + 1):
        part = replace(plan, part=number)
        standing = known.get(key.uid(own_name(part)))
        if standing is None:
            free = free or part
        elif held := _held(standing, own):
            return part, held
    return free or plan, frozenset()


def own_name(plan: SeriesPlan) -> str:
    """What tells series apart: careless anonymisers give all patients one SeriesInstanceUID."""
    return f"{plan.patient}\0{plan.series}#{plan.part}"


def _held(standing: SeriesRecord, own: frozenset[str]) -> frozenset[str]:
    """Which of these slices a stored series has; all, where its files cannot tell."""
    try:
        return own.intersection(slice_uids(standing))
    except StudyError:
        return own
