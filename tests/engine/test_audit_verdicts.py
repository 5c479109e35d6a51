"""Planted copies of real ROIs are caught, strangers are not, and membership is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from learning_sets import blobs, result_of
from PIL import Image
from scipy.ndimage import gaussian_filter, rotate
from shared_data import shared_path
from sklearn.metrics import roc_auc_score

from engine.audit import (
    FIXED_COPY,
    Audit,
    AuditSpec,
    CopyMeter,
    HeldOut,
    area,
    audit,
    audit_file,
    copy_rate,
    feature_thresholds,
)
from engine.errors import TooFewError
from engine.patches import LesionPatches

FloatArray = npt.NDArray[np.float32]
Change = Callable[[FloatArray], npt.NDArray[np.floating]]
NOISE = np.random.default_rng(0).normal(0, 0.05, (64, 64))
COPIES: dict[str, Change] = {
    "as it is": lambda image: image,
    "flipped": lambda image: image[::-1],
    "turned": lambda image: np.rot90(image),
    "shifted by 2 px": lambda image: np.pad(image, 4, mode="edge")[2:66, 6:70],
    "10 % brighter": lambda image: np.clip(1.1 * image, 0, 1),
    "noisy": lambda image: np.clip(image + NOISE, 0, 1),
    "blurred": lambda image: gaussian_filter(image, 1.5),
}


@pytest.fixture(scope="module")
def lesions() -> FloatArray:
    """59 malignant lesions of the shared ultrasound set, each in a square of 1.5 times its size.

    The set names no patients; 307 shows the same abdominal wall as 156, so it is left out. (The
    audit found that pair.)
    """
    root = shared_path("data/us_liver_lesions/Malignant")
    outlines = {path.stem: path for path in (root / "segmentation" / "mass").glob("*.json")}
    pictures = sorted(
        path for path in root.rglob("*.jpg") if path.stem in outlines.keys() - {"307"}
    )
    return np.stack([square(path, outlines[path.stem]) for path in pictures])


def square(picture: Path, outline: Path) -> FloatArray:
    points = np.asarray(json.loads(outline.read_text()))
    middle = (points.min(0) + points.max(0)) / 2
    half = 0.75 * np.ptp(points, axis=0).max()
    with Image.open(picture) as image:
        box = (*(middle - half), *(middle + half))
        small = image.convert("L").resize(
            (64, 64), Image.Resampling.BICUBIC, box=inside(box, image)
        )
    return np.asarray(small, dtype=np.float32) / 255


def inside(box: tuple[float, ...], image: Image.Image) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = box
    return max(0, x0), max(0, y0), min(image.width, x1), min(image.height, y1)


def names(count: int, start: str = "P") -> tuple[str, ...]:
    return tuple(f"{start}{number}" for number in range(count))


def judged(real: FloatArray, synthetic: npt.NDArray[np.floating]) -> Audit:
    return result_of(audit(real, names(len(real)), synthetic.astype(np.float32)))


def test_every_kind_of_copy_of_a_real_lesion_is_caught(lesions: FloatArray) -> None:
    training = lesions[:40]
    planted = np.stack([change(one) for change in COPIES.values() for one in training[::2]])
    found = judged(training, planted)
    by_kind = np.asarray(found.verdicts).reshape(len(COPIES), -1)
    missed = {
        kind: row.tolist()
        for kind, row in zip(COPIES, by_kind, strict=True)
        if set(row) != {"copy"}
    }
    assert not missed
    assert (found.nearest.index.reshape(len(COPIES), -1) == np.arange(0, 40, 2)).all()


def test_strangers_are_hardly_flagged_and_never_called_copies(lesions: FloatArray) -> None:
    flagged = 0
    for fold in range(3):
        held = np.arange(len(lesions)) % 3 == fold
        verdicts = judged(lesions[~held], lesions[held]).verdicts
        assert verdicts.count("copy") == 0
        flagged += verdicts.count("close")
    assert flagged <= 7  # nominal 5 % of 59; by chance more than 7 once in fifty times


def test_a_copy_turned_by_ten_degrees_is_seen_by_its_features(lesions: FloatArray) -> None:
    training = lesions[:40]
    leaning = np.stack(
        [rotate(one, 10, reshape=False, mode="nearest", order=1) for one in training]
    )
    found = judged(training, leaning)
    noticed = np.asarray(found.verdicts) != "clear"
    placed = found.nearest.similarity > found.thresholds.close
    assert noticed.mean() > 0.75
    assert noticed.sum() > placed.sum()


def test_the_nearest_in_feature_space_is_the_original_in_any_position() -> None:
    real = blobs(8).images
    found = judged(real, np.stack([np.rot90(real[5]), real[3][:, ::-1]]))
    assert found.features.index.tolist() == [5, 3]
    assert (found.features.distance < found.feature_thresholds.copy).all()


def test_with_few_real_rois_features_decide_nothing() -> None:
    few = feature_thresholds(np.full(9, 2.0))
    assert (few.close, few.copy, few.nearest) == (-1, -1, -1)
    many = feature_thresholds(np.linspace(1, 2, 41))
    assert (many.close, many.copy, many.nearest) == pytest.approx((1, 0.5, 1))
    real = blobs(2).images
    assert judged(real, real[:2]).thresholds.copy == FIXED_COPY


def test_progress_goes_up_to_the_whole() -> None:
    patches = blobs(6)
    held = HeldOut(blobs(6, seed=1).images, names(18, "H"))
    seen = list(audit(patches.images, patches.patients, patches.images[:3], held))
    assert {one.total for one in seen} == {1000}
    done = [one.done for one in seen]
    assert done == sorted(done)
    assert done[-1] == 1000


# --- membership -----------------------------------------------------------------------------


def test_a_generator_that_copies_betrays_its_training_set() -> None:
    everything = blobs(20).images
    training, others = everything[:40], HeldOut(everything[40:], names(20, "H"))
    noise = np.random.default_rng(1).normal(0, 0.03, training.shape)
    copies = (training + noise).astype(np.float32)
    told = result_of(audit(training, names(40), copies, others)).membership
    assert told is not None
    assert told.is_betrayed
    assert min(told.leak.low, told.nearer.low, told.leak_by_features.low) > 0.7
    assert (told.members, told.others) == (40, 20)


def test_a_generator_of_fresh_lesions_betrays_nothing() -> None:
    everything = blobs(20).images
    others = HeldOut(everything[40:], names(20, "H"))
    fresh = blobs(20, seed=9).images
    told = result_of(audit(everything[:40], names(40), fresh, others)).membership
    assert told is not None
    assert told.leak.low < 0.5 < told.leak.high
    assert told.nearer.low < 0.5 < told.nearer.high


def test_membership_needs_held_out_patients() -> None:
    patches = blobs(5)
    few = HeldOut(blobs(2, seed=1).images, ("A", "A", "B", "B", "C", "D"))
    found = result_of(audit(patches.images, patches.patients, patches.images[:2], few))
    assert found.membership is None


def test_the_area_is_the_roc_area_and_its_interval_resamples_owners() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.7, 1, 60), rng.normal(0, 1, 40)
    alone = area(first, second, names(60), names(40))
    labels = np.repeat([1, 0], [60, 40])
    assert alone.value == pytest.approx(roc_auc_score(labels, np.concatenate([first, second])))
    assert alone.low < alone.value < alone.high
    fourfold = area(np.repeat(first, 4), np.repeat(second, 4), names(60) * 4, names(40) * 4)
    assert fourfold.value == pytest.approx(alone.value)
    owned = area(np.repeat(first, 4), np.repeat(second, 4), four(60), four(40))
    assert owned.high - owned.low == pytest.approx(alone.high - alone.low, rel=1e-6)
    assert fourfold.high - fourfold.low < owned.high - owned.low


def four(count: int) -> tuple[str, ...]:
    return tuple(name for name in names(count) for _ in range(4))


# --- the quick rate and the job -------------------------------------------------------------


def test_the_copy_rate_counts_the_copies() -> None:
    patches = blobs(10)
    drawn = np.concatenate([patches.images[:3, ::-1], blobs(3, seed=8).images])
    meter = CopyMeter(patches.images, patches.patients)
    assert copy_rate(patches.images, patches.patients, drawn) == pytest.approx(3 / 12)
    assert meter.rate(drawn) == meter.rate(drawn) == pytest.approx(3 / 12)
    assert meter.rate(drawn[:0]) == 0
    with pytest.raises(TooFewError, match="no training ROI"):
        copy_rate(patches.images[:0], (), drawn)


def test_the_named_job_takes_held_out_rois_of_other_patients_only(tmp_path: Path) -> None:
    patches = blobs(20)
    owners = ("P000",) * 2 + patches.patients[2:]
    LesionPatches(patches.images, patches.targets, owners, patches.ids, patches.classes).save(
        tmp_path / "p.npz"
    )
    np.savez(tmp_path / "s.npz", images=patches.images[[20, 30]])
    spec = AuditSpec(tuple(range(0, 40, 2)), (1, *range(40, 60)))
    found = result_of(audit_file(spec, (tmp_path / "p.npz", tmp_path / "s.npz")))
    assert found.nearest.index.tolist() == found.features.index.tolist() == [20, 30]
    assert found.verdicts == ("copy", "copy")
    assert found.membership is not None
    assert found.membership.others == 20
