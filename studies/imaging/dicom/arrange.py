"""Slices grouped into series, ordered along the normal, with what is odd about them in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
import numpy.typing as npt

from studies.imaging.dicom.head import SliceHead
from studies.records import FileVerdict

SAME_PLACE_MM = 0.01
EVEN_SHARE = 0.02
GAP_FACTOR = 1.5
TILT_MM = 0.1


@dataclass(frozen=True)
class SeriesPlan:
    """One series to import: slices in z order.

    `part` numbers what one SeriesInstanceUID is split into, phases and geometries, from 0.
    """

    slices: tuple[SliceHead, ...]
    part: int

    @property
    def patient(self) -> str:
        """PatientID, or its stand-in."""
        return self.slices[0].patient

    @property
    def series(self) -> str:
        """SeriesInstanceUID, or its stand-in."""
        return self.slices[0].series


@dataclass(frozen=True)
class Arranged:
    """The series, and the verdicts on files that are copies of others."""

    series: tuple[SeriesPlan, ...]
    left_out: tuple[FileVerdict, ...]


Fingerprint = Callable[[SliceHead], bytes]


def arrange(heads: Iterable[SliceHead], fingerprint: Fingerprint) -> Arranged:
    """Group by patient, study, series and geometry; order by dot(position, normal).

    Slices at one position are split by acquisition (multi-phase series). Of two files with one
    SOPInstanceUID one is kept: `fingerprint` hashes a slice's pixels to tell copies from clashes.
    """
    kept, left_out = _without_copies(heads, fingerprint)
    plans: list[SeriesPlan] = []
    parts: Counter[tuple[str, str]] = Counter()
    for _, group in groupby(sorted(kept, key=_group), key=_group):
        for phase in _phases(sorted(group, key=_place)):
            name = (phase[0].patient, phase[0].series)
            plans.append(SeriesPlan(phase, parts[name]))
            parts[name] += 1
    return Arranged(tuple(plans), left_out)


def positions(slices: tuple[SliceHead, ...]) -> npt.NDArray[np.float64]:
    """mm along the normal of the first slice, (n,)."""
    return np.asarray([_distance(head) for head in slices])


def spacing(slices: tuple[SliceHead, ...]) -> float:
    """The usual distance of neighbours in mm; the thickness of a single slice."""
    if len(slices) < 2:
        return slices[0].thickness
    return float(np.median(np.diff(positions(slices))))


def badges(slices: tuple[SliceHead, ...]) -> tuple[str, ...]:
    """What a reader of the series must know, in words."""
    found = list(dict.fromkeys(note for head in slices for note in head.minted))
    if any(head.slope is None or head.intercept is None for head in slices):
        found.append("stored values: the file has no rescale to HU")
    elif not all(head.has_hu for head in slices):
        found.append("no HU: the file gives its values another unit")
    if any(head.lossy for head in slices):
        found.append("lossy compression")
    return (*found, *_geometry(slices))


def _geometry(slices: tuple[SliceHead, ...]) -> tuple[str, ...]:
    if len(slices) < 2:
        return ()
    steps = np.diff(positions(slices))
    usual = float(np.median(steps))
    found = []
    gaps = int((steps > GAP_FACTOR * usual).sum())
    if gaps:
        found.append(f"gaps: slices are missing at {gaps} place{'s' if gaps > 1 else ''}")
    elif steps.max() - steps.min() > max(EVEN_SHARE * usual, SAME_PLACE_MM):
        found.append(f"uneven spacing: {steps.min():.2f} to {steps.max():.2f} mm")
    if _drift(slices) > TILT_MM:
        found.append("gantry tilt")
    return tuple(found)


def _drift(slices: tuple[SliceHead, ...]) -> float:
    """Largest sideways step of the first pixel between neighbours, mm: 0 without gantry tilt."""
    points = np.asarray([head.position for head in slices])
    normal = _normal(slices[0])
    steps = np.diff(points, axis=0)
    aside = steps - np.outer(steps @ normal, normal)
    return float(np.linalg.norm(aside, axis=1).max())


def _without_copies(
    heads: Iterable[SliceHead], fingerprint: Fingerprint
) -> tuple[list[SliceHead], tuple[FileVerdict, ...]]:
    first: dict[tuple[str, str], SliceHead] = {}
    left_out: dict[str, FileVerdict] = {}
    for head in heads:
        key = (head.patient, head.sop_uid)
        if key not in first:
            first[key] = head
        elif head.file not in left_out:
            left_out[head.file] = _verdict_on_copy(head, first[key], fingerprint)
    return list(first.values()), tuple(left_out.values())


def _verdict_on_copy(head: SliceHead, other: SliceHead, fingerprint: Fingerprint) -> FileVerdict:
    if fingerprint(head) == fingerprint(other):
        return FileVerdict(head.file, "left_out", f"A copy of {other.file}.")
    reason = f"Has the SOPInstanceUID of {other.file} but other pixels; the first one is kept."
    return FileVerdict(head.file, "left_out", reason)


def _phases(slices: list[SliceHead]) -> list[tuple[SliceHead, ...]]:
    """One phase where no position occurs twice; else one per acquisition, or per turn."""
    if not _overlap(slices):
        return [tuple(slices)]
    names = sorted({head.acquisition for head in slices})
    parts = [[head for head in slices if head.acquisition == name] for name in names]
    if len(parts) > 1 and not any(_overlap(part) for part in parts):
        return [tuple(part) for part in parts]
    return _turns(slices)


def _turns(slices: list[SliceHead]) -> list[tuple[SliceHead, ...]]:
    """The nth slice of every position, by instance number, makes the nth phase."""
    turns: list[list[SliceHead]] = []
    last, turn = None, 0
    for head in sorted(slices, key=lambda head: (round(_distance(head), 2), head.instance)):
        place = _distance(head)
        turn = turn + 1 if last is not None and abs(place - last) < SAME_PLACE_MM else 0
        last = place
        while len(turns) <= turn:
            turns.append([])
        turns[turn].append(head)
    return [tuple(part) for part in turns]


def _overlap(slices: list[SliceHead]) -> bool:
    places = sorted(_distance(head) for head in slices)
    return any(b - a < SAME_PLACE_MM for a, b in pairwise(places))


def _group(head: SliceHead) -> tuple[object, ...]:
    return (
        head.patient,
        head.study_uid,
        head.series,
        head.rows,
        head.columns,
        tuple(round(value, 3) + 0.0 for value in head.orientation),
        round(head.row_spacing, 4),
        round(head.column_spacing, 4),
    )


def _place(head: SliceHead) -> tuple[float, int, str]:
    return (_distance(head), head.instance, head.sop_uid)


def _distance(head: SliceHead) -> float:
    return float(np.dot(head.position, _normal(head)))


def _normal(head: SliceHead) -> npt.NDArray[np.float64]:
    return np.cross(head.orientation[:3], head.orientation[3:])
