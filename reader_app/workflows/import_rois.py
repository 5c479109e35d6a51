"""ROI import: a CSV manifest of pictures becomes a study without CT."""

from __future__ import annotations

import hashlib
import io
import secrets
import shutil
from collections.abc import Generator
from pathlib import Path

import numpy as np

from engine.jobs import Progress
from studies import cases, learning
from studies.cases import NewSeries
from studies.errors import ImportRefusedError, ReadOnlyError, StudyError
from studies.files import write_synced
from studies.imaging.contour.shape import area_mm2
from studies.imaging.manifest import ManifestRoi, read_manifest, read_picture
from studies.imaging.volume import IMAGE_FILE
from studies.records import FileVerdict, FloatArray, ImportReport, Points, SeriesRecord
from studies.store import Store

AUTHOR, BASIS, TOOL = "manifest", "manifest", "import"


def import_rois(
    store: Store, manifest: Path, *, polygon_origin: str = "corner"
) -> Generator[Progress, None, ImportReport]:
    """Import every picture of a manifest with its patient, diagnosis, polygon and fold.

    The manifest's diagnoses become the study's classes. A picture that cannot be taken is left
    out with its line and reason. StudyError where the manifest itself is wrong: nothing is taken.
    """
    if store.read_only:
        raise ReadOnlyError("This study is open read-only, so nothing can be imported into it.")
    listed = read_manifest(manifest, polygon_origin=polygon_origin)
    _agree_on_classes(store, listed.scheme.codes, manifest)
    if cases.study(store).scheme != listed.scheme and not cases.lesions(store):
        cases.set_scheme(store, listed.scheme)
    verdicts: list[FileVerdict] = []
    records: list[SeriesRecord] = []
    known = {series.series_uid for series in cases.all_series(store)}
    for number, roi in enumerate(listed.rois):
        yield Progress(number, len(listed.rois), "Importing ROIs")
        name = f"{roi.file} (line {roi.line})"
        try:
            records.append(_stored(store, roi, known))
            known.add(records[-1].series_uid)
            verdicts.append(FileVerdict(name, "taken", ""))
        except (ImportRefusedError, StudyError) as error:
            if isinstance(error, ReadOnlyError):
                raise
            verdicts.append(FileVerdict(name, "left_out", str(error)))
    _assign_folds(store, listed.rois)
    return ImportReport(tuple(verdicts), tuple(records))


def _agree_on_classes(store: Store, codes: tuple[str, ...], manifest: Path) -> None:
    standing = cases.study(store).scheme.codes
    if cases.lesions(store) and not set(codes) <= set(standing):
        new = ", ".join(sorted(set(codes) - set(standing)))
        raise StudyError(
            f"{manifest.name} names classes this study does not have ({new}). Import it into a "
            "new study."
        )


def _stored(store: Store, roi: ManifestRoi, known: set[str]) -> SeriesRecord:
    pixels = read_picture(roi.path)
    points = roi.points or _whole(pixels)
    _check_points(points, pixels)
    uid = _uid(roi, pixels)
    if uid in known:
        raise StudyError("This picture is in the study already.")
    token = secrets.token_hex(8)
    folder = store.series_folder / token
    try:
        _write(folder, pixels)
        series = _record(store, roi, pixels, uid, token)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    lesion = cases.add_lesion(store, series.id, author=AUTHOR)
    cases.save_contour(store, lesion.id, uid, 0, points, AUTHOR, TOOL)
    cases.confirm_diagnosis(store, lesion.id, roi.diagnosis, BASIS, AUTHOR)
    return series


def _record(
    store: Store, roi: ManifestRoi, pixels: FloatArray, uid: str, token: str
) -> SeriesRecord:
    case = cases.add_case(store, roi.patient)
    rows, columns = pixels.shape
    new = NewSeries(
        series_uid=uid,
        kind="image",
        description=Path(roi.file).stem,
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
    return cases.add_series(store, case.id, new)


def _write(folder: Path, pixels: FloatArray) -> None:
    buffer = io.BytesIO()
    np.save(buffer, pixels.astype(np.float32), allow_pickle=False)
    write_synced(folder / IMAGE_FILE, buffer.getvalue())


def _whole(pixels: FloatArray) -> Points:
    """A margin such that the ROI's rule cuts the whole picture: its inscribed square over 1.5."""
    rows, columns = pixels.shape
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


def _assign_folds(store: Store, rois: tuple[ManifestRoi, ...]) -> None:
    """Keep the manifest's folds; without them they are dealt when the first training starts."""
    known = {case.patient for case in cases.cases(store)}
    folds = {roi.patient: roi.fold for roi in rois if roi.fold is not None and roi.patient in known}
    if folds:
        learning.assign_folds(store, tuple(sorted(folds.items())), 0)
