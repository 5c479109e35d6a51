"""Two small networks that tell from the rays around a point where a margin crosses each of them.

Their weights come from simulated patients and drawn scenes only (tests/bench/learn_margins.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studies.records import FloatArray

WEIGHTS = Path(__file__).with_name("weights.npz")
ACROSS, FARTHER, FARTHEST = 1, 2, 3
"""Steps between what a layer sees together."""


@dataclass(frozen=True)
class Layer:
    """A convolution: weights (channels out, channels in times cells seen) and bias (out, 1)."""

    weights: FloatArray
    bias: FloatArray

    def __call__(self, cells: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Cells (in, n) to (out, n)."""
        found = np.asarray(self.weights @ cells, dtype=np.float32)
        found += self.bias
        return found


@dataclass(frozen=True)
class Network:
    """Nine layers: two fine, three coarse with a sum over all rays between, and back to fine."""

    fine: tuple[Layer, Layer]
    coarse: tuple[Layer, Layer, Layer]
    all_round: Layer
    back: Layer
    last: Layer
    out: Layer

    def shares(self, seen: FloatArray) -> FloatArray:
        """The chance of each step to hold the margin (rays, steps), 1 in all on each ray.

        `seen` (channels, rays, steps); the first and last ray are neighbours, and the number of
        rays is even.
        """
        first = _near(self.fine[1], _near(self.fine[0], seen, ACROSS), ACROSS)
        wide = _near(self.coarse[0], _halved(first), ACROSS)
        wide = _near(self.coarse[1], wide, FARTHER)
        wide = wide + _round(self.all_round, wide)[:, None]
        wide = _near(self.coarse[2], wide, FARTHEST)
        back = _flat(self.back, wide).repeat(2, axis=1).repeat(2, axis=2)
        both = np.maximum(back[:, :, : seen.shape[2]] + first, 0)
        scores = _flat(self.out, _near(self.last, both, ACROSS))[0]
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))


def _near(layer: Layer, cells: FloatArray, apart: int) -> FloatArray:
    """Each cell from the 3 x 3 around it, `apart` steps from each other, nothing below 0."""
    channels, rays, steps = cells.shape
    padded = np.zeros((channels, rays + 2, steps + 2 * apart), dtype=np.float32)
    inner = slice(apart, steps + apart)
    padded[:, 1:-1, inner] = cells
    padded[:, 0, inner], padded[:, -1, inner] = cells[:, -1], cells[:, 0]
    far, next_ray, next_step = padded.strides
    around = np.lib.stride_tricks.as_strided(
        padded,
        (channels, 3, 3, rays, steps),
        (far, next_ray, apart * next_step, next_ray, next_step),
        writeable=False,
    )
    found = layer(around.reshape(channels * 9, rays * steps))
    return np.maximum(found, 0, out=found).reshape(-1, rays, steps)


def _halved(cells: FloatArray) -> FloatArray:
    """Means of two rays by two steps; the last step counts alone where their number is odd."""
    pairs = cells[:, ::2] + cells[:, 1::2]
    if pairs.shape[2] % 2:
        pairs = np.concatenate((pairs, pairs[:, :, -1:]), axis=2)
    return np.asarray((pairs[:, :, ::2] + pairs[:, :, 1::2]) * np.float32(0.25))


def _round(layer: Layer, cells: FloatArray) -> FloatArray:
    """What all rays together show at each step (channels, steps), from five steps near it."""
    mean = np.pad(cells.mean(axis=1), ((0, 0), (2, 2)))
    near = np.lib.stride_tricks.sliding_window_view(mean, cells.shape[2], axis=1)
    return np.maximum(layer(near.reshape(-1, cells.shape[2])), 0)


def _flat(layer: Layer, cells: FloatArray) -> FloatArray:
    """Each cell for itself."""
    channels, rays, steps = cells.shape
    return layer(cells.reshape(channels, rays * steps)).reshape(-1, rays, steps)


@dataclass(frozen=True)
class Networks:
    """One that looks at everything around a click, and one that corrects a margin it is shown."""

    first: Network
    second: Network


@cache  # the file is read once, and what it holds never changes
def networks() -> Networks:
    """The networks as they were learned."""
    with np.load(WEIGHTS, allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files}
    return Networks(network_of(arrays, "first"), network_of(arrays, "second"))


def network_of(arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> Network:
    """The network of the arrays `name.0.weights`, `name.0.bias` … up to its ninth layer."""
    layers = []
    for number in range(9):
        weights = arrays[f"{name}.{number}.weights"].astype(np.float32)
        bias = arrays[f"{name}.{number}.bias"].astype(np.float32)
        layers.append(Layer(weights.reshape(len(weights), -1), bias[:, None]))
    one, two, three, four, all_round, five, back, last, out = layers
    return Network((one, two), (three, four, five), all_round, back, last, out)
