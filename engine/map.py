"""The t-SNE map of one classifier: its test fold's ROIs and some of their augmentations."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.embedding import Embedding, EmbeddingSpec, tsne
from engine.errors import EngineError, TooFewError
from engine.jobs import Progress
from engine.patches import LesionPatches
from engine.specs import AugmentationSpec

AUGMENTED = 8
"""Augmentations shown of each ROI; more only crowd the map."""


@dataclass(frozen=True)
class MapSpec:
    """`indices` of the ROIs to map, `augmented` drawn augmentations of each beside them."""

    indices: tuple[int, ...]
    augmented: int
    augmentation: AugmentationSpec
    seed: int = 0
    perplexity: float = 30.0


@dataclass(frozen=True)
class FeatureMap:
    """`embedding.xy` row by row: ROI `sources` (index in the patches), itself or augmented."""

    embedding: Embedding
    sources: npt.NDArray[np.int64] = field(repr=False)
    augmented: npt.NDArray[np.bool_] = field(repr=False)


def map_file(spec: MapSpec, paths: tuple[Path, ...]) -> Generator[Progress, None, FeatureMap]:
    """Map the dense features (after ReLU, before dropout) of paths (patches.npz, checkpoint).

    One network, one map: the features of networks of other folds do not compare.
    """
    from engine.cnn.evaluation import features

    if len(spec.indices) * (1 + spec.augmented) < 10:
        raise TooFewError("A t-SNE map needs at least 10 ROIs; add lesions or augmentations.")
    yield Progress(0, 1, "Reading features")
    patches = LesionPatches.load(paths[0])
    images, sources = _pictures(patches, spec)
    matrix = features(paths[1], images)
    found = yield from tsne(
        matrix, patches.targets[sources], sources, EmbeddingSpec(spec.seed, spec.perplexity)
    )
    return FeatureMap(found, sources, np.arange(len(sources)) >= len(spec.indices))


@dataclass(frozen=True)
class Standing:
    """What `place_file` reads: a map that stands, and the ROIs to be placed on it.

    `xy` (n, 2) row by row as the map was made, of ROIs `sources` (n,) in the patches; `images`
    (m, 64, 64) in 0..1.
    """

    xy: npt.NDArray[np.float64] = field(repr=False)
    sources: npt.NDArray[np.int64] = field(repr=False)
    images: npt.NDArray[np.float32] = field(repr=False)

    def save(self, path: Path) -> None:
        """Write them as npz; no pickle in it."""
        np.savez(path, xy=self.xy, sources=self.sources, images=self.images)

    @staticmethod
    def load(path: Path) -> Standing:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return Standing(file["xy"], file["sources"], file["images"])


def place_file(
    spec: MapSpec, paths: tuple[Path, ...]
) -> Generator[Progress, None, npt.NDArray[np.float64]]:
    """Places (m, 2) of other ROIs on the map of paths (patches.npz, checkpoint, standing.npz).

    The map's own features are computed anew from `spec`, with which it was made; its points stay
    where they are. EngineError where the map was made of other ROIs.
    """
    from engine.cnn.evaluation import features
    from engine.placing import place

    yield Progress(0, 1, "Reading features")
    patches, standing = LesionPatches.load(paths[0]), Standing.load(paths[2])
    images, sources = _pictures(patches, spec)
    if not np.array_equal(sources, standing.sources):
        raise EngineError("The ROIs have changed since this map was made; make the map again.")
    own, others = features(paths[1], images), features(paths[1], standing.images)
    return (yield from place(own, standing.xy, others, spec.seed))


def _pictures(
    patches: LesionPatches, spec: MapSpec
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """The images of a map row by row, and the ROI (index in the patches) that each shows."""
    from engine.augment import draw

    chosen = np.asarray(spec.indices, dtype=np.int64)
    if not spec.augmented:
        return patches.images[chosen], chosen
    drawn = draw(patches, chosen, spec.augmented * len(chosen), spec.augmentation, spec.seed)
    images = np.concatenate([patches.images[chosen], drawn.images])
    return images, np.concatenate([chosen, drawn.sources])
