"""Lines on the way to a margin: closing, smoothing, simplifying, splines. All in px."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from studies.records import Points

Array = npt.NDArray[np.float64]


def close(points: Points, tolerance: float = 1e-9) -> Points:
    """The polygon without repeated neighbours and without its first vertex at the end.

    Vertices nearer than `tolerance` px to the one before are left out.
    """
    kept: list[tuple[float, float]] = []
    for x, y in points:
        if not kept or math.dist(kept[-1], (x, y)) > tolerance:
            kept.append((float(x), float(y)))
    while len(kept) > 1 and math.dist(kept[0], kept[-1]) <= tolerance:
        kept.pop()
    return tuple(kept)


def gap(points: Points) -> float:
    """The distance in px between a line's end and its start."""
    return math.dist(points[0], points[-1]) if points else 0.0


def smooth(points: Points, sigma: float = 1.0, step: float = 0.5) -> Points:
    """A closed line with the tremor of the hand taken out, and its area kept.

    Resampled every `step` px, Gaussian of `sigma` px along the line, then scaled about its
    centre to the area it had, since smoothing alone shrinks a closed line.
    """
    dense = np.asarray(resample(points, step), dtype=np.float64)
    if len(dense) < 8:
        return close(points)
    frequency = np.fft.fftfreq(len(dense), d=step)
    response = np.exp(-2 * (np.pi * sigma * frequency) ** 2)
    line = np.fft.ifft(np.fft.fft(dense[:, 0] + 1j * dense[:, 1]) * response)
    corners = np.asarray(points, dtype=np.float64)
    before, after = _area(corners[:, 0] + 1j * corners[:, 1]), _area(line)
    scale = math.sqrt(before / after) if after > 0 and before < 2 * after else 1.0
    line = line.mean() + (line - line.mean()) * scale
    return tuple((float(z.real), float(z.imag)) for z in line)


def _area(line: npt.NDArray[np.complex128]) -> float:
    return float(abs((np.conj(line) * np.roll(line, -1)).imag.sum()) / 2)


def resample(points: Points, step: float = 0.5) -> Points:
    """The closed polygon with vertices about every `step` px along it, the first one kept."""
    corners = np.asarray(close(points), dtype=np.float64).reshape(-1, 2)
    if len(corners) < 2:
        return close(points)
    ring = np.vstack((corners, corners[:1]))
    length = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(ring, axis=0), axis=1))))
    count = max(3, round(float(length[-1]) / step))
    at = np.arange(count) * length[-1] / count
    x, y = np.interp(at, length, ring[:, 0]), np.interp(at, length, ring[:, 1])
    return tuple(zip(x.tolist(), y.tolist(), strict=True))


def simplify(points: Points, tolerance: float = 0.1) -> Points:
    """Fewer vertices of the closed polygon, none dropped farther than `tolerance` px from it.

    Douglas and Peucker (1973) on both halves between the first vertex and the one farthest off.
    """
    ring = close(points)
    if len(ring) < 5:
        return ring
    vertices = np.asarray(ring, dtype=np.float64)
    far = int(np.linalg.norm(vertices - vertices[0], axis=1).argmax())
    keep = np.zeros(len(ring) + 1, dtype=np.bool_)
    keep[[0, far]] = True
    closed = np.vstack((vertices, vertices[:1]))
    pending = [(0, far), (far, len(ring))]
    while pending:
        first, last = pending.pop()
        offset = _offsets(closed[first : last + 1])
        worst = int(offset.argmax())
        if offset[worst] > tolerance:
            keep[first + worst] = True
            pending += [(first, first + worst), (first + worst, last)]
    return tuple(ring[i] for i in np.flatnonzero(keep[:-1]))


def _offsets(vertices: Array) -> Array:
    """Distances of the vertices from the segment between the first and the last."""
    start, along = vertices[0], vertices[-1] - vertices[0]
    square = float(along @ along)
    if square == 0.0:
        return np.asarray(np.linalg.norm(vertices - start, axis=1))
    share = np.clip((vertices - start) @ along / square, 0.0, 1.0)
    return np.asarray(np.linalg.norm(vertices - start - share[:, None] * along, axis=1))


def spline(anchors: Points, per_side: int = 12, closed: bool = True) -> Points:
    """A smooth line through all anchors: centripetal Catmull-Rom (Yuksel 2011), no loops.

    `per_side` points from each anchor to the next; an open line ends on its last anchor.
    Fewer than three anchors stay as they are.
    """
    ring = close(anchors)
    if len(ring) < 3:
        return ring
    knots = np.asarray(ring, dtype=np.float64)
    if closed:
        padded = np.vstack((knots[-1:], knots, knots[:2]))
    else:
        padded = np.vstack((2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]))
    pieces = [_piece(padded[i : i + 4], per_side) for i in range(len(padded) - 3)]
    line = np.vstack(pieces if closed else [*pieces, knots[-1:]])
    return tuple((float(x), float(y)) for x, y in line)


def _piece(p: Array, count: int) -> Array:
    """The curve from p[1] to (not with) p[2], by Barry and Goldman's pyramid."""
    t = np.concatenate(([0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(p, axis=0), axis=1)))))
    at = (t[1] + (t[2] - t[1]) * np.arange(count) / count)[:, None]

    def between(a: Array, b: Array, i: int, j: int) -> Array:
        return np.asarray((t[j] - at) / (t[j] - t[i]) * a + (at - t[i]) / (t[j] - t[i]) * b)

    a1, a2, a3 = (between(p[i], p[i + 1], i, i + 1) for i in range(3))
    b1, b2 = between(a1, a2, 0, 2), between(a2, a3, 1, 3)
    return between(b1, b2, 1, 2)
