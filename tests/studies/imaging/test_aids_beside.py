"""When the slices beside one are heeded."""

from __future__ import annotations

import numpy as np
import pytest

from studies.imaging.aids.beside import goes_on

CENTER = (40.0, 36.0)
TURNS = np.linspace(0, 2 * np.pi, 24, endpoint=False)
MARGIN = np.stack((CENTER[0] + 12 * np.cos(TURNS), CENTER[1] + 12 * np.sin(TURNS)), axis=1)


def disc(radius: float, level: float = 60.0) -> np.ndarray:
    y, x = np.mgrid[:80, :80] + 0.5
    within = np.hypot(x - CENTER[0], y - CENTER[1]) < radius
    return np.where(within, level, 110.0).astype(np.int16)


@pytest.mark.parametrize("radius", [10.5, 12.0, 14.0])
def test_a_lesion_that_is_a_little_smaller_or_larger_goes_on(radius: float) -> None:
    assert goes_on(disc(12), (disc(radius), disc(12)), MARGIN, CENTER)


@pytest.mark.parametrize("other", [disc(6), disc(0), disc(12, 160.0)])
def test_one_that_ends_or_is_another_does_not(other: np.ndarray) -> None:
    assert not goes_on(disc(12), (disc(12), other), MARGIN, CENTER)


def test_a_margin_round_nothing_goes_on_nowhere() -> None:
    flat = np.full((80, 80), 110, dtype=np.int16)
    assert not goes_on(flat, (flat,), MARGIN, CENTER)


def test_values_that_are_no_numbers_are_borne() -> None:
    holed = disc(12).astype(np.float32)
    holed[:, :34] = np.nan
    assert goes_on(holed, (holed,), MARGIN, CENTER)


def test_beyond_the_image_nothing_goes_on() -> None:
    assert not goes_on(disc(12), (disc(12),), MARGIN + np.asarray((90.0, 0.0)), (130.0, 36.0))
