"""When the slices beside one are heeded."""

from __future__ import annotations

import numpy as np
import pytest

from studies.imaging.aids import Beside
from studies.imaging.aids.beside import going_on

CENTER = (40.0, 36.0)
TURNS = np.linspace(0, 2 * np.pi, 24, endpoint=False)
MARGIN = np.stack((CENTER[0] + 12 * np.cos(TURNS), CENTER[1] + 12 * np.sin(TURNS)), axis=1)


def disc(radius: float, level: float = 60.0) -> np.ndarray:
    y, x = np.mgrid[:80, :80] + 0.5
    within = np.hypot(x - CENTER[0], y - CENTER[1]) < radius
    return np.where(within, level, 110.0).astype(np.int16)


def kept(own: np.ndarray, *others: tuple[float, np.ndarray]) -> list[float]:
    """How far away those are that go on, of the slices so far away."""
    beside = tuple(Beside(pixels, away) for away, pixels in others)
    return [one.away for one in going_on(own, beside, MARGIN, CENTER)]


@pytest.mark.parametrize("radius", [10.5, 12.0, 14.0])
def test_a_lesion_that_is_a_little_smaller_or_larger_goes_on(radius: float) -> None:
    assert kept(disc(12), (-3.0, disc(radius)), (3.0, disc(12))) == [-3.0, 3.0]


@pytest.mark.parametrize("other", [disc(6), disc(0), disc(12, 160.0)])
def test_one_that_ends_or_is_another_does_not(other: np.ndarray) -> None:
    assert kept(disc(12), (-3.0, disc(12)), (3.0, other)) == [-3.0]


def test_beyond_the_first_that_does_not_go_on_none_does() -> None:
    same, gone = disc(12), disc(0)
    found = kept(same, (9.0, same), (3.0, same), (6.0, gone), (-6.0, same), (-3.0, same))
    assert found == [-3.0, -6.0, 3.0]


def test_a_margin_round_nothing_goes_on_nowhere() -> None:
    flat = np.full((80, 80), 110, dtype=np.int16)
    assert kept(flat, (3.0, flat)) == []


def test_values_that_are_no_numbers_are_borne() -> None:
    holed = disc(12).astype(np.float32)
    holed[:, :34] = np.nan
    assert kept(holed, (3.0, holed)) == [3.0]


def test_beyond_the_image_nothing_goes_on() -> None:
    beside = (Beside(disc(12), 3.0),)
    assert going_on(disc(12), beside, MARGIN + np.asarray((90.0, 0.0)), (130.0, 36.0)) == ()
