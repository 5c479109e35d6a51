"""The audit as a named job on files."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.audit.auditing import Audit, HeldOut, audit
from engine.jobs import Progress
from engine.patches import LesionPatches


@dataclass(frozen=True)
class AuditSpec:
    """Which ROIs of a patches file trained the generator, and which of the class it never saw."""

    training: tuple[int, ...]
    held_out: tuple[int, ...] = ()


def audit_file(spec: AuditSpec, paths: tuple[Path, ...]) -> Generator[Progress, None, Audit]:
    """`audit` on paths (patches.npz, drawn.npz); every `index` counts in the patches file.

    Raises EngineError for a patches file that cannot be read, TooFewError without training ROIs.
    """
    patches = LesionPatches.load(paths[0])
    patches.check_slices()
    with np.load(paths[1], allow_pickle=False) as file:
        synthetic = file["images"]
    chosen = np.asarray(spec.training, dtype=np.int64)
    known = {patches.patients[i] for i in spec.training}
    others = tuple(i for i in spec.held_out if patches.patients[i] not in known)
    found = yield from audit(
        patches.images[chosen],
        _owners(patches, spec.training),
        synthetic,
        HeldOut(patches.images[np.asarray(others, dtype=np.int64)], _owners(patches, others)),
    )
    return replace(
        found,
        nearest=replace(found.nearest, index=_placed(chosen, found.nearest.index)),
        features=replace(found.features, index=_placed(chosen, found.features.index)),
    )


def _owners(patches: LesionPatches, chosen: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(patches.patients[i] for i in chosen)


def _placed(chosen: npt.NDArray[np.int64], index: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.asarray(chosen[index], dtype=np.int64)
