"""How many classifiers fit on a device together: an estimate, meant to be too high.

It counts what grows with the group. Each network holds its weights, their gradients and momenta;
its images, once as they arrive and once joined with the others'; a step's feature maps. Where the
estimate is still too low the group is halved (engine.experiment.on_device).
"""

from __future__ import annotations

import gc
from itertools import pairwise

import torch

from engine.device import Device
from engine.patches import EXTRA
from engine.specs import SIDE, CnnSpec, CnnTraining

FLOAT = 4
"""Bytes; bf16's halves are not counted on."""

COPIES_OF_WEIGHTS, COPIES_OF_IMAGES, COPIES_OF_MAPS = 4, 2, 4
"""Maps: after convolution, the pooling's places, a gradient of that size, and one to spare."""

SHARE = 0.7
"""Of the free memory; the rest is for libraries, graphs and the native crops."""

SHARE_OF_HOST = 0.25
"""Of all memory, where the CPU is the device: other programs live there."""

UNKNOWN = 2 << 30


def room_on(device: Device) -> int:
    """Bytes a group may take on the device now."""
    if device.kind == "cuda":
        free, _ = torch.cuda.mem_get_info()
        return int(SHARE * free)
    return int(SHARE_OF_HOST * device.memory_gib * 2**30) or UNKNOWN


def bytes_of(spec: CnnTraining) -> int:
    """What a run adds to its group, bytes."""
    cnn = spec.cnn
    image = cnn.slices * SIDE * SIDE
    maps = sum(
        channels * (SIDE >> layer) ** 2 for layer, channels in enumerate(cnn.channels)
    )  # before each pooling
    numbers = (
        COPIES_OF_WEIGHTS * parameters(cnn)
        + COPIES_OF_IMAGES * images_at_most(spec) * image
        + COPIES_OF_MAPS * cnn.batch * (image + maps)
    )
    return FLOAT * numbers


def images_at_most(spec: CnnTraining) -> int:
    """Images the run trains on, or more: every ROI of the patches counts as an original."""
    held = (spec.test_fold, *spec.without)
    training = len({fold for fold in spec.folds if fold >= 0} - set(held))
    extra = spec.folds.count(EXTRA)
    own = max(1, sum(fold >= 0 and fold not in held for fold in spec.folds))
    classic = spec.classic * training * (1 + (extra / own if spec.use_extra else 0))
    return len(spec.folds) + round(classic) + _by_class(spec) * training


def _by_class(spec: CnnTraining) -> int:
    return (spec.synthetic + spec.extra) * spec.cnn.classes


def parameters(spec: CnnSpec) -> int:
    """Weights and biases of the classifier; 1,306,115 by default."""
    layers = pairwise((spec.slices, *spec.channels))
    count = sum(after * (before * spec.kernel**2 + 1) for before, after in layers)
    side = SIDE >> len(spec.channels)
    count += spec.dense * (spec.channels[-1] * side * side + 1)
    return count + spec.classes * (spec.dense + 1)


def release(device: Device) -> None:
    """Give memory of a group that is over back: a graph and its step hold each other."""
    gc.collect()
    if device.kind == "cuda":
        torch.cuda.empty_cache()
