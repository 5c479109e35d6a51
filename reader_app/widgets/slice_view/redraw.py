"""A stroke from a margin's line back to its line replaces the part between; pure, in px.

The ends of the stroke are joined where it crosses the line nearby, else drawn to the line. Of
the two ways round, the one nearer to the stroke is replaced; the other keeps its vertices.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reader_app.widgets.slice_view.gesture import Point
from studies.imaging import contour
from studies.records import Points

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

TAIL = 3.0
"""A crossing within so many `near` of an end of the stroke is where it joins the line."""

MOST_JOINTS = 3
LEAST_PX = 1e-9
SMOOTH_PX, STEP_PX = 0.7, 0.5
MOST_SAMPLES = 300  # for deciding which way round is meant


@dataclass(frozen=True)
class _Joint:
    """A place of the stroke on the margin, as the length along each."""

    stroke: float
    margin: float


@dataclass(frozen=True)
class _Way:
    """What would be replaced: from joint to joint, forward along the margin or back."""

    start: _Joint
    end: _Joint
    is_forward: bool

    def replaces(self, lengths: Array) -> Mask:
        """Which lengths along the margin lie on the replaced part."""
        first, last = self.start.margin, self.end.margin
        if not self.is_forward:
            first, last = last, first
        between: Mask = (lengths > first) & (lengths < last)
        return between if first <= last else (lengths > first) | (lengths < last)


def redrawn(margin: Points, stroke: Points, near: float, least: float) -> Points | None:
    """The margin with the stroke in place of the part it spans.

    None where the stroke does not begin and end within `near` px of the line, is shorter than
    `least` px, or comes back to its own start (then it is a whole margin of its own).
    """
    if len(margin) < 3 or len(stroke) < 2:
        return None
    line, ring = _distinct(np.asarray(stroke, np.float64)), np.asarray((*margin, margin[0]))
    run, round_ = _lengths(line), _lengths(ring)
    ends = [_nearest(ring, round_, line[i]) for i in (0, -1)]
    if run[-1] < least or max(distance for distance, _ in ends) > near:
        return None
    if math.dist(stroke[0], stroke[-1]) <= min(near, run[-1] / 2):
        return None
    crossings = _crossings(line, run, ring, round_)
    tail = TAIL * near
    starts = [c for c in crossings if c.stroke <= tail][:MOST_JOINTS]
    stops = [c for c in reversed(crossings) if c.stroke >= run[-1] - tail][:MOST_JOINTS]
    starts.append(_Joint(0.0, ends[0][1]))
    stops.append(_Joint(float(run[-1]), ends[1][1]))
    closeness = _Closeness(line, run, ring, round_)
    ways = [closeness.better(*pair) for pair in _pairs(starts, stops, min(near, run[-1] / 2))]
    best = min(ways, key=lambda way: _kept_crossings(way, crossings))
    return _joined(best, line, run, ring, round_)


def distance_from(margin: Points, at: Point) -> float:
    """How far a point lies from the closed line, px."""
    ring = np.asarray((*margin, margin[0]), np.float64)
    return _nearest(ring, _lengths(ring), np.asarray(at, np.float64))[0]


def lies_on(margin: Points, at: Point, seen: Point, apart: float, near: float) -> bool:
    """Whether `at` lies within `near` px of the line, more than `apart` px along it from `seen`."""
    ring = np.asarray((*margin, margin[0]), np.float64)
    round_ = _lengths(ring)
    (distance, place), (_, start) = (
        _nearest(ring, round_, np.asarray(point, np.float64)) for point in (at, seen)
    )
    along = abs(place - start)
    return distance <= near and min(along, float(round_[-1]) - along) > apart


def _pairs(
    starts: list[_Joint], stops: list[_Joint], least: float
) -> Iterator[tuple[_Joint, _Joint]]:
    for start in starts:
        for stop in stops:
            if stop.stroke - start.stroke >= least:
                yield start, stop


def _kept_crossings(way: _Way, crossings: list[_Joint]) -> int:
    """How often the stroke would cross the part of the margin that stays."""
    inner = [c.margin for c in crossings if way.start.stroke < c.stroke < way.end.stroke]
    return int((~way.replaces(np.asarray(inner, np.float64))).sum())


class _Closeness:
    """How near stroke and margin lie to each other, piece by piece."""

    def __init__(self, line: Array, run: Array, ring: Array, round_: Array) -> None:
        self._run = np.linspace(0.0, run[-1], min(MOST_SAMPLES, max(8, math.ceil(run[-1]))))
        self._round = np.linspace(0.0, round_[-1], min(MOST_SAMPLES, max(8, math.ceil(round_[-1]))))
        strokes, margins = _at(line, run, self._run), _at(ring, round_, self._round)
        self._apart = np.linalg.norm(strokes[:, None] - margins[None], axis=2)

    def better(self, start: _Joint, end: _Joint) -> _Way:
        """The way round whose replaced part is nearer to the stroke, seen from both."""
        ways = (_Way(start, end, True), _Way(start, end, False))
        return min(ways, key=self._of)

    def _of(self, way: _Way) -> float:
        drawn = (self._run >= way.start.stroke) & (self._run <= way.end.stroke)
        replaced = way.replaces(self._round)
        for joint in (way.start, way.end):  # something lies even between neighbouring places
            drawn[int(np.abs(self._run - joint.stroke).argmin())] = True
            replaced[int(np.abs(self._round - joint.margin).argmin())] = True
        apart = self._apart[np.ix_(drawn, replaced)]
        return float(apart.min(axis=0).mean() + apart.min(axis=1).mean())


def _joined(way: _Way, line: Array, run: Array, ring: Array, round_: Array) -> Points | None:
    """The stroke between the joints, then the margin's vertices that stay."""
    joints = _at(ring, round_, np.array([way.start.margin, way.end.margin]))
    drawn = _drawn(way, line, run, joints)
    lengths = round_[:-1]
    stays = ~way.replaces(lengths) & ~np.isin(lengths, (way.start.margin, way.end.margin))
    kept = np.flatnonzero(stays)
    begin = way.end.margin if way.is_forward else way.start.margin
    kept = kept[np.argsort((lengths[kept] - begin) % round_[-1], kind="stable")]
    if not way.is_forward:
        drawn = drawn[::-1]
    whole = contour.close(_points(np.vstack((drawn, ring[kept]))), 1e-6)
    return whole if len(whole) >= 3 and contour.area_mm2(whole) >= 1.0 else None


def _drawn(way: _Way, line: Array, run: Array, joints: Array) -> Array:
    """The stroke from joint to joint, smoothed, its ends drawn onto the joints."""
    first, last = way.start.stroke, way.end.stroke
    count = max(3, math.ceil((last - first) / STEP_PX))
    at = np.linspace(first, last, count)
    dense = _smooth(_at(line, run, at))
    for joint, distance, end in ((joints[0], at - first, 0), (joints[1], last - at, -1)):
        off = joint - dense[end]
        reach = min((last - first) / 2, 3 * float(np.linalg.norm(off)) + STEP_PX)
        weight = np.where(distance < reach, np.cos(distance / reach * np.pi / 2) ** 2, 0.0)
        dense = dense + weight[:, None] * off
    return np.vstack((dense[:-1:2], dense[-1:]))


def _smooth(dense: Array) -> Array:
    """The tremor of the hand taken out of an open line; both ends stay."""
    half = min(math.ceil(3 * SMOOTH_PX / STEP_PX), len(dense) - 1)
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) * STEP_PX / SMOOTH_PX) ** 2)
    kernel /= kernel.sum()
    before = 2 * dense[:1] - dense[half:0:-1]
    after = 2 * dense[-1:] - dense[-2 : -half - 2 : -1]
    padded = np.vstack((before, dense, after))
    return np.column_stack([np.convolve(padded[:, axis], kernel, "valid") for axis in (0, 1)])


# --- lengths along lines ------------------------------------------------------------------------


def _distinct(line: Array) -> Array:
    """The line without samples on top of the one before."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    return line[np.concatenate(([True], steps > LEAST_PX))]


def _lengths(line: Array) -> Array:
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    return np.concatenate(([0.0], np.cumsum(steps)))


def _at(line: Array, run: Array, lengths: Array) -> Array:
    return np.column_stack([np.interp(lengths, run, line[:, axis]) for axis in (0, 1)])


def _nearest(ring: Array, round_: Array, at: Array) -> tuple[float, float]:
    """Distance of a point from the closed line, and where along it the nearest place lies."""
    sides = np.diff(ring, axis=0)
    squares = np.maximum((sides**2).sum(axis=1), LEAST_PX**2)
    share = np.clip(((at - ring[:-1]) * sides).sum(axis=1) / squares, 0.0, 1.0)
    apart = np.linalg.norm(ring[:-1] + share[:, None] * sides - at, axis=1)
    side = int(apart.argmin())
    length = round_[side] + share[side] * (round_[side + 1] - round_[side])
    return float(apart[side]), float(length)


def _crossings(line: Array, run: Array, ring: Array, round_: Array) -> list[_Joint]:
    """Where the stroke crosses the margin, in the stroke's order."""
    u, v = np.diff(line, axis=0)[:, None], np.diff(ring, axis=0)[None]
    w = ring[None, :-1] - line[:-1, None]
    cross = _cross(u, v)
    usable = np.abs(cross) > 1e-12
    cross = np.where(usable, cross, 1.0)
    s, t = _cross(w, v) / cross, _cross(w, u) / cross
    rows, columns = np.nonzero(usable & (s >= 0) & (s < 1) & (t >= 0) & (t < 1))
    found = [
        _Joint(
            float(run[i] + s[i, j] * (run[i + 1] - run[i])),
            float(round_[j] + t[i, j] * (round_[j + 1] - round_[j])),
        )
        for i, j in zip(rows, columns, strict=True)
    ]
    return sorted(found, key=lambda joint: joint.stroke)


def _cross(a: Array, b: Array) -> Array:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _points(vertices: Array) -> Points:
    return tuple((float(x), float(y)) for x, y in vertices)
