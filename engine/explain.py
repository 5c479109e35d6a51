"""Which pixels of a ROI a classifier's answer rests on: occlusion and integrated gradients.

Occlusion: Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section
4.2: cover a part of the picture and see how far the class's probability falls. Integrated
gradients: Sundararajan, Taly and Yan 2017, "Axiomatic Attribution for Deep Networks", equation 1.
Both say what the network used, not what is true of the lesion.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.jobs import Progress
from engine.specs import SIDE

if TYPE_CHECKING:
    from engine.cnn.networks import LesionCnn

FloatArray = npt.NDArray[np.float32]
Classify = Callable[[FloatArray], FloatArray]
PATCH, STRIDE, STEPS = 12, 4, 256
_AT_ONCE = 32


@dataclass(frozen=True)
class ExplainSpec:
    """Which class, by its place, is asked about, and how finely.

    `patch` px a side are covered, every `stride` px; `steps` of the path from the mean image.
    """

    target: int
    patch: int = PATCH
    stride: int = STRIDE
    steps: int = STEPS


@dataclass(frozen=True)
class Gradients:
    """Integrated gradients (64, 64) of a class's logit, and how far their sum misses the change.

    `change` = logit of the ROI - logit of the mean image; `gap` = sum - change (0 = complete).
    """

    map: FloatArray
    change: float
    gap: float


@dataclass(frozen=True)
class Explained:
    """What a classifier says of a ROI and why.

    `probabilities` (classes,). `occlusion` (64, 64): how far the class's probability falls while
    a pixel is covered, mean over the patches that cover it, -1..1; positive pixels speak for the
    class. `gradients` None where the classifier is no such network.
    """

    target: int
    probabilities: tuple[float, ...]
    occlusion: FloatArray
    gradients: Gradients | None


def occlusion_map(
    classify: Classify,
    image: FloatArray,
    target: int,
    fill: FloatArray | float,
    *,
    patch: int = PATCH,
    stride: int = STRIDE,
) -> FloatArray:
    """Fall of the probability of class `target` where a patch of `fill` covers the ROI.

    image: (64, 64) in 0..1; fill: a grey value, or a picture of the same shape from which the
    patch is taken. classify: (n, 64, 64) -> (n, classes). Returns (64, 64), -1..1: for each pixel
    the mean over all patches that cover it. Raises ValueError for a patch or a stride that leaves
    pixels out.
    """
    if not 1 <= stride <= patch <= min(image.shape):
        raise ValueError("a patch is at least as wide as its stride and fits into the picture")
    places = _places(image.shape[0], patch, stride)
    corners = [(top, left) for top in places for left in places]
    covered = np.repeat(image[None].astype(np.float32), len(corners), axis=0)
    under = np.broadcast_to(np.asarray(fill, dtype=np.float32), image.shape)
    for one, (top, left) in zip(covered, corners, strict=True):
        part = (slice(top, top + patch), slice(left, left + patch))
        one[part] = under[part]
    whole = float(classify(image[None].astype(np.float32))[0, target])
    falls = whole - classify(covered)[:, target]
    total, count = np.zeros(image.shape), np.zeros(image.shape)
    for fall, (top, left) in zip(falls, corners, strict=True):
        part = (slice(top, top + patch), slice(left, left + patch))
        total[part] += float(fall)
        count[part] += 1
    return (total / count).astype(np.float32)


def _places(side: int, patch: int, stride: int) -> list[int]:
    """Upper or left edges of the patches; the last one ends at the picture's edge."""
    last = side - patch
    return sorted({*range(0, last + 1, stride), last})


def integrated_gradients(
    network: LesionCnn, image: FloatArray, target: int, *, steps: int = STEPS
) -> Gradients:
    """Attribution of the logit of class `target` to each pixel, from the mean image to the ROI.

    image: (64, 64) in 0..1. The path's integral by the midpoint rule in `steps` parts. The mean
    image of the training folds is the base: there the network's input is zero. By completeness
    (proposition 1) the map sums to the logit's change; `gap` says by how much it does not.
    Raises ValueError without steps.
    """
    import torch

    if steps < 1:
        raise ValueError("the path needs at least one step")
    network.eval()
    base = network.mean_image.detach()
    whole = torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32))[None, None]
    way = whole - base
    shares = (torch.arange(steps, dtype=torch.float32) + 0.5) / steps
    total = torch.zeros_like(base)
    for part in torch.split(shares, _AT_ONCE):
        places = (base + part[:, None, None, None] * way).requires_grad_(True)
        logits = network(places)[:, target].sum()
        (slope,) = torch.autograd.grad(logits, places)
        total += slope.sum(0, keepdim=True)
    found = (way * total / steps)[0, 0]
    with torch.inference_mode():
        change = float(network(whole)[0, target] - network(base)[0, target])
    values = found.numpy().astype(np.float32)
    return Gradients(values, change, float(values.sum(dtype=np.float64)) - change)


def explain_file(
    spec: ExplainSpec, paths: tuple[Path, ...]
) -> Generator[Progress, None, Explained]:
    """Both maps of one ROI: paths (npz with `image` (64, 64) in 0..1, the classifier's checkpoint).

    Raises EngineError for a ROI of another shape, a class the classifier does not know or a
    network of 2.5-D ROIs; CheckpointError for a damaged file.
    """
    from engine import checkpoint
    from engine.cnn import evaluation

    with np.load(paths[0]) as held:
        image = np.asarray(held["image"], dtype=np.float32)
    if image.shape != (SIDE, SIDE):
        raise EngineError(f"A ROI of {SIDE}x{SIDE} px is needed; make the ROIs again.")
    meta = checkpoint.load(paths[1]).meta
    if not 0 <= spec.target < len(meta.classes):
        raise EngineError("This classifier does not know that class; choose another.")
    yield Progress(0, 3, "Reading the network")
    network = evaluation.load_network(paths[1]) if meta.kind == evaluation.KIND else None
    classify = _classifier(paths[1], network)
    said = classify(image[None])[0]
    yield Progress(1, 3, "Covering the ROI part by part")
    fill = image.mean() if network is None else network.mean_image[0, 0].numpy()
    occlusion = occlusion_map(
        classify, image, spec.target, fill, patch=spec.patch, stride=spec.stride
    )
    yield Progress(2, 3, "Integrating gradients")
    gradients = None
    if network is not None:
        gradients = integrated_gradients(network, image, spec.target, steps=spec.steps)
    yield Progress(3, 3, "The maps are made")
    return Explained(spec.target, tuple(float(p) for p in said), occlusion, gradients)


def _classifier(path: Path, network: LesionCnn | None) -> Classify:
    from engine.cnn import evaluation
    from engine.reading import probabilities_of

    if network is None:
        return lambda images: probabilities_of(path, images)
    slices = network.mean_image.shape[1]
    if slices > 1:
        raise EngineError(
            f"This network reads {slices} slices of each lesion at once; maps are drawn for "
            "networks of single slices only. Choose another arm."
        )
    return lambda images: evaluation.probabilities(network, images)
