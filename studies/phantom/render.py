"""Slices and true margins of one simulated patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from studies.phantom import anatomy, lesions, noise
from studies.phantom.anatomy import SIZE, Anatomy
from studies.phantom.lesions import Lesion
from studies.phantom.plan import CasePlan, LesionPlan
from studies.phantom.shapes import FloatArray
from studies.records import Points

HU_LOW, HU_HIGH = -1024, 3071
_TRIES = 400


@dataclass(frozen=True)
class KnownLesion:
    """A lesion with its truth: key slice (index in z order) and margin on it in px."""

    category: str
    diameter_mm: float
    key_slice: int
    points: Points


@dataclass(frozen=True)
class Patient:
    """A simulated patient ready to be drawn. `z` is the height of each slice in mm."""

    plan: CasePlan
    model: Anatomy
    z: tuple[float, ...]
    lesions: tuple[Lesion, ...]
    known: tuple[KnownLesion, ...]


def patient(plan: CasePlan) -> Patient:
    """Draw anatomy and place the lesions so that they lie in the liver and do not touch."""
    rng = np.random.default_rng(plan.seed)
    model = anatomy.anatomy(rng, plan.pixel_mm)
    z = tuple((i - (plan.slices - 1) / 2) * plan.slice_mm for i in range(plan.slices))
    placed: list[Lesion] = []
    known: list[KnownLesion] = []
    for wanted in sorted(plan.lesions, key=lambda lesion: -lesion.diameter_mm):
        key = _key_slice(plan, wanted, rng)
        lesion = _place(plan, model, wanted, z[key], placed, rng)
        placed.append(lesion)
        known.append(_truth(plan, lesion, key))
    return Patient(plan, model, z, tuple(placed), tuple(known))


def slices(drawn: Patient) -> Iterator[npt.NDArray[np.int16]]:
    """The series in z order, each (512, 512) int16 HU with blur and correlated noise."""
    plan = drawn.plan
    rng = np.random.default_rng([plan.seed, 11])
    spectrum = noise.noise_filter(SIZE, plan.pixel_mm, plan.scanner.noise_peak)
    sigma = noise.standard_deviation(plan.scanner.noise_at_250, plan.mas, plan.slice_mm)
    blur = plan.scanner.blur_mm / plan.pixel_mm
    view = anatomy.scene(drawn.model)
    for z in drawn.z:
        image = anatomy.paint(view, z, plan.slice_mm)
        _add_parenchyma(image, rng)
        for lesion in drawn.lesions:
            lesions.paint(image, lesion, z, plan.slice_mm, plan.pixel_mm)
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur), dtype=np.float32)
        image += noise.correlated(rng, spectrum, sigma)
        yield np.clip(np.rint(image), HU_LOW, HU_HIGH).astype(np.int16)


def margin_px(lesion: Lesion, z_mm: float, pixel_mm: float) -> Points:
    """True margin at a height, vertices in px (corner origin); () beyond the poles."""
    scale = lesion.shrink(z_mm)
    if scale <= 0.02:
        return ()
    points = lesion.margin.scaled(scale).points(72) / pixel_mm + SIZE / 2
    return tuple((round(float(x), 3), round(float(y), 3)) for x, y in points)


def _add_parenchyma(image: FloatArray, rng: np.random.Generator) -> None:
    """Slow variation of soft tissue, a few HU."""
    coarse = rng.standard_normal((40, 40)).astype(np.float32)
    grown = cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    soft = (image > -50) & (image < 200)
    image += np.where(soft, grown * np.float32(3.0), np.float32(0.0))


def _key_slice(plan: CasePlan, wanted: LesionPlan, rng: np.random.Generator) -> int:
    """Near the middle, so that large lesions fit; small ones may lie anywhere inside."""
    half = plan.slices // 2
    spare = half - int(np.ceil(0.5 * wanted.diameter_mm / plan.slice_mm)) - 1
    shift = int(rng.integers(-spare, spare + 1)) if spare > 0 else 0
    return int(np.clip(half + shift, 1, plan.slices - 2))


def _place(
    plan: CasePlan,
    model: Anatomy,
    wanted: LesionPlan,
    z_mm: float,
    placed: list[Lesion],
    rng: np.random.Generator,
) -> Lesion:
    liver = anatomy.liver_coverage(model, z_mm)
    rows, columns = np.nonzero(liver[::4, ::4] > 0.9)
    best: tuple[float, Lesion] | None = None
    for _ in range(_TRIES):
        pick = int(rng.integers(rows.size))
        x = (columns[pick] * 4 + 0.5 - SIZE / 2) * plan.pixel_mm
        y = (rows[pick] * 4 + 0.5 - SIZE / 2) * plan.pixel_mm
        lesion = lesions.grow(wanted, (float(x), float(y), z_mm), model.liver.hu)
        if any(_touch(lesion, other) for other in placed):
            continue
        inside = _share_inside(lesion, liver, plan.pixel_mm)
        if best is None or inside > best[0]:
            best = (inside, lesion)
        if inside > 0.93:
            break
    if best is None:
        raise ValueError(f"no room for the lesions of {plan.patient}")
    return best[1]


def _touch(one: Lesion, other: Lesion) -> bool:
    gap = np.hypot(one.center[0] - other.center[0], one.center[1] - other.center[1])
    return bool(gap < float(one.margin.radii.max() + other.margin.radii.max()) + 4.0)


def _share_inside(lesion: Lesion, liver: FloatArray, pixel_mm: float) -> float:
    """Share of points on the margin and half-way in that lie in the liver."""
    outer = lesion.margin.points(36)
    points = np.concatenate([outer, (outer + np.asarray(lesion.margin.center)) / 2])
    index = np.clip(np.floor(points / pixel_mm + SIZE / 2).astype(int), 0, SIZE - 1)
    return float(liver[index[:, 1], index[:, 0]].mean())


def _truth(plan: CasePlan, lesion: Lesion, key: int) -> KnownLesion:
    points = margin_px(lesion, lesion.center[2], plan.pixel_mm)
    return KnownLesion(lesion.plan.category, lesion.plan.diameter_mm, key, points)
