"""What the networks see of rays: values about the middle's, in units of the noise.

How the slices beside differ is shown as channels of their own, 0 where there are none.
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
LIKELY = 0.5
"""What is within the margin more likely than not. The area expected instead ends half-way between
two places that are each likely, and took in more than the lesion on real CT."""


@dataclass(frozen=True)
class Seen:
    """The chance of each step to hold the margin (pairs, steps), and the steps' borders in px."""

    chances: Array
    borders: Array

    @property
    def radii(self) -> Array:
        """The margin, px at each of PAIRS (pairs,): where the chance to be within is LIKELY."""
        inside = np.pad(1 - np.cumsum(self.chances, axis=1), ((0, 0), (1, 0)), constant_values=1.0)
        step = np.clip((inside >= LIKELY).sum(axis=1) - 1, 0, inside.shape[1] - 2)
        rays = np.arange(len(inside))
        here, beyond = inside[rays, step], inside[rays, step + 1]
        share = np.clip((here - LIKELY) / np.maximum(here - beyond, 1e-9), 0, 1)
        low, high = self.borders[step], self.borders[step + 1]
        return np.asarray(low + share * (high - low))

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
    own = np.where(rays.known, even(rays.values), 0)
    near, all_in_all = (
        np.where(rays.known, even(more) - own, 0) for more in (rays.beside, rays.drawn_together)
    )
    shown = _paired(own, rays.known, near, all_in_all)
    return Look(shown, np.asarray(borders, dtype=np.float64))


def second_look(rays: Rays, margin: Array) -> Look:
    """At rays of even steps; shown too: on which side of the margin (pairs,) px each lies."""
    step = float(rays.radii[1] - rays.radii[0])
    first = np.maximum(margin, NARROWEST * step)[:, None]
    side = np.clip((rays.radii / first - 1) * 2, -1, 1)
    even = _evened(rays, WITHIN_STEPS)
    own = even(rays.values)
    borders = np.arange(rays.radii.size + 1) * step
    near, all_in_all = even(rays.beside) - own, even(rays.drawn_together) - own
    shown = _paired(own, np.repeat(side, 2, axis=0), near, all_in_all)
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
