"""How good a generator's draws are while it trains, beside real against real.

All of it is measured against originals of the training folds; the test fold is never seen. KID is
measured against held-out patients' ROIs as well, where a recipe holds some out to be watched.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Generator as Generating
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.audit import CopyMeter
from engine.gan.examples import Examples
from engine.jobs import Progress
from engine.metrics import (
    diversity,
    kid_of_features,
    manifold,
    random_features,
    spectrum_distance,
)

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
Metrics = tuple[tuple[str, float], ...]
Draws = Callable[[int, int], Generating[None, None, FloatArray]]
"""(count, target) to ROIs (count, 64, 64) in 0..1, drawn beat by beat."""

DRAWS = 64
PAIRS = 60
LEAST = 0.01
FEWEST = 4
"""Real ROIs that a KID takes."""
FIELDS = 8
COPIES_OF = 24
"""Draws of a class that are searched for copies."""


@dataclass(frozen=True)
class Quality:
    """What was found at one look, means over the classes, and what is searched for copies."""

    metrics: Metrics
    drawn: FloatArray

    def value(self, name: str) -> float | None:
        """A number by its name; None where it was not measured."""
        return dict(self.metrics).get(name)


class Judge:
    """Measures draws against a class's originals (n, 64, 64), whose features it keeps.

    `held_out` (m, 64, 64) are ROIs of the class of patients that nothing learns from.
    """

    def __init__(
        self,
        originals: FloatArray,
        is_thorough: bool = False,
        held_out: FloatArray | None = None,
    ) -> None:
        is_enough = held_out is not None and len(held_out) >= FEWEST
        self._held = random_features(held_out) if held_out is not None and is_enough else None
        self._originals, self._is_thorough = originals, is_thorough
        self._features = random_features(originals)
        self._real = diversity(originals, pairs=PAIRS)
        self.wanted = DRAWS

    def look(self, drawn: FloatArray) -> Metrics:
        """diversity and kid of draws (m, 64, 64), each with the band of real against real.

        A thorough judge adds coverage, KID of the layout and the distance of the spectra. Under
        4 originals there is neither kid nor what a thorough judge adds; from 4 held-out ROIs on
        `kid_held` against them and their number.
        """
        found = [
            ("diversity", diversity(drawn, pairs=PAIRS).value),
            ("diversity_real_low", self._real.low),
            ("diversity_real_high", self._real.high),
        ]
        if len(self._originals) >= FEWEST:
            features = random_features(drawn)
            kid = kid_of_features(self._features, features)
            found += [
                ("kid", kid.value),
                ("kid_low", kid.low),
                ("kid_high", kid.high),
                ("kid_real_low", kid.band_low),
                ("kid_real_high", kid.band_high),
            ]
            if self._held is not None:
                held = kid_of_features(self._held, features)
                found += [("kid_held", held.value), ("kid_held_n", float(len(self._held)))]
            if self._is_thorough:
                found += self._thorough(drawn, features)
        return tuple(found)

    def _thorough(self, drawn: FloatArray, features: DoubleArray) -> Metrics:
        spectrum = spectrum_distance(self._originals, drawn)
        placed = kid_of_features(layout(self._originals), layout(drawn))
        return (
            ("layout", placed.value),
            ("layout_real_high", placed.band_high),
            ("coverage", manifold(self._features, features).coverage),
            ("spectrum", spectrum.value),
            ("spectrum_real_low", spectrum.band_low),
            ("spectrum_real_high", spectrum.band_high),
        )


class Panel:
    """A judge a class, and a meter of copies among the draws of all."""

    def __init__(self, examples: Examples, is_thorough: bool) -> None:
        self._judges = [
            (
                target,
                Judge(
                    examples.originals[examples.targets == target],
                    is_thorough,
                    examples.held_out[examples.held_targets == target],
                ),
            )
            for target, _ in examples.names
        ]
        self._copies = CopyMeter(examples.originals, examples.patients)

    def look(self, draws: Draws) -> Generating[None, None, Quality]:
        """Judge the draws of every class; a beat after each."""
        found, drawn = [], []
        for target, judge in self._judges:
            images = yield from draws(judge.wanted, target)
            found.append(judge.look(images))
            drawn.append(images[:COPIES_OF])
            yield
        return Quality(_means(found), np.concatenate(drawn))

    def copies(self, quality: Quality) -> Generating[Progress, None, float]:
        """The share 0..1 of a look's draws that copy an original (engine.audit)."""
        return self._copies.measure(quality.drawn)


def score(quality: Quality, copies: float = 0.0) -> float | None:
    """The number a checkpoint is chosen by, 0..1, higher is better; None where there is no KID.

    coverage x 1 / (1 + KID / K + LAYOUT / L) x (1 - copies): means over the classes, against the
    training folds' originals, of coverage (at least .01, so that early looks differ) and KID in
    random features, which know grain and contrast but no place, and of KID in the layout, which
    knows the place; negative ones count as 0. K and L are the high ends of the same of real
    against real. A generator must reach all lesions, be near to them, and not by copying them.
    """
    coverage = quality.value("coverage")
    far, off = _in_bands(quality, "kid"), _in_bands(quality, "layout")
    if coverage is None or far is None or off is None:
        return None
    return max(coverage, LEAST) / (1 + far + off) * (1 - copies)


def layout(images: FloatArray) -> DoubleArray:
    """The images (n, s, s) as means of 8 x 8 fields, (n, 64): what lies where."""
    side = images.shape[-1] // FIELDS
    fields = images.reshape(len(images), FIELDS, side, FIELDS, side)
    return np.asarray(fields.mean((2, 4), dtype=np.float64).reshape(len(images), -1))


def _in_bands(quality: Quality, name: str) -> float | None:
    """A distance over the high end of the same of real against real; negative: 0."""
    value, high = quality.value(name), quality.value(f"{name}_real_high")
    return None if value is None or high is None else max(0.0, value) / max(high, 1e-6)


def _means(found: list[Metrics]) -> Metrics:
    """The mean of each number over the classes where all have it."""
    if len(found) == 1:
        return found[0]
    by_class = [dict(one) for one in found]
    names = [name for name, _ in found[0] if all(name in one for one in by_class)]
    return tuple((name, float(np.mean([one[name] for one in by_class]))) for name in names)
