"""Augmentation on the fly: an original looks different each time it is shown.

A control arm that the paper does not have: D_aug holds a fixed number of images, this arm has as
many as the training has steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from engine.augment import plan, sample_all
from engine.cnn.examples import Examples
from engine.patches import LesionPatches, Native
from engine.specs import SIDE, AugmentationSpec

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

OVERSAMPLING = 2.0
"""Pixels kept for each pixel of the narrowest ROI: a finer crop is only thinned once for all."""


@dataclass(frozen=True)
class _Source:
    """A native crop, and the same thinned to what a ROI can show; `scale`: its pixel in native."""

    native: Native
    thin: Native
    scale: float


class Fresh:
    """A new classic augmentation of an original each time it is shown.

    Each is a placement of section 3.1: a turned ROI, plain, flipped, shifted or scaled in the
    proportion 1 : 3 : 7 : 5 of D_aug. It follows from (seed, step, place in the batch), so that
    a training that goes on draws what it would have drawn. Synthetic ROIs stay as they are.
    The slices of a 2.5-D ROI are placed alike.
    """

    def __init__(
        self, patches: LesionPatches, examples: Examples, spec: AugmentationSpec, seed: int
    ) -> None:
        natives = (patches.natives_of(int(index)) for index in examples.originals)
        self._sources = [tuple(_source(native, spec) for native in of_roi) for of_roi in natives]
        self._images = examples.images
        self._one_turn = replace(spec, rotations=1)
        self._seed = seed

    def images(self, batch: IntArray, step: int) -> FloatArray:
        """The batch's images in 0..1 at a step, shaped as the examples'; `batch` (n,) indexes them.

        (n, 64, 64), of 2.5-D ROIs (n, slices, 64, 64).
        """
        shown = self._images[batch]
        for place, number in enumerate(batch.tolist()):
            if number < len(self._sources):
                seed = (self._seed, step, place)
                self._draw(self._sources[number], seed, shown[place].reshape(-1, SIDE, SIDE))
        return shown

    def _draw(self, slices: tuple[_Source, ...], seed: tuple[int, ...], out: FloatArray) -> None:
        """One placement of all slices of an ROI into `out` (slices, 64, 64)."""
        placements = plan(slices[0].native, self._one_turn, seed).first(1)
        for at, source in enumerate(slices):
            thinned = replace(placements, shifts=placements.shifts / source.scale)
            sample_all(source.thin, thinned, SIDE, out[at : at + 1])


def _source(native: Native, spec: AugmentationSpec) -> _Source:
    """A crop of a large lesion is many times finer than its ROI: blurring it anew costs most."""
    narrowest = native.diameter_mm * (1 + 2 * min(spec.margin, spec.margin_low)) / SIDE
    rows, columns = native.pixels.shape
    kept_rows = _kept(rows, native.row_spacing, narrowest)
    kept_columns = _kept(columns, native.column_spacing, narrowest)
    if (kept_rows, kept_columns) == (rows, columns):
        return _Source(native, native, 1.0)
    down, across = rows / kept_rows, columns / kept_columns
    pixels = cv2.resize(native.pixels, (kept_columns, kept_rows), interpolation=cv2.INTER_AREA)
    thin = replace(
        native,
        pixels=np.asarray(pixels, dtype=np.float32),
        center=(native.center[0] / across, native.center[1] / down),
        row_spacing=native.row_spacing * down,
        column_spacing=native.column_spacing * across,
    )
    return _Source(native, thin, math.sqrt(down * across))


def _kept(count: int, spacing: float, narrowest: float) -> int:
    """Pixels to keep of `count` so that each is still `OVERSAMPLING` times finer than the ROI's."""
    return min(count, max(1, math.ceil(count * spacing * OVERSAMPLING / narrowest)))
