"""The copy audit finds planted copies, wherever they were turned and moved, and only those."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pytest

from engine.audit import (
    FIXED_CLOSE,
    FIXED_COPY,
    Audit,
    AuditSpec,
    audit,
    audit_file,
    nearest,
    null,
    thresholds,
    turned,
)
from engine.errors import TooFewError
from engine.jobs import Progress
from engine.patches import LesionPatches

FloatArray = npt.NDArray[np.float32]
T = TypeVar("T")


def blobs(count: int, seed: int) -> FloatArray:
    """Smooth random textures: unlike each other, with structure at 8 px."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(size=(count, 10, 10))
    images = coarse.repeat(7, 1).repeat(7, 2)[:, 3:67, 3:67]
    low, high = images.min((1, 2), keepdims=True), images.max((1, 2), keepdims=True)
    return ((images - low) / (high - low)).astype(np.float32)


def result_of(running: Generator[Progress, None, T]) -> T:
    while True:
        try:
            assert isinstance(next(running), Progress)
        except StopIteration as stop:
            result: T = stop.value
            return result


def judged(real: FloatArray, patients: tuple[str, ...], synthetic: FloatArray) -> Audit:
    return result_of(audit(real, patients, synthetic))


def moved(image: FloatArray, x: int, y: int) -> FloatArray:
    """The image moved right by x and down by y, edges repeated."""
    padded = np.pad(image, 4, mode="edge")
    return padded[4 - y : 68 - y, 4 - x : 68 - x]


NAMES = tuple(f"P{i}" for i in range(24))


@pytest.mark.parametrize("turn", range(8))
def test_a_copy_is_found_through_every_turn_with_shift_contrast_and_noise(turn: int) -> None:
    real = blobs(24, 0)
    rng = np.random.default_rng(turn)
    copy = moved(turned(real[7], turn), 2, -1) * 0.6 + 0.1 + rng.normal(0, 0.01, (64, 64))
    result = judged(real, NAMES, np.stack([copy.astype(np.float32), blobs(1, 99)[0]]))
    assert result.verdicts[0] == "copy"
    assert result.nearest.index[0] == 7
    assert result.nearest.similarity[0] > 0.97
    assert result.verdicts[1] != "copy"


def test_turn_and_shift_say_where_the_original_matches() -> None:
    real = blobs(5, 3)
    found = nearest(real, moved(turned(real[2], 6), 1, 2)[None])
    assert (found.index[0], found.turn[0], tuple(found.shift[0])) == (2, 6, (-1, -2))


def test_fresh_images_are_mostly_clear() -> None:
    result = judged(blobs(24, 0), NAMES, blobs(40, 5))
    assert result.verdicts.count("copy") == 0
    assert result.verdicts.count("clear") >= 34


def test_the_null_never_compares_a_patient_with_itself() -> None:
    real = blobs(12, 0)
    real[1] = real[0]
    own = ("A", "A", *NAMES[2:12])
    other = ("A", "B", *NAMES[2:12])

    def top(patients: tuple[str, ...]) -> float:
        return float(result_of(null(real, patients)).max())

    assert top(own) < 0.9
    assert top(other) == pytest.approx(1, abs=1e-4)


def test_thresholds_rest_on_the_null_or_are_fixed_when_it_is_small() -> None:
    values = np.linspace(0.2, 0.6, 41).astype(np.float32)
    limits = thresholds(values)
    assert limits.close == pytest.approx(0.6)  # rank ceil(42 * .975) = 41 of 41
    assert limits.copy == pytest.approx(0.6 + 0.4 / 3)
    many = thresholds(np.linspace(0, 1, 101).astype(np.float32) * 0.5)
    assert many.close == pytest.approx(0.495)  # rank ceil(102 * .975) = 100 of 101
    few = thresholds(values[:9])
    assert (few.close, few.copy) == (FIXED_CLOSE, FIXED_COPY)


def test_no_training_roi_is_a_sentence() -> None:
    with pytest.raises(TooFewError, match="no training ROI"):
        nearest(np.zeros((0, 64, 64), np.float32), blobs(2, 0))


def test_constant_images_do_not_divide_by_zero() -> None:
    found = nearest(np.full((2, 64, 64), 0.5, np.float32), np.full((1, 64, 64), 0.2, np.float32))
    assert found.similarity[0] == 0


def test_the_named_job_counts_in_the_patches_file(tmp_path: Path) -> None:
    real = blobs(24, 0)
    targets = np.arange(24, dtype=np.int64) % 2
    LesionPatches(real, targets, NAMES, NAMES, ("a", "b")).save(tmp_path / "p.npz")
    np.savez(tmp_path / "s.npz", images=real[[9]])
    running = audit_file(AuditSpec((1, 5, 9, 13)), (tmp_path / "p.npz", tmp_path / "s.npz"))
    found = result_of(running)
    assert found.nearest.index[0] == 9
    assert found.verdicts == ("copy",)
