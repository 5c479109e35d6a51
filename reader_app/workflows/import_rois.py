"""ROI import: a CSV manifest of pictures becomes a study without CT."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

import numpy as np

from engine.jobs import Progress
from reader_app.workflows.incoming import Incoming, incoming
from studies import cases, learning
from studies.cases import NewFinding, NewSeries
from studies.errors import ImportRefusedError, ReadOnlyError, StudyError
from studies.files import sync_folder
from studies.imaging.contour.shape import area_mm2
from studies.imaging.manifest import ManifestRoi, read_manifest, read_picture
from studies.imaging.volume import IMAGE_FILE
from studies.records import FileVerdict, FloatArray, ImportReport, Points, SeriesRecord
from studies.store import Store

AUTHOR, BASIS, TOOL = "manifest", "manifest", "import"
ALREADY = "This picture is in the study already."
BATCH = 200
"""ROIs in one write: enough that writing is quick, few enough that a kill costs little."""


@dataclass(frozen=True)
class _Waiting:
    """A picture that is written and waits to be recorded with others."""

    name: str
    token: str
    finding: NewFinding


@dataclass(frozen=True)
class _Way:
    """From a manifest into the study; `known` has the diagnosis of each picture by series UID."""

    store: Store
    folders: Incoming
    known: dict[str, str]
    folds: dict[str, int]


def import_rois(
    store: Store, manifest: Path, *, polygon_origin: str = "corner"
) -> Generator[Progress, None, ImportReport]:
    """Import every picture of a manifest with its patient, diagnosis, polygon and fold.

    The manifest's diagnoses become the study's classes. A picture that cannot be taken is left
    out with its line and reason; each ROI is recorded whole or not at all, BATCH of them in one
    write. StudyError where the manifest itself is wrong: nothing is taken.
    """
    if store.read_only:
        raise ReadOnlyError("This study is open read-only, so nothing can be imported into it.")
    listed = read_manifest(manifest, polygon_origin=polygon_origin)
    _agree_on_classes(store, listed.scheme.codes, manifest)
    folds = _folds(store, listed.rois, manifest)
    verdicts: list[FileVerdict] = []
    records: list[SeriesRecord] = []
    with incoming(store) as folders:
        if cases.study(store).scheme != listed.scheme and not cases.lesions(store):
            cases.set_scheme(store, listed.scheme)
        _keep_folds(store, folds)
        way = _Way(store, folders, _standing(store), folds)
        for start in range(0, len(listed.rois), BATCH):
            batch = listed.rois[start : start + BATCH]
            found = yield from _batch(way, batch, start, len(listed.rois))
            verdicts += [verdict for verdict, _ in found]
            records += [record for _, record in found if record is not None]
    return ImportReport(tuple(verdicts), tuple(records))


def _batch(
    way: _Way, rois: tuple[ManifestRoi, ...], start: int, total: int
) -> Generator[Progress, None, list[tuple[FileVerdict, SeriesRecord | None]]]:
    """Write the pictures, then record all of them at once; what is not recorded leaves no file."""
    found: dict[str, tuple[FileVerdict, SeriesRecord | None]] = {}
    waiting: list[_Waiting] = []
    recorded: set[str] = set()
    try:
        for at, roi in enumerate(rois):
            yield Progress(start + at, total, "Importing ROIs")
            name = f"{roi.file} (line {roi.line})"
            found[name] = (FileVerdict(name, "taken", ""), None)
            try:
                _write_one(way, roi, name, waiting)
            except ImportRefusedError as error:
                found[name] = (FileVerdict(name, "left_out", str(error)), None)
        _settle(way, tuple(waiting))
        yield Progress(start + len(rois), total, "Importing ROIs")
        taken = cases.add_findings(way.store, tuple(one.finding for one in waiting))
        for one, intake in zip(waiting, taken, strict=True):
            if intake.series is None:
                del way.known[one.finding.series.series_uid]
                found[one.name] = (FileVerdict(one.name, "left_out", intake.reason), None)
            else:
                recorded.add(one.token)
                found[one.name] = (found[one.name][0], intake.series)
    finally:
        for one in waiting:
            if one.token not in recorded:
                shutil.rmtree(way.folders.unfinished(one.token), ignore_errors=True)
                shutil.rmtree(way.folders.whole(one.token), ignore_errors=True)
    return list(found.values())


def _write_one(way: _Way, roi: ManifestRoi, name: str, waiting: list[_Waiting]) -> None:
    """The picture in a folder of its own, under a name that no reader of the study looks at."""
    pixels = read_picture(roi.path)
    points = roi.points or _whole(*pixels.shape)
    if roi.points:
        _check_points(roi.points, pixels)
    uid = _uid(roi, pixels)
    if uid in way.known:
        _check_diagnosis(way.known[uid], roi, name)
        raise ImportRefusedError(ALREADY)
    way.known[uid] = roi.diagnosis
    token = way.folders.token()
    finding = NewFinding(
        patient=roi.patient,
        series=_series(roi, pixels, uid, token),
        points=points,
        category=roi.diagnosis,
        basis=BASIS,
        author=AUTHOR,
        tool=TOOL,
        fold=way.folds.get(roi.patient),
    )
    waiting.append(_Waiting(name, token, finding))  # first, so that a part of it is removed, too
    with _said(way.store.series_folder):
        folder = way.folders.unfinished(token)
        folder.mkdir()
        with (folder / IMAGE_FILE).open("wb") as file:
            np.save(file, pixels.astype(np.float32), allow_pickle=False)


def _settle(way: _Way, waiting: tuple[_Waiting, ...]) -> None:
    """The pictures put on the disk, then in their places, before the study knows of them.

    Linux writes all at once and returns when they are written; elsewhere each waits for its own.
    """
    with _said(way.store.series_folder):
        if sys.platform == "linux":
            os.sync()
        else:
            for one in waiting:
                with (way.folders.unfinished(one.token) / IMAGE_FILE).open("r+b") as file:
                    os.fsync(file.fileno())
        for one in waiting:
            way.folders.unfinished(one.token).rename(way.folders.whole(one.token))
        sync_folder(way.store.series_folder)


@contextmanager
def _said(folder: Path) -> Iterator[None]:
    """What the disk refuses, as ReadOnlyError with what to do."""
    try:
        yield
    except OSError as error:
        raise ReadOnlyError(
            f"{folder} cannot be written ({error.strerror}). Free some space or ask for write "
            "access, then try again."
        ) from error


def _agree_on_classes(store: Store, codes: tuple[str, ...], manifest: Path) -> None:
    standing = cases.study(store).scheme.codes
    if cases.lesions(store) and not set(codes) <= set(standing):
        new = ", ".join(sorted(set(codes) - set(standing)))
        raise StudyError(
            f"{manifest.name} names classes this study does not have ({new}). Import it into a "
            "new study."
        )


def _standing(store: Store) -> dict[str, str]:
    """The diagnosis of each picture in the study, by its series."""
    uids = {series.id: series.series_uid for series in cases.all_series(store)}
    found = dict.fromkeys(uids.values(), "")
    return found | {uids[one.series_id]: one.category for one in cases.lesions(store)}


def _check_diagnosis(standing: str, roi: ManifestRoi, name: str) -> None:
    """StudyError where this picture was taken under another diagnosis."""
    if standing and roi.diagnosis != standing:
        raise StudyError(
            f"{name} was taken as {standing}, and the manifest now says {roi.diagnosis}. Correct "
            "the diagnosis in Annotate or in the manifest, or import into a new study."
        )


def _series(roi: ManifestRoi, pixels: FloatArray, uid: str, token: str) -> NewSeries:
    rows, columns = pixels.shape
    return NewSeries(
        series_uid=uid,
        kind="image",
        description=PurePath(roi.file).stem,
        slices=1,
        rows=rows,
        columns=columns,
        row_spacing=1.0,
        column_spacing=1.0,
        slice_spacing=0.0,
        scanner="",
        has_hu=False,
        simulated=False,
        badges=("no HU",),
        folder=Path(token),
    )


@lru_cache(maxsize=16)  # the pictures of a manifest are often of one size
def _whole(rows: int, columns: int) -> Points:
    """A margin such that the ROI's rule cuts the whole picture: its inscribed square over 1.5."""
    radius = min(rows, columns) / 3.0
    turns = np.linspace(0.0, 2 * np.pi, 48, endpoint=False)
    x, y = columns / 2 + radius * np.cos(turns), rows / 2 + radius * np.sin(turns)
    return tuple((float(a), float(b)) for a, b in zip(x, y, strict=True))


def _check_points(points: Points, pixels: FloatArray) -> None:
    rows, columns = pixels.shape
    inside = all(-0.5 <= x <= columns + 0.5 and -0.5 <= y <= rows + 0.5 for x, y in points)
    if not inside:
        raise ImportRefusedError(
            f"The polygon leaves the picture of {columns} x {rows} px. Is it in image pixels?"
        )
    if area_mm2(points, 1.0, 1.0) <= 0:
        raise ImportRefusedError("The polygon has no area.")


def _uid(roi: ManifestRoi, pixels: FloatArray) -> str:
    """A name from content: the same picture, patient and margin are one ROI."""
    digest = hashlib.sha256(pixels.tobytes())
    digest.update(f"{roi.patient}\0{roi.points}".encode())
    return f"2.25.{int.from_bytes(digest.digest()[:16], 'big') & ((1 << 125) - 1)}"


def _folds(store: Store, rois: tuple[ManifestRoi, ...], manifest: Path) -> dict[str, int]:
    """The patients' folds of the manifest beside those that stand; {} where it gives none.

    StudyError where a patient would change folds: networks trained before would have seen them.
    """
    given = {roi.patient: roi.fold for roi in rois if roi.fold is not None}
    if not given:
        return {}
    standing = {one.patient: one.fold for one in cases.lesions(store) if one.fold is not None}
    moved = sorted(name for name, fold in given.items() if standing.get(name, fold) != fold)
    if moved:
        raise StudyError(
            f"{manifest.name} puts patient {moved[0]} into another fold than this study has. "
            "Import it into a new study, or leave the fold column out."
        )
    return {**standing, **given}


def _keep_folds(store: Store, folds: dict[str, int]) -> None:
    """Folds of patients who are here already; the others' come with their first picture."""
    known = {case.patient for case in cases.cases(store)}
    kept = tuple(sorted((name, fold) for name, fold in folds.items() if name in known))
    if kept:
        learning.assign_folds(store, kept, 0)
