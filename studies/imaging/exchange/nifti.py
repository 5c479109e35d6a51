"""NIfTI masks, lossless: labels on the series' own grid, and a JSON that says what each means.

Written only where voxels are where NIfTI says: slices evenly spaced along their normal (a tilted
gantry shears the volume, which ITK refuses). Otherwise each run of slices that is regular gets a
file of its own. Lesions that share a pixel go to different files, as a voxel holds one label.
"""

from __future__ import annotations

import gzip
import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt

from studies.errors import StudyError
from studies.imaging.exchange import margins_json
from studies.imaging.exchange.frames import SliceFrame
from studies.imaging.exchange.margins_json import Label, LabelledFile
from studies.imaging.exchange.outgoing import Outgoing, RoundTrip
from studies.imaging.exchange.seg import Lesion, pixels_of, unmasked
from studies.imaging.exchange.words import counted

Array = npt.NDArray[np.float64]
Voxels = npt.NDArray[np.uint8] | npt.NDArray[np.int16]

EVEN = 0.01
"""How much a step from slice to slice may differ from the first one, in steps."""
TO_RAS = np.diag((-1.0, -1.0, 1.0, 1.0))
_MOST_LABELS = np.iinfo(np.int16).max


@dataclass(frozen=True)
class MaskFile:
    """A file to be written: its name, its content, and what its labels stand for."""

    name: str
    data: bytes = field(repr=False)
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True)
class _Layer:
    """Lesions that share no pixel, on a run of slices (first, last)."""

    author: str
    first: int
    last: int
    lesions: tuple[Lesion, ...]


def written(outgoing: Outgoing) -> tuple[MaskFile, ...]:
    """The masks of all authors' margins and, last, the JSON that names their labels.

    Names start with the series' stem; each file beyond one a series says author and slices.
    StudyError for a series that is no DICOM, or where no margin holds the centre of a pixel.
    """
    if not outgoing.series.frames:
        raise StudyError(
            f"Series {outgoing.series.number} of {outgoing.series.patient} has no place in a "
            "patient, which NIfTI needs. Export COCO or CSV instead."
        )
    layers = _layers(outgoing)
    if not layers:
        raise StudyError(
            f"No margin on series {outgoing.series.number} of {outgoing.series.patient} holds the "
            "centre of a pixel, so there is no mask to write."
        )
    stem = outgoing.series.file_stem
    names = [f"{stem}_margins{'' if n == 1 else f'_{n}'}.nii.gz" for n in range(1, len(layers) + 1)]
    masks = tuple(_file(name, outgoing, layer) for name, layer in zip(names, layers, strict=True))
    listed = tuple(LabelledFile(mask.name, mask.labels) for mask in masks)
    beside = MaskFile(f"{stem}_margins.json", margins_json.written(outgoing, listed))
    return (*masks, beside)


def remark(outgoing: Outgoing) -> str:
    """Why a series gets several masks, and which margins they lack, in sentences; else ""."""
    told = [unmasked(outgoing.margins, outgoing)]
    if len(regular_runs(outgoing.series.frames)) > 1:
        told.append(
            "The slices are unevenly spaced or tilted, which one NIfTI volume cannot tell: each "
            "run of regular slices has a file of its own."
        )
    return " ".join(sentence for sentence in told if sentence)


def regular_runs(frames: tuple[SliceFrame, ...]) -> tuple[tuple[int, int], ...]:
    """Runs (first, last) of slices that are one regular volume, longest first from the start."""
    runs: list[tuple[int, int]] = []
    first = 0
    for last in range(1, len(frames)):
        if not _regular(frames[first : last + 1]):
            runs.append((first, last - 1))
            first = last
    return (*runs, (first, len(frames) - 1))


def round_trip(files: tuple[MaskFile, ...], outgoing: Outgoing) -> RoundTrip:
    """Whether the masks hold exactly the pixels of all margins; `worst` in pixels."""
    found: dict[tuple[str, str, int], npt.NDArray[np.bool_]] = {}
    runs = {run[0]: run for run in regular_runs(outgoing.series.frames)}
    for file in files:
        if not file.labels:
            continue
        image = nibabel.Nifti1Image.from_bytes(gzip.decompress(file.data))
        values = np.asarray(image.dataobj)
        first = _first_slice(image, outgoing.series.frames, tuple(runs))
        for label in file.labels:
            for at in range(values.shape[2]):
                mask = np.asarray(label.value == values[:, :, at].T)
                if mask.any():
                    found[label.author, label.lesion, first + at] = mask
    wanted = {
        (m.author, m.lesion, m.slice_index): pixels
        for m in outgoing.margins
        if (pixels := pixels_of(outgoing, m)).any()
    }
    if found.keys() != wanted.keys():
        return RoundTrip(False, math.inf, "The masks read back are not those written.")
    worst = max(int((found[key] != wanted[key]).sum()) for key in wanted)
    same = "exactly" if worst == 0 else f"with up to {counted(worst, 'other pixel')} a mask"
    return RoundTrip(worst == 0, worst, f"{counted(len(wanted), 'mask')} read back {same}.")


def affine(frames: tuple[SliceFrame, ...]) -> Array:
    """(4, 4) from voxel (column, row, slice) to RAS mm of a regular run of slices."""
    first = frames[0]
    matrix = np.eye(4)
    matrix[:3, 0] = np.asarray(first.row_direction) * first.column_spacing
    matrix[:3, 1] = np.asarray(first.column_direction) * first.row_spacing
    matrix[:3, 2] = _step(frames)
    matrix[:3, 3] = first.position
    return np.asarray(TO_RAS @ matrix)


def _step(frames: tuple[SliceFrame, ...]) -> Array:
    """mm from slice to slice; of a single slice its normal, as it has no neighbour."""
    if len(frames) == 1:
        return np.asarray(frames[0].normal)
    whole = np.subtract(frames[-1].position, frames[0].position)
    return np.asarray(whole / (len(frames) - 1))


def _regular(frames: tuple[SliceFrame, ...]) -> bool:
    """Whether every slice lies where even steps along the normal lead."""
    first = np.asarray(frames[0].position)
    steps = [np.subtract(b.position, a.position) for a, b in pairwise(frames)]
    along = float(steps[0] @ np.asarray(frames[0].normal))
    even = np.asarray(frames[0].normal) * along
    away = [
        np.asarray(frame.position) - (first + number * even) for number, frame in enumerate(frames)
    ]
    return along > 0 and bool(np.abs(away).max() <= EVEN * along)


def _layers(outgoing: Outgoing) -> list[_Layer]:
    """Each author's lesions on each regular run, those that share pixels apart."""
    found = []
    for author in outgoing.authors:
        for first, last in regular_runs(outgoing.series.frames):
            own = [
                tuple(m for m in lesion if first <= m.slice_index <= last)
                for lesion in outgoing.lesions(author)
            ]
            drawn = [lesion for lesion in own if _has_pixels(outgoing, lesion)]
            found += [
                _Layer(author, first, last, tuple(part)) for part in _disjoint(outgoing, drawn)
            ]
    return found


def _disjoint(outgoing: Outgoing, lesions: list[Lesion]) -> list[list[Lesion]]:
    """The lesions in as few groups as first come, first served needs for none to share a pixel."""
    groups: list[tuple[list[Lesion], dict[int, npt.NDArray[np.bool_]]]] = []
    for lesion in lesions:
        masks = {m.slice_index: pixels_of(outgoing, m) for m in lesion}
        for members, taken in groups:
            free = not any((taken[at] & mask).any() for at, mask in masks.items() if at in taken)
            if free and len(members) < _MOST_LABELS:
                break
        else:
            members, taken = [], {}
            groups.append((members, taken))
        members.append(lesion)
        for at, mask in masks.items():
            taken[at] = taken[at] | mask if at in taken else mask
    return [members for members, _ in groups]


def _file(name: str, outgoing: Outgoing, layer: _Layer) -> MaskFile:
    series = outgoing.series
    kind: type[Any] = np.uint8 if len(layer.lesions) <= np.iinfo(np.uint8).max else np.int16
    voxels = np.zeros((series.columns, series.rows, layer.last - layer.first + 1), dtype=kind)
    labels = []
    for number, lesion in enumerate(layer.lesions, start=1):
        labels.append(Label(number, lesion[0].lesion, layer.author))
        for margin in lesion:
            plane = voxels[:, :, margin.slice_index - layer.first]
            plane[pixels_of(outgoing, margin).T] = number
    place = affine(series.frames[layer.first : layer.last + 1])
    image = nibabel.Nifti1Image(voxels, place)
    image.set_sform(place, code="scanner")
    image.set_qform(place, code="scanner")
    image.header.set_xyzt_units("mm")
    return MaskFile(name, gzip.compress(image.to_bytes(), mtime=0), tuple(labels))


def _first_slice(image: Any, frames: tuple[SliceFrame, ...], starts: tuple[int, ...]) -> int:
    """Of the runs' first slices the one where this image starts."""
    at = (TO_RAS @ image.affine)[:3, 3]
    return min(starts, key=lambda start: float(np.linalg.norm(at - frames[start].position)))


def _has_pixels(outgoing: Outgoing, lesion: Lesion) -> bool:
    return any(bool(pixels_of(outgoing, margin).any()) for margin in lesion)
