"""Windows: presets, the mapping, auto."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.imaging import window


def test_presets_are_the_agreed_ones() -> None:
    assert [(p.name, p.width, p.level) for p in window.PRESETS] == [
        ("Liver", 150, 90),
        ("Liver narrow", 175, 70),
        ("Abdomen", 400, 40),
        ("Lung", 1500, -600),
        ("Bone", 2500, 480),
    ]
    assert (window.PRESETS[0].low, window.PRESETS[0].high) == (15, 165)
    assert len({p.key for p in window.PRESETS}) == len(window.PRESETS)


@given(st.floats(-1000, 1000), st.floats(1, 3000))
def test_apply_is_black_at_low_white_at_high_and_even_between(low: float, width: float) -> None:
    pixels = np.array([low - 10, low, low + width / 4, low + width, low + width + 10])
    got = window.apply(pixels, low, low + width)
    assert got.dtype == np.float32
    assert got == pytest.approx([0, 0, 0.25, 1, 1], abs=2e-3)


def test_apply_leaves_its_input_alone_and_refuses_an_empty_window() -> None:
    pixels = np.array([0.0, 5.0, 10.0], dtype=np.float32)
    window.apply(pixels, 2, 8)
    assert pixels.tolist() == [0, 5, 10]
    with pytest.raises(ValueError, match="above"):
        window.apply(pixels, 3, 3)


def test_auto_takes_percentiles_and_leaves_padding_out() -> None:
    pixels = np.concatenate((np.full(500, -2000), np.arange(1000))).reshape(30, 50)
    padding = pixels == -2000
    assert window.auto(pixels, padding) == pytest.approx((9.99, 989.01))
    assert window.auto(np.full((4, 4), 7)) == (6.5, 7.5)
    assert window.auto(np.full((4, 4), np.nan)) == (0.0, 1.0)
