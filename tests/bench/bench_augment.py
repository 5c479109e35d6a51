"""480 augmentations of an ROI beside OpenCV's bare warp of the same 480 matrices."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from measuring import Report, Row, in_turns, ratio

from engine.augment import matrices, plan, sample_all
from engine.patches import Native
from engine.specs import SIDE, AugmentationSpec

WANTED = 1.2
SPACING = 0.78  # mm, a usual liver CT
REACH = 2.4  # native crop's side over the diameter


def native(diameter_mm: float) -> Native:
    """A noisy lesion of this size."""
    side = round(REACH * diameter_mm / SPACING)
    pixels = np.random.default_rng(1).normal(60, 20, (side, side)).astype(np.float32)
    return Native(pixels, (side / 2, side / 2), SPACING, SPACING, diameter_mm, -100.0, 250.0)


@pytest.mark.parametrize("diameter", [20.0, 45.0, 100.0])
def test_augmentation_costs_little_more_than_the_warp(report: Report, diameter: float) -> None:
    crop, spec = native(diameter), AugmentationSpec()
    placements = plan(crop, spec, (1, 2))
    turns = matrices(crop, placements)
    assert len(turns) == 480

    def ours() -> None:
        sample_all(crop, plan(crop, spec, (1, 2)))

    def bare() -> None:
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        for one in turns:
            cv2.warpAffine(
                crop.pixels, one, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE
            )

    cv2.setNumThreads(1)
    own, plain = in_turns((ours, bare), 25, time.process_time)
    found = ratio(own, plain)
    what = f"480 augmentations of a {diameter:.0f}-mm ROI (plan, antialias, warp, window), CPU time"
    wanted = f"≤ {WANTED} x OpenCV's bare warp"
    reached = found.median <= WANTED
    report.row(Row(what, own.n, str(own), str(plain), str(found), wanted, reached))
    assert found.median <= 3
