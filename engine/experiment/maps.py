"""A classifier's t-SNE map as a file beside its checkpoint."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from engine.embedding import Embedding
from engine.errors import EngineError
from engine.map import FeatureMap

MAP = "map.npz"
_REALS = ("perplexity", "trustworthiness", "knn_features", "knn_map", "kl_divergence")
_WHOLES = ("seed", "components", "judged")


def save(folder: Path, drawn: FeatureMap) -> Path:
    """Write map.npz into a run's folder; no pickle in it."""
    path = folder / MAP
    with path.open("wb") as file:
        np.savez(
            file,
            xy=drawn.embedding.xy,
            sources=drawn.sources,
            augmented=drawn.augmented,
            reals=np.array([getattr(drawn.embedding, name) for name in _REALS], np.float64),
            wholes=np.array([getattr(drawn.embedding, name) for name in _WHOLES], np.int64),
        )
    return path


def load(folder: Path) -> FeatureMap:
    """The map of a run's folder; EngineError where it has none or it is damaged."""
    try:
        with np.load(folder / MAP, allow_pickle=False) as file:
            held = {name: file[name] for name in file.files}
        perplexity, trust, features, flat, divergence = map(float, held["reals"])
        seed, components, judged = map(int, held["wholes"])
        xy, sources = held["xy"].astype(np.float64), held["sources"].astype(np.int64)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise EngineError(
            "This run has no readable map; make it again from its checkpoint."
        ) from error
    found = Embedding(xy, perplexity, seed, components, trust, features, flat, divergence, judged)
    return FeatureMap(found, sources, held["augmented"].astype(np.bool_))
