"""What a proposal finds where the truth is known, and what its networks must not depend on."""

from __future__ import annotations

import numpy as np
import pytest
from lesions_to_draw import dice, ultrasound_lesions

from studies.imaging import aids
from studies.imaging.aids.look import first_look, second_look
from studies.imaging.aids.network import Layer, Network, _near, networks
from studies.imaging.aids.polar import ANGLES, PAIRS, RAYS, even_rays, finer, spreading_rays

MIDDLE = (64.0, 64.0)
TURNS = ANGLES[:, 0]


def radii(turns: np.ndarray) -> np.ndarray:
    """True radii in px in any direction."""
    return np.asarray(18 + 2.5 * np.cos(2 * turns - 0.4) + 1.2 * np.cos(3 * turns + 1.0))


def picture(
    width: float, rim: float = 0.0, noise: float = 0.0, seed: int = 4, size: float = 1.0
) -> np.ndarray:
    """110 around and 60 within, a smoothstep ramp `width` px wide half-way on the true line.

    `seed` of the noise; at another `size` the line is so many times as far from the middle.
    """
    y, x = np.mgrid[:128, :128] + 0.5
    distance = np.hypot(x - MIDDLE[0], y - MIDDLE[1])
    edge = size * radii(np.arctan2(y - MIDDLE[1], x - MIDDLE[0]))
    share = np.clip((edge - distance) / width + 0.5, 0, 1)
    cover = share**2 * (3 - 2 * share)
    inside = -50 + rim * np.exp(-(((distance / edge - 0.86) / 0.2) ** 2))
    grain = np.random.default_rng(seed).normal(0, 1, distance.shape)
    return np.asarray((110 + cover * inside + noise * grain).astype(np.float32))


def off(
    pixels: np.ndarray,
    click: tuple[float, float] = (61.0, 66.0),
    beside: tuple[aids.Beside, ...] = (),
) -> float:
    """The mean distance of the proposal from the true radii, in px."""
    points = np.asarray(aids.proposal(pixels, click, beside=beside)) - MIDDLE
    found = np.hypot(*points.T)
    return float(np.abs(found - radii(np.arctan2(points[:, 1], points[:, 0]))).mean())


@pytest.mark.parametrize("click", [(64.0, 64.0), (58.0, 68.0)])
@pytest.mark.parametrize("width", [3.0, 8.0])
def test_the_half_way_line_of_a_soft_edge_is_found(
    width: float, click: tuple[float, float]
) -> None:
    assert off(picture(width, noise=4.0), click) < 0.6


def test_noise_moves_the_margin_little() -> None:
    """20 HU on every pixel, at a step of 50 HU over 6 px."""
    assert off(picture(6.0, noise=20.0)) < 0.9


def test_slices_beside_make_up_for_noise() -> None:
    """30 HU on every pixel, four times over; the slices beside are a little smaller."""
    seeds = range(0, 12, 3)
    alone = [off(picture(6.0, noise=30.0, seed=k)) for k in seeds]
    seen = [
        off(
            picture(6.0, noise=30.0, seed=k),
            beside=tuple(
                aids.Beside(picture(6.0, noise=30.0, seed=k + n, size=0.97), away)
                for n, away in ((1, -4.0), (2, 4.0))
            ),
        )
        for k in seeds
    ]
    assert np.mean(seen) < 0.9 * np.mean(alone)


@pytest.mark.parametrize("size", [0.01, 0.6, 1.4])
def test_slices_beside_on_which_the_lesion_ends_or_grows_do_not_lead_astray(size: float) -> None:
    beside = aids.Beside(picture(4.0, noise=6.0, seed=5, size=size), 3.0)
    assert off(picture(4.0, noise=6.0), beside=(beside,)) < 1.0


def test_where_the_next_slice_shows_another_thing_none_is_heeded() -> None:
    own = picture(4.0, noise=6.0)
    gone, same = picture(4.0, noise=6.0, seed=5, size=0.01), picture(4.0, noise=6.0, seed=6)
    beside = aids.Beside(same, -3.0), aids.Beside(gone, 3.0), aids.Beside(same, 6.0)
    assert aids.proposal(own, MIDDLE, beside=beside) == aids.proposal(own, MIDDLE)
    assert aids.proposal(own, MIDDLE, beside=beside[:1]) != aids.proposal(own, MIDDLE)


def test_slices_beyond_the_lesions_end_move_the_margin_little() -> None:
    own = picture(4.0, noise=6.0)
    near = tuple(aids.Beside(picture(4.0, 0, 6.0, 5, 0.98), away) for away in (-4.0, 4.0))
    junk = tuple(aids.Beside(np.full_like(own, 500.0), away) for away in (-12.0, -8.0, 8.0, 12.0))
    assert off(own, beside=near) < 0.6
    assert off(own, beside=(*near, *junk)) < 0.6


def test_a_rim_brighter_than_the_core_belongs_to_the_lesion() -> None:
    assert off(picture(4.0, rim=20.0, noise=6.0)) < 0.8


def test_a_bright_nodule_in_the_margin_belongs_to_the_lesion_and_a_vessel_beside_does_not() -> None:
    y, x = np.mgrid[:128, :128] + 0.5
    nodule, vessel = picture(3.0, noise=6.0), picture(3.0, noise=6.0)
    nodule[np.hypot(x - 78, y - 64) < 4] = 180
    vessel[:, 89:97] = 200
    assert off(nodule) < 1.0
    assert off(vessel) < 1.0


def test_levels_and_scale_of_the_picture_change_nothing() -> None:
    pixels = picture(5.0, noise=8.0)
    first = np.asarray(aids.proposal(pixels, MIDDLE))
    assert np.allclose(aids.proposal(40 * pixels - 3000, MIDDLE), first, atol=0.05)
    other = picture(5.0, noise=8.0, seed=5, size=0.9)
    seen = aids.proposal(pixels, MIDDLE, beside=(aids.Beside(other, 3.0),))
    moved = aids.Beside(40 * other - 3000, 3.0)
    moved = aids.proposal(40 * pixels - 3000, MIDDLE, beside=(moved,))
    assert np.allclose(moved, seen, atol=0.05)


def test_slices_beside_that_show_the_same_change_little() -> None:
    """A thing that is as wide on all slices is no ball, for which it is looked at too."""
    pixels = picture(5.0, noise=8.0)
    beside = tuple(aids.Beside(pixels, 3.0 * k) for k in range(-4, 5) if k)
    alone = np.asarray(aids.proposal(pixels, MIDDLE))
    assert np.abs(np.asarray(aids.proposal(pixels, MIDDLE, beside=beside)) - alone).max() < 1.0
    assert off(pixels, beside=beside) < 0.6


def test_thin_slices_make_up_for_their_noise() -> None:
    """Of a ball in 40 HU of noise: eight slices beside are better than two."""
    few, many = [], []
    for seed in range(10, 70, 10):
        pile = {k: picture(6.0, 0, 40.0, seed + k, ball(2.0 * k)) for k in range(-4, 5)}
        beside = tuple(aids.Beside(pile[k], 2.0 * k) for k in range(-4, 5) if k)
        many.append(off(pile[0], beside=beside))
        few.append(off(pile[0], beside=tuple(b for b in beside if abs(b.away) < 3)))
    assert np.mean(many) < 0.9 * np.mean(few)


def ball(away: float) -> float:
    """How large a ball of the mean radius is so far (px) from its middle."""
    return float(np.sqrt(1 - (away / radii(PAIRS).mean()) ** 2))


def test_a_picture_turned_by_a_quarter_gives_the_margin_turned() -> None:
    pixels = picture(5.0, noise=8.0)
    upright = np.asarray(aids.proposal(pixels, MIDDLE)) - MIDDLE
    turned = np.asarray(aids.proposal(np.rot90(pixels, -1), MIDDLE)) - MIDDLE
    back = np.stack((turned[:, 1], -turned[:, 0]), axis=1)
    nearest = np.hypot(*(upright[:, None] - back[None]).transpose(2, 0, 1)).min(axis=1)
    assert nearest.mean() < 0.1
    assert nearest.max() < 0.6


def both() -> tuple[tuple[Network, np.ndarray], ...]:
    pixels = picture(5.0, noise=8.0)
    first = first_look(spreading_rays(pixels, MIDDLE)).shown
    second = second_look(even_rays(pixels, MIDDLE, 20.6), radii(PAIRS)).shown
    return (networks().first, first), (networks().second, second)


@pytest.mark.parametrize("number", [0, 1])
def test_chances_add_up_to_one_on_each_ray_and_turn_with_the_rays(number: int) -> None:
    network, shown = both()[number]
    chances = network.shares(shown)
    assert chances.shape == shown.shape[1:]
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)
    assert np.allclose(
        network.shares(np.roll(shown, 6, axis=1)), np.roll(chances, 6, axis=0), atol=1e-5
    )


def test_a_layer_sums_the_cells_around_each_and_meets_itself_round_the_rays() -> None:
    """Against the sum written out, cell by cell."""
    rng = np.random.default_rng(3)
    cells = rng.normal(0, 1, (2, 28, 9)).astype(np.float32)
    layer = Layer(rng.normal(0, 1, (4, 18)).astype(np.float32), np.ones((4, 1), np.float32))
    found = _near(layer, cells, 2)
    weights = layer.weights.reshape(4, 2, 3, 3)
    for ray, step in ((0, 0), (13, 4), (27, 8)):
        sums = np.ones(4)
        for r in (-1, 0, 1):
            for s in (-1, 0, 1):
                at = step + 2 * s
                if 0 <= at < 9:
                    sums += weights[:, :, r + 1, s + 1] @ cells[:, (ray + r) % 28, at]
        assert np.allclose(found[:, ray, step], np.maximum(sums, 0), atol=1e-4)


def test_a_corrected_margin_is_nearer_to_the_truth_than_the_one_shown() -> None:
    pixels = picture(5.0, noise=8.0)
    shown = 1.12 * radii(PAIRS)
    found = second_look(even_rays(pixels, MIDDLE, 20.6), shown).seen_by(networks().second).radii
    assert np.abs(found - radii(PAIRS)).mean() < 0.4 * np.abs(shown - radii(PAIRS)).mean()


def test_radii_between_pairs_lie_on_the_waves_through_them() -> None:
    turns = PAIRS[0] + 2 * np.pi * np.arange(RAYS) / RAYS
    assert np.allclose(finer(radii(PAIRS)), radii(turns), atol=1e-9)


def test_one_click_in_an_ultrasound_finds_more_than_half_of_it() -> None:
    """Every fourth of 120 lesions; what was here before reached .46 over all."""
    known = list(ultrasound_lesions())[::4]
    found = [aids.proposal(one.pixels, one.click, magnified=True) for one in known]
    assert np.mean([dice(p, one.truth) for p, one in zip(found, known, strict=True)]) > 0.5
