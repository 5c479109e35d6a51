"""What the networks see of rays: values about the middle's, in units of the noise.

How the slices beside differ is shown as a channel of its own, 0 where there are none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studies.imaging.aids.network import Network
from studies.imaging.aids.polar import Array, Rays
from studies.records import FloatArray

WITHIN_STEPS = 8
"""Steps next to the point: what is in the middle, and where rays lie too close to tell noise."""

NEAR_STEPS = 36
NOISE_SHARE = 0.02
"""Less noise than this share of all that is seen is not believed (drawn pictures have none)."""

NARROWEST = 0.5  # steps of a margin's radius


@dataclass(frozen=True)
class Seen:
    """The chance of each step to hold the margin (pairs, steps), and the steps' borders in px."""

    chances: Array
    borders: Array

    @property
    def radii(self) -> Array:
        """The margin, px at each of PAIRS (pairs,).

        Each step counts with the chance that it lies within: the area expected is the circle
        sector's, so that doubt between two places ends between them.
        """
        within = 1 - np.cumsum(self.chances, axis=1) + self.chances / 2
        return np.asarray(np.sqrt(self.borders[0] ** 2 + within @ np.diff(self.borders**2)))

    @property
    def doubt(self) -> float:
        """The mean entropy of a ray's chances, in natural units."""
        return -float((self.chances * np.log(self.chances + 1e-12)).sum(axis=1).mean())


@dataclass(frozen=True)
class Look:
    """What is shown (channels, pairs of rays, steps), and the steps' borders (steps + 1,) in px."""

    shown: FloatArray
    borders: Array

    def seen_by(self, network: Network) -> Seen:
        """Where the network sees the margin."""
        return Seen(network.shares(self.shown).astype(np.float64), self.borders)


def noise_of(rays: Rays) -> float:
    """The middle change from ray to ray, in the slice's unit; never 0."""
    changes = np.abs(np.diff(rays.values[:, WITHIN_STEPS:], axis=0))
    least = 1e-5 * float(np.abs(rays.values).max()) + 1e-12  # what rounding leaves
    return 1.05 * _ranked(changes, 0.5) + least


def _ranked(values: FloatArray, *shares: float) -> float:
    """The value below which this share of all lies; of several shares, the last less the first."""
    flat = values.ravel()
    places = [round(share * (flat.size - 1)) for share in shares]
    ordered = np.partition(flat, places)
    last = float(ordered[places[-1]])
    return last if len(places) == 1 else last - float(ordered[places[0]])


def first_look(rays: Rays) -> Look:
    """At rays whose radii grow evenly; shown too: which of them lie on the image."""
    growth = float(rays.radii[1] / rays.radii[0])
    borders = rays.radii[0] * growth ** (np.arange(rays.radii.size + 1) - 0.5)
    even = _evened(rays, WITHIN_STEPS + 4)
    own, beside = np.where(rays.known, even(rays.values), 0), even(rays.beside)
    more = np.where(rays.known, beside - own, 0)
    return Look(_paired(own, rays.known, more), np.asarray(borders, dtype=np.float64))


def second_look(rays: Rays, margin: Array) -> Look:
    """At rays of even steps; shown too: on which side of the margin (pairs,) px each lies."""
    step = float(rays.radii[1] - rays.radii[0])
    first = np.maximum(margin, NARROWEST * step)[:, None]
    side = np.clip((rays.radii / first - 1) * 2, -1, 1)
    even = _evened(rays, WITHIN_STEPS)
    own = even(rays.values)
    borders = np.arange(rays.radii.size + 1) * step
    shown = _paired(own, np.repeat(side, 2, axis=0), even(rays.beside) - own)
    return Look(shown, np.asarray(borders, np.float64))


def _evened(rays: Rays, middle: int) -> Callable[[FloatArray], FloatArray]:
    """Values about the median of the slice's first `middle` steps, large ones brought nearer."""
    values = rays.values
    near = values[:, :NEAR_STEPS].ravel()[::7]
    noise = max(noise_of(rays), NOISE_SHARE * _ranked(near, 0.05, 0.95))
    level, scale = np.float32(_ranked(values[:, :middle], 0.5)), np.float32(0.5 / noise)
    return lambda seen: np.asarray(np.arcsinh((seen - level) * scale) / 2)


def _paired(*channels: FloatArray | Array | np.ndarray) -> FloatArray:
    """Channels (rays, steps) as one array of means of two neighbouring rays."""
    both = np.stack([np.asarray(channel, dtype=np.float32) for channel in channels])
    return np.asarray((both[:, ::2] + both[:, 1::2]) * np.float32(0.5))
