"""The upper abdomen around the lesions: organs as smooth outlines, painted slice by slice.

Attenuation in HU of the portal-venous phase; positions and sizes vary from patient to patient.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from studies.phantom.shapes import (
    FloatArray,
    Outline,
    PolarGrid,
    ellipse,
    polar_grid,
    through,
    wobble,
)

SIZE = 512
AIR, FAT, MUSCLE = -1000.0, -104.0, 58.0
EDGE_MM = 0.8
_LIVER = (
    (0, 58), (30, 44), (60, 52), (90, 68), (120, 80), (150, 86), (180, 86), (210, 86),
    (240, 80), (265, 78), (290, 84), (312, 104), (325, 112), (340, 92),
)  # fmt: skip


@dataclass(frozen=True)
class Organ:
    """One painted structure: outline, window of the image, HU, growth of its radius with z."""

    outline: Outline
    grid: PolarGrid
    hu: float
    taper: float = 0.0  # relative change of radius per mm of z
    confined: bool = False  # never beyond the abdominal cavity
    edge_mm: float = EDGE_MM

    def coverage(self, z_mm: float) -> FloatArray:
        """Share of each pixel of `grid` that the organ covers at z."""
        factor = max(0.2, 1.0 + self.taper * z_mm)
        return self.grid.coverage(self.outline.scaled(factor).radii, self.edge_mm)


@dataclass(frozen=True)
class Vessel:
    """One bead of a vessel inside the liver: centre and radius in mm."""

    x: float
    y: float
    z: float
    radius: float


@dataclass(frozen=True)
class Anatomy:
    """Everything of one patient but the lesions.

    `liver`, the last of `organs`, alone changes with z.
    """

    pixel_mm: float
    cavity: Organ
    liver: Organ
    organs: tuple[Organ, ...]
    vessels: tuple[Vessel, ...]
    vessel_hu: float


def anatomy(rng: np.random.Generator, pixel_mm: float) -> Anatomy:
    """Draw one patient."""
    girth = float(rng.uniform(0.9, 1.06))
    body = _body(rng, girth)
    cavity = _organ(body.scaled(0.86, grow_mm=-4.0), FAT, pixel_mm)
    liver = _liver(rng, girth, pixel_mm)
    wall = _organ(body.scaled(0.9, grow_mm=-1.0), MUSCLE, pixel_mm)
    skin = _organ(body, FAT, pixel_mm)
    organs = (
        skin,
        wall,
        cavity,
        *_ribs(rng, body, pixel_mm),
        *_spine(rng, pixel_mm),
        *_left_side(rng, girth, pixel_mm),
        liver,
    )
    vessels = _vessels(rng, liver)
    return Anatomy(pixel_mm, cavity, liver, organs, vessels, float(rng.uniform(146.0, 178.0)))


@dataclass(frozen=True)
class Scene:
    """What is the same on every slice: the picture without the liver, and the cavity's share."""

    model: Anatomy
    still: FloatArray
    inside: FloatArray


def scene(model: Anatomy, couch: bool = True) -> Scene:
    """Paint once what does not change with z, both (512, 512)."""
    image = np.full((SIZE, SIZE), AIR, dtype=np.float32)
    if couch:
        _paint_couch(image, model.pixel_mm)
    inside = np.zeros((SIZE, SIZE), dtype=np.float32)
    window = model.cavity.grid
    inside[window.rows, window.columns] = model.cavity.coverage(0.0)
    for organ in model.organs:
        if organ is not model.liver:
            _lay(image, organ, 0.0, inside)
    return Scene(model, image, inside)


def paint(view: Scene, z_mm: float, slice_mm: float) -> FloatArray:
    """One slice in HU without lesions and noise, (512, 512)."""
    image = view.still.copy()
    _lay(image, view.model.liver, z_mm, view.inside)
    _paint_vessels(image, view.model, z_mm, slice_mm, view.inside)
    return image


def _lay(image: FloatArray, organ: Organ, z_mm: float, inside: FloatArray) -> None:
    cover = organ.coverage(z_mm)
    view = (organ.grid.rows, organ.grid.columns)
    if organ.confined:
        cover *= inside[view]
    image[view] += cover * (np.float32(organ.hu) - image[view])


def liver_coverage(model: Anatomy, z_mm: float) -> FloatArray:
    """Share of each pixel that is liver at z, (512, 512)."""
    full = np.zeros((SIZE, SIZE), dtype=np.float32)
    grid = model.liver.grid
    full[grid.rows, grid.columns] = model.liver.coverage(z_mm)
    window = model.cavity.grid
    inside = np.zeros_like(full)
    inside[window.rows, window.columns] = model.cavity.coverage(z_mm)
    return full * inside


def _organ(
    outline: Outline,
    hu: float,
    pixel_mm: float,
    *,
    taper: float = 0.0,
    confined: bool = False,
    edge_mm: float = EDGE_MM,
) -> Organ:
    reach = float(outline.radii.max()) * (1.0 + abs(taper) * 60.0) + 3.0
    grid = polar_grid(outline.center, reach, SIZE, pixel_mm)
    return Organ(outline, grid, hu, taper, confined, edge_mm)


def _body(rng: np.random.Generator, girth: float) -> Outline:
    body = ellipse((0.0, 4.0), 168.0 * girth, 120.0 * girth)
    shape = wobble(rng, 0.025, (2, 3, 4, 5))
    angles = np.arange(shape.size) * (2 * np.pi / shape.size)
    flat_back = 1.0 - 0.10 * np.clip(np.sin(angles), 0.0, None) ** 6
    return Outline(body.center, (body.radii * shape * flat_back).astype(np.float32))


def _liver(rng: np.random.Generator, girth: float, pixel_mm: float) -> Organ:
    knots = tuple((a, r * girth * float(rng.uniform(0.93, 1.07))) for a, r in _LIVER)
    outline = through((-58.0 * girth, -12.0), knots)
    hu = float(rng.normal(106.0, 7.0))
    return _organ(outline, hu, pixel_mm, taper=float(rng.uniform(-3e-3, 2e-3)), confined=True)


def _ribs(rng: np.random.Generator, body: Outline, pixel_mm: float) -> list[Organ]:
    """About fourteen ribs cut obliquely, cortical shell and marrow."""
    ribs: list[Organ] = []
    ring = body.scaled(0.885, grow_mm=-2.0)
    points = ring.points(360)
    for degree in (-60, -32, -8, 16, 40, 64, 116, 140, 164, 188, 212, 240):
        at = (degree + int(rng.integers(-6, 7))) % 360
        x, y = points[at]
        tangent = at + 90 + float(rng.uniform(-12, 12))
        length = float(rng.uniform(6.0, 13.0))
        center = (float(x), float(y))
        ribs.append(_organ(ellipse(center, length, 4.4, tangent), 520.0, pixel_mm))
        ribs.append(_organ(ellipse(center, length - 2.2, 2.4, tangent), 190.0, pixel_mm))
    return ribs


def _spine(rng: np.random.Generator, pixel_mm: float) -> list[Organ]:
    y = 66.0 + float(rng.uniform(-3, 3))
    trabecular = float(rng.uniform(170.0, 240.0))
    return [
        _organ(ellipse((-34.0, y + 23.0), 24.0, 14.0, -14.0), MUSCLE + 4, pixel_mm),
        _organ(ellipse((34.0, y + 23.0), 24.0, 14.0, 14.0), MUSCLE + 4, pixel_mm),
        _organ(ellipse((-17.0, y + 20.0), 13.0, 4.0, -16.0), 360.0, pixel_mm),
        _organ(ellipse((17.0, y + 20.0), 13.0, 4.0, 16.0), 360.0, pixel_mm),
        _organ(ellipse((0.0, y + 22.0), 14.0, 11.0, 0.0), 330.0, pixel_mm),
        _organ(ellipse((0.0, y + 34.0), 3.4, 9.0, 0.0), 380.0, pixel_mm),
        _organ(ellipse((0.0, y), 22.0, 17.0), 430.0, pixel_mm),
        _organ(ellipse((0.0, y), 20.0, 15.0), trabecular, pixel_mm),
        _organ(ellipse((0.0, y + 21.0), 9.5, 8.0), 34.0, pixel_mm),
    ]


def _left_side(rng: np.random.Generator, girth: float, pixel_mm: float) -> list[Organ]:
    """Spleen, stomach with its air bubble, aorta, inferior vena cava, crura, left kidney."""
    spleen = ellipse((92.0 * girth, 34.0), 38.0, 24.0, 62.0)
    spleen = Outline(spleen.center, spleen.radii * wobble(rng, 0.12, (2, 3, 4)))
    stomach = ellipse((62.0 * girth, -34.0), 44.0, 33.0, -18.0)
    stomach = Outline(stomach.center, stomach.radii * wobble(rng, 0.10, (2, 3, 4)))
    contents = float(rng.uniform(12.0, 70.0))
    aorta = float(rng.uniform(148.0, 176.0))
    organs = [
        _organ(stomach, 74.0, pixel_mm, confined=True),
        _organ(stomach.scaled(1.0, grow_mm=-3.5), contents, pixel_mm, confined=True),
        _organ(spleen, float(rng.normal(119.0, 5.0)), pixel_mm, confined=True),
        _organ(ellipse((-11.0, 44.0), 5.0, 11.0, 24.0), MUSCLE, pixel_mm),
        _organ(ellipse((20.0, 46.0), 5.0, 11.0, -24.0), MUSCLE, pixel_mm),
        _organ(ellipse((7.0, 40.0), 11.5, 11.0), aorta, pixel_mm),
        _organ(ellipse((-25.0, 33.0), 13.0, 10.0, 15.0), aorta - 16.0, pixel_mm),
    ]
    if rng.random() < 0.55:
        air = ellipse((62.0 * girth, -52.0), 27.0, 12.0, float(rng.uniform(-8, 8)))
        organs.append(_organ(air, -930.0, pixel_mm, confined=True))
    if rng.random() < 0.5:
        kidney = ellipse((62.0 * girth, 50.0), 19.0, 25.0, -20.0)
        organs.append(_organ(kidney, 172.0, pixel_mm, confined=True))
        organs.append(_organ(kidney.scaled(0.5), 118.0, pixel_mm, confined=True, edge_mm=5.0))
    return organs


def _vessels(rng: np.random.Generator, liver: Organ) -> tuple[Vessel, ...]:
    """Portal and hepatic veins: random walks from the hilum, thinning as they go outward."""
    beads: list[Vessel] = []
    hilum = np.array([liver.outline.center[0] + 24.0, liver.outline.center[1] + 14.0, 0.0])
    for _ in range(int(rng.integers(11, 17))):
        start = hilum + rng.normal(0.0, (14.0, 12.0, 26.0))
        angle = rng.uniform(90.0, 330.0)
        heading = np.array(
            [np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle)), rng.normal(0, 0.35)]
        )
        _grow(rng, beads, start, heading, float(rng.uniform(3.0, 6.2)), depth=0)
    return tuple(beads)


def _grow(
    rng: np.random.Generator,
    beads: list[Vessel],
    start: np.ndarray,
    heading: np.ndarray,
    radius: float,
    depth: int,
) -> None:
    at = start.astype(float)
    for step in range(int(rng.integers(22, 46))):
        heading = heading + rng.normal(0.0, 0.09, 3)
        heading = heading / np.linalg.norm(heading)
        at = at + heading * max(1.0, 0.6 * radius)
        radius *= 0.975
        beads.append(Vessel(float(at[0]), float(at[1]), float(at[2]), radius))
        if depth < 2 and step > 6 and rng.random() < 0.05:
            turned = heading + rng.normal(0.0, 0.7, 3)
            _grow(rng, beads, at, turned / np.linalg.norm(turned), radius * 0.75, depth + 1)


def _paint_vessels(
    image: FloatArray, model: Anatomy, z_mm: float, slice_mm: float, inside: FloatArray
) -> None:
    near = [bead for bead in model.vessels if abs(bead.z - z_mm) < bead.radius + slice_mm / 2]
    if not near:
        return
    drawn = np.zeros((SIZE, SIZE), dtype=np.uint8)
    for bead in near:
        _draw_bead(drawn, bead, z_mm, slice_mm, model.pixel_mm)
    grid = model.liver.grid
    view = (grid.rows, grid.columns)
    share = cv2.GaussianBlur(drawn[view], (0, 0), 0.7).astype(np.float32) / 255.0
    share *= model.liver.coverage(z_mm) * inside[view]
    image[view] += share * (np.float32(model.vessel_hu) - image[view])


def _draw_bead(
    canvas: np.ndarray, bead: Vessel, z_mm: float, slice_mm: float, pixel_mm: float
) -> None:
    """The bead's cross-section; a thick slice that only grazes it shows it fainter."""
    gap = max(0.0, abs(bead.z - z_mm) - slice_mm / 2)
    radius = np.sqrt(max(bead.radius**2 - gap**2, 0.05))
    share = min(1.0, 2.2 * bead.radius / slice_mm)
    x = (bead.x / pixel_mm + SIZE / 2 - 0.5) * 16
    y = (bead.y / pixel_mm + SIZE / 2 - 0.5) * 16
    middle = (round(x), round(y))
    cv2.circle(canvas, middle, round(radius / pixel_mm * 16), 255 * share, -1, cv2.LINE_AA, 4)


def _paint_couch(image: FloatArray, pixel_mm: float) -> None:
    drawn = np.zeros((SIZE, SIZE), dtype=np.uint8)
    middle = (SIZE // 2, round(SIZE / 2 - 260 / pixel_mm))
    cv2.ellipse(drawn, middle, (round(400 / pixel_mm),) * 2, 0, 60, 120, 255, 3, cv2.LINE_AA)
    image += (drawn.astype(np.float32) / 255.0) * np.float32(620.0)
