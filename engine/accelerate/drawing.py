"""The images of a run laid on the device; D_aug drawn there where the native crops lie there.

Which images they are is `engine.cnn.examples`' rule; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from engine.accelerate.resident import ResidentCrops
from engine.augment import _number, _order, plan
from engine.cnn.evaluation import as_input
from engine.cnn.examples import Examples, IntArray, gather
from engine.patches import EXTRA, LesionPatches
from engine.specs import SIDE, CnnTraining


@dataclass(frozen=True)
class Laid:
    """Training images on a device, (n, slices, 64, 64) in 0..1, and their targets (n,).

    `mean` (slices, 64, 64) over them, on the CPU.
    """

    images: torch.Tensor
    targets: torch.Tensor
    mean: torch.Tensor

    @staticmethod
    def of(examples: Examples, device: torch.device) -> Laid:
        """Examples of the CPU, sent to the device."""
        return Laid(
            as_input(examples.images).to(device),
            torch.from_numpy(examples.targets).to(device),
            torch.from_numpy(examples.mean_image()),
        )


def lay(
    patches: LesionPatches,
    spec: CnnTraining,
    synthetic: Path | None,
    device: torch.device,
    crops: ResidentCrops | None = None,
) -> Laid:
    """What `engine.cnn.examples.gather` gives, on the device.

    With `crops` (of all ROIs of the patches) D_aug is sampled from them, equal to the CPU's within
    `resident.TOLERANCE`; without, and for ROIs of several slices, on the CPU. EngineError as there.
    """
    if crops is None or spec.cnn.slices > 1 or not (spec.classic or spec.extra):
        return Laid.of(gather(patches, spec, synthetic), device)
    kept = gather(patches, replace(spec, classic=0, extra=0), synthetic)
    count = len(kept.originals)
    images, targets = [as_input(kept.images[:count]).to(device)], [kept.targets[:count]]
    for part in _parts(patches, kept.originals, spec):
        drawn, theirs = _drawn(crops, patches, part, spec)
        images.append(drawn)
        targets.append(theirs)
    images.append(as_input(kept.images[count:]).to(device))
    whole = torch.cat(images)
    named = torch.from_numpy(np.concatenate([*targets, kept.targets[count:]]))
    return Laid(whole, named.to(device), whole.mean(0, dtype=torch.float64).float().cpu())


@dataclass(frozen=True)
class _Part:
    """`count` images to draw of the ROIs `indices`, equally many of each."""

    indices: IntArray
    count: int


def _parts(patches: LesionPatches, chosen: IntArray, spec: CnnTraining) -> Iterator[_Part]:
    """The draws of D_aug and of the extra cases' own group, in their order."""
    fold = np.asarray(spec.folds, dtype=np.int64)[chosen]
    values = np.unique(fold[fold != EXTRA])
    added, own = chosen[fold == EXTRA], chosen[fold != EXTRA]
    if spec.classic:
        yield from (_Part(chosen[fold == value], spec.classic) for value in values)
        if len(added) and not spec.extra:
            share = len(added) / max(len(own), 1)
            yield _Part(added, round(spec.classic * len(values) * share))
    for target in range(spec.cnn.classes if spec.extra else 0):
        yield _Part(added[patches.targets[added] == target], spec.extra * len(values))


def _drawn(
    crops: ResidentCrops, patches: LesionPatches, part: _Part, spec: CnnTraining
) -> tuple[torch.Tensor, IntArray]:
    """A part's ROIs (count, 1, 64, 64) and targets: a round over all ROIs, then the next."""
    order = _order(patches, part.indices, part.count, spec.augmentation, spec.seed)
    images = torch.empty(part.count, 1, SIDE, SIDE, device=crops.device)
    for place, index in enumerate(order[: part.count].tolist()):
        own = images[place :: len(order)]
        seed = (spec.seed, _number(patches.ids[index]))
        placements = plan(patches.native_of(index), spec.augmentation, seed).first(len(own))
        own.copy_(crops.sample_all(index, placements))
    return images, patches.targets[np.resize(order, part.count)]
