"""A bag of visual words: small patches, their principal components, and a dictionary of them.

Diamant et al. 2017 (IEEE Trans. Biomed. Eng. 64:1380-1392); paper, section 4.4.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import CheckpointError, EngineError
from engine.jobs import Progress
from engine.specs import SIDE

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

BATCH = 2048
"""Patches a step of the clustering."""
PASSES = 5
"""How often the clustering sees each patch."""
SEEDED_FROM = 3
"""Patches a word from which the first words are drawn (k-means++)."""
EVERY = 8
"""ROIs between two reports."""
SPREAD_EVERY = 100
"""First words between two reports."""


@dataclass(frozen=True)
class Dictionary:
    """What turns an ROI into counts of words; all of it learnt on training ROIs.

    `mean` (p,) the mean patch, p = side squared; `components` (c, p) orthonormal rows; `words`
    (w, c) in the components' space. A patch keeps its own mean: how bright a lesion is tells the
    classes apart in CT.
    """

    mean: DoubleArray = field(repr=False)
    components: DoubleArray = field(repr=False)
    words: DoubleArray = field(repr=False)
    stride: int

    def histogram(self, image: FloatArray) -> DoubleArray:
        """Patches (w,) of an ROI (64, 64) that show each word, the nearest of all."""
        side = round(float(np.sqrt(len(self.mean))))
        signal = (cut(image, side, self.stride) - self.mean) @ self.components.T
        nearest = ((self.words**2).sum(1) - 2 * signal @ self.words.T).argmin(1)
        return np.bincount(nearest, minlength=len(self.words)).astype(np.float64)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything a checkpoint holds of it."""
        return {
            "patch_mean": self.mean,
            "patch_components": self.components,
            "words": self.words,
            "patch_stride": np.array([self.stride], dtype=np.int64),
        }

    @staticmethod
    def of_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> Dictionary:
        """What `arrays` gave; CheckpointError where something is missing."""
        try:
            return Dictionary(
                mean=arrays["patch_mean"],
                components=arrays["patch_components"],
                words=arrays["words"],
                stride=int(arrays["patch_stride"][0]),
            )
        except (KeyError, IndexError) as error:
            raise CheckpointError("This dictionary is not whole; train it again.") from error


def cut(image: FloatArray, side: int, stride: int) -> DoubleArray:
    """Patches (n, side * side) of an ROI, every `stride` px; 729 with 11 px and stride 2."""
    if not np.isfinite(image).all():
        raise EngineError("An ROI holds values that are not numbers; draw its margin again.")
    windows = np.lib.stride_tricks.sliding_window_view(image, (side, side))[::stride, ::stride]
    return windows.reshape(-1, side * side).astype(np.float64)


def learn(
    images: FloatArray,
    *,
    side: int,
    stride: int,
    components: int,
    count: int,
    seed: int,
) -> Generator[Progress, None, Dictionary]:
    """Learn a dictionary on ROIs (n, 64, 64) in 0..1; it does not look at their classes.

    Where there are fewer patches than `count`, each patch may be its own word and there are no
    more than that; likewise for components and pixels. EngineError for a patch that is larger
    than an ROI, or sizes below 1.
    """
    if not 1 <= side <= SIDE or min(stride, components, count) < 1:
        raise EngineError(
            f"Patches of {side} px every {stride} px, {components} components and {count} words "
            f"cannot be learnt: a patch has 1 to {SIDE} px, all others are at least 1."
        )
    mean, axes = yield from _components(images, side, stride, components)
    rows = []
    for at, image in enumerate(images):
        if at % EVERY == 0:
            yield Progress(at, len(images), "Cutting patches")
        rows.append((cut(image, side, stride) - mean) @ axes.T)
    centres = yield from _clustered(np.concatenate(rows), count, seed)
    return Dictionary(mean, axes, centres, stride)


def _components(
    images: FloatArray, side: int, stride: int, count: int
) -> Generator[Progress, None, tuple[DoubleArray, DoubleArray]]:
    """Mean patch and the directions of most variance, from sums: no set is too large for it."""
    total, products, seen = np.zeros(side**2), np.zeros((side**2, side**2)), 0
    for at, image in enumerate(images):
        if at % EVERY == 0:
            yield Progress(at, len(images), "Finding the patches' components")
        patches = cut(image, side, stride)
        total += patches.sum(0)
        products += patches.T @ patches
        seen += len(patches)
    mean = total / seen
    _, axes = np.linalg.eigh(products / seen - np.outer(mean, mean))
    chosen = axes[:, ::-1][:, :count].T
    strongest = np.abs(chosen).argmax(1)
    signs = np.sign(chosen[np.arange(len(chosen)), strongest])
    return mean, np.ascontiguousarray(chosen * signs[:, None])


def _clustered(
    signal: DoubleArray, count: int, seed: int
) -> Generator[Progress, None, DoubleArray]:
    """Words (w, c) of patches (n, c) by mini-batch k-means, a batch a step."""
    from sklearn.cluster import MiniBatchKMeans  # not needed to read ROIs

    rng = np.random.default_rng(seed)
    count = min(count, len(signal))
    batch = max(BATCH, count)  # the first batch must hold a patch a word
    shuffled = signal[rng.permutation(len(signal))]
    seeds = yield from _spread(shuffled[: max(batch, SEEDED_FROM * count)], count, rng)
    clusters = MiniBatchKMeans(
        count, init=seeds, n_init=1, batch_size=batch, random_state=int(rng.integers(2**31))
    )
    starts = range(0, len(signal), batch)
    for turn in range(PASSES):
        for step, start in enumerate(starts):
            yield Progress(turn * len(starts) + step, PASSES * len(starts), "Learning words")
            clusters.partial_fit(shuffled[start : start + batch])
    return np.asarray(clusters.cluster_centers_, dtype=np.float64)


def _spread(
    signal: DoubleArray, count: int, rng: np.random.Generator
) -> Generator[Progress, None, DoubleArray]:
    """First words (count, c): each patch with a chance that grows with its squared distance to
    those taken (k-means++, Arthur & Vassilvitskii 2007). Equal patches may be taken twice."""
    taken = [int(rng.integers(len(signal)))]
    nearest = ((signal - signal[taken[0]]) ** 2).sum(1)
    while len(taken) < count:
        if len(taken) % SPREAD_EVERY == 0:
            yield Progress(len(taken), count, "Choosing first words")
        climb = np.cumsum(nearest)
        found = int(np.searchsorted(climb, rng.random() * climb[-1], side="right"))
        taken.append(min(found, len(signal) - 1))
        nearest = np.minimum(nearest, ((signal - signal[taken[-1]]) ** 2).sum(1))
    return signal[taken]
