"""A soft-edged star fitted to what the rays show: radii, edge, levels and rim at once.

One model for all rays together, so that noise on one of them moves the margin little.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from studies.imaging.aids.polar import ANGLES, Array, Rays
from studies.imaging.aids.tissue import commonest, middle
from studies.records import FloatArray

ORDER = 7
_TURNS = np.concatenate((np.zeros(1), np.tile(np.arange(1, ORDER + 1), 2)))
_SHIFTS = np.concatenate((np.zeros(ORDER + 1), np.full(ORDER, np.pi / 2)))
WAVES: Array = np.asarray(np.cos(_TURNS * ANGLES - _SHIFTS), dtype=np.float64)
"""(rays, 1 + 2 ORDER): one, the cosines and the sines of each ray's angle."""

SHAPES = WAVES.shape[1]
EVENLY: Array = np.asarray((WAVES**2).sum(axis=0), dtype=np.float64)
INSIDE, OUTSIDE, RIM, WIDTH = range(SHAPES, SHAPES + 4)

UNEVENNESS = 0.3
"""How large a wave round the margin is likely to be, in mean radii, times its number."""

USUAL_WIDTH, LEAST_WIDTH_PX, WIDTH_VARIES = 0.3, 1.0, 0.3
WIDEST = 1.5
RIM_AT, RIM_WIDE = 0.86, 0.25
"""Where a rim is brightest and how far it reaches, in radii."""

LIKELY = np.concatenate(([0.5], UNEVENNESS / _TURNS[1:], [1.0, 1.0, 0.5, WIDTH_VARIES]))
"""One standard deviation of each number before the slice is seen, in mean radii and steps."""

USUAL = np.zeros(SHAPES + 4)
USUAL[[0, INSIDE]] = 1.0
CERTAINTY = LIKELY**-2

PX_A_WITNESS = 32.0
"""Noise is grained and texture varies slowly: so many px² count as one independent value."""

STRANGE = 2.5
"""Beyond so many times the noise a value is another tissue and counts nothing (Tukey's weight)."""

BEYOND = 2.0
LEAST_NOISE = 0.1
"""In steps: where there is less noise, an edge not yet fitted would seem strange all along."""

FARTHEST, ROUNDING = 20.0, 1e-5
NEAR = 1.4
CORE, RING = 0.75, (1.25, 1.7)
STRIDE, SETTLED = 0.25, 0.002  # mean radii


@dataclass(frozen=True)
class Star:
    """Numbers (SHAPES + 4,): waves in mean radii of the start, levels in steps, log of width."""

    numbers: Array
    scale: float

    @property
    def radii(self) -> Array:
        """Where the edge is half-way, in px (rays,)."""
        return np.asarray(self.scale * (WAVES @ self.numbers[:SHAPES]))

    @property
    def width(self) -> float:
        """The whole ramp's, in px."""
        return self.scale * math.exp(float(self.numbers[WIDTH]))


@dataclass(frozen=True)
class _Misfit:
    """What is left (rays, steps), its weights, and its slopes by radius and the last numbers."""

    left: FloatArray
    weights: FloatArray
    by_radius: FloatArray
    by_others: FloatArray


def fitted(rays: Rays, first: Array, width: float, turns: int) -> Star | None:
    """The likeliest star near the radii `first` (rays,) in px; None where nothing stands out.

    A Gauss-Newton search for the most probable Fourier series of radii (ORDER waves, each the
    less likely the larger), smoothstep edge (it starts `width` px wide), levels on both sides
    and bell-shaped rim, under Tukey's biweight (Beaton and Tukey 1974). At most `turns` steps.
    """
    values = _in_steps(rays, first)
    if values is None:
        return None
    scale = float(first.mean())
    waves = WAVES.T @ first / (scale * EVENLY)
    star = Star(np.concatenate((waves, [1.0, 0.0, 0.0, math.log(width / scale)])), scale)
    radii = (rays.radii / scale).astype(np.float32)
    area = rays.radii * float(rays.radii[1] - rays.radii[0]) * (2 * np.pi / len(first))
    witnesses = np.where(rays.known, area / PX_A_WITNESS, 0.0).astype(np.float32)
    noise = None
    for _ in range(turns):
        misfit, noise = _misfit(values, radii, witnesses, star, noise)
        before, star = star, _closer(misfit, star)
        if float(np.abs(star.numbers - before.numbers)[:SHAPES].max()) < SETTLED:
            break
    return star


def _in_steps(rays: Rays, first: Array) -> FloatArray | None:
    """The values (rays, steps) with 0 for the level around and 1 for the one within."""
    share = rays.radii / first[:, None]
    core, ring = rays.values[share < CORE], rays.values[(share > RING[0]) & (share < RING[1])]
    if core.size < 3 or ring.size < 3:
        return None
    within, around = middle(core).level, commonest(ring).level
    if abs(within - around) <= ROUNDING * float(np.abs(rays.values).max()):
        return None
    steps = (rays.values - np.float32(around)) / np.float32(within - around)
    return np.asarray(np.clip(steps, -FARTHEST, FARTHEST))


def _misfit(
    values: FloatArray, radii: FloatArray, witnesses: FloatArray, star: Star, before: float | None
) -> tuple[_Misfit, float]:
    """How far the star's values are from those seen, and the noise that leaves."""
    inside, outside, rim, log_width = (np.float32(n) for n in star.numbers[SHAPES:])
    edge = np.maximum(WAVES @ star.numbers[:SHAPES], 0.05).astype(np.float32)[:, None]
    ramp = np.float32(math.exp(-log_width))
    apart = (edge - radii) * ramp
    through = np.minimum(np.maximum(apart + np.float32(0.5), 0), 1)
    cover = through * through * (3 - 2 * through)
    slope = 6 * through * (1 - through)
    share = radii / edge
    depth = (share - np.float32(RIM_AT)) * np.float32(1 / RIM_WIDE)
    bell = np.exp(-depth * depth)
    above = inside - outside + rim * bell
    left = _told(values, float(inside), float(outside), before) - outside - above * cover
    noise = _noise(left[::3], share[::3])
    strange = np.maximum(1 - (left * np.float32(1 / (STRANGE * noise))) ** 2, 0)
    weights = witnesses * strange * strange * np.float32(1 / noise**2)
    steep = above * slope
    rim_moves = cover * bell * depth * share / edge * (rim * np.float32(2 / RIM_WIDE))
    by_radius = steep * ramp + rim_moves
    by_others = np.stack((cover, 1 - cover, cover * bell, -steep * apart))
    return _Misfit(left, weights, by_radius, by_others), noise


def _noise(left: FloatArray, share: FloatArray) -> float:
    """The spread of what is left in and near the star, by its median, in steps."""
    near = np.abs(left[share < NEAR])
    if not near.size:
        return LEAST_NOISE
    half = near.size // 2
    return max(1.4826 * float(np.partition(near, half)[half]), LEAST_NOISE)


def _told(values: FloatArray, inside: float, outside: float, noise: float | None) -> FloatArray:
    """The values; those beyond the outside's level, on the far side, as if they were inside.

    So bright nodules in a dark lesion's rim belong to it. Vessels outside stay strange.
    """
    if noise is None:
        return values
    side = np.float32(1 if inside > outside else -1)
    far = (np.float32(outside) - values) * (side / np.float32(noise)) - np.float32(BEYOND)
    towards = np.minimum(np.maximum(far, 0), 1) * (np.float32(inside) - values)
    return np.asarray(values + towards)


def _closer(misfit: _Misfit, star: Star) -> Star:
    """One step of the search, at most STRIDE of the first mean radius anywhere."""
    weighed = misfit.weights * misfit.by_radius
    others = misfit.by_others.reshape(4, -1)
    curvature = np.empty((SHAPES + 4, SHAPES + 4))
    along = (weighed * misfit.by_radius).sum(axis=1)
    across = WAVES.T @ (weighed * misfit.by_others).sum(axis=2).T
    curvature[:SHAPES, :SHAPES] = WAVES.T @ (along[:, None] * WAVES)
    curvature[:SHAPES, SHAPES:], curvature[SHAPES:, :SHAPES] = across, across.T
    curvature[SHAPES:, SHAPES:] = (others * misfit.weights.ravel()) @ others.T
    pull = np.concatenate((
        WAVES.T @ (weighed * misfit.left).sum(axis=1),
        others @ (misfit.weights * misfit.left).ravel(),
    ))  # fmt: skip
    curvature.flat[:: SHAPES + 5] += CERTAINTY
    pull -= CERTAINTY * (star.numbers - _usual(star))
    return _stepped(star, np.asarray(np.linalg.solve(curvature, pull), dtype=np.float64))


def _usual(star: Star) -> Array:
    """What is likeliest before the slice is seen: round, no rim, an edge as wide as usual."""
    usual = USUAL.copy()
    usual[WIDTH] = math.log(max(USUAL_WIDTH * float(star.numbers[0]), 1.5 / star.scale))
    return usual


def _stepped(star: Star, moved: Array) -> Star:
    """The star moved on, as far as is safe."""
    farthest = float(np.abs(WAVES @ moved[:SHAPES]).max())
    moved[:SHAPES] /= max(1.0, farthest / STRIDE)
    moved[WIDTH] = min(0.5, max(-0.5, moved[WIDTH]))
    numbers = star.numbers + moved
    least, most = math.log(LEAST_WIDTH_PX / star.scale), math.log(WIDEST)
    numbers[WIDTH] = max(least, min(most, numbers[WIDTH]))
    return replace(star, numbers=numbers)
