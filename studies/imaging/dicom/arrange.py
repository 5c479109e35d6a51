"""Slices grouped into series, ordered along the normal, with what is odd about them in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from studies.imaging.dicom.head import UNSPECIFIED, SliceHead
from studies.imaging.volume import along_normal, is_turning
from studies.records import FileVerdict

SAME_PLACE_MM = 0.01
EVEN_SHARE = 0.02
GAP_FACTOR = 1.5
TILT_MM = 0.1
MOST_PLACES = 4
SAME_WAY = 0.94
"""Cosine of 20 degrees: no gantry tilts as much between slices, no reformat as little."""


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
        for direction in _directions(tuple(group)):
            for phase in _phases(direction):
                name = (phase[0].patient, phase[0].series)
                plans.append(SeriesPlan(phase, parts[name]))
                parts[name] += 1
    return Arranged(tuple(plans), left_out)


def positions(slices: tuple[SliceHead, ...]) -> npt.NDArray[np.float64]:
    """mm along the normal the slices share, (n,)."""
    first = slices[0]
    return along_normal(
        np.asarray([head.position for head in slices]),
        np.asarray([head.orientation for head in slices]),
        (first.rows * first.row_spacing, first.columns * first.column_spacing),
    )


def spacing(slices: tuple[SliceHead, ...]) -> float:
    """The usual distance of neighbours in mm; the thickness of a single slice."""
    if len(slices) < 2:
        return slices[0].thickness
    return float(np.median(np.diff(positions(slices))))


def badges(slices: tuple[SliceHead, ...]) -> tuple[str, ...]:
    """What a reader of the series must know, in words."""
    found = list(dict.fromkeys(note for head in slices for note in head.minted))
    if any(head.has_table and head.slope is None for head in slices):
        found.append("stored values: the file's table to other values is not applied")
    elif any(head.slope is None or head.intercept is None for head in slices):
        found.append("stored values: the file has no rescale to HU")
    elif any(head.unit == UNSPECIFIED for head in slices):
        found.append("stored values: the file gives them another unit, which it does not name")
    elif not all(head.has_hu for head in slices):
        found.append("no HU: the file gives its values another unit")
    elif any(_is_never_negative(head) for head in slices):
        found.append("HU to be checked: the file's values cannot lie below 0, as those of air do")
    if any(head.lossy for head in slices):
        found.append("lossy compression")
    return (*found, *_geometry(slices))


def _is_never_negative(head: SliceHead) -> bool:
    return not head.signed and head.intercept == 0 and (head.slope or 0) > 0


def _geometry(slices: tuple[SliceHead, ...]) -> tuple[str, ...]:
    if len(slices) < 2:
        return ()
    places = positions(slices)
    steps = np.diff(places)
    usual = float(np.median(steps))
    found = []
    if (steps > GAP_FACTOR * usual).any():
        found.append(_gaps(places, usual))
    elif steps.max() - steps.min() > max(EVEN_SHARE * usual, SAME_PLACE_MM):
        found.append(f"uneven spacing: {steps.min():.2f} to {steps.max():.2f} mm")
    if is_turning(np.asarray([head.orientation for head in slices])):
        found.append(
            "variable tilt: the slices lie at different angles, distances hold for their middles"
        )
    elif (aside := _drift(slices)).max() > TILT_MM:
        angle = float(np.median(np.degrees(np.arctan2(aside, steps))))
        found.append(f"gantry tilt: {angle:.{0 if angle >= 1 else 1}f}°")
    return tuple(found)


def _gaps(places: npt.NDArray[np.float64], usual: float) -> str:
    """How many slices are missing, and where: mm along the normal, as the viewer tells them."""
    steps = np.diff(places)
    wide = np.flatnonzero(steps > GAP_FACTOR * usual)
    missing = int(np.maximum(np.rint(steps[wide] / usual) - 1, 1).sum())
    middles = [f"{(places[at] + places[at + 1]) / 2:.0f}" for at in wide[:MOST_PLACES]]
    more = len(wide) - len(middles)
    if more:
        where = f"{', '.join(middles)} mm and {more} more {'place' if more == 1 else 'places'}"
    else:
        where = (
            " and ".join(part for part in (", ".join(middles[:-1]), middles[-1]) if part) + " mm"
        )
    return f"gaps: {missing} {'slice is' if missing == 1 else 'slices are'} missing at {where}"


def _drift(slices: tuple[SliceHead, ...]) -> npt.NDArray[np.float64]:
    """Sideways steps of the first pixel between neighbours, mm (n - 1,): 0 without gantry tilt."""
    points = np.asarray([head.position for head in slices])
    normal = np.cross(slices[0].orientation[:3], slices[0].orientation[3:])
    steps = np.diff(points, axis=0)
    aside = steps - np.outer(steps @ normal, normal)
    return np.asarray(np.linalg.norm(aside, axis=1))


def _without_copies(
    heads: Iterable[SliceHead], fingerprint: Fingerprint
) -> tuple[list[SliceHead], tuple[FileVerdict, ...]]:
    """Of a damaged file and a whole one the whole one is kept, whichever comes first."""
    first: dict[tuple[str, str], SliceHead] = {}
    left_out: dict[str, FileVerdict] = {}
    damaged: set[str] = set()
    for head in heads:
        key = (head.patient, head.sop_uid)
        if key not in first or first[key].file in damaged:
            first[key] = head
        elif head.file not in left_out:
            kept, other = first[key], head
            own, others = fingerprint(kept), fingerprint(other)
            if others and not own:
                first[key], kept, other = other, other, kept
                damaged.add(other.file)
            left_out[other.file] = _verdict_on_copy(other, kept, is_same=own == others)
    return list(first.values()), tuple(left_out.values())


def _verdict_on_copy(head: SliceHead, kept: SliceHead, *, is_same: bool) -> FileVerdict:
    """`is_same`: their pixels are alike, which those of two places may be too."""
    lies_alike = (head.position, head.orientation) == (kept.position, kept.orientation)
    if is_same and lies_alike:
        return FileVerdict(head.file, "left_out", f"A copy of {kept.file}.")
    other = "another place" if is_same else "other pixels"
    reason = f"Has the SOPInstanceUID of {kept.file} but {other}; that one is kept."
    return FileVerdict(head.file, "left_out", reason)


def _directions(slices: tuple[SliceHead, ...]) -> list[tuple[SliceHead, ...]]:
    """Slices that look the same way, up to a tilt of the gantry; reformats look another way."""
    left, found = np.arange(len(slices)), []
    axes = np.asarray([head.orientation for head in slices])
    while left.size:
        rows, columns = axes[left, :3] @ axes[left[0], :3], axes[left, 3:] @ axes[left[0], 3:]
        alike = np.minimum(rows, columns) > SAME_WAY
        found.append(tuple(slices[at] for at in left[alike]))
        left = left[~alike]
    return found


def _phases(slices: tuple[SliceHead, ...]) -> list[tuple[SliceHead, ...]]:
    """One phase where no position occurs twice; else one per acquisition, or per turn.

    Scanners that step number each rotation as an acquisition: those make no phases.
    """
    slices = _in_order(slices)
    if not _overlap(slices):
        return [slices]
    turns = _turns(slices)
    names = sorted({head.acquisition for head in slices})
    parts = [tuple(h for h in slices if h.acquisition == name) for name in names]
    parts.sort(key=lambda part: min(head.instance for head in part))
    are_whole = len({len(turn) for turn in turns}) == 1 or len(parts) == len(slices)
    are_rotations = len(parts) > len(turns) and are_whole
    are_phases = len(parts) > 1 and not any(_overlap(part) for part in parts)
    return parts if are_phases and not are_rotations else turns


def _in_order(slices: tuple[SliceHead, ...]) -> tuple[SliceHead, ...]:
    """Along the normal, by instance number where that is the same up to rounding."""
    places = positions(slices)
    ascending = np.argsort(places, kind="stable")
    levels = np.zeros(len(slices), dtype=np.int64)
    levels[ascending[1:]] = np.cumsum(np.diff(places[ascending]) >= SAME_PLACE_MM)
    keys = [
        (level, head.instance, head.sop_uid)
        for level, head in zip(levels.tolist(), slices, strict=True)
    ]
    return tuple(slices[at] for at in sorted(range(len(slices)), key=keys.__getitem__))


def _turns(slices: tuple[SliceHead, ...]) -> list[tuple[SliceHead, ...]]:
    """The nth slice of every position, by instance number, makes the nth phase."""
    turns: list[list[SliceHead]] = []
    last, turn = -np.inf, 0
    for place, head in zip(positions(slices).tolist(), slices, strict=True):
        turn = turn + 1 if abs(place - last) < SAME_PLACE_MM else 0
        last = place
        while len(turns) <= turn:
            turns.append([])
        turns[turn].append(head)
    return [tuple(part) for part in turns]


def _overlap(slices: tuple[SliceHead, ...]) -> bool:
    return bool((np.abs(np.diff(positions(slices))) < SAME_PLACE_MM).any())


def _group(head: SliceHead) -> tuple[object, ...]:
    return (
        head.patient,
        head.study_uid,
        head.series,
        head.rows,
        head.columns,
        round(head.row_spacing, 4),
        round(head.column_spacing, 4),
    )
