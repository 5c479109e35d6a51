"""Classic augmentation (Frid-Adar 2018, section 3.1): one affine, sampled once from native pixels.

Rotation, flip, shift and scale are composed into one matrix and the native crop is sampled once,
so an augmented ROI has no black corners and is not interpolated twice. Nothing is stored: the
placements of a lesion follow from (seed, lesion id), so any image can be made again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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

_FLIPS = np.array([(1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)])  # up-down, left-right, both


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
class Placements:
    """n placements as arrays: what `Placement` says of one, without an object for each.

    `angles` (n,) degrees; `mirrors` (n, 2) of x and y, -1 where flipped, else 1; `shifts` (n, 2)
    native px; `margins` (n,) of the diameter.
    """

    angles: DoubleArray
    mirrors: DoubleArray
    shifts: DoubleArray
    margins: DoubleArray

    def __len__(self) -> int:
        return len(self.angles)

    def first(self, count: int) -> Placements:
        """The first `count` of them."""
        return self.at(slice(count))

    def at(self, rows: slice | IntArray) -> Placements:
        """Those of some rows."""
        return Placements(
            self.angles[rows], self.mirrors[rows], self.shifts[rows], self.margins[rows]
        )

    def upright(self) -> Placements:
        """The same, none flipped."""
        return replace(self, mirrors=np.ones_like(self.mirrors))

    def placement(self, row: int) -> Placement:
        """One of them as an object."""
        (flip_x, flip_y), (x, y) = (self.mirrors[row] < 0).tolist(), self.shifts[row].tolist()
        return Placement(
            float(self.angles[row]), flip_x, flip_y, (x, y), margin=float(self.margins[row])
        )

    @staticmethod
    def of(placements: Sequence[Placement]) -> Placements:
        """Objects as arrays."""
        flips = np.array([(p.flip_x, p.flip_y) for p in placements], dtype=np.bool_)
        return Placements(
            np.array([p.angle for p in placements], dtype=np.float64),
            np.where(flips.reshape(-1, 2), -1.0, 1.0),
            np.array([p.shift for p in placements], dtype=np.float64).reshape(-1, 2),
            np.array([p.margin for p in placements], dtype=np.float64),
        )


@dataclass(frozen=True)
class Drawn:
    """Augmented ROIs: `images` (n, 64, 64) 0..1, their `targets` and `sources` (ROI indices).

    Of 2.5-D ROIs the images are (n, slices, 64, 64).
    """

    images: FloatArray
    targets: IntArray
    sources: IntArray


def augmentations(
    native: Native, spec: AugmentationSpec, seed: tuple[int, ...]
) -> tuple[Placement, ...]:
    """`plan` as objects, one a placement."""
    placements = plan(native, spec, seed)
    return tuple(placements.placement(row) for row in range(len(placements)))


def plan(native: Native, spec: AugmentationSpec, seed: tuple[int, ...]) -> Placements:
    """All placements of one ROI, `spec.per_roi` of them, in an order drawn from the seed.

    Angles uniform in [0, 180); shifts uniform in +-min(4, .1 d) native px; margins uniform in
    (.1, .4) d: every rotated ROI is taken plain, flipped, shifted and scaled.
    """
    rng = np.random.default_rng(seed)
    pixel = math.sqrt(native.row_spacing * native.column_spacing)
    limit = min(spec.shift_limit, spec.shift_fraction * native.diameter_mm / pixel)
    angles = rng.uniform(0.0, spec.angle_high, spec.rotations)
    # A rotation after the other: first its shifts, then its margins.
    numbers = rng.random((spec.rotations, 2 * spec.shifts + spec.scales))
    per_angle = 1 + spec.flips + spec.shifts + spec.scales
    shifted, scaled = slice(1 + spec.flips, per_angle - spec.scales), slice(-spec.scales, None)
    mirrors = np.ones((spec.rotations, per_angle, 2))
    mirrors[:, 1 : 1 + spec.flips] = _FLIPS[: spec.flips]
    shifts = np.zeros((spec.rotations, per_angle, 2))
    shifts[:, shifted] = -limit + 2 * limit * numbers[:, : 2 * spec.shifts].reshape(
        spec.rotations, spec.shifts, 2
    )
    margins = np.full((spec.rotations, per_angle), spec.margin)
    if spec.scales:
        reach = spec.margin_high - spec.margin_low
        margins[:, scaled] = spec.margin_low + reach * numbers[:, 2 * spec.shifts :]
    order = rng.permutation(spec.rotations * per_angle)
    return Placements(
        np.repeat(angles, per_angle)[order],
        mirrors.reshape(-1, 2)[order],
        shifts.reshape(-1, 2)[order],
        margins.ravel()[order],
    )


# --- sampling -------------------------------------------------------------------------------


def sample(native: Native, placement: Placement, size: int = SIDE) -> FloatArray:
    """One ROI (size, size) float32 in 0..1.

    The rule is that of `studies.imaging.roi.sample`: each output pixel's centre maps to native
    px; where s > 1 native px fall on one output px (per axis) the native crop is blurred first,
    sigma = .5 sqrt(s² - 1); bicubic, edge values beyond the crop; then the window.
    """
    image: FloatArray = sample_all(native, (placement,), size)[0]
    return image


def sample_all(
    native: Native,
    placements: Placements | Sequence[Placement],
    size: int = SIDE,
    out: FloatArray | None = None,
) -> FloatArray:
    """ROIs (n, size, size) float32 in 0..1 of several placements of one lesion.

    `out` takes them where it is given. The rule is that of `sample`.
    """
    if not isinstance(placements, Placements):
        placements = Placements.of(placements)
    shape = (len(placements), size, size)
    images = np.empty(shape, dtype=np.float32) if out is None else out
    codes, twins = _mirrored(placements)
    turns = matrices(native, placements.upright(), size)
    pixels = _windowed(native)
    flags, border = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE
    for widths, rows in _by_blur(native, placements.margins, size):  # one blur at a time
        blurred = _blur(pixels, widths)
        for row in rows:
            if row not in twins:
                cv2.warpAffine(blurred, turns[row], shape[1:], images[row], flags, border)
    np.clip(images, 0.0, 1.0, out=images)
    for row, code in codes.items():
        source = images[twins[row]] if row in twins else images[row].copy()
        cv2.flip(source, code, images[row])
    return images


def _mirrored(placements: Placements) -> tuple[dict[int, int], dict[int, int]]:
    """OpenCV's flip code of each flipped row, and its twin: the row that it is the mirror of.

    A flipped ROI is sampled upright and mirrored, whether or not its twin is among the rows, so
    that groups nest; where it is, the twin's pixels are taken.
    """
    keys = list(zip(placements.angles.tolist(), *placements.shifts.T.tolist(),
                    placements.margins.tolist(), strict=True))  # fmt: skip
    flips = placements.mirrors < 0
    uprights = {keys[row]: row for row in np.flatnonzero(~flips.any(1)).tolist()}
    codes = {
        row: -1 if flips[row].all() else int(flips[row, 0])
        for row in np.flatnonzero(flips.any(1)).tolist()
    }
    return codes, {row: uprights[keys[row]] for row in codes if keys[row] in uprights}


def _windowed(native: Native) -> FloatArray:
    """The native pixels with the window's ends at 0 and 1, not clipped yet.

    Blur and warp are weighted means, so that scaling before them is scaling after them, on
    fewer pixels.
    """
    shifted = np.subtract(native.pixels, native.window_low, dtype=np.float32)
    shifted /= native.window_high - native.window_low
    return np.ascontiguousarray(shifted)


def matrices(native: Native, placements: Placements, size: int = SIDE) -> DoubleArray:
    """(n, 2, 3): output pixel index (column, row) to native pixel index, both at pixel centres."""
    cosine, sine = _turned(placements.angles)
    mirror_x, mirror_y = placements.mirrors.T
    shift_x, shift_y = placements.shifts.T
    step = native.diameter_mm * (1 + 2 * placements.margins) / size  # mm per output px
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


def _turned(angles: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """Cosines and sines of degrees, one by one: an array's may differ in the last bit with its
    length, and groups nest."""
    radians = [math.radians(angle) for angle in angles.tolist()]
    return np.array(list(map(math.cos, radians))), np.array(list(map(math.sin, radians)))


def _by_blur(
    native: Native, margins: DoubleArray, size: int
) -> Iterator[tuple[tuple[float, float], list[int]]]:
    """Each pair of blur widths with the rows that want it, narrow to wide."""
    widths = blur_widths(native, margins, size)
    keys, group = np.unique(widths.view(np.complex128), return_inverse=True)
    order = np.argsort(group.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(group.ravel(), minlength=len(keys)))[:-1]
    for key, rows in zip(keys, np.split(order, ends), strict=True):
        yield (float(key.real), float(key.imag)), rows.tolist()


def blur_widths(native: Native, margins: DoubleArray, size: int = SIDE) -> DoubleArray:
    """(n, 2) sigma of the antialias blur along x and y, native px, for each margin.

    Exact at the plain margin, rounded to powers of 1.1 for scaled ROIs, 0 where none is needed.
    """
    step = native.diameter_mm * (1 + 2 * margins[:, None]) / size
    steps = step / np.array([native.column_spacing, native.row_spacing])
    sigma = 0.5 * np.sqrt(np.maximum(steps * steps - 1, 0.0))
    plain = margins == AugmentationSpec.margin
    return np.where(plain[:, None], sigma, _rounded(sigma))


def _rounded(sigma: DoubleArray) -> DoubleArray:
    """The nearest power of SIGMA_RATIO; 0 below SMALLEST_SIGMA."""
    wide = sigma >= SMALLEST_SIGMA
    powers = np.rint(np.log(np.where(wide, sigma, 1.0)) / math.log(SIGMA_RATIO))
    return np.where(wide, SIGMA_RATIO**powers, 0.0)


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
    4.2.1, D_aug^1 ⊂ D_aug^2 ⊂ …). The slices of a 2.5-D ROI are placed alike. Raises TooFewError
    beyond `spec.per_roi` per ROI.
    """
    order = _order(patches, indices, count, spec, seed)
    images = np.empty((count, patches.slices, SIDE, SIDE), dtype=np.float32)
    for place, index in enumerate(order[:count].tolist()):
        own = images[place :: len(order)]  # a round over all ROIs, then the next
        natives = patches.natives_of(index)
        placements = plan(natives[0], spec, lesion_seed(seed, patches.ids[index])).first(len(own))
        for at, native in enumerate(natives):
            sample_all(native, placements, SIDE, own[:, at])
    images = images.reshape(count, *patches.images.shape[1:])
    sources = np.resize(order, count)
    return Drawn(images, patches.targets[sources], sources)


def lesion_seed(seed: int, lesion: str) -> tuple[int, int]:
    """The seed of one lesion's `plan` in a draw of `seed`, the same on every machine."""
    return seed, _number(lesion)


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


def _order(
    patches: LesionPatches, indices: IntArray, count: int, spec: AugmentationSpec, seed: int
) -> IntArray:
    """The ROIs in an order of their own: images are drawn in rounds over them."""
    if count and (len(indices) == 0 or count > spec.per_roi * len(indices)):
        raise TooFewError(
            f"{count} augmented images were asked of {len(indices)} ROIs, which give "
            f"{spec.per_roi} each; choose a smaller group or add lesions."
        )
    order = sorted(indices, key=lambda i: (_number(f"{seed}/{patches.ids[i]}"), int(i)))
    return np.asarray(order, dtype=np.int64)


def _number(name: str) -> int:
    """A seed from a name, the same on every machine."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big")
