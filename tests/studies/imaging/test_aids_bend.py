"""A line's bend is told from all of its length, and noise bends no line."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from lesions_to_draw import Known, deep_lesions, dice, phantom_lesions, ultrasound_lesions

from studies.imaging import aids, contour
from studies.imaging.aids.bend import Bend, bend_between

MIDDLE, RADIUS = 64.0, 30.0


def slopes(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    smooth = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), 2.0)
    return cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)


def disc(noise: float) -> np.ndarray:
    y, x = np.mgrid[:128, :128] + 0.5
    pixels = np.where(np.hypot(x - MIDDLE, y - MIDDLE) < RADIUS, 60.0, 110.0)
    return np.asarray(pixels + np.random.default_rng(5).normal(0, noise, pixels.shape))


def on_disc(turn: float) -> tuple[float, float]:
    return MIDDLE + RADIUS * math.cos(turn), MIDDLE + RADIUS * math.sin(turn)


@pytest.mark.parametrize("noise", [5.0, 40.0])
@pytest.mark.parametrize("turn", [0.0, 1.3, 4.0])
def test_a_sixth_of_a_circle_rises_by_its_known_share(noise: float, turn: float) -> None:
    """(1 - cos 30°) / (2 sin 30°) = .134, to the left of a way clockwise on the screen."""
    bend = bend_between(slopes(disc(noise)), (on_disc(turn), on_disc(turn + math.pi / 3)), False)
    assert bend.rise == pytest.approx(-0.134, abs=0.04)


def test_the_way_back_bends_to_the_other_side() -> None:
    ends = on_disc(0.4), on_disc(0.4 + math.pi / 3)
    there, back = (bend_between(slopes(disc(5.0)), e, False) for e in (ends, ends[::-1]))
    assert there.rise == pytest.approx(-back.rise)
    assert there.rise < -0.05
    assert there.slope == pytest.approx(back.slope, rel=1e-3)


def test_most_of_a_half_circle_is_followed_where_the_picture_is_clear() -> None:
    """150° of it: (1 - cos 75°) / (2 sin 75°) = .384."""
    ends = on_disc(0.5), on_disc(0.5 + math.radians(150))
    bend = bend_between(slopes(disc(2.0)), ends, widest=True)
    assert bend.rise == pytest.approx(-0.384, abs=0.08)
    line = aids.live_wire(disc(2.0), *ends)
    assert np.mean([abs(math.dist(p, (MIDDLE, MIDDLE)) - RADIUS) for p in line]) < 1.5


def test_the_distance_beside_a_bend_is_none_on_it_and_grows_from_it() -> None:
    beside = Bend(0.25, 1.0).beside(((10.0, 20.5), (50.0, 20.5)), (64, 64))
    assert beside[30, 29] == pytest.approx(0, abs=1e-3)  # 40 px long, so it rises 10
    assert beside[20, 29] == pytest.approx(0.25, abs=1e-3)
    assert beside[20, 30] > beside[25, 30] > beside[29, 30]


def test_in_noise_alone_a_line_stays_straight() -> None:
    start, end = (20.0, 64.0), (108.0, 64.0)
    for seed in range(6):
        pixels = np.random.default_rng(seed).rayleigh(30, (128, 128))
        strays = [abs(y - 64) for _, y in aids.live_wire(pixels, start, end)]
        assert np.mean(strays) < 4


def gain(known: Known, clicks: int) -> float:
    """Dice that magnetic lines through clicks gain over straight ones."""
    anchors = known.margin_clicks(clicks)
    pairs = zip(anchors, anchors[1:] + anchors[:1], strict=True)
    line = tuple(p for a, b in pairs for p in aids.live_wire(known.pixels, a, b)[:-1])
    return dice(contour.smooth(line, sigma=0.7), known.truth) - dice(anchors, known.truth)


@pytest.mark.parametrize("clicks", [6, 8])
def test_magnetic_lines_lose_nothing_in_speckle(clicks: int) -> None:
    """Every sixth of 120 ultrasound lesions; they lost .016 and .021 before."""
    assert np.mean([gain(known, clicks) for known in list(ultrasound_lesions())[::6]]) > -0.004


def test_magnetic_lines_gain_on_real_ct_masks_and_simulated_metastases() -> None:
    metastases = [known for known in phantom_lesions(28, 12) if known.kind == "metastasis"]
    assert np.mean([gain(known, 6) for known in list(deep_lesions())[::2]]) > 0.015
    assert np.mean([gain(known, 6) for known in metastases]) > 0.005
