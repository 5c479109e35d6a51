"""Hand margins on: each file is read back and compared before it takes its place.

A file that does not tell what was put in is not left behind. Where `dciodvfy` is on this machine
its errors are told with each DICOM file.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from engine.jobs import Progress, passed_on
from engine.jobs.tool import run_tool
from studies import cases
from studies.cases.handover import drawn_series, outgoing
from studies.errors import ImportRefusedError, ReadOnlyError, StudyError
from studies.files import sync_folder, write_synced
from studies.imaging import window
from studies.imaging.dicom.foreign import guarded
from studies.imaging.exchange import bundles
from studies.imaging.exchange.bundles import Bundle, Making
from studies.imaging.exchange.kinds import KINDS, PER_AUTHOR, PER_SERIES, PER_STUDY
from studies.imaging.exchange.outgoing import Outgoing, RoundTrip
from studies.imaging.study_key import NAME_FILE, StudyKey, open_key
from studies.imaging.volume import load_slice
from studies.store import Store

TELL_EVERY = 20
CHECKER = "dciodvfy"
NAMES_PATIENT = (
    "Files that refer to the original series NAME THE PATIENT as those do: they are not "
    "de-identified. Keep them where the originals may be."
)
_ERRORS = ("Error", "Abort")


@dataclass(frozen=True)
class ExportedFile:
    """A file in its place. `checker`: the errors dciodvfy named; None where it did not run."""

    path: Path
    kind: str
    patient: str  # pseudonym; "" for a file of the whole study
    author: str
    round_trip: RoundTrip
    checker: tuple[str, ...] | None
    remark: str = ""


@dataclass(frozen=True)
class RefusedFile:
    """A file that was not written, and why."""

    kind: str
    patient: str
    author: str
    reason: str


@dataclass(frozen=True)
class MarginExport:
    """What became of an export."""

    files: tuple[ExportedFile, ...]
    refused: tuple[RefusedFile, ...]

    @property
    def is_clean(self) -> bool:
        """Whether everything was written and no checker named an error."""
        return not self.refused and not any(file.checker for file in self.files)


@dataclass(frozen=True)
class _Planned:
    """A bundle to be made: `make` builds it, or says in a StudyError why it cannot.

    It may tell the lesions it comes to.
    """

    kind: str
    patient: str
    author: str
    make: Callable[[], Bundle | Making]


def export_margins(
    store: Store,
    kinds: Sequence[str],
    folder: Path,
    *,
    author: str | None = None,
    original: Path | None = None,
    pictures: bool = False,
    series_ids: Sequence[int] | None = None,
) -> Generator[Progress, None, MarginExport]:
    """Write the standing margins of every series, of one author or of all, into `folder`.

    `kinds` are of KINDS; `series_ids` chooses among the series. With `original` the DICOM files
    refer to the original series, whose files lie below it, and name the patient as those do.
    `pictures` adds the PNG that COCO names. What cannot be written is listed, and the rest goes
    on. StudyError for an unknown kind, a study without margins or a folder that cannot be written;
    BlindingError for an analyst.
    """
    _check(kinds)
    ids = tuple(one for one in drawn_series(store) if series_ids is None or one in series_ids)
    if not ids:
        raise StudyError("This study has no margins yet. Draw one, then export.")
    handed: list[Outgoing] = []
    refused: list[RefusedFile] = []
    for done, series_id in enumerate(ids):
        yield Progress(done, len(ids), f"Measuring series {done + 1} of {len(ids)}")
        try:
            handed.append(outgoing(store, series_id, author=author))
        except StudyError as error:
            refused.append(RefusedFile("series", "", author or "", str(error)))
    source = yield from _source(store, original)
    planned = _planned(tuple(handed), kinds, source)
    if pictures and "coco" in kinds:
        planned += _pictures(store, tuple(handed))
    files = []
    for done, one in enumerate(planned):
        told = f"Writing {one.kind.upper()} of {one.patient or 'the study'}"
        yield Progress(done, len(planned), told)
        try:
            making = one.make()
            if isinstance(making, Bundle):
                bundle = making
            else:
                at = Progress(done, len(planned), told)
                bundle = yield from passed_on(making, partial(_told, at))
            files += _placed(bundle, folder)
        except ReadOnlyError:
            raise
        except StudyError as error:
            refused.append(RefusedFile(one.kind, one.patient, one.author, str(error)))
    yield Progress(len(planned), len(planned), f"Files written: {len(files)}")
    return MarginExport(tuple(files), tuple(refused))


def _told(at: Progress, lesion: str) -> Progress:
    """The progress, with the lesion that a file has come to."""
    return replace(at, message=f"{at.message}: {lesion}")


def _check(kinds: Sequence[str]) -> None:
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        names = ", ".join(unknown) or "Nothing"
        raise StudyError(f"{names} is no format of margins. Choose among {', '.join(KINDS)}.")


def _source(
    store: Store, folder: Path | None
) -> Generator[Progress, None, Callable[[Outgoing], Outgoing]]:
    """What DICOM files refer to: the stored series, or the original one below `folder`."""
    if folder is None:
        return lambda handed: handed
    from studies.imaging.exchange import identity

    key, found = _key(store), {}
    files = identity.original_files(folder)
    for done, path in enumerate(files):
        if done % TELL_EVERY == 0:
            yield Progress(done, len(files), "Reading headers of the original files")
        found[identity.stored_uid(path, key)] = path
    known: dict[str, Outgoing] = {}

    def on_original(handed: Outgoing) -> Outgoing:
        uid = handed.series.series_uid
        if uid not in known:  # every kind and author asks for it
            known[uid] = identity.on_original(handed, found)
        return known[uid]

    return on_original


def _key(store: Store) -> StudyKey:
    """The study's key; StudyError for a study that never had one (nothing was imported)."""
    if not (store.folder / NAME_FILE).exists():
        raise StudyError(
            "The series of this study were not imported from DICOM files, so there are no "
            "original ones to refer to. Export without them."
        )
    return open_key(store.folder)


def _planned(
    handed: tuple[Outgoing, ...],
    kinds: Sequence[str],
    source: Callable[[Outgoing], Outgoing],
) -> list[_Planned]:
    """What is to be made, series by series, then of the study."""
    found: list[_Planned] = []
    for one in handed:
        for kind in kinds:
            found += _of_one(one, kind, source)
    for kind in kinds:
        if kind in PER_STUDY and handed:
            found.append(_Planned(kind, "", "", partial(bundles.of_study, kind, handed)))
    return found


def _pictures(store: Store, handed: tuple[Outgoing, ...]) -> list[_Planned]:
    """The slices that COCO names as PNG, in the study's window or, without HU, their own."""
    records = {record.series_uid: record for record in cases.all_series(store)}
    windows = {one.series.series_uid: (one.window_low, one.window_high) for one in handed}

    def made(name: str, series_uid: str, patient: str, index: int) -> Bundle:
        record = records[series_uid]
        pixels = load_slice(record, index)
        low, high = windows[series_uid] if record.has_hu else window.auto(pixels)
        return bundles.of_picture(name, patient, pixels, low, high)

    return [
        _Planned("png", one.patient, "", partial(made, name, one.series_uid, one.patient, index))
        for name, one, index in bundles.pictures(handed)
    ]


def _of_one(handed: Outgoing, kind: str, source: Callable[[Outgoing], Outgoing]) -> list[_Planned]:
    patient = handed.series.patient
    if kind in PER_SERIES:
        return [_Planned(kind, patient, "", partial(bundles.of_series, kind, handed))]
    if kind not in PER_AUTHOR:
        return []

    def made(author: str) -> Making:
        referred = source(handed)
        if referred is handed:
            return bundles.of_author(kind, handed, author)
        return _on_foreign(kind, referred, author)

    return [_Planned(kind, patient, who, partial(made, who)) for who in handed.authors]


def _on_foreign(kind: str, handed: Outgoing, author: str) -> Making:
    """A file made with values of original headers, whatever they hold."""
    making = bundles.of_author(kind, handed, author)

    def step() -> str | Bundle | StudyError:
        try:
            return next(making)
        except StopIteration as ended:
            bundle: Bundle = ended.value
            return bundle
        except StudyError as error:  # kept as it is: `guarded` has one sentence for all else
            return error

    while True:
        found = guarded(
            step,
            "The original files hold values that cannot be handed on. Leave the margins on the "
            "stored series.",
        )
        if isinstance(found, StudyError):
            raise found
        if isinstance(found, Bundle):
            return replace(found, remark=f"{found.remark} {NAMES_PATIENT}".strip())
        yield found


def _placed(bundle: Bundle, folder: Path) -> list[ExportedFile]:
    """Write beside their places, read back, compare, check; then move all of them there.

    StudyError, with nothing left behind, where they do not tell what was put in.
    """
    drafts = [(folder / draft.name, draft.data) for draft in bundle.files]
    beside = [path.with_name(f".{path.name}.{secrets.token_hex(4)}") for path, _ in drafts]
    try:
        for temporary, (_, data) in zip(beside, drafts, strict=True):
            write_synced(temporary, data)
        found = _read_back(bundle, beside)
        checked = [_checked(path) if bundle.is_dicom else None for path in beside]
        for temporary, (path, _) in zip(beside, drafts, strict=True):
            temporary.replace(path)
        sync_folder(folder)
    except OSError as error:
        raise ReadOnlyError(
            f"{folder} cannot be written ({error.strerror}). Free some space or ask for write "
            "access, then try again."
        ) from error
    finally:
        for temporary in beside:
            with suppress(OSError):  # it was moved to its place, or never made
                temporary.unlink()
    return [
        ExportedFile(path, bundle.kind, bundle.patient, bundle.author, found, words, bundle.remark)
        for (path, _), words in zip(drafts, checked, strict=True)
    ]


def _read_back(bundle: Bundle, files: Sequence[Path]) -> RoundTrip:
    names = ", ".join(draft.name for draft in bundle.files)
    try:
        found = bundle.compare(tuple(path.read_bytes() for path in files))
    except (ImportRefusedError, ValueError, KeyError, IndexError, TypeError) as error:
        raise StudyError(f"{names} cannot be read back, so it was not kept. {error}") from error
    if not found.exact:
        raise StudyError(
            f"{names} does not tell what was drawn, so it was not kept. {found.words} Please "
            "report this with the study."
        )
    return found


def _checked(path: Path) -> tuple[str, ...] | None:
    """The errors dciodvfy names in a DICOM file; None where it is not here or did not finish."""
    told = run_tool(CHECKER, ("-new", path))
    if told is None or not told.is_complete:
        return None
    return tuple(line for line in told.output.splitlines() if line.startswith(_ERRORS))
