"""Pictures with a known margin that the proposal's networks are taught by, beside the phantom's.

Drawn scenes: blobs of a few tissues, one star among them, blurred and grained; they look like no
organ, so that what is learned holds for more than the simulated liver. And the phantom's slices
at other sizes and with other levels of their tissues.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import numpy.typing as npt

from studies.imaging import contour
from studies.imaging.aids.polar import BESIDE_A_SIDE, Beside, crop
from studies.phantom.shapes import ANGLES, wobble

Image = npt.NDArray[np.float32]
Line = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
SIDE = 288
TURNS = np.arange(ANGLES) * (2 * np.pi / ANGLES)
LEAST_STEP = 12.0
"""A star whose level is nearer to its surroundings' (median) is drawn anew."""

TISSUES_HU = (-1000.0, -110.0, 0.0, 45.0, 75.0, 115.0, 160.0, 300.0, 1200.0)
HALF_PX = 150
"""So much is kept to each side of a lesion that is shown at another size."""


@dataclass(frozen=True)
class Scene:
    """A picture (rows, columns), the line (n, 2) x, y in px round what is to be found, and the
    slices beside it.
    """

    pixels: Image
    line: Line
    beside: tuple[Beside, ...] = ()

    def shown_as(self, way: Callable[[Image], Image]) -> Scene:
        """All its pictures changed in the same way."""
        own, *others = (
            np.asarray(way(p), dtype=np.float32)
            for p in (self.pixels, *(one.pixels for one in self.beside))
        )
        beside = (replace(one, pixels=p) for one, p in zip(self.beside, others, strict=True))
        return Scene(own, self.line, tuple(beside))

    @property
    def mask(self) -> Mask:
        """The pixels within the line."""
        rows, columns = self.pixels.shape
        return contour.mask(tuple((x, y) for x, y in self.line.tolist()), (rows, columns))

    @property
    def levels(self) -> tuple[float, float]:
        """The medians within the line and on a ring around it."""
        within = self.mask.astype(np.uint8)
        wide, narrow = cv2.dilate(within, np.ones((11, 11))), cv2.dilate(within, np.ones((3, 3)))
        ring = (wide - narrow) > 0
        return float(np.median(self.pixels[within > 0])), float(np.median(self.pixels[ring]))


@dataclass
class _Canvas:
    rng: np.random.Generator
    radius: float
    image: Image = field(default_factory=lambda: np.zeros((SIDE, SIDE), dtype=np.float32))

    def outline(self, at: Line, radius: float, rough: float) -> Line:
        """A blob's line: an ellipse up to 1.8 times as long as wide, its radii uneven."""
        long = 1 + self.rng.uniform(0, 0.8)
        turned = TURNS - self.rng.uniform(0, np.pi)
        radii = radius / np.hypot(np.cos(turned) / long, np.sin(turned))
        radii = radii * wobble(self.rng, rough, (2, 3, 4, 5, 6, 7))
        return at + np.stack((radii * np.cos(TURNS), radii * np.sin(TURNS)), axis=1)

    def lay(self, line: Line, level: float, soft: float) -> None:
        """Cover what lies within the line; its edge is `soft` px (one sigma) wide."""
        cover = _filled(line)
        if soft > 0.3:
            cover = cv2.GaussianBlur(cover, (0, 0), soft)
        self.image += cover * (np.float32(level) - self.image)

    def beside(self, distance: float) -> Line:
        """A place so far from the middle, in any direction."""
        turn = self.rng.uniform(0, 2 * np.pi)
        return SIDE / 2 + distance * np.array((math.cos(turn), math.sin(turn)))


def _filled(line: Line) -> Image:
    cover = np.zeros((SIDE, SIDE), dtype=np.uint8)
    corners = np.round((line - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(cover, [corners], 255, cv2.LINE_AA, 4)
    return np.asarray(cover, dtype=np.float32) / 255


def drawn_scene(rng: np.random.Generator) -> Scene:
    """A star of 5.5-60 px among blobs, behind none of them, brighter or darker than around."""
    while True:
        radius = float(np.clip(np.exp(rng.normal(math.log(17), 0.5)), 5.5, 60))
        canvas = _Canvas(rng, radius)
        levels = np.cumsum(np.r_[0, rng.uniform(15, 90, 4)])
        rng.shuffle(levels)
        line = _painted(canvas, levels)
        scene = _finished(canvas, line)
        within, around = scene.levels
        if abs(within - around) >= LEAST_STEP:
            return scene


def _painted(canvas: _Canvas, levels: Line) -> Line:
    rng, radius = canvas.rng, canvas.radius
    canvas.image += np.float32(levels[0])
    for _ in range(int(rng.integers(3, 16))):
        at = canvas.beside(rng.uniform(0, 4.5) * radius + 5)
        blob = canvas.outline(at, radius * math.exp(rng.normal(0, 0.7)), 0.2)
        canvas.lay(blob, rng.choice(levels), rng.uniform(0, 1.5))
    soft = rng.uniform(0, 1.2) if rng.random() < 0.6 else radius * rng.uniform(0.05, 0.16)
    line = canvas.outline(np.full(2, SIDE / 2), radius, rng.uniform(0.03, 0.3))
    canvas.lay(line, rng.choice(levels) + rng.normal(0, 10), soft)
    within = _filled(line) > 0.5
    for _ in range(int(rng.integers(0, 4))):
        before = canvas.image.copy()
        size = radius * math.exp(rng.normal(-0.4, 0.5))
        touching = canvas.beside(radius * 1.2 + size * rng.uniform(1.0, 1.5))
        canvas.lay(canvas.outline(touching, size, 0.15), rng.choice(levels), rng.uniform(0, 1))
        canvas.image = np.where(within, before, canvas.image)
    return line


def _finished(canvas: _Canvas, line: Line) -> Scene:
    """Texture and a rim within, blur, grain, sometimes speckle, sometimes the negative.

    Three in five have slices beside, of their own grain, where things are larger or smaller.
    """
    rng, within = canvas.rng, _filled(line)
    if rng.random() < 0.4:
        canvas.image += within * _grain(rng, canvas.radius / 3) * rng.uniform(2, 12)
    if rng.random() < 0.3:
        rim = cv2.GaussianBlur(within, (0, 0), max(1.0, 0.12 * canvas.radius))
        canvas.image += 4 * rim * (1 - rim) * within * rng.normal(0, 25)
    places = () if rng.random() < 0.4 else _places(canvas.radius, rng)
    half = canvas.radius * rng.uniform(0.7, 1.5)
    sharp = [canvas.image, *(_beside(canvas, line, away / half, rng) for away in places)]
    own, *others = _taken(sharp, rng)
    return Scene(own, line, tuple(map(Beside, others, places)))


def _places(radius: float, rng: np.random.Generator) -> tuple[float, ...]:
    """How far slices are away, px: some on each side or on one, equally far from each other."""
    apart = radius * math.exp(rng.uniform(math.log(0.08), math.log(0.9)))
    before, after = rng.integers(0, BESIDE_A_SIDE + 1, 2)
    return tuple(apart * k for k in range(-int(before), int(after) + 1) if k)


def _beside(canvas: _Canvas, line: Line, away: float, rng: np.random.Generator) -> Image:
    """The same at another size, mostly smaller, not quite there; at times gone, or a blob more.

    `away`: how far, in half heights of what is to be found.
    """
    far = min(0.5, 0.02 + 0.3 * abs(away) if rng.random() < 0.8 else rng.uniform(0.1, 0.5))
    size = math.exp(rng.normal(-0.6 * min(away**2, 1), 0.7 * far))
    shift = SIDE / 2 * (1 - size) + rng.normal(0, 0.3 + far * 0.3 * canvas.radius, 2)
    moved = np.column_stack((np.eye(2) * size, shift)).astype(np.float32)
    near = replace(canvas, image=canvas.image.copy())
    if far > 0.1 and rng.random() < 0.3:
        level = float(np.median(canvas.image))
        if rng.random() < 0.4:
            near.lay(line + rng.normal(0, 1, 2), level, 1.0)
        else:
            at = near.beside(rng.uniform(0.3, 2.5) * canvas.radius)
            blob = near.outline(at, canvas.radius * math.exp(rng.normal(-0.6, 0.5)), 0.2)
            near.lay(blob, level + rng.normal(0, 60), 0.7)
    found = cv2.warpAffine(near.image, moved, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found)


def _taken(sharp: list[Image], rng: np.random.Generator) -> list[Image]:
    """As one scanner takes them: blur, grain, speckle and sign are the same for all."""
    blur, noise = rng.uniform(0.5, 1.2), math.exp(rng.uniform(math.log(1.5), math.log(22)))
    width, sign = rng.uniform(0.4, 1.3), -1 if rng.random() < 0.5 else 1
    speckle = rng.uniform(0.05, 0.35) if rng.random() < 0.15 else 0.0
    found = []
    for one in sharp:
        image = cv2.GaussianBlur(one, (0, 0), blur) + noise * _grain(rng, width)
        if speckle:
            image = (image - image.min() + 20) * (1 + speckle * _grain(rng, 1.6))
        found.append(np.asarray(sign * image, dtype=np.float32))
    return found


def _grain(rng: np.random.Generator, width: float) -> Image:
    """Noise of spread 1, `width` px (one sigma) coarse."""
    white = rng.normal(0, 1, (SIDE, SIDE)).astype(np.float32)
    coarse = np.asarray(cv2.GaussianBlur(white, (0, 0), width), dtype=np.float32)
    return coarse / np.float32(coarse.std())


def altered(scene: Scene, rng: np.random.Generator) -> Scene:
    """The scene at another size, three times in five with other levels of its tissues."""
    sized = _sized(scene, math.exp(rng.normal(0, 0.25)))
    return _recoloured(sized, rng) if rng.random() < 0.6 else sized


def _sized(scene: Scene, factor: float) -> Scene:
    middle = (scene.line.min(axis=0) + scene.line.max(axis=0)) / 2
    half = int(HALF_PX / factor) + 2
    x0, y0 = int(middle[0]) - half, int(middle[1]) - half
    side = round(2 * half * factor)
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR

    def sized(picture: Image) -> Image:
        part = crop(picture, x0, y0, 2 * half, 2 * half)
        return np.asarray(cv2.resize(part, (side, side), interpolation=way), dtype=np.float32)

    found, grown = scene.shown_as(sized), side / (2 * half)
    beside = tuple(replace(one, away=one.away * grown) for one in found.beside)
    return Scene(found.pixels, (scene.line - (x0, y0)) * grown, beside)


def _recoloured(scene: Scene, rng: np.random.Generator) -> Scene:
    """A display window of 8 bits or any levels for TISSUES_HU, where the margin stays visible."""
    for _ in range(6):
        found = scene.shown_as(_windowed(scene, rng) if rng.random() < 0.4 else _levelled(rng))
        within, around = found.levels
        if abs(within - around) > 20:
            return found.shown_as(np.negative) if rng.random() < 0.4 else found
    return scene


def _windowed(scene: Scene, rng: np.random.Generator) -> Callable[[Image], Image]:
    _, around = scene.levels
    low, high = around - rng.uniform(60, 260), around + rng.uniform(60, 260)
    bent = rng.uniform(0.6, 1.6)
    return lambda picture: 255 * ((np.clip(picture, low, high) - low) / (high - low)) ** bent


def _levelled(rng: np.random.Generator) -> Callable[[Image], Image]:
    levels = 60 * np.cumsum(rng.normal(0.3, 1, len(TISSUES_HU)))
    return lambda picture: np.asarray(np.interp(picture, TISSUES_HU, levels), dtype=np.float32)
