"""The three lesions of the paper as they look in the portal-venous phase (section 2.1).

Cyst: water-dense, sharp. Metastasis: hypodense, soft, ill-defined, some with bright foci or a
rim. Hemangioma: discontinuous nodular peripheral enhancement, some partly filled in.
Metastases and hemangiomas share their mean attenuation and borrow each other's signs, so that
telling them apart is hard, as in the paper.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from studies.phantom.plan import LesionPlan
from studies.phantom.shapes import (
    ANGLES,
    FloatArray,
    Outline,
    PolarGrid,
    polar_grid,
    wobble,
)

SUBSLICES = 3


@dataclass(frozen=True)
class Nodule:
    """A bright focus: angle (rad) and radius as a share of the margin, size in mm, HU."""

    angle: float
    depth: float
    size: float
    stretch: float
    hu: float


@dataclass(frozen=True)
class Lesion:
    """A placed lesion: centre (x, y, z) in mm, margin at its widest slice, make-up in HU."""

    plan: LesionPlan
    center: tuple[float, float, float]
    margin: Outline
    half_height: float
    core: float
    edge_mm: float
    rim: float
    rim_width: float
    texture: float
    nodules: tuple[Nodule, ...]

    def shrink(self, z_mm: float) -> float:
        """Margin's scale at z: 1 at the widest slice, 0 beyond the poles."""
        share = abs(z_mm - self.center[2]) / self.half_height
        return float(np.sqrt(max(0.0, 1.0 - share**2)))


def grow(plan: LesionPlan, center: tuple[float, float, float], liver_hu: float) -> Lesion:
    """Shape and make-up of one lesion, from its own seed.

    The margin's largest caliper is `plan.diameter_mm`.
    """
    rng = np.random.default_rng(plan.seed)
    if plan.category == "cyst":
        return _cyst(plan, center, rng)
    if plan.category == "metastasis":
        return _metastasis(plan, center, rng, liver_hu)
    if plan.category == "hemangioma":
        return _hemangioma(plan, center, rng, liver_hu)
    raise ValueError(f"no simulated lesion is called {plan.category!r}")


def _margin(
    plan: LesionPlan, center: tuple[float, float, float], rng: np.random.Generator, rough: float
) -> Outline:
    long = 1.0 + float(rng.uniform(0.0, 0.35))
    angles = np.arange(ANGLES) * (2 * np.pi / ANGLES) - rng.uniform(0, np.pi)
    ratio = 1.0 / np.hypot(np.cos(angles) / long, np.sin(angles))
    outline = Outline((center[0], center[1]), ratio * wobble(rng, rough, (2, 3, 4, 5, 6, 7)))
    points = outline.points(180)
    spans = np.linalg.norm(points[:, None] - points[None, :], axis=2)
    return outline.scaled(plan.diameter_mm / float(spans.max()))


def _cyst(plan: LesionPlan, center: tuple[float, float, float], rng: np.random.Generator) -> Lesion:
    margin = _margin(plan, center, rng, float(rng.uniform(0.02, 0.10)))
    height = plan.diameter_mm / 2 * float(rng.uniform(0.8, 1.05))
    core = float(rng.uniform(20.0, 38.0) if rng.random() < 0.08 else rng.normal(9.0, 6.0))
    return Lesion(plan, center, margin, height, core, 0.8, 0.0, 1.0, 0.0, ())


def _metastasis(
    plan: LesionPlan,
    center: tuple[float, float, float],
    rng: np.random.Generator,
    liver_hu: float,
) -> Lesion:
    margin = _margin(plan, center, rng, float(rng.uniform(0.08, 0.26)))
    height = plan.diameter_mm / 2 * float(rng.uniform(0.75, 1.05))
    necrotic = rng.random() < 0.1
    core = liver_hu - float(rng.uniform(66.0, 84.0) if necrotic else rng.uniform(26.0, 56.0))
    edge = max(1.4, plan.diameter_mm / 2 * float(rng.uniform(0.16, 0.5)))
    foci = _foci(rng, plan, liver_hu) if rng.random() < 0.46 else ()
    rim = float(rng.uniform(8.0, 26.0)) if rng.random() < 0.28 else 0.0
    return Lesion(plan, center, margin, height, core, edge, rim, 0.16, 7.0, foci)


def _foci(rng: np.random.Generator, plan: LesionPlan, liver_hu: float) -> tuple[Nodule, ...]:
    """Prominent vessels or calcifications, which imitate a hemangioma's nodules."""
    return tuple(
        Nodule(
            angle=float(rng.uniform(0, 2 * np.pi)),
            depth=float(rng.uniform(0.45, 0.97)),
            size=float(plan.diameter_mm * rng.uniform(0.05, 0.11)),
            stretch=float(rng.uniform(1.0, 2.0)),
            hu=liver_hu + float(rng.uniform(16.0, 64.0)),
        )
        for _ in range(int(rng.integers(1, 5)))
    )


def _hemangioma(
    plan: LesionPlan,
    center: tuple[float, float, float],
    rng: np.random.Generator,
    liver_hu: float,
) -> Lesion:
    margin = _margin(plan, center, rng, float(rng.uniform(0.06, 0.2)))
    height = plan.diameter_mm / 2 * float(rng.uniform(0.75, 1.05))
    core = liver_hu - float(rng.uniform(32.0, 62.0))
    edge = max(1.0, plan.diameter_mm / 2 * float(rng.uniform(0.06, 0.34)))
    weak = rng.random() < 0.48
    nodules = _nodules(rng, plan, liver_hu, weak)
    return Lesion(plan, center, margin, height, core, edge, 0.0, 0.15, 6.0, nodules)


def _nodules(
    rng: np.random.Generator, plan: LesionPlan, liver_hu: float, weak: bool
) -> tuple[Nodule, ...]:
    count = int(rng.integers(1, 4)) if weak else int(rng.integers(4, 10))
    strength = rng.uniform(12.0, 40.0) if weak else rng.uniform(34.0, 70.0)
    start = rng.uniform(0, 2 * np.pi)
    spread = rng.uniform(0.9, 2 * np.pi)
    return tuple(
        Nodule(
            angle=float(start + spread * rng.random()),
            depth=float(rng.uniform(0.74, 0.97)),
            size=float(plan.diameter_mm * rng.uniform(0.05, 0.13)),
            stretch=float(rng.uniform(1.0, 2.4)),
            hu=liver_hu + float(strength * rng.uniform(0.75, 1.2)),
        )
        for _ in range(count)
    )


def paint(image: FloatArray, lesion: Lesion, z_mm: float, slice_mm: float, pixel_mm: float) -> None:
    """Lay the lesion over one slice, averaged over the slice's thickness (partial volume)."""
    reach = float(lesion.margin.radii.max()) + lesion.edge_mm + 3.0
    grid = polar_grid(lesion.margin.center, reach, image.shape[0], pixel_mm)
    view = (grid.rows, grid.columns)
    before = image[view].copy()
    total = np.zeros_like(before)
    for part in range(SUBSLICES):
        z = z_mm + ((part + 0.5) / SUBSLICES - 0.5) * slice_mm
        total += _layer(before, lesion, z, grid, pixel_mm)
    image[view] = total / np.float32(SUBSLICES)


def _layer(
    before: FloatArray, lesion: Lesion, z_mm: float, grid: PolarGrid, pixel_mm: float
) -> FloatArray:
    scale = lesion.shrink(z_mm)
    if scale <= 0.02:
        return before
    radii = lesion.margin.radii * np.float32(scale)
    cover = _soft(grid.coverage(radii, lesion.edge_mm))
    inside = np.full_like(before, lesion.core) + _texture(lesion, before.shape, pixel_mm)
    if lesion.rim:
        depth = grid.radius / np.maximum(radii[grid.angle], 0.1)
        ring = np.exp(-(((depth - 0.86) / lesion.rim_width) ** 2))
        inside += np.float32(lesion.rim) * ring.astype(np.float32)
    layer = before + cover * (inside - before)
    for nodule in lesion.nodules:
        _paint_nodule(layer, nodule, radii, grid, cover)
    return layer


def _soft(cover: FloatArray) -> FloatArray:
    """Smooth the linear ramp's corners."""
    return cover * cover * (np.float32(3.0) - np.float32(2.0) * cover)


def _texture(lesion: Lesion, shape: tuple[int, ...], pixel_mm: float) -> FloatArray:
    """Slow variation inside the lesion, the same on every slice, a few HU."""
    if not lesion.texture:
        return np.zeros(shape, dtype=np.float32)
    rng = np.random.default_rng([lesion.plan.seed, 3])
    coarse = rng.standard_normal((9, 9)).astype(np.float32)
    grown = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown * np.float32(lesion.texture), dtype=np.float32)


def _paint_nodule(
    layer: FloatArray, nodule: Nodule, radii: FloatArray, grid: PolarGrid, cover: FloatArray
) -> None:
    index = round(nodule.angle / (2 * np.pi) * ANGLES) % ANGLES
    at = float(radii[index]) * nodule.depth
    turn = (grid.angle.astype(np.float32) - index) * np.float32(2 * np.pi / ANGLES)
    along = grid.radius * np.sin(turn)
    across = grid.radius * np.cos(turn) - np.float32(at)
    distance = (along / (nodule.size * nodule.stretch)) ** 2 + (across / nodule.size) ** 2
    bright = np.exp(-(distance**1.5)) * np.minimum(cover * 1.6, 1.0)
    layer += bright * (np.float32(nodule.hu) - layer)
