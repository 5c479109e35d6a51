"""Classic augmentation (Frid-Adar 2018, section 3.1): one affine, sampled once from native pixels.

Rotation, flip, shift and scale are composed into one matrix and the native crop is sampled once,
so an augmented ROI has no black corners and is not interpolated twice. Nothing is stored: the
placements of a lesion follow from (seed, lesion id), so any image can be made again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import sha256

import cv2
import numpy as np
import numpy.typing as npt

from engine.errors import TooFewError
from engine.patches import EXTRA, LesionPatches, Native
from engine.specs import SIDE, AugmentationSpec

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SIGMA_RATIO = 1.1
"""Blur widths of scaled ROIs are rounded to powers of this, so that one blur serves several."""

SMALLEST_SIGMA = 0.2
"""px; a narrower Gaussian leaves less than 1e-5 of its weight outside its own pixel."""


@dataclass(frozen=True)
class Placement:
    """How an ROI is cut: rotated by `angle` degrees, then flipped, shifted (native px), scaled.

    `margin` is the tissue on each side as a fraction of the diameter; `shift` (x, y) moves the
    lesion in the ROI's frame.
    """

    angle: float = 0.0
    flip_x: bool = False  # left-right
    flip_y: bool = False  # up-down
    shift: tuple[float, float] = (0.0, 0.0)
    margin: float = 0.25


@dataclass(frozen=True)
class Drawn:
    """Augmented ROIs: `images` (n, 64, 64) 0..1, their `targets` and `sources` (ROI indices)."""

    images: FloatArray
    targets: IntArray
    sources: IntArray


def augmentations(
    native: Native, spec: AugmentationSpec, seed: tuple[int, ...]
) -> tuple[Placement, ...]:
    """All placements of one ROI, `spec.per_roi` of them, in an order drawn from the seed.

    Angles uniform in [0, 180); shifts uniform in +-min(4, .1 d) native px; margins uniform in
    (.1, .4) d: every rotated ROI is taken plain, flipped, shifted and scaled.
    """
    rng = np.random.default_rng(seed)
    pixel = math.sqrt(native.row_spacing * native.column_spacing)
    limit = min(spec.shift_limit, spec.shift_fraction * native.diameter_mm / pixel)
    placements: list[Placement] = []
    for angle in rng.uniform(0.0, spec.angle_high, spec.rotations).tolist():
        placements.extend(_variants(angle, limit, spec, rng))
    return tuple(placements[i] for i in rng.permutation(len(placements)).tolist())


def _variants(
    angle: float, limit: float, spec: AugmentationSpec, rng: np.random.Generator
) -> list[Placement]:
    flips = ((False, True), (True, False), (True, True))[: spec.flips]
    shifts = rng.uniform(-limit, limit, (spec.shifts, 2)).tolist()
    margins = rng.uniform(spec.margin_low, spec.margin_high, spec.scales).tolist()
    return [
        Placement(angle, margin=spec.margin),
        *(Placement(angle, x, y, margin=spec.margin) for x, y in flips),
        *(Placement(angle, shift=(x, y), margin=spec.margin) for x, y in shifts),
        *(Placement(angle, margin=margin) for margin in margins),
    ]


# --- sampling -------------------------------------------------------------------------------


def sample(native: Native, placement: Placement, size: int = SIDE) -> FloatArray:
    """One ROI (size, size) float32 in 0..1.

    The rule is that of `studies.imaging.roi.sample`: each output pixel's centre maps to native
    px; where s > 1 native px fall on one output px (per axis) the native crop is blurred first,
    sigma = .5 sqrt(s² - 1); bicubic, edge values beyond the crop; then the window.
    """
    image: FloatArray = sample_all(native, (placement,), size)[0]
    return image


def sample_all(native: Native, placements: tuple[Placement, ...], size: int = SIDE) -> FloatArray:
    """ROIs (n, size, size) float32 in 0..1 of several placements of one lesion."""
    images: FloatArray = np.empty((len(placements), size, size), dtype=np.float32)
    pixels = _windowed(native)
    turns = matrices(native, placements, size)
    by_margin = {p.margin: _blur_widths(native, p.margin, size) for p in placements}
    widths = [by_margin[placement.margin] for placement in placements]
    blurred, width = pixels, (0.0, 0.0)
    for row in sorted(range(len(placements)), key=widths.__getitem__):  # one blur at a time
        if widths[row] != width:
            blurred, width = _blur(pixels, widths[row]), widths[row]
        cv2.warpAffine(
            blurred,
            turns[row],
            (size, size),
            dst=images[row],
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    np.clip(images, 0.0, 1.0, out=images)
    return images


def _windowed(native: Native) -> FloatArray:
    """The native pixels with the window's ends at 0 and 1, not clipped yet.

    Blur and warp are weighted means, so that scaling before them is scaling after them, on
    fewer pixels.
    """
    shifted = np.subtract(native.pixels, native.window_low, dtype=np.float32)
    shifted /= native.window_high - native.window_low
    return np.ascontiguousarray(shifted)


def matrices(native: Native, placements: tuple[Placement, ...], size: int = SIDE) -> DoubleArray:
    """(n, 2, 3): output pixel index (column, row) to native pixel index, both at pixel centres."""
    parts: DoubleArray = np.array([_parts(placement) for placement in placements]).reshape(-1, 7).T
    cosine, sine, mirror_x, mirror_y, shift_x, shift_y, margin = parts
    step = native.diameter_mm * (1 + 2 * margin) / size  # mm per output px
    a = step * cosine * mirror_x / native.column_spacing
    b = -step * sine * mirror_y / native.column_spacing
    c = step * sine * mirror_x / native.row_spacing
    d = step * cosine * mirror_y / native.row_spacing
    pixel = math.sqrt(native.row_spacing * native.column_spacing)
    # Output centre less the lesion's shift, in output px (the shift is given in native px).
    x = 0.5 - size / 2 - shift_x * pixel / step * mirror_x
    y = 0.5 - size / 2 - shift_y * pixel / step * mirror_y
    center_x, center_y = native.center
    rows = (a, b, a * x + b * y + center_x - 0.5, c, d, c * x + d * y + center_y - 0.5)
    return np.stack(rows, axis=1).reshape(-1, 2, 3)


def _parts(placement: Placement) -> tuple[float, ...]:
    """Cosine, sine, mirrors (+-1), shift and margin.

    Cosines one by one: an array's may differ in the last bit with its length, and groups nest.
    """
    radians = math.radians(placement.angle)
    return (
        math.cos(radians),
        math.sin(radians),
        -1.0 if placement.flip_x else 1.0,
        -1.0 if placement.flip_y else 1.0,
        *placement.shift,
        placement.margin,
    )


def _side_mm(native: Native, margin: float) -> float:
    return native.diameter_mm * (1 + 2 * margin)


def _blur_widths(native: Native, margin: float, size: int) -> tuple[float, float]:
    """Sigma (x, y) in native px; exact at the plain margin, rounded for scaled ROIs."""
    step = _side_mm(native, margin) / size
    widths = (_sigma(step / native.column_spacing), _sigma(step / native.row_spacing))
    if margin == AugmentationSpec.margin:
        return widths
    return (_rounded(widths[0]), _rounded(widths[1]))


def _sigma(step: float) -> float:
    return 0.5 * math.sqrt(step * step - 1) if step > 1 else 0.0


def _rounded(sigma: float) -> float:
    if sigma < SMALLEST_SIGMA:
        return 0.0
    return float(SIGMA_RATIO ** round(math.log(sigma, SIGMA_RATIO)))


def _blur(pixels: FloatArray, widths: tuple[float, float]) -> FloatArray:
    if widths == (0.0, 0.0):
        return pixels
    size_x, size_y = (round(8 * sigma + 1) | 1 if sigma else 1 for sigma in widths)
    blurred = cv2.GaussianBlur(
        pixels,
        (size_x, size_y),
        sigmaX=widths[0] or 1.0,  # a kernel of one pixel ignores it; 0 would copy the other axis
        sigmaY=widths[1] or 1.0,
        borderType=cv2.BORDER_REPLICATE,
    )
    return np.asarray(blurred, dtype=np.float32)


# --- groups ---------------------------------------------------------------------------------


def draw(
    patches: LesionPatches,
    indices: IntArray,
    count: int,
    spec: AugmentationSpec,
    seed: int,
) -> Drawn:
    """`count` augmented images of the ROIs `indices`, equally many of each (to within one).

    Groups are nested: the draw of a larger count begins with that of a smaller one (section
    4.2.1, D_aug^1 ⊂ D_aug^2 ⊂ …). Raises TooFewError beyond `spec.per_roi` per ROI.
    """
    sources = _sources(patches, indices, count, spec, seed)
    images = np.empty((count, SIDE, SIDE), dtype=np.float32)
    for index in np.unique(sources):
        rows = np.flatnonzero(sources == index)
        native = patches.native_of(int(index))
        placements = augmentations(native, spec, (seed, _number(patches.ids[index])))
        images[rows] = sample_all(native, placements[: len(rows)])
    return Drawn(images, patches.targets[sources], sources)


def draw_folds(
    patches: LesionPatches,
    indices: IntArray,
    folds: tuple[int, ...],
    per_fold: int,
    spec: AugmentationSpec,
    seed: int,
) -> Drawn:
    """`per_fold` augmented images from each training fold's ROIs among `indices`.

    Extra cases count as members of the folds in the proportion of their number: they are drawn
    like any other ROI of the training set, all together in the last draw.
    """
    fold = np.asarray(folds, dtype=np.int64)[indices]
    own = indices[fold != EXTRA]
    parts = [
        draw(patches, indices[fold == value], per_fold, spec, seed)
        for value in np.unique(fold[fold != EXTRA])
    ]
    extra = indices[fold == EXTRA]
    if len(extra):
        share = round(per_fold * len(parts) * len(extra) / max(len(own), 1))
        parts.append(draw(patches, extra, share, spec, seed))
    return Drawn(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.targets for part in parts]),
        np.concatenate([part.sources for part in parts]),
    )


def largest_group(patches: LesionPatches, folds: tuple[int, ...], spec: AugmentationSpec) -> int:
    """The largest D_aug (images per fold) these ROIs can give: the smallest fold's limit."""
    fold = np.asarray(folds, dtype=np.int64)
    _, sizes = np.unique(fold[fold != EXTRA], return_counts=True)
    return int(sizes.min()) * spec.per_roi if len(sizes) else 0


def _sources(
    patches: LesionPatches, indices: IntArray, count: int, spec: AugmentationSpec, seed: int
) -> IntArray:
    """Which ROI each drawn image comes from: rounds over all ROIs in an order of their own."""
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    if len(indices) == 0 or count > spec.per_roi * len(indices):
        raise TooFewError(
            f"{count} augmented images were asked of {len(indices)} ROIs, which give "
            f"{spec.per_roi} each; choose a smaller group or add lesions."
        )
    order = sorted(indices, key=lambda i: (_number(f"{seed}/{patches.ids[i]}"), int(i)))
    return np.resize(np.asarray(order, dtype=np.int64), count)


def _number(name: str) -> int:
    """A seed from a name, the same on every machine."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big")
