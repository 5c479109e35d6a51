"""The t-SNE map of one classifier: its test fold's ROIs and some of their augmentations."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.embedding import Embedding, EmbeddingSpec, tsne
from engine.errors import TooFewError
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
    from engine.augment import draw
    from engine.cnn.evaluation import features

    if len(spec.indices) * (1 + spec.augmented) < 10:
        raise TooFewError("A t-SNE map needs at least 10 ROIs; add lesions or augmentations.")
    yield Progress(0, 1, "Reading features")
    patches = LesionPatches.load(paths[0])
    chosen = np.asarray(spec.indices, dtype=np.int64)
    images, sources = patches.images[chosen], chosen
    if spec.augmented:
        drawn = draw(patches, chosen, spec.augmented * len(chosen), spec.augmentation, spec.seed)
        images = np.concatenate([images, drawn.images])
        sources = np.concatenate([chosen, drawn.sources])
    matrix = features(paths[1], images)
    found = yield from tsne(
        matrix, patches.targets[sources], sources, EmbeddingSpec(spec.seed, spec.perplexity)
    )
    return FeatureMap(found, sources, np.arange(len(sources)) >= len(chosen))
