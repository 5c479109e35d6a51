"""What the proposal's networks are shown while they learn: looks from clicks, and true radii.

The looks are made by the program's own functions, so that learning and use see the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt
from margin_scenes import Line, Scene, altered, drawn_scene

from studies.imaging import contour
from studies.imaging.aids.beside import going_on
from studies.imaging.aids.look import first_look, second_look
from studies.imaging.aids.network import Network
from studies.imaging.aids.polar import (
    BESIDE_A_SIDE,
    PAIRS,
    Beside,
    Point,
    around,
    even_rays,
    finer,
    nearest,
    seen_from,
    spreading_rays,
)
from studies.phantom import plan, render
from studies.phantom.lesions import Lesion
from studies.phantom.render import Patient

Floats = npt.NDArray[np.float32]
Radii = npt.NDArray[np.float64]
SCENES = 260  # a seed
INNER = 0.58
"""Clicks lie at least so deep, in shares of the greatest depth; the judges' rule says 2/3."""

DRAWN = 0.6
"""Of the second looks, so many start from what the first network makes of a click."""

OFF_KEY = 0.93
"""Slices off the key slice lie at most so far towards a lesion's pole."""

ALONE, ONE_SIDED = 0.15, 0.1
"""How often no slice beside is seen, and how often only those of one side."""

FEW = 0.35
"""How often no more than one slice beside is seen on a side."""

SELDOM_BESIDE = 1 / 7
SIGNED = (0, 2, 3)
"""The channels whose sign is the contrast's."""

WAVES = np.arange(1, 7)
OFTEN, SELDOM, HOW_SELDOM = 0.05, 0.16, 0.15
"""How far the margin shown to the second network is off, in shares of its radius, one sigma of
its size and of its first wave: mostly, and in one of seven."""


@dataclass(frozen=True)
class Looks:
    """Looks (n, 4, pairs, steps) and where the margin crosses each (n, pairs), in steps."""

    shown: Floats
    crossed: Floats

    def __len__(self) -> int:
        return len(self.shown)


def first_looks(seed: int) -> Looks:
    """Looks from clicks on the lesions of a simulated study of 228 patients, and on scenes."""
    rng = np.random.default_rng([seed, 77])
    found = [
        _first(scene, line, click)
        for scene, line, clicks in _clicked(seed, rng)
        for click in clicks
    ]
    return _together(found)


def second_looks(seed: int, first: Network) -> Looks:
    """Looks at the same, from the first network's margins or from true ones that are moved."""
    rng = np.random.default_rng([seed, 78])
    found = []
    for scene, line, clicks in _clicked(seed, rng):
        for click in clicks:
            drawn = rng.random() < DRAWN
            margin = _of_network(scene, click, first) if drawn else _moved(scene, line, rng)
            found.append(_second(scene, line, margin))
    return _together(found)


def _clicked(
    seed: int, rng: np.random.Generator
) -> Iterator[tuple[Scene, Line, tuple[Point, ...]]]:
    """Scenes, their lines in steps of half a px, and clicks."""
    for scene, count in _scenes(seed, rng):
        depth = cv2.distanceTransform(np.pad(scene.mask, 1).astype(np.uint8), cv2.DIST_L2, 5)
        rows, columns = np.nonzero(depth[1:-1, 1:-1] >= depth.max() * INNER)
        line = np.asarray(contour.resample(tuple((x, y) for x, y in scene.line.tolist())))
        picked = rng.integers(len(rows), size=count)
        clicks = (
            np.stack((columns[picked], rows[picked]), axis=1) + rng.random((count, 2))
        ).tolist()
        yield scene, line, tuple((x, y) for x, y in clicks)


def _scenes(seed: int, rng: np.random.Generator) -> Iterator[tuple[Scene, int]]:
    """Scenes with the number of clicks on each: the phantom's as they are and altered, drawn."""
    for case in plan.full_plan(seed):
        drawn = render.patient(case)
        for lesion, known in zip(drawn.lesions, drawn.known, strict=True):
            scene = _phantom_scene(drawn, lesion, known.key_slice, rng)
            yield scene, 2
            if known.category != "cyst" or rng.random() < 0.3:
                yield altered(scene, rng), 1
            off = int(rng.uniform(0.2, OFF_KEY) * lesion.half_height / case.slice_mm)
            at = known.key_slice + off * (1 if rng.random() < 0.5 else -1)
            if off and 0 <= at < len(drawn.z):
                scene = _phantom_scene(drawn, lesion, at, rng)
                yield scene, 1
                yield altered(scene, rng), 1
    for _ in range(SCENES):
        yield drawn_scene(rng), 1


def _phantom_scene(drawn: Patient, lesion: Lesion, at: int, rng: np.random.Generator) -> Scene:
    """A slice, mostly with slices on both sides of it."""
    near = [at + k for k in _steps_away(rng) if 0 <= at + k < len(drawn.z)]
    heights = tuple(drawn.z[k] for k in (at, *near))
    own, *others = (p.astype(np.float32) for p in render.slices(replace(drawn, z=heights)))
    apart = drawn.plan.slice_mm / drawn.plan.pixel_mm
    beside = tuple(Beside(p, (k - at) * apart) for k, p in zip(near, others, strict=True))
    line = render.margin_px(lesion, drawn.z[at], drawn.plan.pixel_mm)
    return Scene(own, np.asarray(line), beside)


def _steps_away(rng: np.random.Generator) -> tuple[int, ...]:
    """Which slices beside are seen, in steps from the slice itself."""
    kind = rng.random()
    count = 0 if kind < ALONE else 1 if rng.random() < FEW else BESIDE_A_SIDE
    sides = (int(rng.choice((-1, 1))),) if kind < ALONE + ONE_SIDED else (-1, 1)
    return tuple(side * k for k in range(1, count + 1) for side in sides)


def _first(scene: Scene, line: Line, click: Point) -> tuple[Floats, Floats]:
    look = first_look(spreading_rays(scene.pixels, click, scene.beside))
    steps = np.log(np.maximum(seen_from(line, click), 1) / look.borders[0])
    crossed = steps / math.log(look.borders[1] / look.borders[0]) - 0.5
    return look.shown, crossed.astype(np.float32)


@dataclass(frozen=True)
class _Margin:
    """A margin as the second network is shown it: from where, radii (pairs,) px, mean radius."""

    center: Point
    radii: Radii
    radius: float


def _of_network(scene: Scene, click: Point, network: Network) -> _Margin:
    """What the first network makes of a click, from its centre; all slices beside are heeded, so
    that it learns to bear those that end.
    """
    rays = spreading_rays(scene.pixels, click, scene.beside)
    radii = first_look(rays).seen_by(network).radii
    points = around(click, finer(radii))
    line = tuple((x, y) for x, y in points.tolist())
    center = contour.centroid(line)
    radius = math.sqrt(contour.area_mm2(line) / math.pi)
    return _Margin(center, seen_from(points, center), radius)


def _moved(scene: Scene, line: Line, rng: np.random.Generator) -> _Margin:
    """The true margin, larger or smaller and uneven, seen from near its centre."""
    radius = math.sqrt(float(scene.mask.sum()) / math.pi)
    off = 0.12 if rng.random() < 0.8 else 0.28
    x, y = contour.centroid(tuple((x, y) for x, y in line.tolist()))
    center = x + rng.normal(0, off / 2 * radius), y + rng.normal(0, off / 2 * radius)
    size = radius * math.exp(rng.normal(0, 1.3 * off))
    return _Margin(center, _off(seen_from(line, center), rng), size)


def _second(scene: Scene, line: Line, margin: _Margin) -> tuple[Floats, Floats]:
    near, points = nearest(scene.beside), around(margin.center, finer(margin.radii))
    far = going_on(scene.pixels, scene.beside, points, margin.center)
    beside = (*near, *(one for one in far if one not in near))
    rays = even_rays(scene.pixels, margin.center, margin.radius, beside)
    look = second_look(rays, margin.radii)
    crossed = seen_from(line, margin.center) / look.borders[1] - 0.5
    return look.shown, crossed.astype(np.float32)


def _off(true: Radii, rng: np.random.Generator) -> Radii:
    """The radii of a margin that is larger or smaller and uneven."""
    off = SELDOM if rng.random() < HOW_SELDOM else OFTEN
    turns = WAVES[:, None] * PAIRS
    waves = off / np.sqrt(WAVES) * rng.normal(0, 1, (2, len(WAVES)))
    uneven = waves[0] @ np.cos(turns) + waves[1] @ np.sin(turns)
    return np.asarray(true * np.exp(off * rng.normal() + uneven))


def _together(parts: list[tuple[Floats, Floats]]) -> Looks:
    shown, crossed = zip(*parts, strict=True)
    return Looks(np.stack(shown).astype(np.float16), np.stack(crossed))


def joined(parts: list[Looks]) -> Looks:
    """All looks in one."""
    shown = np.concatenate([part.shown for part in parts])
    return Looks(shown, np.concatenate([part.crossed for part in parts]))


def batch(looks: Looks, rng: np.random.Generator, size: int) -> Looks:
    """Some of the looks, turned, half of them mirrored, a fifth of them as negatives, and a seventh
    without the slices beside.
    """
    picked = rng.integers(len(looks), size=size)
    shown, crossed = looks.shown[picked].astype(np.float32), looks.crossed[picked]
    turn = int(rng.integers(PAIRS.size))
    shown, crossed = np.roll(shown, turn, axis=2), np.roll(crossed, turn, axis=1)
    if rng.random() < 0.5:
        shown, crossed = shown[:, :, ::-1].copy(), crossed[:, ::-1].copy()
    sign = np.where(rng.random(size) < 0.2, -1, 1) * np.exp(rng.normal(0, 0.1, size))
    shown[:, SIGNED] *= sign[:, None, None, None].astype(np.float32)
    shown[rng.random(size) < SELDOM_BESIDE, 2:] = 0
    return Looks(shown, crossed)
