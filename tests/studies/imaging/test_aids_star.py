"""The soft-edged star finds radii, edge and levels that are known, and is led astray by little."""

from __future__ import annotations

import numpy as np
import pytest

from studies.imaging.aids.polar import ANGLES, RAYS, Rays, even_rays
from studies.imaging.aids.star import ORDER, Star, fitted

MIDDLE = (64.0, 64.0)
TURNS = ANGLES[:, 0]
RADII = 18 + 2.5 * np.cos(2 * TURNS - 0.4) + 1.2 * np.cos(3 * TURNS + 1.0)


def picture(width: float, rim: float = 0.0, noise: float = 0.0) -> np.ndarray:
    """110 around and 60 within RADII, a smoothstep ramp `width` px wide half-way on the line."""
    y, x = np.mgrid[:128, :128] + 0.5
    distance = np.hypot(x - MIDDLE[0], y - MIDDLE[1])
    edge = np.interp(np.arctan2(y - MIDDLE[1], x - MIDDLE[0]), TURNS, RADII, period=2 * np.pi)
    share = np.clip((edge - distance) / width + 0.5, 0, 1)
    cover = share**2 * (3 - 2 * share)
    inside = -50 + rim * np.exp(-(((distance / edge - 0.86) / 0.2) ** 2))
    grain = np.random.default_rng(4).normal(0, 1, distance.shape)
    return np.asarray((110 + cover * inside + noise * grain).astype(np.float32))


def found(pixels: np.ndarray, start: float = 1.0) -> Star:
    rays = even_rays(pixels, MIDDLE, 34.0)
    star = fitted(rays, start * RADII, width=12.0, turns=20)
    assert star is not None
    return star


def off(star: Star) -> float:
    """The mean distance from the true radii, in px."""
    return float(np.abs(star.radii - RADII).mean())


@pytest.mark.parametrize("start", [0.8, 1.0, 1.15])
@pytest.mark.parametrize("width", [3.0, 8.0])
def test_the_half_way_line_of_a_soft_edge_is_found(start: float, width: float) -> None:
    star = found(picture(width), start)
    assert off(star) < 0.35
    assert star.width == pytest.approx(width, abs=2.0)


def test_noise_on_single_rays_moves_the_margin_little() -> None:
    """20 HU on every pixel, at a step of 50 HU over 6 px."""
    assert off(found(picture(6.0, noise=20.0))) < 0.5


def test_a_rim_brighter_than_the_core_belongs_to_the_lesion() -> None:
    assert off(found(picture(4.0, rim=20.0, noise=6.0))) < 0.6


def test_a_bright_nodule_in_the_margin_belongs_to_the_lesion_and_a_vessel_beside_does_not() -> None:
    y, x = np.mgrid[:128, :128] + 0.5
    plain = picture(3.0, noise=6.0)
    nodule = plain.copy()
    nodule[np.hypot(x - 78, y - 64) < 4] = 180
    assert off(found(nodule)) < 0.6
    vessel = plain.copy()
    vessel[:, 89:97] = 200
    assert off(found(vessel)) < 0.6


def test_levels_and_scale_of_the_picture_change_nothing() -> None:
    pixels = picture(5.0, noise=8.0)
    first = found(pixels).radii
    assert np.allclose(found(-3000 - 40 * pixels).radii, first, atol=0.05)


def test_nothing_is_fitted_to_one_value() -> None:
    rays = even_rays(np.full((128, 128), 40.0), MIDDLE, 30.0)
    assert fitted(rays, RADII, 6.0, 5) is None


def test_no_wave_is_finer_than_the_order() -> None:
    pixels = np.random.default_rng(9).normal(60, 20, (128, 128))
    rays = even_rays(pixels, MIDDLE, 34.0)
    star = fitted(Rays(rays.values, rays.radii, rays.known), RADII, 6.0, 12)
    assert star is not None
    waves = np.abs(np.fft.rfft(star.radii)) / RAYS
    assert waves[ORDER + 1 :].max() < 1e-6
    assert np.isfinite(star.radii).all()
