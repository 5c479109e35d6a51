"""A slice and those beside it seen along rays."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from studies.imaging.aids import Beside
from studies.imaging.aids.polar import AS_FAR, even_rays, nearest, spreading_rays

MIDDLE = (64.0, 64.0)
RADIUS = 16.0
NOISE = 12.0
APART = 2.5


def ball(away: float, noise: float, seed: int = 0) -> np.ndarray:
    """A slice through a dark ball of RADIUS px, `away` px from its middle."""
    y, x = np.mgrid[:128, :128] + 0.5
    radius = math.sqrt(max(0.0, RADIUS**2 - away**2))
    cover = np.clip(radius - np.hypot(x - MIDDLE[0], y - MIDDLE[1]) + 0.5, 0, 1)
    grain = np.random.default_rng(seed).normal(0, 1, cover.shape)
    return np.asarray((110 - 50 * cover + noise * grain).astype(np.float32))


def pile(noise: float, count: int = 4) -> tuple[np.ndarray, tuple[Beside, ...]]:
    places = [k * APART for k in range(-count, count + 1) if k]
    beside = (Beside(ball(z, noise, 1 + k), z) for k, z in enumerate(places))
    return ball(0, noise), tuple(beside)


def edge(values: np.ndarray, radii: np.ndarray) -> float:
    """Where the mean over all rays is half-way, px."""
    return float(np.interp(85.0, values.mean(axis=0), radii))


def test_a_ball_drawn_together_keeps_its_edge_where_it_is() -> None:
    pixels, beside = pile(noise=0.0)
    rays = even_rays(pixels, MIDDLE, RADIUS, beside)
    own, near, together = (
        edge(seen, rays.radii) for seen in (rays.values, rays.beside, rays.drawn_together)
    )
    assert own == pytest.approx(RADIUS, abs=0.15)
    assert together == pytest.approx(own, abs=0.15)
    assert near < own - 0.15  # smaller there, as it is


def test_the_more_slices_the_less_noise_is_left() -> None:
    pixels, beside = pile(NOISE)
    rays = even_rays(pixels, MIDDLE, RADIUS, beside)
    within = rays.radii < 0.7 * RADIUS
    own, near, together = (
        seen[:, within].std() for seen in (rays.values, rays.beside, rays.drawn_together)
    )
    assert together < 0.8 * near < 0.8 * own


def test_slices_far_away_for_a_radius_tell_nothing_of_it() -> None:
    pixels, _ = pile(noise=0.0)
    away = 1.01 * AS_FAR * RADIUS
    rays = even_rays(pixels, MIDDLE, RADIUS, (Beside(np.zeros_like(pixels), away),))
    assert np.array_equal(rays.drawn_together, rays.values)
    spread = spreading_rays(pixels, MIDDLE, (Beside(np.zeros_like(pixels), away),))
    changed = (spread.drawn_together != spread.values).any(axis=0)
    assert not changed[spread.radii <= RADIUS].any()
    assert changed[(spread.radii > 1.2 * RADIUS) & (spread.radii < 50)].all()


def test_far_from_the_point_the_nearest_slices_serve_alone() -> None:
    pixels, beside = pile(NOISE)
    all_of_them, two = (spreading_rays(pixels, MIDDLE, b) for b in (beside, nearest(beside)))
    differ = (all_of_them.drawn_together != two.drawn_together).any(axis=0)
    assert differ[(two.radii > 20) & (two.radii < 60)].all()
    assert not differ[two.radii > 60].any()
    large, few = (even_rays(pixels, MIDDLE, 80.0, b) for b in (beside, nearest(beside)))
    assert np.array_equal(large.drawn_together, few.drawn_together)


def test_one_slice_alone_is_its_own_neighbour() -> None:
    rays = spreading_rays(ball(0, NOISE), MIDDLE)
    assert np.array_equal(rays.beside, rays.values)
    assert np.array_equal(rays.drawn_together, rays.values)


def test_slices_are_the_same_in_any_order_and_a_pair_counts_as_two() -> None:
    pixels, beside = pile(NOISE, 2)
    one, other = (even_rays(pixels, MIDDLE, RADIUS, b) for b in (beside, beside[::-1]))
    assert np.allclose(one.drawn_together, other.drawn_together, atol=1e-3)
    uneven = tuple(replace(b, away=b.away + (0.2 if b.away > 0 else 0)) for b in beside)
    apart = even_rays(pixels, MIDDLE, RADIUS, uneven)
    assert np.abs(apart.drawn_together - one.drawn_together).mean() < 0.2
    assert np.allclose(apart.beside, one.beside, atol=1e-3)


def test_the_nearest_are_one_before_and_one_after() -> None:
    _, beside = pile(noise=0.0)
    assert [one.away for one in nearest(beside)] == [-APART, APART]
    assert [one.away for one in nearest(beside[:3])] == [beside[2].away]
    assert nearest(()) == ()
