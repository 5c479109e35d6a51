"""Classic augmentation: one sampling, the paper's counts, nested groups, known geometry."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learning_sets import blobs, folds_of

from engine.augment import (
    Placement,
    Placements,
    augmentations,
    blur_widths,
    draw,
    draw_folds,
    largest_group,
    matrices,
    plan,
    sample,
    sample_all,
)
from engine.errors import TooFewError
from engine.patches import Native
from engine.specs import AugmentationSpec
from studies.imaging import roi

SPEC = AugmentationSpec()


def _native(
    shape: tuple[int, int] = (150, 160),
    spacing: tuple[float, float] = (0.8, 0.8),
    diameter: float = 40.0,
    seed: int = 0,
) -> Native:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    smooth = 60 + 60 * np.sin(x / 9) + 40 * np.cos(y / 13) + rng.normal(0, 3, shape)
    center = (shape[1] / 2 + 1.3, shape[0] / 2 - 0.7)
    return Native(smooth.astype(np.float32), center, *spacing, diameter, -100.0, 250.0)


def test_one_roi_gives_480_images():
    placements = augmentations(_native(), SPEC, (1, 2))
    assert SPEC.per_roi == len(placements) == 480
    assert len(set(placements)) == 480


def test_placements_keep_to_the_papers_ranges():
    native = _native(diameter=20.0)
    limit = min(4.0, 0.1 * 20.0 / 0.8)
    for placement in augmentations(native, SPEC, (0,)):
        assert 0 <= placement.angle < 180
        assert max(abs(shift) for shift in placement.shift) <= limit
        assert 0.1 <= placement.margin <= 0.4


@pytest.mark.parametrize("spacing", [(0.8, 0.8), (0.6, 1.1), (2.0, 0.7)])
@pytest.mark.parametrize("diameter", [11.0, 40.0, 70.0])
@pytest.mark.parametrize("center", [(80.3, 74.1), (9.0, 140.0)])
def test_the_plain_sample_is_the_readers_roi(
    spacing: tuple[float, float], diameter: float, center: tuple[float, float]
):
    """Engine and study cut an ROI by one rule: same pixels, same blur, also at the edge."""
    pixels = _native(spacing=spacing).pixels
    square = roi.Geometry(center, diameter * 1.5, diameter, *spacing)
    study = roi.sample(pixels, square, -100.0, 250.0)
    native = Native(**vars(roi.native_crop(pixels, square, -100.0, 250.0)))
    np.testing.assert_allclose(sample(native, Placement()), study, atol=1e-5)


def test_a_half_turn_is_the_image_turned():
    native = _native()
    plain, turned = sample(native, Placement()), sample(native, Placement(angle=180.0))
    np.testing.assert_allclose(turned, plain[::-1, ::-1], atol=2e-2)


@pytest.mark.parametrize(
    ("placement", "axes"),
    [
        (Placement(33.0, flip_x=True), 1),
        (Placement(33.0, flip_y=True), 0),
        (Placement(33.0, flip_x=True, flip_y=True, shift=(2.0, -1.0)), (0, 1)),
    ],
)
def test_a_flip_is_the_image_mirrored(placement: Placement, axes: int | tuple[int, int]):
    native = _native()
    upright = replace(placement, flip_x=False, flip_y=False)
    mirrored = np.flip(sample(native, upright), axes)
    np.testing.assert_array_equal(sample(native, placement), mirrored)
    np.testing.assert_array_equal(sample_all(native, (upright, placement))[1], mirrored)


def test_mirroring_is_what_the_flipped_matrix_would_sample():
    """The matrices carry the flips: warped by them, an ROI is the same to a hundredth of a grey
    level."""
    native = _native()
    placements = plan(native, SPEC, (4,)).first(60)
    assert (placements.mirrors < 0).any()
    windowed = (native.pixels + 100) / 350
    widths = blur_widths(native, placements.margins)
    found = sample_all(native, placements)
    for row, turn in enumerate(matrices(native, placements)):
        blurred = windowed
        if widths[row].any():
            side = round(8 * widths[row, 0] + 1) | 1
            blurred = cv2.GaussianBlur(
                windowed, (side, side), widths[row, 0], borderType=cv2.BORDER_REPLICATE
            )
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        warped = cv2.warpAffine(
            blurred, turn, (64, 64), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        np.testing.assert_allclose(found[row], warped.clip(0, 1), atol=4e-5)


def test_placements_are_the_same_as_objects_and_as_arrays():
    native = _native()
    arrays, objects = plan(native, SPEC, (5,)), augmentations(native, SPEC, (5,))
    again = Placements.of(objects)
    for name in ("angles", "mirrors", "shifts", "margins"):
        np.testing.assert_array_equal(getattr(again, name), getattr(arrays, name))
    np.testing.assert_array_equal(
        sample_all(native, objects[:20]), sample_all(native, arrays.first(20))
    )


def test_rois_are_written_where_they_are_wanted():
    native, room = _native(), np.full((10, 64, 64), -1, np.float32)
    placements = plan(native, SPEC, (6,)).first(3)
    assert sample_all(native, placements, out=room[1::4]).base is not None
    expected = room.copy()
    expected[1::4] = sample_all(native, placements)
    np.testing.assert_array_equal(room, expected)
    assert (room[[0, 2, 3, 4]] == -1).all()


@pytest.mark.parametrize("spec", [SPEC, AugmentationSpec(rotations=5, flips=0, shifts=0, scales=0)])
def test_blurs_are_few_and_near_what_each_margin_asks(spec: AugmentationSpec):
    native = _native(spacing=(0.6, 0.9), diameter=90.0)
    margins = plan(native, spec, (8,)).margins
    widths = blur_widths(native, margins)
    steps = 90.0 * (1 + 2 * margins[:, None]) / 64 / np.array([0.9, 0.6])
    exact = 0.5 * np.sqrt(np.maximum(steps**2 - 1, 0))
    np.testing.assert_allclose(widths, exact, rtol=0.05)
    plain = margins == spec.margin
    np.testing.assert_allclose(widths[plain], exact[plain], rtol=1e-12)
    assert len(np.unique(widths, axis=0)) <= 12


def test_a_shift_moves_the_lesion_by_native_pixels():
    dot = np.zeros((200, 200), np.float32)
    dot[99:101, 99:101] = 200
    native = Native(dot, (100.0, 100.0), 1.0, 1.0, 42.6667, 0.0, 250.0)  # side 64 mm: 1 px = 1 px
    moved = sample(native, Placement(shift=(3.0, -2.0)))
    y, x = np.mgrid[:64, :64] + 0.5
    assert (moved * x).sum() / moved.sum() == pytest.approx(35.0, abs=0.05)
    assert (moved * y).sum() / moved.sum() == pytest.approx(30.0, abs=0.05)


def test_more_margin_shows_the_lesion_smaller():
    y, x = np.mgrid[:300, :300] + 0.5
    disc = (np.hypot(x - 150, y - 150) < 50).astype(np.float32) * 200
    native = Native(disc, (150.0, 150.0), 1.0, 1.0, 100.0, 0.0, 200.0)
    shares = [sample(native, Placement(margin=m)).mean() for m in (0.1, 0.25, 0.4)]
    for share, margin in zip(shares, (0.1, 0.25, 0.4), strict=True):
        assert share == pytest.approx(np.pi * 50**2 / (100 * (1 + 2 * margin)) ** 2, rel=0.01)


def test_there_are_no_black_corners():
    native = _native(shape=(40, 40), diameter=40.0)
    for image in sample_all(native, augmentations(native, SPEC, (3,))[:60]):
        assert image.min() > 0.02  # the lowest native value is about -50 HU, edges repeat it


def test_groups_are_nested_and_equal_per_original():
    patches = blobs(4)
    every = np.arange(len(patches))
    small = draw(patches, every, 24, SPEC, 9)
    large = draw(patches, every, 60, SPEC, 9)
    np.testing.assert_array_equal(large.images[:24], small.images)
    np.testing.assert_array_equal(large.sources[:24], small.sources)
    assert set(np.bincount(small.sources, minlength=12)) == {2}
    np.testing.assert_array_equal(patches.targets[small.sources], small.targets)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 99))
@settings(max_examples=15)
def test_any_two_groups_are_nested(first: int, second: int, seed: int):
    patches = blobs(2)
    every = np.arange(len(patches))
    low, high = sorted((first, second))
    small, large = (draw(patches, every, count, SPEC, seed) for count in (low, high))
    np.testing.assert_array_equal(large.sources[:low], small.sources)
    np.testing.assert_array_equal(large.images[:low], small.images)


def test_a_fold_draws_the_same_whichever_fold_is_tested():
    patches = blobs(6)
    folds = folds_of(patches)
    fold = np.asarray(folds)
    first = draw_folds(patches, np.flatnonzero(fold != 0), folds, 10, SPEC, 1)
    second = draw_folds(patches, np.flatnonzero(fold != 1), folds, 10, SPEC, 1)
    of_fold_2 = [drawn.images[fold[drawn.sources] == 2] for drawn in (first, second)]
    np.testing.assert_array_equal(*of_fold_2)
    assert len(of_fold_2[0]) == 10


def test_more_than_the_rois_can_give_is_a_sentence():
    patches = blobs(2)
    with pytest.raises(TooFewError, match="which give 480 each"):
        draw(patches, np.arange(1), 481, SPEC, 0)
    assert largest_group(patches, (0, 0, 1, 1, 2, 2), SPEC) == 960
