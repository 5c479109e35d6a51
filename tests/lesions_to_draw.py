"""Lesions with known margins for the drawing aids, and the fixed rule of where a hand clicks.

The rule: a proposal's click is a seeded pixel of the lesion's inner third (two thirds or more of
the greatest distance from the margin); clicks on the margin are n points at equal steps of the
true line, from a seeded start, each moved by up to 1 px in x and in y.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from shared_data import shared_path

from studies.imaging import contour
from studies.imaging.aids import BESIDE_A_SIDE, Beside
from studies.phantom import plan, render
from studies.records import Points

Mask = npt.NDArray[np.bool_]
LEAST_AREA_PX = 50
AROUND = (0, *(k * side for k in range(1, BESIDE_A_SIDE + 1) for side in (-1, 1)))


@dataclass(frozen=True)
class Known:
    """A slice with one lesion: what it is, pixels, true mask and line, its own seed, and the
    slices beside it.
    """

    kind: str
    pixels: npt.NDArray[np.generic]
    truth: Mask
    line: Points
    seed: tuple[int, ...]
    magnified: bool = False
    beside: tuple[Beside, ...] = ()

    @property
    def click(self) -> tuple[float, float]:
        """A seeded pixel of the inner third."""
        padded = np.pad(self.truth, 1).astype(np.uint8)
        depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
        rows, columns = np.nonzero(depth >= depth.max() * 2 / 3)
        pick = int(np.random.default_rng(self.seed).integers(len(rows)))
        return columns[pick] + 0.5, rows[pick] + 0.5

    def margin_clicks(self, count: int) -> Points:
        """Seeded clicks on the true line, up to 1 px off in x and in y."""
        rng = np.random.default_rng([*self.seed, count])
        dense = np.asarray(contour.resample(self.line, 0.25))
        first = int(rng.integers(len(dense)))
        at = (first + np.arange(count) * len(dense) // count) % len(dense)
        moved = dense[at] + rng.uniform(-1, 1, (count, 2))
        size = (self.pixels.shape[1] - 1e-3, self.pixels.shape[0] - 1e-3)
        return tuple((float(x), float(y)) for x, y in np.clip(moved, 0, size))


def dice(points: Points, truth: Mask) -> float:
    """Of a margin's pixels and the true ones; 0 for no margin."""
    found = contour.mask(points, (truth.shape[0], truth.shape[1]))
    return 2 * float((found & truth).sum()) / float(found.sum() + truth.sum())


def phantom_lesions(seed: int, patients: int) -> Iterator[Known]:
    """The key slice of every lesion of the first patients of the phantom's full plan."""
    for number, case in enumerate(plan.full_plan(seed)[:patients]):
        drawn = render.patient(case)
        for lesion, known in enumerate(drawn.known):
            key = known.key_slice
            near = [key + k for k in AROUND if 0 <= key + k < len(drawn.z)]
            pixels, *others = render.slices(replace(drawn, z=tuple(drawn.z[k] for k in near)))
            apart = case.slice_mm / case.pixel_mm
            beside = (Beside(p, (k - key) * apart) for k, p in zip(near[1:], others, strict=True))
            truth = contour.mask(known.points, pixels.shape)
            own = (seed, number, lesion)
            yield Known(known.category, pixels, truth, known.points, own, beside=tuple(beside))


def deep_lesions() -> Iterator[Known]:
    """Every slice of the three DeepLesion stacks whose mask has LEAST_AREA_PX or more."""
    files = sorted(shared_path("data/ct_deeplesion_medsam2").glob("*.npz"))
    for number, file in enumerate(files):
        with np.load(file) as stack:
            pictures, masks = stack["imgs"], stack["gts"] > 0
            apart = float(stack["spacing"][2] / stack["spacing"][0])
        for index, (pixels, mask) in enumerate(zip(pictures, masks, strict=True)):
            if mask.sum() >= LEAST_AREA_PX:
                near = [k for k in AROUND[1:] if 0 <= index + k < len(pictures)]
                beside = tuple(Beside(pictures[index + k], k * apart) for k in near)
                own = (number, index)
                yield Known("DeepLesion", pixels, mask, _outline(mask), own, beside=beside)


def _outline(mask: Mask) -> Points:
    """The largest part's line through the outermost pixels' centres, half a px farther out."""
    lines, _ = cv2.findContours(
        cv2.resize(mask.astype(np.uint8), None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST),
        cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE,
    )  # fmt: skip
    largest = max(lines, key=cv2.contourArea)[:, 0]
    return tuple(((float(x) + 0.5) / 4, (float(y) + 0.5) / 4) for x, y in largest)


def ultrasound_lesions() -> Iterator[Known]:
    """The 120 ultrasound lesions with their polygons."""
    root = shared_path("data/us_liver_lesions")
    for number, kind in enumerate(("Benign", "Malignant")):
        for file in sorted((root / kind / "segmentation" / "mass").glob("*.json")):
            line = tuple((float(x), float(y)) for x, y in json.loads(file.read_text("utf-8")))
            with Image.open(root / kind / "image" / f"{file.stem}.jpg") as picture:
                pixels = np.asarray(picture.convert("L"))
            truth = contour.mask(line, (pixels.shape[0], pixels.shape[1]))
            seed = (number, int(file.stem))
            yield Known("ultrasound", pixels, truth, line, seed, magnified=True)
