"""Guesses at a lesion's size and contrast around a click, each with the margin it leads to."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studies.imaging.aids.path import Path, best_paths
from studies.imaging.aids.polar import ANGLES, GROWTH, Array, Rays
from studies.imaging.aids.tissue import Tissue, commonest, evidence, middle

SIZES_PX = (4.5, 6.5, 9.5, 14.0, 20.0, 29.0, 42.0, 61.0, 88.0)
SMALLER, LARGER = 0.45, 1.9
"""A guess's margin lies between these multiples of its size."""

STIFFNESS = 0.7
STEEPEST = 2
GAP = 0.15
"""So much of the surroundings, in units of the size's square, ends a lesion for good."""

LEAST_STEP, CLEAR_STEP = 1.5, 25.0  # in units of the noise
OUTER_STEPS, INNER_STEPS = 6, 4
CLOSED_BY, REACHED_BY = 0.3, -0.3
SMALL_PX = 6.0


@dataclass(frozen=True)
class Guess:
    """A size in px, the tissue within and around it, and the path of steps that fits both."""

    size: float
    within: Tissue
    around: Tissue
    path: Path

    @property
    def step(self) -> float:
        """The difference of both tissues' levels, in the slice's unit."""
        return abs(self.within.level - self.around.level)


def guesses(rays: Rays) -> tuple[Guess, ...]:
    """One a size whose middle differs from the ring around it, each with its best path."""
    noise = noise_of(rays)
    first = [guess for guess in _first(rays) if guess.step > LEAST_STEP * noise]
    if not first:
        return ()
    gains = np.stack([_gains(rays, guess) for guess in first])
    paths = best_paths(gains, STIFFNESS * math.log(GROWTH), STEEPEST)
    fitted = (replace(guess, path=path) for guess, path in zip(first, paths, strict=True))
    return tuple(_refitted(rays, guess, 0.5 * noise) for guess in fitted)


def noise_of(rays: Rays) -> float:
    """The middle change from ray to ray, in the slice's unit; never 0."""
    changes = np.abs(np.diff(rays.values[:, 8:], axis=0))
    least = 1e-5 * float(np.abs(rays.values).max()) + 1e-12  # what rounding leaves
    return 1.05 * float(np.median(changes)) + least


def _first(rays: Rays) -> list[Guess]:
    nowhere = np.zeros(len(rays.values), dtype=np.intp)
    found = []
    for size in SIZES_PX:
        core = rays.values[:, rays.radii < 0.6 * size]
        ring = rays.values[:, (rays.radii > 1.15 * size) & (rays.radii < 1.8 * size)]
        found.append(Guess(size, middle(core.ravel()), commonest(ring.ravel()), nowhere))
    return found


def _gains(rays: Rays, guess: Guess) -> npt.NDArray[np.float32]:
    """What each ray gains when its margin lies at each step (rays, steps)."""
    says = _says(rays, guess)
    share = rays.radii / guess.size
    weight = np.minimum(share, 2.2) ** 2 * math.log(GROWTH)
    gains = before_gaps(says, weight, GAP)
    gains[:, (share < SMALLER) | (share > LARGER)] = -1e4
    return gains.astype(np.float32)


def _says(rays: Rays, guess: Guess) -> Array:
    return np.where(rays.known, evidence(rays.values, guess.within, guess.around), -1.0)


def before_gaps(says: Array, weight: Array, gap: float) -> Array:
    """Evidence (rays, steps) summed outwards; behind a gap as large as `gap` all is outside.

    So no ray reaches another organ through the tissue between.
    """
    summed = np.cumsum(says * weight, axis=1)
    loss = np.maximum.accumulate(summed, axis=1) - summed
    beyond = np.maximum.accumulate(loss, axis=1) > gap
    return np.asarray(np.cumsum(np.where(beyond, -1.0, says) * weight, axis=1))


def _refitted(rays: Rays, guess: Guess, least: float) -> Guess:
    """Both tissues estimated anew from the path; the old ones where that leaves no step."""
    beyond = np.arange(rays.radii.size) - guess.path[:, None]
    inside = rays.values[(beyond < -1) & (beyond > -12)]
    ring = rays.values[(beyond > 2) & (beyond < 8)]
    within = middle(inside) if inside.size else guess.within
    around = commonest(ring) if ring.size > 2 else guess.around
    fitted = replace(guess, within=within, around=around)
    return fitted if fitted.step > least else guess


@dataclass(frozen=True)
class Weights:
    """What a guess is chosen by. `size` < 0 says that small lesions are the likelier ones.

    Set on simulated patients of other seeds than the one the benchmark judges by, and on the
    same DeepLesion slices.
    """

    closed: float = 1.5
    step: float = 2.0
    size: float = -0.8
    roughness: float = -11.0
    smallness: float = -10.0
    offside: float = -1.3


def likeliest(rays: Rays, found: tuple[Guess, ...], weights: Weights) -> Guess:
    """The guess with the best weighted sum of what a lesion's margin shows.

    It is closed all round, its step is clear, its course is even, the click lies near its
    middle, and it is no smaller than SMALL_PX, which is noise more often than lesion.
    """
    noise = noise_of(rays)
    before = [(_score(rays.radii[guess.path], guess.step / noise, weights)) for guess in found]
    best, chosen = -math.inf, found[0]
    for at in np.argsort(before)[::-1]:
        if before[at] + weights.closed <= best:
            break  # even closed all round it would not win
        score = before[at] + weights.closed * _closed(rays, found[at])
        if score > best:
            best, chosen = score, found[at]
    return chosen


def _score(radii: Array, clearness: float, weights: Weights) -> float:
    """The weighted sum without the share that is closed, which takes longest to find out."""
    mean = float(radii.mean())
    return (
        weights.step * min(1.0, math.log(clearness) / math.log(CLEAR_STEP))
        + weights.size * math.log(mean)
        + weights.roughness * float(np.abs(np.diff(np.log(radii))).mean())
        + weights.smallness * max(0.0, math.log(SMALL_PX / mean))
        + weights.offside * _offside(radii)
    )


def _closed(rays: Rays, guess: Guess) -> float:
    """The share of rays on which the lesion reaches the margin and its surroundings begin there."""
    beyond = np.arange(rays.radii.size) - guess.path[:, None]
    says = np.where(rays.known, _says(rays, guess), 0.0)
    after = _mean_of(says, (beyond > 0) & (beyond <= OUTER_STEPS))
    before = _mean_of(says, (beyond <= 0) & (beyond > -INNER_STEPS))
    return float(((after < -CLOSED_BY) & (before > REACHED_BY)).mean())


def _mean_of(says: Array, band: npt.NDArray[np.bool_]) -> Array:
    """The mean over the band of each ray (rays,)."""
    held = np.maximum(band.sum(axis=1), 1)
    return np.asarray(np.where(band, says, 0.0).sum(axis=1) / held)


def _offside(radii: Array) -> float:
    """How far the centre of the area within the radii (rays,) is from the click, in mean radii."""
    thirds = 2 / 3 * radii**3
    x, y = float(thirds @ np.cos(ANGLES[:, 0])), float(thirds @ np.sin(ANGLES[:, 0]))
    return math.hypot(x, y) / float((radii**2).sum() * radii.mean())
